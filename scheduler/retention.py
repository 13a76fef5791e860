"""What nobody may keep for ever is erased when its time is over, in small batches.

Texts (inbound messages with what was answered, notices, the words of broadcasts that are over) go
after the organization's own number of days. The evidence of a consent goes when the person is
subscribed to nothing any more and the last message between the two is EVIDENCE_DAYS old. Consent
events, opt-outs with their evidence, suppressions, and who was sent which broadcast stay. Each
batch is one transaction, with an act of the log that says how much of what was erased.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models import (
    AuditKind,
    Broadcast,
    BroadcastStatus,
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Notice,
    Organization,
    Subscription,
    SubscriptionState,
)
from models.database import Database
from models.erasing import erase_broadcasts, erase_evidence, erase_inbound, erase_notices
from models.leaves import note_act

log = structlog.get_logger()

# Six months after an opt-out is the shortest that carriers allow (CTIA Short Code Monitoring
# Handbook v1.8); a century is as good as for ever.
SHORTEST_DAYS, LONGEST_DAYS = 180, 36_500
# Five years, and the leap days in them: how long a consent must be provable after the last
# message (docs/PRIVACY.md).
EVIDENCE_DAYS = 5 * 365 + 2
_BATCH = 500
_BATCHES_A_TICK = 200
# The evidence that somebody left is kept as long as the suppression that it explains.
_OF_CONSENT = (
    ConsentKind.requested,
    ConsentKind.opted_in,
    ConsentKind.joined_list,
    ConsentKind.lapsed,
)
_KINDS = {
    "inbound": (InboundMessage, erase_inbound),
    "notices": (Notice, erase_notices),
    "broadcasts": (Broadcast, erase_broadcasts),
    "evidence": (ConsentEvidence, erase_evidence),
}
_OVER = (BroadcastStatus.sent, BroadcastStatus.canceled)


def tick(database: Database, now: datetime) -> int:
    """Erase what is due of every organization, up to a bound; how many batches had something.

    What is left over waits for the next tick.
    """
    with database.read() as session:
        organizations = session.execute(select(col(Organization.id))).scalars().all()
    batches = 0
    for organization_id in organizations:
        while batches < _BATCHES_A_TICK:
            with database.read() as session:
                if not is_due(session, organization_id, now):
                    break
            with database.write() as session:
                counts = expire(session, organization_id, now)
            if not counts:
                break  # another clock is at it
            log.info("retention.erased", organization=organization_id, **counts)
            batches += 1
    return batches


def is_due(session: Session, organization_id: int, now: datetime) -> bool:
    """Whether `expire` would find anything: a look that holds up no writer."""
    return any(
        session.execute(due.limit(1)).first() is not None
        for due in _due(session, organization_id, now).values()
    )


def expire(
    session: Session, organization_id: int, now: datetime, batch: int = _BATCH
) -> dict[str, int]:
    """Erase at most `batch` of each kind that is due; how many of which were erased.

    Two clocks at once take different rows; an act is recorded unless there was nothing.
    """
    counts = {}
    for kind, due in _due(session, organization_id, now).items():
        table, erase = _KINDS[kind]
        mine = due.limit(batch).with_for_update(of=table, skip_locked=True, key_share=True)
        if ids := session.execute(mine).scalars().all():
            counts[kind] = erase(session, ids, now)
    if counts:
        note_act(session, organization_id, AuditKind.expired, now, **counts)
    return counts


def _due(session: Session, organization_id: int, now: datetime) -> dict[str, Select[int]]:
    """The ids of what is due, the oldest first."""
    days = session.get_one(Organization, organization_id).keep_texts_days
    texts = now - timedelta(days=days)
    # Whoever keeps texts for longer keeps the consent that they were sent under as long.
    evidence = now - timedelta(days=max(days, EVIDENCE_DAYS))
    return {
        "inbound": select(col(InboundMessage.id))
        .where(
            col(InboundMessage.organization_id) == organization_id,
            col(InboundMessage.erased_at).is_(None),
            col(InboundMessage.received_at) <= texts,
            # What nobody has judged yet may be an opt-out; the inbox scan judges it in three days.
            col(InboundMessage.needs_review).is_(False),
        )
        .order_by(col(InboundMessage.received_at)),
        "notices": select(col(Notice.id))
        .where(
            col(Notice.organization_id) == organization_id,
            col(Notice.erased_at).is_(None),
            col(Notice.created_at) <= texts,
        )
        .order_by(col(Notice.id)),
        "broadcasts": select(col(Broadcast.id))
        .where(
            col(Broadcast.organization_id) == organization_id,
            col(Broadcast.body) != "",
            # One that waits for a member's decision may still be sent.
            col(Broadcast.status).in_(_OVER),
            func.coalesce(Broadcast.finished_at, Broadcast.scheduled_at) <= texts,
            ~_may_be_sent_again(),
        )
        .order_by(col(Broadcast.id)),
        "evidence": _evidence_due(organization_id, evidence),
    }


def _may_be_sent_again() -> ColumnElement[bool]:
    """Whether a member may still decide to (scheduler.deciding), which takes the words."""
    is_undecided = exists().where(
        col(Delivery.broadcast_id) == Broadcast.id,
        col(Delivery.told) == DeliveryStatus.unknown.value,
    )
    return (col(Broadcast.status) == BroadcastStatus.sent) & is_undecided


def _evidence_due(organization_id: int, before: datetime) -> Select[int]:
    person = col(ConsentEvent.subscriber_id)
    is_subscribed = exists().where(
        col(Subscription.subscriber_id) == person,
        col(Subscription.state) != SubscriptionState.unsubscribed,
    )
    # An answer to a text is a message to them as well. Of somebody who never got any, the time
    # counts from the event itself.
    heard_of_us = or_(
        _later(Delivery.subscriber_id, Delivery.submitted_at, person, before),
        _later(Notice.subscriber_id, Notice.created_at, person, before),
        _later(InboundMessage.subscriber_id, InboundMessage.received_at, person, before),
    )
    return (
        select(col(ConsentEvidence.id))
        .join(ConsentEvent, col(ConsentEvent.id) == ConsentEvidence.consent_event_id)
        .where(
            col(ConsentEvidence.organization_id) == organization_id,
            col(ConsentEvidence.erased_at).is_(None),
            col(ConsentEvent.kind).in_(_OF_CONSENT),
            col(ConsentEvent.occurred_at) <= before,
            ~is_subscribed,
            ~heard_of_us,
        )
        .order_by(col(ConsentEvidence.id))
    )


def _later(
    subscriber: Any, moment: Any, person: Mapped[int], before: datetime
) -> ColumnElement[bool]:
    """Whether the person has a row whose moment is after `before`."""
    return exists().where(col(subscriber) == person, col(moment) > before)
