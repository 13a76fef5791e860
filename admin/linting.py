"""The linter before a send: reads what the rules need to know of a draft, and lets them judge it.

Errors block. Warnings ask: the form shows them beside a box, and only what stood beside the ticked
box counts as overridden, so that nobody agrees to a warning that came up afterwards.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from admin.self_audit import record_of
from compliance.rules import RULES, Draft, History, Level, Point, Recipients, lint
from compliance.rules.wording import tells_help, tells_stop
from messaging.areas import area_of
from models import (
    AuditKind,
    Broadcast,
    BroadcastStatus,
    List,
    ListSubscription,
    Program,
    QuietHours,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from models.leaves import note_act
from scheduler import gate
from scheduler.local_time import own_moment

# So many numbers of a list are looked at for their zones: the cost of a look is bounded, and a
# share of a larger list is near enough for a warning.
SAMPLE = 5_000
# The longest frequency that is read as a promise is a year's.
_LOOK_BACK, _LOOK_AHEAD = timedelta(days=366), timedelta(days=366)
_MOST = 1_000  # broadcasts


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

    @property
    def objections(self) -> dict[str, str]:
        """What stands against sending it, by the form's field: an error, or an unticked box."""
        if self.errors:
            said = " ".join(f"{point.text} {point.remedy}" for point in self.errors)
            return {"body": said}
        if not self.is_ticked:
            return {"override": "Mend what stands above, or tick this box."}
        return {}

    def _of(self, level: Level) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.level is level)


def judge(draft: Draft, override: str = "") -> Linted:
    """What the rules say of `draft`; `override` is the value of the box, if it was ticked."""
    return Linted(tuple(lint(draft)), frozenset(known_codes(override).split(",")))


def known_codes(override: str) -> str:
    """The value of the box without what no rule can have put there: a form may be forged."""
    known = {one.code for one in RULES if one.lint}
    return ",".join(sorted(known.intersection(override.split(","))))


def read_draft(
    session: Session,
    gathered: List,
    program: Program,
    body: str,
    at: datetime,
    timezone: str,
    broadcast_id: int | None = None,
    local_at: str | None = None,
    quiet: QuietHours = QuietHours.defer,
    useful_until: datetime | None = None,
    counted: int = 0,
) -> Draft:
    """All that the rules judge of a text to a list, due at `at` (UTC), or at `local_at` on
    everybody's own clock. Reads only.

    Of a large list a sample is looked at, in the order of joining. `broadcast_id` is the broadcast
    itself, if it has been ordered already, and `counted` how many will get it, where the page has
    just counted them.
    """
    recipients = _recipients(session, gathered.id)
    sampled = sum(group.count for group in recipients)
    audience = sampled
    if sampled >= SAMPLE:
        audience = counted or gate.audience(session, gathered.id).will_get
    return Draft(
        body=body,
        record=record_of(program),
        at=at,
        timezone=timezone,
        history=_history(session, gathered, at, broadcast_id),
        recipients=recipients,
        audience=audience,
        own={one.area: own_moment(one.area, at, local_at) for one in recipients if local_at},
        waits=quiet is QuietHours.defer,
        useful_until=useful_until,
    )


def judge_again(session: Session, broadcast: Broadcast, at: datetime, zone: str) -> Draft:
    """What the rules judge of a broadcast that was ordered before and is given another time."""
    gathered = session.get_one(List, broadcast.list_id)
    program = session.get_one(Program, broadcast.program_id)
    return read_draft(
        session,
        gathered,
        program,
        broadcast.body,
        at,
        zone,
        broadcast.id,
        broadcast.local_at,
        broadcast.quiet_hours,
        broadcast.last_use_from(at),
    )


def objection(session: Session, broadcast: Broadcast, overridden: str) -> str | None:
    """What the rules have against a broadcast of a series, or None: an error, or a warning that
    nobody agreed to when the series was ordered (`overridden`: codes, divided by commas)."""
    draft = judge_again(session, broadcast, broadcast.scheduled_at, broadcast.timezone)
    linted = judge(draft, overridden)
    points = linted.errors or tuple(
        point for point in linted.warnings if point.code not in linted.overridden
    )
    # The code first: what is kept of it may be cut off.
    return " ".join(f"{point.code}: {point.text}" for point in points) or None


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
    numbers = session.exec(
        select(Subscriber.phone_number)
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(
            ListSubscription.list_id == list_id,
            Subscription.state == SubscriptionState.subscribed,
        )
        .order_by(col(ListSubscription.subscription_id))
        .limit(SAMPLE)
    )
    areas = Counter(map(area_of, numbers))
    return tuple(Recipients(area, count) for area, count in sorted(areas.items()))


def _history(session: Session, gathered: List, at: datetime, but: int | None) -> History:
    """The program's other broadcasts around `at`: those that went out, and those that are planned.

    Nobody knows yet whether a held one will go out. One that was canceled on its way reached some.
    """
    # What starts at its time starts a little later, and would be too early for the next in a week.
    moment = col(Broadcast.scheduled_at)
    reached_somebody = col(Broadcast.started_at).is_not(None) | (
        col(Broadcast.status) == BroadcastStatus.scheduled
    )
    rows = session.exec(
        select(Broadcast.body, moment, Broadcast.list_id, Broadcast.status)
        .where(
            Broadcast.program_id == gathered.program_id,
            Broadcast.id != (but or 0),
            reached_somebody,
            moment > at - _LOOK_BACK,
            moment < at + _LOOK_AHEAD,
        )
        .order_by(moment.desc())
        .limit(_MOST)
    ).all()
    # What another list was told, or only some of this one, the people of this one do not know.
    told = [
        (body, when)
        for body, when, list_id, status in rows
        if when <= at and list_id == gathered.id and status is not BroadcastStatus.canceled
    ]
    return History(
        stop_told_at=next((when for body, when in told if tells_stop(body)), None),
        contact_told_at=next((when for body, when in told if tells_help(body)), None),
        sent_at=tuple(when for _, when, _, _ in rows),
    )
