"""Each kind of text is kept to the last moment, and then erased with all that stands beside it."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models import (
    AuditEvent,
    Broadcast,
    BroadcastStatus,
    Delivery,
    InboundMessage,
    Notice,
    NoticeStatus,
    Organization,
)
from scheduler.retention import tick
from tests.world import NOON, World

PHONE = "+12025550147"
DAYS = 1825


def run(world: World) -> int:
    return tick(world.database, world.now)


@pytest.mark.parametrize("status", [BroadcastStatus.sent, BroadcastStatus.canceled])
def test_the_words_of_a_broadcast_go_and_who_was_sent_it_stays(
    world: World, status: BroadcastStatus
) -> None:
    world.text(PHONE, "JOIN")
    sent = world.order()
    world.fire(sent)
    with world.database.write() as session:
        broadcast = session.get_one(Broadcast, sent.id)
        broadcast.status, broadcast.finished_at = status, world.now + timedelta(hours=1)
    world.pass_time(days=DAYS)  # an hour before it is due
    run(world)
    assert world.broadcast(sent.id).body == sent.body
    world.pass_time(hours=1, microseconds=-1)
    run(world)
    assert world.broadcast(sent.id).body == sent.body
    world.pass_time(microseconds=1)
    assert run(world) == 1
    assert world.broadcast(sent.id).body == ""
    with world.database.read() as session:
        acts = session.exec(select(AuditEvent.subject).order_by(col(AuditEvent.id))).all()
        assert acts == [{"inbound": 1}, {"broadcasts": 1}]
        assert len(session.exec(select(Delivery)).all()) == 1
    assert run(world) == 0


@pytest.mark.parametrize("status", [BroadcastStatus.held, BroadcastStatus.paused])
def test_one_that_waits_for_a_decision_keeps_its_words(
    world: World, status: BroadcastStatus
) -> None:
    world.text(PHONE, "JOIN")
    waits = world.order()
    with world.database.write() as session:
        session.get_one(Broadcast, waits.id).status = status
    world.pass_time(days=2 * DAYS)
    run(world)
    assert world.broadcast(waits.id).body == waits.body


def test_a_notice_is_kept_to_the_last_moment(world: World) -> None:
    world.text(PHONE, "JOIN")
    with world.database.write() as session:
        session.get_one(Organization, world.organization_id).keep_texts_days = 200
        session.add(
            Notice(
                organization_id=world.organization_id,
                sender_id=1,
                subscriber_id=1,
                body="reply YES",
                status=NoticeStatus.sent,
                next_attempt_at=world.now,
                created_at=world.now + timedelta(hours=1),
            )
        )
    for microseconds, words in ((-1, "reply YES"), (0, "")):
        world.now = NOON + timedelta(days=200, hours=1, microseconds=microseconds)
        run(world)
        with world.database.read() as session:
            assert session.exec(select(Notice.body)).one() == words


def test_what_stands_in_form_and_media_goes_with_the_text(world: World) -> None:
    world.text(PHONE, "look at this")
    with world.database.write() as session:
        message = session.exec(select(InboundMessage)).one()
        message.form = {"From": PHONE, "FromCity": "WASHINGTON"}
        message.media = [{"url": "https://media.example/1", "content_type": "image/jpeg"}]
        message.body_raw = b"look \x00 at this"
    world.pass_time(days=DAYS)
    run(world)
    with world.database.read() as session:
        gone = session.exec(select(InboundMessage)).one()
        assert (gone.form, gone.media, gone.body_raw, gone.body) == ({}, [], None, "")
