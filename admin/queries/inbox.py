"""Inbound messages: those that wait for a member's eyes, answers to broadcasts, all of them."""

from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models import Answer, InboundMessage, Member


class Folder(StrEnum):
    """What the inbox shows."""

    review = "review"
    answers = "answers"
    all = "all"


def inbound(organization_id: int, folder: Folder) -> "Select[InboundMessage, Answer, Member]":
    """The messages of a folder, with where each was forwarded to and who reviewed it, if so.

    Those marked for review come first, then the newest.
    """
    statement = (
        select(InboundMessage, Answer, Member)
        .outerjoin(Answer, col(Answer.inbound_message_id) == InboundMessage.id)
        .outerjoin(Member, col(Member.id) == InboundMessage.reviewed_by_id)
        .where(InboundMessage.organization_id == organization_id)
        .order_by(col(InboundMessage.needs_review).desc(), col(InboundMessage.id).desc())
    )
    if folder is Folder.review:
        return statement.where(col(InboundMessage.needs_review).is_(True))
    if folder is Folder.answers:
        return statement.where(col(Answer.id).is_not(None))
    return statement


def count_marked(session: Session, organization_id: int) -> int:
    """How many inbound messages wait for a member's eyes."""
    return session.exec(
        select(func.count())
        .select_from(InboundMessage)
        .where(
            InboundMessage.organization_id == organization_id,
            col(InboundMessage.needs_review).is_(True),
        )
    ).one()
