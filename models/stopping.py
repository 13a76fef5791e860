"""The panic button: a member stops everything that the organization sends, an owner lets it go on.

One column of the organization says so (`stopped_at`). Every claim, every notice and the clock read
it in the statement that decides, so that it holds on all hosts from the commit on.
"""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from models.base import LOCKED
from models.leaves import note_act
from models.log import AuditKind
from models.organization import Member, Organization


def stop_everything(
    session: Session, organization_id: int, member_id: int | None, now: datetime
) -> bool:
    """Hand nothing over any more, and record who said so (None: an operator's command).

    False if it was stopped already: the first one's name stays.
    """
    stopped = session.execute(
        update(Organization)
        .where(col(Organization.id) == organization_id, col(Organization.stopped_at).is_(None))
        .values(stopped_at=now, stopped_by_id=member_id)
        .returning(col(Organization.id))
    ).scalar()
    if stopped is not None:
        note_act(session, organization_id, AuditKind.stopped, now, member_id=member_id)
    return stopped is not None


def go_on(session: Session, organization_id: int, member_id: int | None, now: datetime) -> bool:
    """End the stop, and record who did. What was sending goes on; what was due meanwhile starts, or
    is held if its latest start has passed. False if nothing was stopped."""
    organization = session.get_one(
        Organization, organization_id, with_for_update=LOCKED, populate_existing=True
    )
    if organization.stopped_at is None:
        return False
    stopped_for = int((now - organization.stopped_at).total_seconds())
    organization.stopped_at = organization.stopped_by_id = None
    session.add(organization)
    note_act(
        session,
        organization_id,
        AuditKind.resumed,
        now,
        member_id=member_id,
        stopped_for_seconds=stopped_for,
    )
    return True


def stopped_by(session: Session, organization: Organization) -> str:
    """Who stopped everything, to be shown to members of the organization."""
    member = organization.stopped_by_id and session.get(Member, organization.stopped_by_id)
    return (member.name or member.email) if member else "whoever runs this server"
