"""Suppressions: the list, one number by hand, files in and out, and who may do what."""

import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from models import (
    AuditEvent,
    AuditKind,
    ConsentKind,
    ConsentSource,
    NumberFile,
    Subscriber,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import errors, words
from tests.world import World

PHONE = "+12025550101"


def upload(
    browser: Browser,
    content: bytes,
    *,
    kind: str = "suppression",
    source: str = "our former provider",
    name: str = "list.csv",
) -> TestResponse:
    browser.get("/suppressions/import")
    fields = {"kind": kind, "declared_source": source, "file": (io.BytesIO(content), name)}
    return browser.post("/suppressions/import", fields)


def a_day(ago: int) -> str:
    """The day so many days ago; the pages look at the clock on the wall."""
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


def by_hand(browser: Browser, **changes: str) -> TestResponse:
    fields = {
        "number": "(202) 555-0101",
        "channel": "e-mail",
        "received_on": a_day(1),
        "note": "wrote to us, 3 March",
    }
    return browser.post("/suppressions/new", fields | changes)


def acts(world: World, kind: AuditKind) -> list[AuditEvent]:
    with world.database.read() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.kind == kind)))


def test_the_list_says_why_and_is_searched_by_the_end(world: World, owner: Browser) -> None:
    assert "Nobody is suppressed" in owner.get("/suppressions").text
    world.text(PHONE, "STOP")
    upload(owner, b"+12025550202\n")
    page = words(owner.get("/suppressions"))
    assert "+1 202-555-0101 Opted out" in page
    assert "+1 202-555-0202 Imported" in page
    found = owner.get("/suppressions?q=0202").text
    assert "555-0202" in found
    assert "555-0101" not in found
    assert "555-0202" not in owner.get("/suppressions?q=20255").text
    assert owner.get("/suppressions?q=%00%25_").status_code == 200


def test_an_auditor_sees_masked_numbers_and_no_way_to_change(
    world: World, auditor: Browser
) -> None:
    world.text(PHONE, "STOP")
    page = auditor.get("/suppressions").text
    assert "0101" in page
    assert "202-555" not in page
    assert "2025550101" not in page
    assert 'action="/suppressions' not in page
    assert auditor.post("/suppressions/export/suppressions.csv").status_code == 403
    assert "0101" in auditor.get("/suppressions?q=550101").text, "the last four are compared"
    assert "0101" in auditor.get("/suppressions?q=990101").text, "and no more than them"


def test_a_number_by_hand_is_revoked_with_its_proof(world: World, promoter: Browser) -> None:
    promoter.get("/suppressions/new")
    answer = by_hand(promoter)
    assert answer.location == "/subscribers/1"
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.opted_out, ConsentSource.member)
    evidence = world.evidence(event)
    assert (evidence["channel"], evidence["note"]) == ("e-mail", "wrote to us, 3 March")
    assert evidence["received_on"] == a_day(1)
    with world.database.read() as session:
        assert session.exec(select(Suppression.reason)).one() is SuppressionReason.member
    page = words(promoter.get("/subscribers/1"))
    assert f"By a member: promoter, e-mail, received on {a_day(1)}" in page
    assert "A member recorded their opt-out." in page


def test_a_known_number_by_hand_leaves_every_program(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    owner.get("/suppressions/new")
    assert by_hand(owner, channel="in person").status_code == 302
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("number", "", "Give the number"),
        ("number", "911", "No such phone number"),
        ("number", "+1 202 555 0101 ext. 5", "in digits"),
        ("channel", "", "Choose how it reached you"),
        ("channel", "telepathy", "Not a valid choice"),
        ("received_on", "", "Give the day on which it reached you"),
        ("received_on", "3 March", "Not a valid date"),
        ("received_on", "2026-02-30", "Not a valid date"),
        ("received_on", a_day(-2), "in the future"),
        ("received_on", a_day(5 * 366 + 2), "more than five years ago"),
        ("note", "  ", "Say what they told you"),
        ("note", "x" * 1001, "at most 1,000"),
    ],
)
def test_a_number_without_its_proof_is_not_added(
    world: World, owner: Browser, field: str, value: str, reason: str
) -> None:
    owner.get("/suppressions/new")
    answer = by_hand(owner, **{field: value})
    assert answer.status_code == 422
    assert reason in errors(answer)[field]
    assert not world.is_suppressed(PHONE)


@pytest.mark.parametrize("ago", [0, 1, 5 * 366 - 1])
def test_an_opt_out_that_came_some_time_ago_is_taken(
    world: World, owner: Browser, ago: int
) -> None:
    owner.get("/suppressions/new")
    assert by_hand(owner, received_on=a_day(ago)).status_code == 302
    assert world.evidence(world.consent_events(PHONE)[-1])["received_on"] == a_day(ago)


def test_an_import_says_what_was_taken_and_what_was_not(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    content = (
        "\ufeffName;Mobile\r\nBob;(202) 555-0101\r\nAnn;1.2E+10\r\n=1;12025550101\r\n".encode()
    )
    answer = upload(owner, content, name="../opt-outs <b>.csv")
    assert answer.location == "/suppressions/files/1"
    page = words(owner.get("/suppressions/files/1"))
    for part in (
        "Rows with something in them 3",
        "Taken 1",
        "Known before, or twice in it 1",
        "Refused 1",
        "our former provider",
        hashlib.sha256(content).hexdigest(),
        "3 A spreadsheet has shortened this number",
    ):
        assert part in page, part
    assert "&lt;b&gt;" in owner.get("/suppressions/files/1").text
    table = owner.get("/suppressions/files/1/refused.csv").text.splitlines()
    assert table[0] == "row,reason"
    assert table[1].startswith("3,")
    assert len(table) == 2
    assert "opt-outs" in owner.get("/suppressions").text
    assert (
        "The number was in a suppression list that was imported."
        in owner.get("/subscribers/1").text
    )
    (act,) = acts(world, AuditKind.imported)
    assert act.member_id == world.member_id


@pytest.mark.parametrize(
    ("content", "more", "field", "reason"),
    [
        (b"PK\x03\x04", {}, "file", "Save the sheet as CSV"),
        (b"", {}, "file", "is empty"),
        (b"phone\nBob\n", {}, "file", "No row of this file holds a phone number"),
        (b'phone\n2025550102\n"x', {}, "file", "Row 3 cannot be read"),
        (b"2025550102\n", {"source": " "}, "declared_source", "Say where this file comes from"),
        (b"2025550102\n", {"kind": "friends"}, "kind", "Not a valid choice"),
        (b"2025550102\n", {"name": ""}, "file", "Choose a CSV or text file"),
    ],
)
def test_a_broken_import_changes_nothing_and_says_why(
    world: World, owner: Browser, content: bytes, more: dict[str, str], field: str, reason: str
) -> None:
    answer = upload(owner, content, **more)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert reason in errors(answer)[field]
    with world.database.read() as session:
        assert session.exec(select(NumberFile)).all() == []
        assert session.exec(select(Suppression)).all() == []
    assert acts(world, AuditKind.imported) == []


def test_a_file_may_be_larger_than_other_forms(owner: Browser) -> None:
    rows = b"".join(b"+1303%07d,%s\n" % (number, b"x" * 1000) for number in range(3_000))
    assert len(rows) > 3_000_000
    assert upload(owner, b"phone,note\n" + rows).status_code == 302
    owner.get("/suppressions/new")
    assert by_hand(owner, note="x" * 3_000_000).status_code == 413


def test_deactivated_numbers_and_when_they_were_processed_last(
    world: World, owner: Browser
) -> None:
    assert "No file was processed yet." in owner.get("/suppressions").text
    world.text(PHONE, "JOIN")
    upload(owner, b"2025550101\n2025550102\n", kind="deactivated")
    page = words(owner.get("/suppressions/files/1"))
    assert "Nobody’s here, not kept 1" in page
    assert "Deactivated" in words(owner.get("/suppressions"))
    assert "more than three business days ago" not in owner.get("/suppressions").text
    assert "nobody’s any more" in owner.get("/subscribers/1").text
    with world.database.write() as session:
        file = session.exec(select(NumberFile)).one()
        file.created_at = world.now.replace(year=2025)
        session.add(file)
    assert "more than three business days ago" in owner.get("/suppressions").text


def test_what_is_handed_out_is_recorded(world: World, promoter: Browser) -> None:
    world.text(PHONE, "STOP")
    world.text("+12025550102", "JOIN")
    promoter.get("/suppressions")
    listed = promoter.post("/suppressions/export/suppressions.csv")
    assert "attachment" in listed.headers["Content-Disposition"]
    assert listed.text.splitlines()[1].startswith("+12025550101,,opted_out,2026-11-23")
    dates = promoter.post("/suppressions/export/consent_dates.csv")
    assert dates.text == "2025550102,2026-11-23\r\n"
    assert [act.subject["what"] for act in acts(world, AuditKind.exported)] == [
        "suppressions",
        "consent_dates",
    ]
    assert promoter.post("/suppressions/export/everything.csv").status_code == 404


def test_an_erased_number_is_shown_as_such(world: World, owner: Browser) -> None:
    world.text(PHONE, "STOP")
    with world.database.write() as session:
        row = session.exec(select(Suppression)).one()
        row.phone_number = None
        session.add(row)
    assert "Erased" in words(owner.get("/suppressions"))


def test_another_organization_s_numbers_are_absent(
    world: World, owner: Browser, newcomer: Browser
) -> None:
    world.text(PHONE, "STOP")
    upload(owner, b"2025550102\nbad\n")
    assert "Nobody is suppressed" in newcomer.get("/suppressions").text
    assert newcomer.get("/suppressions/files/1").status_code == 404
    assert newcomer.get("/suppressions/files/1/refused.csv").status_code == 404
    assert newcomer.post("/suppressions/export/suppressions.csv").text.count("\n") == 1
    with world.database.read() as session:
        assert len(session.exec(select(Subscriber)).all()) == 1
