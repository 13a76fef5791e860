"""Inbound messages: those that wait for a member's eyes, answers to broadcasts, all of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from admin.queries.searching import first_of
from models import Answer, AuditEvent, AuditKind, InboundMessage, Member
from models.base import table_of
from models.sizes import Amount, count_to
from scheduler.inbox_scan import BY_SCAN

_SAID_FOR = timedelta(days=14)
_MARKED_TO = 1_000  # every page says how many wait
_LATEST_ACTS = 1_000
_ABOVE_ALL = 10**17
_MESSAGES = table_of(InboundMessage)


class Folder(StrEnum):
    """What the inbox shows."""

    review = "review"
    answers = "answers"
    all = "all"


def inbound(
    organization_id: int, folder: Folder, *, is_later_part: bool = False
) -> "Select[InboundMessage, Answer, Member]":
    """The messages of a folder, with where each was forwarded to and who reviewed it, if so.

    Those marked for review come first, then the newest; of answers the newest. In a later part of
    all there are none marked: they were in the first, or are in their own folder.
    """
    if folder is Folder.answers:
        return (
            select(InboundMessage, Answer, Member)
            .join(Answer, col(Answer.inbound_message_id) == InboundMessage.id)
            .outerjoin(Member, col(Member.id) == InboundMessage.reviewed_by_id)
            .where(Answer.organization_id == organization_id)
            .order_by(col(Answer.inbound_message_id).desc())
        )
    statement = (
        select(InboundMessage, Answer, Member)
        .outerjoin(Answer, col(Answer.inbound_message_id) == InboundMessage.id)
        .outerjoin(Member, col(Member.id) == InboundMessage.reviewed_by_id)
        .where(
            InboundMessage.organization_id == organization_id,
            # Both, which leads through the index to the keys of each.
            col(InboundMessage.needs_review).in_((True, False)),
        )
        .order_by(col(InboundMessage.needs_review).desc(), col(InboundMessage.id).desc())
    )
    if folder is Folder.review:
        return statement.where(col(InboundMessage.needs_review).is_(True))
    if is_later_part:
        return statement.where(col(InboundMessage.needs_review).is_(False))
    return statement


def key_of(folder: Folder) -> Any:
    """A message's key, where the index of the folder's order has it."""
    return col(Answer.inbound_message_id if folder is Folder.answers else InboundMessage.id)


def first_looked_at(session: Session, organization_id: int, folder: Folder, before: int) -> int:
    """The first message that a page looks at for an auditor, to whom many may be none of theirs;
    0 if it looks at all."""
    key = key_of(folder)
    if folder is Folder.answers:
        return first_of(session, key, organization_id, before)
    # By the index, which has those that are marked apart: they are few.
    return first_of(session, key, organization_id, before, _MESSAGES.c.needs_review.is_(False))


def below(folder: Folder) -> Any:
    """The key that the next part lies below, read of the last message of this one. Behind those
    that are marked come all that are not."""
    key = key_of(folder)
    if folder is not Folder.all:
        return key
    return case((col(InboundMessage.needs_review), _ABOVE_ALL), else_=key)


def count_marked(session: Session, organization_id: int) -> Amount:
    """How many inbound messages wait for a member's eyes."""
    marked = select(InboundMessage.id).where(
        InboundMessage.organization_id == organization_id,
        col(InboundMessage.needs_review).is_(True),
    )
    return count_to(session, marked, _MARKED_TO)


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """What the inbox scan found last, and when: so many texts of each sort."""

    at: datetime
    treated_as_stop: int
    rejoined: int
    marked: int


def last_finding(session: Session, organization_id: int, now: datetime) -> ScanFinding | None:
    """The last finding of the inbox scan in two weeks, or None. One scan may write several acts."""
    latest = (
        select(AuditEvent.id)
        .where(AuditEvent.organization_id == organization_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(_LATEST_ACTS)
    )
    acts = session.exec(
        select(AuditEvent)
        .where(
            col(AuditEvent.id).in_(latest),
            AuditEvent.kind == AuditKind.judged,
            col(AuditEvent.member_id).is_(None),
            AuditEvent.occurred_at > now - _SAID_FOR,
        )
        .order_by(col(AuditEvent.id).desc())
    ).all()
    scans = [act for act in acts if act.subject.get("by") == BY_SCAN]
    last = [act.subject for act in scans if act.occurred_at == scans[0].occurred_at]
    if not last:
        return None
    sums = {
        name: sum(len(subject[name]) for subject in last)
        for name in ("treated_as_stop", "rejoined", "marked")
    }
    return ScanFinding(at=scans[0].occurred_at, **sums)
