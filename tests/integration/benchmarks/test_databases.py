"""What the benchmarks measure on: an installation's past, and the end of an audience."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from benchmarks import world
from benchmarks.history import BROADCASTS
from benchmarks.large_database import fill
from models import (
    Answer,
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    FileKind,
    InboundMessage,
    NumberFile,
    Subscription,
    SubscriptionState,
    Suppression,
)
from models.balance import balance, scanned
from models.database import Database
from scheduler import freeze
from scheduler.claim import claim

PEOPLE = 2_000
URL = "http://marquee.test"


def count(session: Session, table: type[SQLModel], *conditions: object) -> int:
    statement = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
    return session.execute(statement).scalar_one()


@pytest.fixture
def filled(database: Database) -> Database:
    world.found(database, URL)
    world.populate(database, PEOPLE)
    fill(database, PEOPLE, PEOPLE * BROADCASTS)
    return database


def test_no_page_is_measured_on_an_empty_table(filled: Database) -> None:
    with filled.read() as session:
        assert count(session, Suppression) == PEOPLE / 50
        assert count(session, ConsentEvent, ConsentEvent.kind == ConsentKind.opted_out) == 40
        gone = Subscription.state == SubscriptionState.unsubscribed
        assert count(session, Subscription, gone) == 40
        assert count(session, InboundMessage) == 40 + PEOPLE / 100
        assert count(session, Answer) == PEOPLE / 200
        assert count(session, InboundMessage, col(InboundMessage.needs_review)) == 1
        assert count(session, NumberFile) == BROADCASTS * len(FileKind)


def test_the_past_is_as_the_product_would_have_left_it(filled: Database) -> None:
    with filled.read() as session:
        broadcasts = session.exec(select(Broadcast).order_by(col(Broadcast.id))).all()
        times = [one.scheduled_at for one in broadcasts]
        assert times == sorted(times)
        for number, one in enumerate(broadcasts):
            standing = balance(session, one.id)
            assert standing == scanned(session, one.id)
            assert standing.count(DeliveryStatus.skipped) == 4 * number
        after_stop = (
            select(func.count())
            .select_from(Delivery)
            .join(ConsentEvent, col(ConsentEvent.subscriber_id) == Delivery.subscriber_id)
            .where(
                ConsentEvent.kind == ConsentKind.opted_out,
                col(Delivery.submitted_at) > ConsentEvent.occurred_at,
            )
        )
        assert session.execute(after_stop).scalar_one() == 0


@pytest.mark.usefixtures("at_any_hour")
def test_what_is_passed_over_is_not_sent(database: Database) -> None:
    world.found(database, URL)
    world.populate(database, 30)
    broadcast_id, due = world.schedule(database)
    with database.write() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
        broadcast.move(BroadcastStatus.sending)
        broadcast.started_at = due
        freeze.begin(session, broadcast)
    world.pass_over(database, broadcast_id, 5)
    with database.write() as session:
        claimed = claim(session, 100, datetime.now(UTC)).deliveries
    assert [one.phone_number for one in claimed] == [world.number(at) for at in range(25, 30)]
