"""The suppression list for its page, and the files that were imported."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from admin.masking import is_masked
from admin.queries.numbers import whole_numbers
from admin.queries.searching import first_of, span
from compliance.business_days import business_days_after
from models import FileKind, Member, NumberFile, Organization, Subscriber, Suppression
from models.hashing import number_hashes

if TYPE_CHECKING:
    from sqlmodel.sql.expression import Select

_LATEST = 5
# CTIA Short Code Monitoring Handbook v1.8: deactivated numbers within three business days.
_BUSINESS_DAYS = 3
_SHOWN_DIGITS = 4  # of a masked number


@dataclass(frozen=True, slots=True)
class LastDeactivated:
    """When the last file of deactivated numbers was processed, and whether the next is overdue."""

    at: datetime
    is_overdue: bool


def first_searched(session: Session, organization_id: int, before: int = 0) -> int:
    """The key of the first suppression that a search looks at; 0 if it looks at all."""
    return first_of(session, col(Suppression.id), organization_id, before)


def suppressions(organization_id: int) -> "Select[Suppression, int | None]":
    """The list, newest first, each with its subscriber's id if there is one."""
    return (
        select(Suppression, Subscriber.id)
        .outerjoin(
            Subscriber,
            (col(Subscriber.organization_id) == Suppression.organization_id)
            & (col(Subscriber.phone_number) == Suppression.phone_number),
        )
        .where(Suppression.organization_id == organization_id)
        .order_by(col(Suppression.id).desc())
    )


def keys(session: Session, organization_id: int, digits: str, before: int = 0) -> Any:
    """Those of the list in the same order.

    With `digits` those whose number ends so, among the latest; of a masked number no more than is
    shown counts. A whole number is found among all, by its keyed hash.
    """
    mine = select(col(Suppression.id)).where(Suppression.organization_id == organization_id)
    ordered = mine.order_by(col(Suppression.id).desc())
    if not digits:
        return ordered
    known = digits[-_SHOWN_DIGITS:] if is_masked() else digits
    found: Any = mine.where(
        span(col(Suppression.id), first_searched(session, organization_id, before), before),
        col(Suppression.phone_number).endswith(known),
    )
    if not is_masked() and (whole := whole_numbers(digits)):
        key = session.get_one(Organization, organization_id).hash_key
        hashes = number_hashes(key, whole).values()
        found = found.union(mine.where(col(Suppression.number_hash).in_(hashes)))
    return ordered.where(col(Suppression.id).in_(found))


def latest_files(session: Session, organization_id: int) -> list[tuple[NumberFile, str | None]]:
    """The last few files that took away, newest first, each with the name of who imported it."""
    rows = session.exec(
        select(NumberFile, Member.name)
        .outerjoin(Member, col(Member.id) == NumberFile.member_id)
        .where(
            NumberFile.organization_id == organization_id,
            NumberFile.kind != FileKind.subscribers,
        )
        .order_by(col(NumberFile.id).desc())
        .limit(_LATEST)
    )
    return [(file, name) for file, name in rows]


def last_deactivated(
    session: Session, organization_id: int, now: datetime
) -> LastDeactivated | None:
    """The last file of deactivated numbers, or None if there never was one."""
    at = session.exec(
        select(NumberFile.created_at)
        .where(
            NumberFile.organization_id == organization_id,
            NumberFile.kind == FileKind.deactivated,
            col(NumberFile.finished_at).is_not(None),
        )
        .order_by(col(NumberFile.id).desc())
        .limit(1)
    ).first()
    return (
        None if at is None else LastDeactivated(at, business_days_after(at, _BUSINESS_DAYS) < now)
    )
