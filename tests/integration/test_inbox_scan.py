"""The inbox scan: what nobody judged becomes a STOP, and what was missed comes before a member."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.keywords import reads_as_stop
from models import (
    AuditEvent,
    AuditKind,
    ConsentKind,
    ConsentSource,
    InboundMessage,
    List,
    Notice,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from models.database import Database
from models.importing import take_by_hand
from scheduler.clock import Clock
from scheduler.inbox_scan import Finding, scan
from settings import Settings
from tests.threads import at_once
from tests.world import World

PHONE, OTHER = "+12025550101", "+12025550102"
UNCLEAR = "cancel friday?"
SUBSCRIBED = {"Neon Nights": SubscriptionState.subscribed}
OUT = {"Neon Nights": SubscriptionState.unsubscribed}


def scan_now(world: World) -> list[Finding]:
    return scan(world.database, world.now, reads_as_stop)


def change(world: World, phone: str, **values: object) -> None:
    """Make the last text of this phone another one, as if it had been read otherwise."""
    with world.database.write() as session:
        message = session.exec(
            select(InboundMessage)
            .where(InboundMessage.from_number == phone)
            .order_by(col(InboundMessage.id).desc())
        ).first()
        assert message is not None
        for name, value in values.items():
            setattr(message, name, value)
        session.add(message)


def acts(world: World) -> list[AuditEvent]:
    with world.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.kind == AuditKind.judged)
        return list(session.exec(query.order_by(col(AuditEvent.id))))


def unclear(world: World) -> None:
    """Somebody joined and sent an unclear text: at noon UTC on Monday, 23 November 2026."""
    world.text(PHONE, "JOIN")
    world.text(PHONE, UNCLEAR)
    assert world.inbound(PHONE)[-1].needs_review


def test_after_three_business_days_silence_means_stop(world: World) -> None:
    unclear(world)
    message = world.inbound(PHONE)[-1]
    # Thursday is Thanksgiving, so the third business day ends on Friday at noon.
    world.pass_time(days=4, seconds=-1)
    assert scan_now(world) == []
    assert world.states(PHONE) == SUBSCRIBED
    world.pass_time(seconds=1)
    assert scan_now(world) == [Finding(world.organization_id, treated_as_stop=[message.id])]
    assert world.states(PHONE) == OUT
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.opted_out, ConsentSource.system)
    assert (event.inbound_message_id, event.message_sid) == (message.id, message.message_sid)
    evidence = world.evidence(event)
    assert evidence["text"] == UNCLEAR
    assert "within 3 business days" in str(evidence["note"])
    judged = world.inbound(PHONE)[-1]
    assert (judged.needs_review, judged.reviewed_at) == (False, world.now)
    with world.database.read() as session:
        assert session.exec(select(Suppression.reason)).one() is SuppressionReason.opted_out
        assert session.exec(select(Notice)).all() == [], "no text goes to the consumer"
    (act,) = acts(world)
    assert act.member_id is None
    assert act.subject["treated_as_stop"] == [message.id]
    assert scan_now(world) == []


def test_what_a_member_judged_stays_judged(world: World) -> None:
    unclear(world)
    change(world, PHONE, needs_review=False, reviewed_by_id=world.member_id, reviewed_at=world.now)
    world.pass_time(days=10)
    assert scan_now(world) == []
    assert world.states(PHONE) == SUBSCRIBED


def test_a_later_join_counts_more_than_an_older_unclear_text(world: World) -> None:
    unclear(world)
    world.pass_time(days=1)
    world.text(PHONE, "TECHNO")
    world.pass_time(days=9)
    (finding,) = scan_now(world)
    assert (len(finding.rejoined), finding.treated_as_stop) == (1, [])
    assert world.states(PHONE) == SUBSCRIBED
    assert not any(message.needs_review for message in world.inbound(PHONE))


def test_an_import_is_no_later_word_of_the_person(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "cancel friday?")
    world.pass_time(hours=1)
    with world.database.write() as session:
        techno = session.get_one(List, world.list_id(session, "Techno nights"))
        take_by_hand(session, techno, PHONE, world.member_id, "asked us", False, world.now)
    assert world.consent_events(PHONE)[-1].kind == "joined_list"
    world.pass_time(days=10)
    (finding,) = scan_now(world)
    assert (finding.rejoined, len(finding.treated_as_stop)) == ([], 1)
    assert world.is_suppressed(PHONE)


def test_a_missed_opt_out_is_marked_and_judged_three_business_days_later(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "see you on friday")
    change(world, PHONE, body="please stop texting me")
    world.pass_time(days=20)
    (finding,) = scan_now(world)
    assert (len(finding.marked), finding.treated_as_stop) == (1, [])
    assert world.states(PHONE) == SUBSCRIBED, "a member has the first word"
    message = world.inbound(PHONE)[-1]
    assert (message.needs_review, message.marked_at) == (True, world.now)
    world.pass_time(hours=1)
    assert scan_now(world) == [], "its three business days begin when it is marked"
    world.pass_time(days=10)
    (finding,) = scan_now(world)
    assert finding.treated_as_stop == [message.id]
    assert world.states(PHONE) == OUT


def test_the_sender_s_own_keywords_are_known_when_reading_again(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "see you on friday")
    change(world, PHONE, body="stop techno")
    (finding,) = scan_now(world)
    assert len(finding.marked) == 1


def test_what_is_read_again_leaves_out_who_left_rejoined_or_was_judged(world: World) -> None:
    for phone in (PHONE, OTHER, "+12025550103", "+12025550104"):
        world.text(phone, "JOIN")
        world.text(phone, "see you on friday")
        change(world, phone, body="please stop texting me")
    world.pass_time(hours=1)
    world.text(PHONE, "STOP")
    world.text(OTHER, "STOP")
    world.text(OTHER, "JOIN")
    change(world, "+12025550103", reviewed_at=world.now, reviewed_by_id=world.member_id)
    world.pass_time(days=30)  # and the fourth is too old by now
    assert scan_now(world) == []
    world.pass_time(hours=-1, seconds=-1)
    (finding,) = scan_now(world)
    assert finding.marked == [world.inbound("+12025550104")[-1].id]


def test_each_organization_has_its_own_finding(world: World) -> None:
    other = world.another_organization()
    unclear(world)
    world.text(PHONE, "JOIN", to="13579")
    world.text(PHONE, UNCLEAR, to="13579")
    world.pass_time(days=7)
    findings = {one.organization_id: len(one.treated_as_stop) for one in scan_now(world)}
    assert findings == {world.organization_id: 1, other: 1}
    assert {act.organization_id for act in acts(world)} == {world.organization_id, other}


def test_a_short_code_that_wrote_is_nobody_to_revoke(world: World) -> None:
    world.text("55555", "please stop")
    world.pass_time(days=7)
    (finding,) = scan_now(world)
    assert len(finding.treated_as_stop) == 1
    assert not world.inbound("55555")[-1].needs_review


def test_many_are_judged_in_several_transactions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.inbox_scan._AT_ONCE", 2)
    for phone in world.crowd(5):
        world.text(phone, UNCLEAR)
    world.pass_time(days=7)
    (finding,) = scan_now(world)
    assert len(finding.treated_as_stop) == 5
    assert [len(act.subject["treated_as_stop"]) for act in acts(world)] == [2, 2, 1]


def test_two_scans_at_once_judge_each_text_once(world: World) -> None:
    for phone in world.crowd(5):
        world.text(phone, UNCLEAR)
    world.pass_time(days=7)
    both = at_once([lambda: scan_now(world)] * 2)
    assert sum(len(one.treated_as_stop) for found in both for one in found) == 5
    assert sum(len(world.consent_events(f"+1202555{n:04d}")) for n in range(5)) == 10


def test_the_clock_scans_and_reads_again_once_a_day(database: Database, settings: Settings) -> None:
    world = World(database, now=datetime.now(UTC) - timedelta(days=10))
    unclear(world)
    read: list[str] = []

    def reader(text: str, _keywords: object) -> bool:
        read.append(text)
        return False

    world.text(OTHER, "see you on friday")
    clock = Clock(database, settings, reader)
    clock.scan_inbox()
    clock.scan_inbox()
    assert world.states(PHONE) == OUT
    assert read.count("see you on friday") == 1
