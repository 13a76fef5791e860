"""What is due is erased, what must be kept is kept: both sides of every boundary."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from models import (
    Answer,
    AuditEvent,
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    Delivery,
    InboundMessage,
    Notice,
    NoticeStatus,
    Organization,
    Subscriber,
    SubscriptionState,
    Suppression,
)
from models.erasing import erase, is_erased
from scheduler.clock import Clock
from scheduler.retention import EVIDENCE_DAYS, expire, is_due, tick
from tests.conftest import make_settings
from tests.world import World

PHONE, OTHER = "+12025550147", "+12025550198"
DAYS = 1825


def run(world: World) -> int:
    return tick(world.database, world.now)


def texts(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.exec(select(InboundMessage.body).order_by(col(InboundMessage.id))))


def evidence_kinds(world: World) -> dict[ConsentKind, bool]:
    """Kind of event to whether its evidence is still there."""
    with world.database.read() as session:
        rows = session.exec(
            select(ConsentEvent.kind, ConsentEvidence.erased_at).join(
                ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id
            )
        )
        return {kind: erased_at is None for kind, erased_at in rows}


def keep(world: World, days: int) -> None:
    with world.database.write() as session:
        session.get_one(Organization, world.organization_id).keep_texts_days = days


def test_texts_are_erased_when_they_are_as_old_as_the_organization_says(world: World) -> None:
    world.text(PHONE, "is there a cloakroom?")
    world.pass_time(days=DAYS - 1)
    world.text(OTHER, "and a bar?")
    world.pass_time(days=1, microseconds=-1)
    assert run(world) == 0
    world.pass_time(microseconds=1)
    assert run(world) == 1
    assert texts(world) == ["", "and a bar?"]
    with world.database.read() as session:
        gone = session.get_one(InboundMessage, 1)
        assert is_erased(gone.from_number)
        assert (gone.reply, gone.form, gone.media, gone.body_raw) == (None, {}, [], None)
        assert gone.erased_at == world.now
        act = session.exec(select(AuditEvent)).one()
        assert (act.kind, act.subject, act.occurred_at) == ("expired", {"inbound": 1}, world.now)
    assert run(world) == 0, "nothing is erased twice, and nothing is said twice"


def test_each_organization_has_its_own_days(world: World) -> None:
    other = world.another_organization()
    world.text(PHONE, "hello there", to="24680")
    world.text(PHONE, "hello here", to="13579")
    keep(world, 200)
    world.pass_time(days=200)
    run(world)
    assert texts(world) == ["", "hello here"]
    with world.database.read() as session:
        act = session.exec(select(AuditEvent)).one()
        assert act.organization_id == world.organization_id != other


def test_questions_that_were_texted_and_answers_go_too(world: World) -> None:
    world.text(PHONE, "JOIN")
    sent = world.order()
    world.fire(sent)
    with world.database.write() as session:
        session.exec(select(Delivery)).one().status = "delivered"  # type: ignore[assignment]
        session.exec(select(Delivery)).one().submitted_at = world.now
        session.add(
            Notice(
                organization_id=1,
                sender_id=1,
                subscriber_id=1,
                body="reply YES",
                status=NoticeStatus.sent,
                next_attempt_at=world.now,
                created_at=world.now,
                sent_at=world.now,
            )
        )
    world.text(PHONE, "see you there, mum")
    world.pass_time(days=DAYS)
    run(world)
    with world.database.read() as session:
        assert session.exec(select(Notice.body)).one() == ""
        assert session.exec(select(Answer.error)).one() == "What it held was erased."
        assert session.exec(select(AuditEvent)).one().subject == {"inbound": 2, "notices": 1}
        assert session.exec(select(Broadcast.body)).one() == sent.body, "it is not over"
        assert session.exec(select(Delivery.submitted_at)).one() is not None


def test_an_opt_out_and_its_proof_outlive_ten_years(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    keep(world, 180)
    world.pass_time(days=11 * 366)
    run(world)
    assert evidence_kinds(world) == {ConsentKind.opted_in: False, ConsentKind.opted_out: True}
    assert world.is_suppressed(PHONE)
    assert [event.kind for event in world.consent_events(PHONE)][-1] is ConsentKind.opted_out


def test_the_proof_of_a_consent_stays_as_long_as_the_person_is_subscribed(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.pass_time(days=10 * 366)
    run(world)
    assert evidence_kinds(world) == {ConsentKind.opted_in: True}
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


def test_five_years_after_the_last_message_it_goes_and_the_opt_out_stays(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.pass_time(days=400)
    world.text(PHONE, "STOP")  # its confirmation is the last message
    world.pass_time(days=EVIDENCE_DAYS, microseconds=-1)
    run(world)
    assert evidence_kinds(world)[ConsentKind.opted_in]
    world.pass_time(microseconds=1)
    run(world)
    assert evidence_kinds(world) == {ConsentKind.opted_in: False, ConsentKind.opted_out: True}
    world.pass_time(days=40 * 365)
    run(world)
    assert evidence_kinds(world)[ConsentKind.opted_out]
    with world.database.read() as session:
        assert session.exec(select(Suppression.phone_number)).one() == PHONE
        assert session.exec(select(Subscriber.phone_number)).one() == PHONE
        salts = session.exec(select(ConsentEvidence.salt).order_by(col(ConsentEvidence.id))).all()
        assert salts[0] is None
        assert salts[1] is not None


def test_a_broadcast_in_the_meantime_starts_the_five_years_again(world: World) -> None:
    world.text(PHONE, "JOIN")
    world.fire(world.order())
    world.text(PHONE, "STOP")
    world.pass_time(days=100)
    with world.database.write() as session:  # it was in the provider's hands at the STOP
        session.exec(select(Delivery)).one().submitted_at = world.now
    world.pass_time(days=EVIDENCE_DAYS - 1)
    run(world)
    assert evidence_kinds(world)[ConsentKind.opted_in]
    world.pass_time(days=1)
    run(world)
    assert not evidence_kinds(world)[ConsentKind.opted_in]


def test_who_keeps_texts_for_longer_keeps_the_consent_as_long(world: World) -> None:
    keep(world, 3650)
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    world.pass_time(days=3649)
    run(world)
    assert evidence_kinds(world)[ConsentKind.opted_in]
    world.pass_time(days=1)
    run(world)
    assert not evidence_kinds(world)[ConsentKind.opted_in]


def test_short_days_for_texts_do_not_shorten_the_proof(world: World) -> None:
    keep(world, 180)
    world.text(PHONE, "JOIN")
    world.text(PHONE, "STOP")
    world.pass_time(days=181)
    run(world)
    assert texts(world) == ["", ""]
    assert evidence_kinds(world) == {ConsentKind.opted_in: True, ConsentKind.opted_out: True}


def test_batches_are_bounded_and_each_is_on_record(world: World) -> None:
    for number in range(7):
        world.text(PHONE, f"text {number}")
    world.pass_time(days=DAYS)
    for left in (4, 1, 0):
        with world.database.write() as session:
            expire(session, world.organization_id, world.now, batch=3)
        assert len([text for text in texts(world) if text]) == left
        with world.database.read() as session:
            assert is_due(session, world.organization_id, world.now) is (left > 0)
    with world.database.read() as session:
        acts = session.exec(select(AuditEvent.subject).order_by(col(AuditEvent.id))).all()
    assert acts == [{"inbound": 3}, {"inbound": 3}, {"inbound": 1}]


def test_one_tick_takes_no_more_than_its_bound(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.retention._BATCHES_A_TICK", 2)
    monkeypatch.setattr("scheduler.retention._BATCH", 1)
    monkeypatch.setattr("scheduler.retention.expire.__defaults__", (1,))
    for number in range(3):
        world.text(PHONE, f"text {number}")
    world.pass_time(days=DAYS)
    assert run(world) == 2
    assert run(world) == 1
    assert texts(world) == ["", "", ""]


def test_what_somebody_erased_left_is_not_counted_again(world: World) -> None:
    world.text(PHONE, "JOIN")
    with world.database.write() as session:
        erase(session, session.get_one(Subscriber, 1), world.now)
    world.pass_time(days=10 * 366)
    assert run(world) == 0


def test_the_clock_erases_what_is_due(sqlite_world: World) -> None:
    world = sqlite_world
    world.now = datetime.now(UTC) - timedelta(days=DAYS, seconds=1)
    world.text(PHONE, "is there a cloakroom?")
    url = world.database.engine.url.render_as_string(hide_password=False)
    Clock(world.database, make_settings(url)).erase_what_is_due()
    assert texts(world) == [""]


def test_a_text_that_waits_for_a_judgement_is_kept_until_it_has_one(world: World) -> None:
    world.text(PHONE, "cancel friday?")
    with world.database.write() as session:
        session.exec(select(InboundMessage)).one().needs_review = True
    world.pass_time(days=DAYS)
    run(world)
    assert texts(world) == ["cancel friday?"]
    with world.database.write() as session:
        session.exec(select(InboundMessage)).one().needs_review = False
    run(world)
    assert texts(world) == [""]
