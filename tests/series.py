"""Broadcasts of a test world that recur."""

from datetime import date

from sqlmodel import col, select

from models import Broadcast, Pattern, Recurrence
from scheduler import recurring
from scheduler.clock import next_wall
from tests.world import World, next_sid


def order(world: World, **changes: object) -> Recurrence:
    """Every Friday at 18:00 in Berlin to All guests, unless told otherwise."""
    with world.database.write() as session:
        wanted: dict[str, object] = {
            "list_id": world.list_id(session),
            "body": "Neon Nights: doors at 9. STOP to cancel.",
            "answers_to": "owner@neon.example",
            "pattern": Pattern.weekly,
            "weekdays": ("fri",),
            "first_on": date(2026, 11, 1),
            "at": "18:00",
            "timezone": "Europe/Berlin",
            "form_token": next_sid(),
        }
        series = recurring.Series(**(wanted | changes))  # type: ignore[arg-type]
        return recurring.order(session, world.organization_id, world.member_id, series, world.now)


def daily(world: World, **changes: object) -> Recurrence:
    """Every day at 18:00 UTC, unless told otherwise."""
    every_day: dict[str, object] = {
        "pattern": Pattern.every_days,
        "every_days": 1,
        "timezone": "UTC",
    }
    return order(world, **(every_day | changes))


def plan(world: World, judge: recurring.Judge | None = None) -> list[Broadcast]:
    """What the clock does all the time: what it made."""
    return recurring.plan(world.database, next_wall, judge, world.now)


def made(world: World) -> list[Broadcast]:
    """The broadcasts of all series, as they stand."""
    with world.database.read() as session:
        query = select(Broadcast).where(col(Broadcast.recurrence_id).is_not(None))
        return list(session.exec(query.order_by(col(Broadcast.occurs_at))))
