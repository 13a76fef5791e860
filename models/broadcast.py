"""One message to an audience at a time."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.base import BigId, IllegalMove, choice, primary_key, references


class BroadcastStatus(StrEnum):
    """Where a broadcast stands; drawn in docs/STATES.md."""

    scheduled = "scheduled"
    held = "held"  # its latest start passed while nobody could send: the promoter decides
    sending = "sending"
    paused = "paused"
    sent = "sent"
    canceled = "canceled"


NOT_STARTED = (BroadcastStatus.scheduled, BroadcastStatus.held)
UNDER_WAY = (BroadcastStatus.sending, BroadcastStatus.paused)

BROADCAST_MOVES: dict[BroadcastStatus, frozenset[BroadcastStatus]] = {
    BroadcastStatus.scheduled: frozenset(
        {BroadcastStatus.sending, BroadcastStatus.held, BroadcastStatus.canceled}
    ),
    BroadcastStatus.held: frozenset({BroadcastStatus.scheduled, BroadcastStatus.canceled}),
    BroadcastStatus.sending: frozenset(
        {BroadcastStatus.paused, BroadcastStatus.sent, BroadcastStatus.canceled}
    ),
    BroadcastStatus.paused: frozenset({BroadcastStatus.sending, BroadcastStatus.canceled}),
    # A receipt can ask for another try of one message (models.settling).
    BroadcastStatus.sent: frozenset({BroadcastStatus.sending}),
    BroadcastStatus.canceled: frozenset(),
}


def sources_of(status: BroadcastStatus) -> tuple[BroadcastStatus, ...]:
    """The states from which a broadcast may go to `status`, for the WHERE of an UPDATE."""
    return tuple(source for source, targets in BROADCAST_MOVES.items() if status in targets)


class QuietHours(StrEnum):
    """What becomes of a message that falls into its recipient's quiet hours."""

    defer = "defer"  # it waits for the next minute at which marketing may arrive
    skip = "skip"


USEFUL_FOR = timedelta(hours=24)
LONGEST_USE = timedelta(days=7)
# A text counts as an answer to the last broadcast that its sender got in this time.
ANSWERED_FOR = timedelta(days=14)
_HAS_STARTED = text("started_at IS NOT NULL")


class Broadcast(SQLModel, table=True):
    """A message to one list, due at `scheduled_at` (UTC; `timezone` is the promoter's, to show).

    `form_token` is made with the empty form, so that a second submission of the same form finds
    the first one's broadcast. `latest_start_minutes` bounds how late it may start; nothing of it is
    handed over after `useful_until` (None: USEFUL_FOR after it was due). With `local_at`, e.g.
    "2026-11-27T20:00", nobody gets it before that time on their own clock. `attention` says in
    plain words why it was held or paused. `audience` grows until `frozen_at`; `frozen_through` is
    the subscription that the freezing has come to. An empty `body` was erased when its time was
    over (scheduler.retention).
    As one of a series it was made for `occurs_at`, and no other is: releasing a held one moves
    `scheduled_at` only.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "form_token"),
        Index("ix_broadcast_status_scheduled_at", "status", "scheduled_at"),
        Index("ix_broadcast_recurrence_id_occurs_at", "recurrence_id", "occurs_at", unique=True),
        Index(
            "ix_broadcast_started",
            "organization_id",
            "finished_at",
            sqlite_where=_HAS_STARTED,
            postgresql_where=_HAS_STARTED,
        ),
    )

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    program_id: int = references("program.id")
    sender_id: int = references("sender.id")
    list_id: int = references("list.id")
    body: str = Field(sa_type=Text)
    answers_to: str = Field(max_length=254)
    status: BroadcastStatus = choice(BroadcastStatus)
    attention: str | None = Field(default=None, max_length=300)
    scheduled_at: datetime
    timezone: str = Field(max_length=64)
    latest_start_minutes: int = 60
    useful_until: datetime | None = None
    local_at: str | None = Field(default=None, max_length=16)
    quiet_hours: QuietHours = choice(QuietHours, default=QuietHours.defer)
    form_token: str = Field(max_length=64)
    recurrence_id: int | None = references("recurrence.id", optional=True)
    occurs_at: datetime | None = None
    audience: int | None = None
    frozen_through: int = Field(default=0, sa_type=BigId)
    frozen_at: datetime | None = None
    created_by_id: int = references("member.id")
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def latest_start(self) -> datetime:
        """The last moment (UTC) at which it may start by itself: never after its last use."""
        allowed = self.scheduled_at + timedelta(minutes=self.latest_start_minutes)
        return min(allowed, self.last_use)

    @property
    def last_use(self) -> datetime:
        """The moment (UTC) after which nothing of it is handed over any more."""
        return self.useful_until or self.scheduled_at + USEFUL_FOR

    def last_use_from(self, starts: datetime) -> datetime:
        """The last use if it were given another time: as long after that as after the old one.
        Whoever gets it at their own local time still waits for that, so that it stays of use for
        them."""
        moved = starts + (self.last_use - self.scheduled_at)
        return moved if self.local_at is None else max(moved, self.last_use)

    def move(self, status: BroadcastStatus) -> None:
        """Go to `status`; IllegalMove if the transition table does not allow it."""
        if status not in BROADCAST_MOVES[self.status]:
            raise IllegalMove(f"broadcast {self.id}: {self.status} to {status}")
        self.status = status


class Lane(SQLModel, table=True):
    """A broadcast on one sender: how far it has been claimed, and its share of the sender.

    `claimed_through` is a delivery's key: everything up to it has been claimed, skipped, or waits
    for a moment of its own. `share` counts segments; the lane with the smallest goes next. Whoever
    had nothing to send meanwhile, because it is new, was paused, or waited for quiet hours to end,
    goes on from the sender's `share`: nobody waits until another has made up for lost time.
    """

    __table_args__ = (Index("ix_lane_sender_id", "sender_id"),)

    broadcast_id: int = Field(foreign_key="broadcast.id", primary_key=True, sa_type=BigId)
    sender_id: int = Field(foreign_key="sender.id", primary_key=True, sa_type=BigId)
    claimed_through: int = Field(default=0, sa_type=BigId)
    share: int = Field(default=0, sa_type=BigId)
