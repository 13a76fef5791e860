"""Reads from the database what people have been so far, for all texts that are decided together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.keywords import Classification, Intent
from models import (
    Awaiting,
    Broadcast,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    ListSubscription,
    RepliesBy,
    Sender,
    Subscription,
    SubscriptionState,
)
from models.arriving import Arrival, suppressed
from models.broadcast import ANSWERED_FOR
from models.lines import Line

_A_DAY = timedelta(days=1)
_GOT_IT = (
    DeliveryStatus.accepted,
    DeliveryStatus.sent,
    DeliveryStatus.delivered,
    DeliveryStatus.unknown,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that was understood, with who sent it and the sender that it came to."""

    line: Line
    person: Arrival
    understood: Classification
    body: str
    opt_out_type: str | None

    @property
    def may_converse(self) -> bool:
        """Whether it may be an answer to a broadcast, or what nobody can read."""
        return self.understood.intent in (Intent.other, Intent.unclear, Intent.yes)

    @property
    def is_about_lists(self) -> bool:
        """Whether the answer depends on which lists the person is on."""
        understood = self.understood
        return bool(understood.keyword) or understood.intent in (Intent.start, Intent.yes)


@dataclass(slots=True)
class History:
    """What a person has been in the organization so far."""

    subscriptions: dict[int, Subscription] = field(default_factory=dict)  # by program
    was_in: set[int] = field(default_factory=set)  # programs
    lists: set[int] = field(default_factory=set)
    placed_in: set[int] = field(default_factory=set)  # programs of those lists
    last_wish: tuple[int, ConsentKind | None] = (0, None)
    is_suppressed: bool = False
    answer_route: int | None = None
    recent_fallbacks: int = 0
    stop_was_confirmed: bool = False

    @property
    def is_asked_age(self) -> bool:
        return any(one.awaiting is Awaiting.age for one in self.subscriptions.values())

    @property
    def is_handed_on(self) -> bool:
        """Whether nobody has asked to join since the carrier deactivated the number."""
        return self.last_wish[1] is ConsentKind.deactivated

    @property
    def stands_nowhere(self) -> bool:
        return all(
            one.state is SubscriptionState.unsubscribed for one in self.subscriptions.values()
        )


def histories(session: Session, heard: Sequence[Heard], now: datetime) -> dict[int, History]:
    """The history of everybody who texted, by subscriber; of who is new there is none to read."""
    found = {one.person.id: History() for one in heard}
    for key in suppressed(session, [one.person for one in heard]):
        found[key].is_suppressed = True
    known = [one for one in heard if not one.person.is_new]
    if known:
        ids = sorted(one.person.id for one in known)
        _read_subscriptions(session, ids, found)
        _read_events(session, ids, found)
        _read_lists(session, [o.person.id for o in known if o.is_about_lists], found)
        talking = [one for one in known if one.may_converse]
        _read_answer_routes(session, talking, found, now)
        _read_fallbacks(session, [one.person.id for one in talking], found, now)
        leaving = [one for one in known if one.understood.intent is Intent.stop]
        _read_stops(session, [o for o in leaving if found[o.person.id].is_suppressed], found, now)
    return found


def _read_subscriptions(session: Session, ids: Collection[int], found: dict[int, History]) -> None:
    rows = session.exec(select(Subscription).where(col(Subscription.subscriber_id).in_(ids)))
    for one in rows:
        found[one.subscriber_id].subscriptions[one.program_id] = one


def _read_events(session: Session, ids: Collection[int], found: dict[int, History]) -> None:
    """Which programs they were in, and what was the last to say whose number it is."""
    rows = session.execute(
        select(
            col(ConsentEvent.subscriber_id),
            col(ConsentEvent.program_id),
            col(ConsentEvent.kind),
            func.max(ConsentEvent.id),
        )
        .where(
            col(ConsentEvent.subscriber_id).in_(ids),
            col(ConsentEvent.kind).in_(
                (ConsentKind.requested, ConsentKind.opted_in, ConsentKind.deactivated)
            ),
        )
        .group_by(
            col(ConsentEvent.subscriber_id), col(ConsentEvent.program_id), col(ConsentEvent.kind)
        )
    )
    for person, program_id, kind, latest in rows:
        history = found[person]
        if kind is ConsentKind.opted_in:
            history.was_in.add(program_id)
        if latest > history.last_wish[0]:
            history.last_wish = latest, kind


def _read_lists(session: Session, ids: Collection[int], found: dict[int, History]) -> None:
    if not ids:
        return
    rows = session.execute(
        select(
            col(Subscription.subscriber_id),
            col(Subscription.program_id),
            col(ListSubscription.list_id),
        )
        .join(ListSubscription, col(ListSubscription.subscription_id) == Subscription.id)
        .where(col(Subscription.subscriber_id).in_(ids))
    )
    for person, program_id, list_id in rows:
        found[person].lists.add(list_id)
        found[person].placed_in.add(program_id)


def _read_answer_routes(
    session: Session, talking: Iterable[Heard], found: dict[int, History], now: datetime
) -> None:
    """The broadcast that each got last from the sender that they text."""
    senders = {one.person.id: one.line.sender_id for one in talking}
    if not senders:
        return
    rows = session.execute(
        select(
            col(Delivery.subscriber_id),
            func.coalesce(Delivery.sender_id, Broadcast.sender_id),
            col(Broadcast.id),
        )
        .join(Broadcast, col(Delivery.broadcast_id) == Broadcast.id)
        .where(
            col(Delivery.subscriber_id).in_(senders),
            col(Delivery.status).in_(_GOT_IT),
            col(Delivery.submitted_at) > now - ANSWERED_FOR,
        )
        .order_by(col(Delivery.submitted_at))
    )
    for person, sender_id, broadcast_id in rows:
        if senders[person] == sender_id:
            found[person].answer_route = broadcast_id


def _read_fallbacks(
    session: Session, ids: Collection[int], found: dict[int, History], now: datetime
) -> None:
    """How many texts that nobody could read were answered within the hour."""
    if not ids:
        return
    rows = session.execute(
        select(col(InboundMessage.subscriber_id), func.count())
        .where(
            col(InboundMessage.subscriber_id).in_(ids),
            col(InboundMessage.intent).in_(("other", "unclear", "yes")),
            col(InboundMessage.reply).is_not(None),
            col(InboundMessage.received_at) > now - timedelta(hours=1),
        )
        .group_by(col(InboundMessage.subscriber_id))
    )
    for person, number in rows:
        found[person or 0].recent_fallbacks = number


def _read_stops(
    session: Session, leaving: Iterable[Heard], found: dict[int, History], now: datetime
) -> None:
    """Whether a STOP was confirmed within the last day, by us or by the provider, on the sender
    that they text now, and with no wish to join since: each code gives one answer of its own."""
    senders = {one.person.id: one.line.sender_id for one in leaving}
    if not senders:
        return
    rows = session.execute(
        select(
            col(ConsentEvent.subscriber_id),
            col(InboundMessage.sender_id),
            func.max(ConsentEvent.id),
        )
        .join(InboundMessage, col(InboundMessage.id) == ConsentEvent.inbound_message_id)
        .join(Sender, col(Sender.id) == InboundMessage.sender_id)
        .where(
            col(ConsentEvent.subscriber_id).in_(senders),
            InboundMessage.intent == "stop",
            col(InboundMessage.received_at) > now - _A_DAY,
            col(InboundMessage.reply).is_not(None)
            | (col(Sender.replies_by) != RepliesBy.application),
        )
        .group_by(col(ConsentEvent.subscriber_id), col(InboundMessage.sender_id))
    )
    for person, sender_id, latest in rows:
        if senders[person] == sender_id and latest > found[person].last_wish[0]:
            found[person].stop_was_confirmed = True
