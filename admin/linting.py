"""The linter before a send: reads what the rules need to know of a draft, and lets them judge it.

Errors block. Warnings ask: the form shows them beside a box, and only what stood beside the ticked
box counts as overridden, so that nobody agrees to a warning that came up afterwards.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from admin.self_audit import record_of
from compliance.rules import Draft, History, Level, Point, Recipients, lint
from compliance.rules.wording import tells_help, tells_stop
from models import (
    AuditKind,
    Broadcast,
    BroadcastStatus,
    List,
    ListSubscription,
    Program,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from models.leaves import note_act

# So many numbers of a list are looked at for their zones: the cost of a look is bounded, and a
# share of a larger list is near enough for a warning.
SAMPLE = 5_000
_PREFIX = 5  # characters of an E.164 number: in North America the country and area code
_LOOK_BACK = timedelta(days=400)  # the longest frequency that can be promised is a year's
_MOST = 500  # broadcasts
_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Linted:
    """What the rules say of a draft, and which warnings the member has ticked off already."""

    points: tuple[Point, ...] = ()
    overridden: frozenset[str] = frozenset()

    @property
    def errors(self) -> tuple[Point, ...]:
        return self._of(Level.error)

    @property
    def warnings(self) -> tuple[Point, ...]:
        return self._of(Level.warning)

    @property
    def codes(self) -> str:
        """The warnings' codes, as the box's value holds them, e.g. "C021,C030"."""
        return ",".join(point.code for point in self.warnings)

    @property
    def is_ticked(self) -> bool:
        """Whether every warning was ticked off."""
        return {point.code for point in self.warnings} <= self.overridden

    def _of(self, level: Level) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.level is level)


def judge(draft: Draft, override: str = "") -> Linted:
    """What the rules say of `draft`; `override` is the value of the box, if it was ticked."""
    return Linted(tuple(lint(draft)), frozenset(override.split(",")) if override else frozenset())


def read_draft(
    session: Session, gathered: List, program: Program, body: str, at: datetime, timezone: str
) -> Draft:
    """All that the rules judge of a text to a list, due at `at` (UTC). Reads only.

    Of a large list a sample is looked at, in the order of joining.
    """
    recipients = _recipients(session, gathered.id)
    sampled = sum(group.count for group in recipients)
    audience = sampled if sampled < SAMPLE else _size(session, gathered.id)
    return Draft(
        body=body,
        record=record_of(program),
        at=at,
        timezone=timezone,
        history=_history(session, gathered, at),
        recipients=recipients,
        audience=audience,
    )


def note_override(
    session: Session, broadcast: Broadcast, linted: Linted, member_id: int, now: datetime
) -> None:
    """Record who sent a broadcast in spite of which warnings, as a leaf of the log."""
    note_act(
        session,
        broadcast.organization_id,
        AuditKind.overridden,
        now,
        member_id=member_id,
        broadcast=broadcast.id,
        codes=[point.code for point in linted.warnings],
    )


def _recipients(session: Session, list_id: int) -> tuple[Recipients, ...]:
    sample = (
        core_select(col(Subscriber.phone_number).label("number"))
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(
            col(ListSubscription.list_id) == list_id,
            col(Subscription.state) == SubscriptionState.subscribed,
        )
        .order_by(col(ListSubscription.subscription_id))
        .limit(SAMPLE)
        .subquery()
    )
    prefix = func.substr(sample.c.number, 1, _PREFIX)
    rows = session.execute(
        core_select(func.min(sample.c.number), func.count()).group_by(prefix).order_by(prefix)
    )
    return tuple(Recipients(example, count) for example, count in rows)


def _size(session: Session, list_id: int) -> int:
    return session.exec(
        select(func.count())
        .select_from(ListSubscription)
        .join(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
        .where(
            ListSubscription.list_id == list_id,
            Subscription.state == SubscriptionState.subscribed,
        )
    ).one()


def _history(session: Session, gathered: List, at: datetime) -> History:
    """The program's broadcasts around `at`: those that went out, and those that are planned."""
    moment = func.coalesce(Broadcast.started_at, Broadcast.scheduled_at)
    rows = session.exec(
        select(Broadcast.body, moment, Broadcast.list_id)
        .where(
            Broadcast.program_id == gathered.program_id,
            Broadcast.status != BroadcastStatus.canceled,
            moment > at - _LOOK_BACK,
            moment < at + _AHEAD,
        )
        .order_by(moment.desc())
        .limit(_MOST)
    ).all()
    before = [(body, when) for body, when, _ in rows if when <= at]
    return History(
        stop_told_at=next((when for body, when in before if tells_stop(body)), None),
        contact_told_at=next((when for body, when in before if tells_help(body)), None),
        to_this_list=tuple(when for _, when, list_id in rows if list_id == gathered.id),
    )
