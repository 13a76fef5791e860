"""The compose form: what it shows while one types, what it refuses and where it says so."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from html import unescape

import pytest
import time_machine

from models import BroadcastStatus, Role
from tests.integration.admin.desk import Desk, errors, words
from tests.threads import at_once
from tests.world import World


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with time_machine.travel(world.now, tick=True):
        world.crowd(3)
        yield Desk(world)


@pytest.fixture
def sqlite_desk(sqlite_world: World) -> Iterator[Desk]:
    with time_machine.travel(sqlite_world.now, tick=True):
        sqlite_world.crowd(3)
        yield Desk(sqlite_world)


def test_a_good_form_becomes_a_broadcast_and_leads_to_its_page(desk: Desk) -> None:
    body = "Neon Nights: tonight\r\ndoors at 9. STOP to end"
    form = desk.draft(body=body, answers_to="Booking@Neon.Example ")
    answer = desk.post("/broadcasts/new", **form)
    (broadcast,) = desk.ordered()
    assert (answer.status_code, answer.location) == (303, f"/broadcasts/{broadcast.id}")
    assert broadcast.status is BroadcastStatus.scheduled
    assert broadcast.body == "Neon Nights: tonight\ndoors at 9. STOP to end"
    assert broadcast.answers_to == "Booking@neon.example"
    assert (broadcast.scheduled_at - desk.world.now).total_seconds() < 60
    assert desk.get(answer.location).status_code == 200


def test_later_means_the_promoters_own_clock(desk: Desk) -> None:
    later = desk.draft(when="later", date="2026-11-27", time="20:00", latest_start_minutes="15")
    page = desk.get(desk.post("/broadcasts/new", **later).location)
    (broadcast,) = desk.ordered()
    assert broadcast.scheduled_at == datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
    assert (broadcast.timezone, broadcast.latest_start_minutes) == ("Europe/Berlin", 15)
    assert "Friday 27 November 2026, 20:00 Europe/Berlin – in 4 days" in words(page)


def test_a_phone_number_for_answers_is_kept_in_its_international_form(sqlite_desk: Desk) -> None:
    sqlite_desk.post("/broadcasts/new", **sqlite_desk.draft(answers_to="(202) 555-0199"))
    assert sqlite_desk.ordered()[0].answers_to == "+12025550199"


LATER = {"when": "later", "date": "2026-11-27", "time": "20:00"}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"body": ""}, "body", "Write the message first."),
        ({"body": " \r\n\t"}, "body", "Write the message first."),
        ({"body": "x" * 1601}, "body", "Shorten the message by 1 character: 1600 is the most."),
        ({"body": "\0"}, "body", "Write the message first."),
        ({"list_id": ""}, "list_id", "Choose one of your lists."),
        ({"list_id": "9" * 40}, "list_id", "Choose one of your lists."),
        ({"list_id": "1\0"}, "list_id", "Choose one of your lists."),
        ({"answers_to": ""}, "answers_to", "Give an e-mail address or a phone number."),
        ({"answers_to": "nobody@"}, "answers_to", "Check this e-mail address."),
        ({"answers_to": "555"}, "answers_to", "phone number"),
        ({"answers_to": "24680"}, "answers_to", "This sends the messages itself."),
        ({"when": "never"}, "when", "now or later"),
        (LATER | {"date": ""}, "date", "Choose a date."),
        (LATER | {"date": "27.11.2026"}, "date", "like 2026-11-27"),
        (LATER | {"date": "2026-02-30"}, "date", "like 2026-11-27"),
        (LATER | {"date": "2026-11-22"}, "date", "This moment has passed."),
        (LATER | {"time": "25:00"}, "time", "like 20:00"),
        (LATER | {"timezone": "Mars/Olympus"}, "timezone", "Choose a time zone"),
        (LATER | {"timezone": "../zones\0"}, "timezone", "Choose a time zone"),
        (
            LATER | {"date": "2027-03-14", "time": "02:30", "timezone": "America/New_York"},
            "time",
            "Choose 01:59 or 03:00.",
        ),
        (
            LATER | {"date": "2027-10-03", "time": "02:15", "timezone": "Australia/Lord_Howe"},
            "time",
            "Choose 01:59 or 02:30.",
        ),
        ({"latest_start_minutes": "0"}, "latest_start_minutes", "between 1 and 1440"),
        ({"latest_start_minutes": "1441"}, "latest_start_minutes", "between 1 and 1440"),
        ({"latest_start_minutes": "soon"}, "latest_start_minutes", "between 1 and 1440"),
    ],
)
def test_bad_input_comes_back_with_the_reason_beside_its_field_and_all_that_was_typed(
    sqlite_desk: Desk, changes: dict[str, str], field: str, reason: str
) -> None:
    form = sqlite_desk.draft(latest_start_minutes="45", timezone="Asia/Tokyo") | changes
    answer = sqlite_desk.post("/broadcasts/new", **form)
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert reason in errors(answer)[field]
    assert sqlite_desk.ordered() == []
    for name in ("answers_to", "latest_start_minutes", "date", "time", "form_token"):
        assert f'name="{name}" value="{form[name]}"' in answer.text
    assert form["body"].replace("\r\n", "\n").replace("\0", "") in answer.text
    assert 'aria-invalid="true"' in answer.text or field == "when"


def test_every_reason_is_told_at_once(sqlite_desk: Desk) -> None:
    form = sqlite_desk.draft(body="", list_id="", answers_to="?", when="later")
    answer = sqlite_desk.post("/broadcasts/new", **form)
    assert set(errors(answer)) == {"body", "list_id", "answers_to", "date"}
    assert sqlite_desk.ordered() == []


def test_a_form_that_only_we_cannot_read_leaves_no_broadcast_behind(desk: Desk) -> None:
    # All that the scheduler checks is fine; the time is what does not exist.
    gap = desk.draft(when="later", date="2027-03-28", time="02:30")
    assert desk.post("/broadcasts/new", **gap).status_code == 422
    assert desk.ordered() == []
    # The same form, mended, goes through: its token was not used up.
    assert desk.post("/broadcasts/new", **gap | {"time": "03:00"}).status_code == 303


def test_of_a_time_that_comes_twice_the_first_is_taken_and_said(sqlite_desk: Desk) -> None:
    twice = {"date": "2027-10-31", "time": "02:30", "timezone": "Europe/Berlin"}
    query = "&".join(f"{name}={value}" for name, value in twice.items())
    told = words(sqlite_desk.get(f"/broadcasts/moment?{query}"))
    assert "this time comes twice. The first one is taken: 31 Oct 2027, 00:30 UTC" in told
    sqlite_desk.post("/broadcasts/new", **sqlite_desk.draft(when="later", **twice))
    assert sqlite_desk.ordered()[0].scheduled_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_an_empty_list_is_refused(sqlite_desk: Desk) -> None:
    form = sqlite_desk.draft(list_id=str(sqlite_desk.list_id("Jazz evenings")))
    answer = sqlite_desk.post("/broadcasts/new", **form)
    assert (answer.status_code, list(errors(answer))) == (422, ["list_id"])


def test_another_organizations_list_is_as_absent_as_one_that_never_was(desk: Desk) -> None:
    desk.world.another_organization()
    theirs = str(desk.list_id("Others"))
    assert f'value="{theirs}"' not in desk.get("/broadcasts/new").text
    assert "Other Program" not in desk.get(f"/broadcasts/audience?list_id={theirs}").text
    answer = desk.post("/broadcasts/new", **desk.draft(list_id=theirs))
    assert errors(answer) == {"list_id": "Choose one of your lists."}
    assert desk.ordered() == []


def test_submitting_twice_leads_to_the_first_broadcast(desk: Desk) -> None:
    form = desk.draft()
    first = desk.post("/broadcasts/new", **form)
    again = desk.post("/broadcasts/new", **form)
    # Back, change a word, send: the same form still, and people must not get it twice.
    edited = desk.post("/broadcasts/new", **form | {"body": "Neon Nights: something else"})
    assert first.location == again.location == edited.location
    assert len(desk.ordered()) == 1
    assert "was sent before" in words(desk.get(edited.location))


def test_a_double_click_in_the_same_instant_makes_one_broadcast(desk: Desk) -> None:
    form = desk.draft()
    # Logged in before: that takes longer than everything else here.
    promoters = [Desk(desk.world) for _ in range(4)]
    answers = at_once([partial(one.post, "/broadcasts/new", **form) for one in promoters])
    (broadcast,) = desk.ordered()
    there = (303, f"/broadcasts/{broadcast.id}")
    assert [(answer.status_code, answer.location) for answer in answers] == [there] * 4


def test_a_guessable_token_is_replaced(sqlite_desk: Desk) -> None:
    for _ in range(2):
        sqlite_desk.post("/broadcasts/new", **sqlite_desk.draft(form_token="1"))
    assert len(sqlite_desk.ordered()) == 2


def test_the_audience_tells_who_gets_it_and_who_does_not_and_why(desk: Desk) -> None:
    desk.world.text("+12025550000", "STOP")
    told = desk.get(f"/broadcasts/audience?list_id={desk.list_id()}")
    assert "2 people will get it, from 24680 (Neon Nights)" in words(told)
    assert "1 skipped: They texted STOP" in words(told)
    assert told.headers["HX-Trigger"] == "audience-changed"
    assert "Nobody is on this list" in words(
        desk.get(f"/broadcasts/audience?list_id={desk.list_id('Jazz evenings')}")
    )


def test_the_count_follows_the_typing(sqlite_desk: Desk) -> None:
    def figures(body: str) -> str:
        answer = sqlite_desk.post(
            "/broadcasts/count", body=body, recipients="512", program_name="Neon Nights"
        )
        assert answer.status_code == 200
        return words(answer)

    told = "Characters {} Encoding {} Segments {} Left in segment {} Total segments {}"
    assert told.format(0, "GSM-7", 0, 160, 0) in figures("")
    assert told.format(160, "GSM-7", 1, 0, 512) in figures("x" * 160)
    assert told.format(161, "GSM-7", 2, 145, "1,024") in figures("x" * 161)
    assert told.format(71, "UCS-2", 2, 63, "1,024") in figures("ж" * 71)
    # A line end is one character on the phone, whatever the browser sends.
    assert told.format(3, "GSM-7", 1, 157, 512) in figures("a\r\nb")
    assert "Shorten the message by 5 characters" in figures("x" * 1605)


def test_a_costly_character_is_shown_with_what_could_replace_it(sqlite_desk: Desk) -> None:
    body = "Neon Nights: don’t miss tonight, doors at 9. Reply STOP to end 🎉"
    page = sqlite_desk.post("/broadcasts/count", body=body, program_name="Neon Nights").text
    changes = [json.loads(unescape(one)) for one in re.findall(r'data-replace="([^"]+)"', page)]
    assert changes == [[["’", "'"]], [["🎉", ""]], [["’", "'"], ["🎉", ""]]]
    assert 'data-from="16" data-to="17" title="Show it in the message">17</button>' in page
    assert ">Replace or remove all 2</button>" in page


def test_the_form_says_when_mail_has_nowhere_to_go(sqlite_world: World) -> None:
    waits = "answers for an e-mail address wait in the Inbox"
    assert waits in words(Desk(sqlite_world).get("/broadcasts/new"))
    mailing = Desk(sqlite_world, {"smtp_url": "smtp://localhost:25"})
    assert waits not in words(mailing.get("/broadcasts/new"))


def test_the_form_begins_with_the_members_address_and_the_list_that_was_asked_for(
    sqlite_desk: Desk,
) -> None:
    page = sqlite_desk.get(f"/broadcasts/new?list_id={sqlite_desk.list_id()}").text
    assert 'name="answers_to" value="owner@neon.example"' in page
    assert "Send to 3 people now" in page
    assert sqlite_desk.get("/broadcasts/new?list_id=%00").status_code == 200


def test_an_auditor_writes_nothing(desk: Desk) -> None:
    form = desk.draft()
    desk.sit_down(desk.colleague(Role.auditor))
    assert desk.get("/broadcasts/new").status_code == 403
    assert desk.post("/broadcasts/new", **form).status_code == 403
    assert desk.ordered() == []
    assert "/broadcasts/new" not in desk.get("/broadcasts").text


def test_a_forged_form_is_refused(sqlite_desk: Desk) -> None:
    answer = sqlite_desk.browser.client.post("/broadcasts/new", data=sqlite_desk.draft())
    assert answer.status_code == 400
    assert sqlite_desk.ordered() == []
