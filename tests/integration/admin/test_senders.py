"""Senders: rate, daily cap, what slows them at present, pools; and how much one person may get."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models import Delivery, Organization, PoolSender, Program, Role, Sender, SenderKind
from tests.fake_provider import FakeProvider
from tests.integration.admin.desk import Desk, words
from tests.sending import send_all

LONG_CODE = {
    "kind": "long_code",
    "address": "+12025550190",
    "replies_by": "provider",
    "segments_per_second": "",
    "daily_cap": "",
}


def add(desk: Desk, **changes: str) -> int:
    desk.get("/settings/senders/new")
    desk.post("/settings/senders/new", **(LONG_CODE | changes))
    return max(sender.id for sender in senders(desk))


def senders(desk: Desk) -> list[Sender]:
    with desk.world.database.read() as session:
        return list(session.exec(select(Sender)))


def test_a_rate_left_empty_is_the_usual_one(desk: Desk) -> None:
    key = add(desk)
    (made,) = [sender for sender in senders(desk) if sender.id == key]
    assert (made.kind, made.segments_per_second, made.daily_cap) == (
        SenderKind.long_code,
        1.0,
        None,
    )


@pytest.mark.parametrize("cap", ["0", "-1", "many", "1.5", "100000001"])
def test_a_daily_cap_that_cannot_be(desk: Desk, cap: str) -> None:
    desk.get("/settings/senders/new")
    refused = desk.post("/settings/senders/new", **(LONG_CODE | {"daily_cap": cap}))
    assert refused.status_code == 422
    assert 'id="daily_cap-error"' in refused.text
    assert len(senders(desk)) == 1


def test_what_it_does_at_present(desk: Desk) -> None:
    assert "It sends at its full rate." in words(desk.get("/settings/senders/1"))
    desk.world.change_sender(
        daily_cap=2000,
        used_today=1234,
        cap_day=date(2026, 11, 23),
        throttled_to=10.0,
        throttled_at=desk.world.now,
        rests_until=desk.world.now + timedelta(seconds=30),
        rest_seconds=30,
    )
    for page in ("/settings/senders/1", "/settings"):
        said = words(desk.get(page))
        assert "1,234 of 2,000 segments" in said
        assert "rests because the provider fails; it is tried again 23 Nov 2026, 17:00 UTC" in said
        assert "The provider asked 24680 to slow down:" in said
    desk.world.change_sender(cap_day=date(2026, 11, 22))
    assert "0 of 2,000 segments" in words(desk.get("/settings"))


def test_a_pool_and_who_stays_with_which_sender(desk: Desk) -> None:
    key = add(desk, segments_per_second="50")
    desk.world.crowd(20)
    desk.get("/programs/1")
    assert desk.post("/programs/1/senders", sender_id=str(key)).status_code == 302
    assert "+1 202-555-0190" in words(desk.get("/programs/1")).replace("(202) ", "202-")
    first = sent_by(desk)
    assert set(first.values()) == {1, key}
    assert sent_by(desk) == first, "people go on hearing from the same one"
    desk.get("/programs/1")
    desk.post(f"/programs/1/senders/{key}/remove")
    assert set(sent_by(desk).values()) == {1}


def sent_by(desk: Desk) -> dict[int, int]:
    """Subscriber to the sender of a new broadcast."""
    provider = FakeProvider()
    desk.world.pass_time(days=31)
    broadcast = desk.world.order()
    desk.world.fire(broadcast)
    send_all(desk.world, provider, 10)
    assert len(provider.taken) == 20
    with desk.world.database.read() as session:
        rows = session.exec(select(Delivery).where(Delivery.broadcast_id == broadcast.id))
        return {one.subscriber_id: one.sender_id or 0 for one in rows}


def test_only_ones_own_other_senders_can_be_added(desk: Desk) -> None:
    desk.world.another_organization()
    for key in ("1", "2", "999", "", "x"):
        desk.get("/programs/1")
        desk.post("/programs/1/senders", sender_id=key)
        assert "Choose one of your other senders." in words(desk.get("/programs/1"))
    with desk.world.database.read() as session:
        assert session.exec(select(PoolSender)).all() == []


def test_a_sender_of_a_pool_is_not_deleted(desk: Desk) -> None:
    key = add(desk)
    desk.get("/programs/1")
    desk.post("/programs/1/senders", sender_id=str(key))
    desk.post(f"/settings/senders/{key}/delete")
    assert "It is in the pool of Neon Nights." in words(desk.get(f"/settings/senders/{key}"))
    assert len(senders(desk)) == 2


def test_a_sender_that_joins_while_an_audience_is_frozen_gets_none_of_it(desk: Desk) -> None:
    from scheduler import firing, freeze

    desk.world.crowd(30)
    key, broadcast = add(desk), desk.world.order()
    with desk.world.database.write() as session:
        patched = pytest.MonkeyPatch()
        patched.setattr(freeze, "FIRST_PART", 10)
        firing.fire(session, broadcast.id, desk.world.now)
        patched.undo()
    desk.get("/programs/1")
    desk.post("/programs/1/senders", sender_id=str(key))
    freeze.freeze_rest(desk.world.database, broadcast.id, desk.world.now)
    with desk.world.database.read() as session:
        used = set(session.exec(select(Delivery.sender_id)))
    assert used == {1}


def limit(desk: Desk) -> int | None:
    with desk.world.database.read() as session:
        return session.exec(select(Organization.most_in_24_hours)).one()


def test_how_many_one_person_may_get_in_a_day(desk: Desk) -> None:
    assert "No limit of your own" in words(desk.get("/settings"))
    desk.get("/settings/limits")
    for wrong in ("0", "101", "few"):
        assert desk.post("/settings/limits", most_in_24_hours=wrong).status_code == 422
    assert limit(desk) is None
    desk.post("/settings/limits", most_in_24_hours="2")
    assert limit(desk) == 2
    assert "Nobody gets more than 2 broadcasts in 24 hours" in words(desk.get("/settings"))
    desk.get("/settings/limits")
    desk.post("/settings/limits", most_in_24_hours="")
    assert limit(desk) is None


@pytest.mark.parametrize("page", ["/settings/limits", "/programs/1/senders"])
def test_a_promoter_sets_none_of_it(desk: Desk, page: str) -> None:
    desk.sit_down(desk.colleague(Role.promoter))
    desk.get("/")
    assert desk.post(page, most_in_24_hours="1", sender_id="1").status_code == 403


@pytest.mark.parametrize(
    ("frequency", "said"),
    [
        ("Up to 4 msgs/month", "Marquee will send at most 4 in 30 days to a person."),
        (
            "Max 1 msg/day, 2 per week, 5 every two months",
            "Marquee will send at most 1 in 1 day, 2 in 7 days and 5 in 60 days to a person.",
        ),
        ("Daily", "Marquee will send at most 1 in 1 day to a person."),
        ("Message frequency varies", "Marquee found no number in this"),
    ],
)
def test_the_program_says_what_its_promise_was_understood_as(
    desk: Desk, frequency: str, said: str
) -> None:
    with desk.world.database.write() as session:
        program = session.exec(select(Program)).one()
        program.message_frequency = frequency
        session.add(program)
    assert said in words(desk.get("/programs/1"))


def test_the_number_of_a_sender_that_was_used_stays(desk: Desk) -> None:
    """People answer it where they were texted: nobody would hear their STOP."""
    world, (phone,) = desk.world, desk.world.crowd(1)
    changed = LONG_CODE | {"kind": "short_code", "address": "97531", "daily_cap": "7"}
    desk.get("/settings/senders/1")
    refused = desk.post("/settings/senders/1", **changed)
    assert refused.status_code == 422
    assert "add a new sender instead" in words(refused)
    assert "no more messages" in (world.text(phone, "STOP") or "")
    desk.get("/settings/senders/1")
    assert desk.post("/settings/senders/1", **(changed | {"address": "24680"})).status_code == 302
    assert senders(desk)[0].daily_cap == 7
    key = add(desk)
    desk.get(f"/settings/senders/{key}")
    assert desk.post(f"/settings/senders/{key}", **changed).status_code == 302
