"""The auditor: masked numbers, whole ones for a reason, one program, for a time."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from sqlmodel import select

from models import AuditEvent, AuditKind, Member, Role
from tests.integration.admin.browser import Browser, add_member, limit
from tests.integration.admin.conftest import HEARD_FROM as PHONE
from tests.integration.admin.test_access import address, rules
from tests.world import World

SHOWN = "202-555-0101"
PAGES = (
    "/",
    "/subscribers",
    "/subscribers/1",
    "/lists/1",
    "/inbox",
    "/broadcasts/1",
    "/broadcasts/1/deliveries.csv",
    "/reports/stops",
    "/reports/stops.csv",
)


def leaks(text: str) -> bool:
    """Whether more than the end of the number is in a page."""
    digits = "".join(one for one in text if one in "0123456789")
    return SHOWN in text or "555-0101" in text or "5550101" in digits


def test_numbers_are_masked_everywhere(
    app: Flask, history: World, auditor: Browser, owner: Browser
) -> None:
    for page in PAGES:
        shown = auditor.get(page)
        assert shown.status_code == 200, page
        assert not leaks(shown.text), page
    for rule in rules(app):  # and on whatever page there will ever be
        if "GET" in (rule.methods or set()):
            shown = auditor.get(address(rule))
            assert not leaks(f"{shown.headers} {shown.text}"), rule
    assert "+1••••••0101" in auditor.get("/subscribers").text
    assert "24680" in auditor.get("/programs").text  # a short code belongs to the business
    assert leaks(owner.get("/subscribers/1").text)
    assert "0101" in owner.get("/broadcasts/1/deliveries.csv").text


def test_a_masked_number_is_found_by_its_end_and_not_spelled_out(
    history: World, auditor: Browser
) -> None:
    history.text("+12025550202", "JOIN")
    assert "••0101" in auditor.get("/subscribers?q=0101").text
    assert "••0202" not in auditor.get("/subscribers?q=0101").text
    # More digits, or others than the last, would let one guess the number step by step.
    for guess in ("2025550101", "9990101"):
        assert "••0101" in auditor.get(f"/subscribers?q={guess}").text
    assert "••0101" not in auditor.get("/subscribers?q=1202").text
    rows = auditor.get("/broadcasts/1/deliveries.csv?number=1202").text.splitlines()
    assert len(rows) == 1


def test_an_auditor_is_not_told_how_to_send_a_first_blast(
    history: World, auditor: Browser, owner: Browser
) -> None:
    assert "Your first blast" in owner.get("/").text
    assert "Your first blast" not in auditor.get("/").text


def test_whole_numbers_need_a_reason_which_is_kept(history: World, auditor: Browser) -> None:
    auditor.get("/unmask")
    for nothing in ("", "   "):
        assert auditor.post("/unmask", {"reason": nothing}).status_code == 422
    assert not leaks(auditor.get("/subscribers/1").text)
    answer = auditor.post("/unmask", {"reason": "Complaint 4711"})
    assert answer.status_code == 302
    assert leaks(auditor.get("/subscribers/1").text)
    assert PHONE in auditor.get("/broadcasts/1/deliveries.csv").text
    with history.database.read() as session:
        act = session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.unmasked)).one()
        auditor_id = session.exec(select(Member.id).where(Member.role == Role.auditor)).one()
    assert (act.member_id, act.subject["reason"]) == (auditor_id, "Complaint 4711")


def test_whole_numbers_end_with_their_time_and_with_the_log_in(
    history: World, auditor: Browser
) -> None:
    now = datetime.now(UTC)
    auditor.get("/unmask")
    auditor.post("/unmask", {"reason": "Complaint 4711"})
    with time_machine.travel(now + timedelta(minutes=29)):
        assert leaks(auditor.get("/subscribers/1").text)
    with time_machine.travel(now + timedelta(minutes=31)):
        assert not leaks(auditor.get("/subscribers/1").text)
        auditor.get("/unmask")
        auditor.post("/unmask", {"reason": "Complaint 4711, continued"})
        assert leaks(auditor.get("/subscribers/1").text)
        auditor.post("/logout")
    auditor.log_in("auditor@neon.example")
    assert not leaks(auditor.get("/subscribers/1").text)


def test_access_ends_at_its_time_with_a_clear_sentence(
    app: Flask, history: World, auditor: Browser
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    limit(history, access_until=until)
    with time_machine.travel(until - timedelta(seconds=1)):
        assert auditor.get("/subscribers").status_code == 200
    with time_machine.travel(until):
        partial = auditor.client.get("/live", headers={"HX-Request": "true"})
        assert (partial.status_code, partial.headers["HX-Redirect"]) == (401, "/")
        page = auditor.get("/subscribers")
        assert page.status_code == 403
        assert "Your access was until" in page.text
        assert auditor.get("/subscribers").status_code == 302  # logged out
        again = Browser(app)
        again.log_in("auditor@neon.example")
        assert again.get("/subscribers").status_code == 302


def test_the_package_is_for_owners_and_for_auditors_who_gave_a_reason(
    history: World, owner: Browser, promoter: Browser, auditor: Browser
) -> None:
    package = "/reports/programs/1/package.zip"
    assert promoter.get(package).status_code == 403
    assert "Package</a>" not in promoter.get("/reports").text
    masked = auditor.get(package)
    assert masked.location == "/unmask"
    auditor.get("/unmask")
    auditor.post("/unmask", {"reason": "Yearly audit"})
    for browser in (owner, auditor):
        answer = browser.client.get(package)
        assert answer.mimetype == "application/zip"
        assert "audit-neon-nights-" in answer.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert "verify.py" in archive.namelist()
        answer.close()


def test_without_a_sealed_log_the_package_says_what_to_do(world: World, owner: Browser) -> None:
    assert owner.get("/reports/programs/1/package.zip").location == "/reports"
    assert "Nothing of this organization is sealed" in owner.get("/reports").text


def test_the_stop_report_shows_each_revocation(history: World, owner: Browser) -> None:
    text = owner.get("/reports/stops").text
    assert "555-0101" in text
    assert "Nothing after it" in text
    assert "as it should be" in text


def test_settings_show_what_an_auditor_is_limited_to(
    history: World, owner: Browser, auditor: Browser
) -> None:
    limit(history, program_id=1, access_until=datetime(2030, 1, 2, tzinfo=UTC))
    text = owner.get("/settings").text
    assert "Neon Nights, until" in " ".join(text.split())
    assert "2 Jan 2030" in text
    assert auditor.get("/settings").status_code == 200


def test_why_as_of_a_moment(history: World, owner: Browser) -> None:
    page = owner.get("/subscribers/1").text
    assert "Opted out" in page
    assert '<strong class="text-danger">No</strong>, <span class="text-break">Neon Nights' in page
    history.pass_time(days=1)
    history.text(PHONE, "JOIN")
    before = owner.get(f"/subscribers/1?at={history.now - timedelta(minutes=1):%Y-%m-%dT%H:%M}")
    after = owner.get(f"/subscribers/1?at={history.now + timedelta(minutes=1):%Y-%m-%dT%H:%M}")
    assert 'text-success">Yes</strong>, <span class="text-break">Neon' not in before.text
    assert 'text-success">Yes</strong>, <span class="text-break">Neon' in after.text
    assert "Delivered: The carrier says that it arrived." in after.text
    wrong = owner.get("/subscribers/1?at=yesterday")
    assert wrong.status_code == 200
    assert "Write a day and a time" in wrong.text


def test_a_second_log_in_of_a_browser_begins_masked(
    app: Flask, history: World, auditor: Browser
) -> None:
    auditor.get("/unmask")
    auditor.post("/unmask", {"reason": "Complaint 4711"})
    add_member(history.database, history.organization_id, "second@neon.example", Role.auditor)
    auditor.post("/logout")
    assert auditor.log_in("second@neon.example").status_code == 302
    assert not leaks(auditor.get("/subscribers/1").text)


def test_acts_are_on_record_for_everybody_to_read(
    history: World, auditor: Browser, owner: Browser
) -> None:
    assert "Nothing on record yet" in owner.get("/reports/acts").text
    auditor.get("/unmask")
    auditor.post("/unmask", {"reason": "Complaint <b>4711</b>"})
    text = owner.get("/reports/acts").text
    assert "Complaint &lt;b&gt;4711&lt;/b&gt;" in text
    assert "Unmasked" in text
