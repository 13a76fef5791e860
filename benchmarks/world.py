"""The organization, list and people that a row is measured on, made of the product's own tables.

A benchmark runs at any hour and texts the same list several times, so the rules that would hold
messages back are wide open here: the sender's rate, quiet hours, and the promised frequency.
"""

import itertools
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, create_engine, event, func, insert, literal, update
from sqlalchemy import select as select_rows
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from admin import demo
from admin.passwords import hash_password
from models import (
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    FrozenRange,
    Lane,
    List,
    ListSubscription,
    Member,
    Organization,
    Program,
    Sender,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from models.database import Database
from models.hashing import number_hash
from scheduler.broadcasts import Order, order

OPEN_HOURS = """region,weekdays,saturday,sunday,most_in_24_hours,source
federal,00:00-24:00,00:00-24:00,00:00-24:00,,nobody is texted
default,00:00-24:00,00:00-24:00,00:00-24:00,,nobody is texted
"""
OWNER, PASSWORD = "owner@neon.example", "correct horse battery"
BODY = "Neon Nights: doors at 9 tonight, guests of the list are free until 11. STOP to cancel."
# No carrier lets anybody send so fast: it takes the rate out of the measurement.
NO_LIMIT = 1e6
ALMOST_NOTHING = 0.02
_AREAS = ("212", "917", "646", "718")
# Without those that are nobody's, or that no phone has: N11, 555, and what follows 900.
_EXCHANGES = tuple(n for n in range(200, 900) if n % 100 != 11 and n not in (555, 700))
_IN_AREA = len(_EXCHANGES) * 10_000
NUMBERS = _IN_AREA * len(_AREAS)
_STRIDE = 11_400_007  # prime to NUMBERS: a walk over all of them in no order
_CHUNK = 50_000


def number(index: int) -> str:
    """The `index`-th of NUMBERS different US numbers; neighbours in index are none in number."""
    at = index * _STRIDE % NUMBERS
    area, rest = divmod(at, _IN_AREA)
    exchange, line = divmod(rest, 10_000)
    return f"+1{_AREAS[area]}{_EXCHANGES[exchange]}{line:04d}"


def found(database: Database, base_url: str, rate: float = NO_LIMIT) -> None:
    """The demo organization, whose sender may send `rate` segments a second."""
    with database.write() as session:
        demo.found(
            session,
            email=OWNER,
            password_hash=hash_password(PASSWORD),
            public_base_url=base_url,
            now=datetime.now(UTC),
        )
        session.execute(update(Program).values(message_frequency="Message frequency varies"))
    set_rate(database, rate)


def set_rate(database: Database, rate: float) -> None:
    """How many segments a second the sender may send from now on."""
    with database.write() as session:
        session.execute(update(Sender).values(segments_per_second=rate, busy_until=None))


def pass_over(database: Database, broadcast_id: int, left: int) -> None:
    """Leave only the last `left` deliveries of a frozen audience to be sent, as if all before them
    had been claimed."""
    of_broadcast = col(FrozenRange.broadcast_id) == broadcast_id
    with database.write() as session:
        last = session.execute(select(func.max(FrozenRange.high)).where(of_broadcast)).scalar_one()
        lane = col(Lane.broadcast_id) == broadcast_id
        session.execute(update(Lane).where(lane).values(claimed_through=last - left))


def populate(database: Database, count: int) -> None:
    """`count` people on the list "All guests", each with one opt-in on record."""
    with database.read() as session:
        target = session.exec(select(List).order_by(col(List.id))).first()
        assert target is not None
        owner = session.get_one(Organization, target.organization_id)
    now = datetime.now(UTC)
    with bulk(database) as connection:
        for rows in _subscribers(owner.id, owner.hash_key, count, now):
            connection.execute(insert(Subscriber), rows)
        _derive(connection, owner.id, target, now)


@contextmanager
def bulk(database: Database) -> Iterator[Connection]:
    """One writing transaction for many rows; on SQLite without the care that makes it slow.

    The file must be nobody else's meanwhile, and is worth nothing if this fails.
    """
    database.dispose()
    engine = create_engine(database.engine.url)
    if not database.is_postgresql:
        event.listen(engine, "connect", _hurry)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000"):
        connection.execute(f"PRAGMA {pragma}")


def _subscribers(
    owner: int, hash_key: str, count: int, now: datetime
) -> Iterator[list[dict[str, object]]]:
    people = (
        {
            "organization_id": owner,
            "phone_number": (phone := number(index)),
            "number_hash": number_hash(hash_key, phone),
            "created_at": now,
        }
        for index in range(count)
    )
    while chunk := list(itertools.islice(people, _CHUNK)):
        yield chunk


def _derive(connection: Connection, owner: int, target: List, now: datetime) -> None:
    """Subscriptions, places on the list and opt-ins of all subscribers, each in one statement."""
    person, subscription = col(Subscriber.id), col(Subscription.id)
    connection.execute(
        insert(Subscription).from_select(
            ["organization_id", "program_id", "subscriber_id", "state", "changed_at"],
            select_rows(
                literal(owner),
                literal(target.program_id),
                person,
                literal(SubscriptionState.subscribed.value),
                literal(now, UTCDateTime()),
            ).order_by(person),
        )
    )
    connection.execute(
        insert(ListSubscription).from_select(
            ["list_id", "subscription_id", "added_at"],
            select_rows(literal(target.id), subscription, literal(now, UTCDateTime())).order_by(
                subscription
            ),
        )
    )
    columns = ["organization_id", "subscriber_id", "program_id", "list_id"]
    connection.execute(
        insert(ConsentEvent).from_select(
            [*columns, "kind", "source", "commitment", "occurred_at"],
            select_rows(
                literal(owner),
                person,
                literal(target.program_id),
                literal(target.id),
                literal(ConsentKind.opted_in.value),
                literal(ConsentSource.imported.value),
                literal("0" * 64),
                literal(now, UTCDateTime()),
            ).order_by(person),
        )
    )


def schedule(database: Database, in_seconds: float = 2.0) -> tuple[int, datetime]:
    """A broadcast to everybody on the list; its id, and the moment (UTC) at which it is due."""
    now = datetime.now(UTC)
    due = now + timedelta(seconds=in_seconds)
    with database.write() as session:
        target = session.exec(select(List).order_by(col(List.id))).first()
        member = session.exec(select(Member.id)).first()
        assert target is not None
        assert member is not None
        wanted = Order(
            list_id=target.id,
            body=BODY,
            answers_to=OWNER,
            scheduled_at=due,
            timezone="UTC",
            latest_start_minutes=60,
            form_token=secrets.token_hex(16),
        )
        return order(session, target.organization_id, member, wanted, now).id, due
