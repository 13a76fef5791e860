"""A double opt-in's question that got no answer in time is void."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models import ConsentSource, Program, Subscriber, Subscription, SubscriptionState
from models.consenting import Evidence, lapse

_AT_ONCE = 500


def lapse_pending(session: Session, now: datetime) -> int:
    """End requests older than their program's `pending_hours`; how many ended."""
    ended = 0
    for program in session.exec(select(Program)).all():
        overdue = session.exec(
            select(Subscription, Subscriber)
            .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
            .where(
                Subscription.program_id == program.id,
                Subscription.state == SubscriptionState.pending,
                col(Subscription.changed_at) <= now - timedelta(hours=program.pending_hours),
                col(Subscription.asked_at) <= now - timedelta(hours=program.pending_hours),
            )
            .limit(_AT_ONCE)
            # The people too: who is just joining anew is being asked, and does not lapse.
            .with_for_update(of=[Subscriber, Subscription], skip_locked=True, key_share=True)
        ).all()
        note = f"No answer within {program.pending_hours} hours"
        evidence = Evidence(ConsentSource.system, note=note)
        for subscription, subscriber in overdue:
            lapse(session, subscriber, subscription, evidence, now)
        ended += len(overdue)
    return ended
