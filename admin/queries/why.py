"""Why somebody may be messaged or not, and why they got a broadcast or not, as of any moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from admin.words import DELIVERY_WORDS, SKIP_WORDS
from compliance import quiet_hours
from compliance.why import Answer, Fact, Standing, replay
from messaging.areas import area_of
from messaging.errors import meaning
from models import (
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    Delivery,
    DeliveryStatus,
    List,
    Organization,
    Program,
    Subscriber,
    Suppression,
)
from models.hashing import number_hash

_LATEST_BROADCASTS = 20
# What is not named here is not known yet.
_GOT_IT = {
    DeliveryStatus.delivered: True,
    DeliveryStatus.undelivered: False,
    DeliveryStatus.failed: False,
    DeliveryStatus.skipped: False,
}


@dataclass(frozen=True, slots=True)
class ProgramWhy:
    """The answer for one program, with the names of the lists."""

    program: Program
    answer: Answer
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """The answer as of `at`. `suppression` is one that stands today and stood then already; one
    that was lifted since shows in the events. `hours` says at which of
    their own times messages may arrive, and `is_quiet` that `at` is none of them."""

    at: datetime
    programs: list[ProgramWhy]
    suppression: Suppression | None
    hours: str
    is_quiet: bool

    @property
    def may(self) -> bool:
        """Whether any program may message the number."""
        return self.suppression is None and any(one.answer.may for one in self.programs)


@dataclass(frozen=True, slots=True)
class Known:
    """What one organization knows of a number: somebody who has it, a suppression, or both."""

    organization: Organization
    subscriber: Subscriber | None
    suppression: Suppression | None


@dataclass(frozen=True, slots=True)
class BroadcastWhy:
    """Whether somebody got a broadcast (None: nobody knows yet), and the reason in a sentence."""

    broadcast: Broadcast
    got_it: bool | None
    reason: str
    delivery: Delivery | None = None


def who_knows(session: Session, phone_number: str) -> list[Known]:
    """The organizations that know this number (E.164). Of somebody erased, and of a number that
    was only ever imported as suppressed, there is no subscriber: the keyed hash finds those."""
    found = []
    for organization in session.exec(select(Organization).order_by(col(Organization.id))).all():
        hashed = number_hash(organization.hash_key, phone_number)
        subscriber = session.exec(
            select(Subscriber).where(
                Subscriber.organization_id == organization.id,
                Subscriber.phone_number == phone_number,
            )
        ).first()
        suppression = session.exec(
            select(Suppression).where(
                Suppression.organization_id == organization.id, Suppression.number_hash == hashed
            )
        ).first()
        if subscriber or suppression:
            found.append(Known(organization, subscriber, suppression))
    return found


def explain(session: Session, subscriber: Subscriber, at: datetime) -> Why:
    """May this number be messaged as of `at`, and because of which events."""
    programs = session.exec(
        select(Program)
        .where(Program.organization_id == subscriber.organization_id)
        .order_by(col(Program.id))
    ).all()
    facts = facts_of(session, subscriber)
    answers = replay(facts, [program.id for program in programs], at)
    names = _list_names(session, subscriber.organization_id)
    suppression = session.exec(
        select(Suppression).where(
            Suppression.organization_id == subscriber.organization_id,
            Suppression.number_hash == subscriber.number_hash,
            Suppression.created_at <= at,
        )
    ).first()
    found = []
    for program in programs:
        answer = answers[program.id]
        lists = tuple(sorted(names[key] for key in answer.lists if key in names))
        found.append(ProgramWhy(program, answer, lists))
    area = area_of(subscriber.phone_number)
    is_quiet = not quiet_hours.is_open(area, at)
    return Why(at, found, suppression, quiet_hours.in_words(area), is_quiet)


def facts_of(session: Session, subscriber: Subscriber) -> list[Fact]:
    """All consent events of one person, in the order in which they were written."""
    events = session.exec(
        select(ConsentEvent)
        .where(ConsentEvent.subscriber_id == subscriber.id)
        .order_by(col(ConsentEvent.id))
    )
    return [
        Fact(
            event.id,
            event.kind.value,
            event.source.value,
            event.program_id,
            event.list_id,
            event.occurred_at,
        )
        for event in events
    ]


def explain_broadcasts(
    session: Session, subscriber: Subscriber, at: datetime
) -> list[BroadcastWhy]:
    """The latest broadcasts that had started at `at`, each with whether this person got it."""
    latest = session.exec(
        select(Broadcast)
        .where(
            Broadcast.organization_id == subscriber.organization_id,
            col(Broadcast.started_at) <= at,
        )
        .order_by(col(Broadcast.started_at).desc(), col(Broadcast.id).desc())
        .limit(_LATEST_BROADCASTS)
    ).all()
    return _explain(session, subscriber, latest, at)


def explain_broadcast(
    session: Session, subscriber: Subscriber, broadcast: Broadcast, at: datetime
) -> BroadcastWhy:
    """Whether this person had got that broadcast at `at`, and if not why."""
    return _explain(session, subscriber, [broadcast], at)[0]


def _explain(
    session: Session, subscriber: Subscriber, broadcasts: Iterable[Broadcast], at: datetime
) -> list[BroadcastWhy]:
    wanted = list(broadcasts)
    rows = session.exec(
        select(Delivery).where(
            Delivery.subscriber_id == subscriber.id,
            col(Delivery.broadcast_id).in_([one.id for one in wanted]),
        )
    )
    deliveries = {delivery.broadcast_id: delivery for delivery in rows}
    facts = facts_of(session, subscriber)
    return [_one(broadcast, deliveries.get(broadcast.id), facts, at) for broadcast in wanted]


def _one(
    broadcast: Broadcast, delivery: Delivery | None, facts: list[Fact], at: datetime
) -> BroadcastWhy:
    if broadcast.started_at is None or broadcast.started_at > at:
        return _not_started(broadcast, at)
    if delivery is None:
        return BroadcastWhy(broadcast, False, _why_absent(broadcast, facts))
    if delivery.settled_at is not None and delivery.settled_at > at:
        was_out = delivery.submitted_at is not None and delivery.submitted_at <= at
        reason = "Handed over, and no receipt yet" if was_out else "Not handed over yet"
        return BroadcastWhy(broadcast, None, f"{reason} at that moment.", delivery)
    if delivery.skip_reason is not None:
        reason = SKIP_WORDS[delivery.skip_reason].explanation
        return BroadcastWhy(broadcast, False, f"Skipped: {reason}", delivery)
    word = DELIVERY_WORDS[delivery.status]
    why = f" {meaning(delivery.error_code)}" if delivery.error_code else ""
    return BroadcastWhy(
        broadcast,
        _GOT_IT.get(delivery.status),
        f"{word.label}: {word.explanation}{why}",
        delivery,
    )


def _not_started(broadcast: Broadcast, at: datetime) -> BroadcastWhy:
    if broadcast.started_at is not None or broadcast.created_at > at:
        return BroadcastWhy(broadcast, False, "It had not started at that moment.")
    if broadcast.status is BroadcastStatus.canceled:
        return BroadcastWhy(broadcast, False, "It was canceled before it started.")
    return BroadcastWhy(broadcast, None, "It has not started.")


def _why_absent(broadcast: Broadcast, facts: list[Fact]) -> str:
    """Why somebody was not even in the audience of a broadcast that started."""
    assert broadcast.started_at is not None
    answer = replay(facts, [broadcast.program_id], broadcast.started_at)[broadcast.program_id]
    return (
        "Not on its list when it started. "
        + {
            Standing.never: "They had never joined the program.",
            Standing.pending: "They had asked to join and not said yes yet.",
            Standing.subscribed: "They were subscribed to the program, on other lists.",
            Standing.unsubscribed: "They had left the program.",
        }[answer.standing]
    )


def _list_names(session: Session, organization_id: int) -> dict[int, str]:
    rows = session.exec(select(List.id, List.name).where(List.organization_id == organization_id))
    return dict(rows.all())
