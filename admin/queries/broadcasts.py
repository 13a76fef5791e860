"""What the broadcast pages read: lists to choose from, counts, and deliveries page by page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models import (
    Answer,
    Broadcast,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    List,
    Program,
    Sender,
    SkipReason,
    Subscriber,
)

PER_PAGE = 50
_EXPORT_BATCH = 1000


Choice = tuple[List, Program, Sender]


def choices(session: Session, organization_id: int) -> list[Choice]:
    """The saved lists that a broadcast can go to, each with its program and sender."""
    in_order = (col(Program.name), col(List.name), col(List.id))
    return list(session.exec(_choices(organization_id).order_by(*in_order)))


def choice(session: Session, organization_id: int, list_id: int) -> Choice | None:
    """One of the `choices`, or None if the organization has no such list."""
    return session.exec(_choices(organization_id).where(List.id == list_id)).first()


def by_form_token(session: Session, organization_id: int, token: str) -> Broadcast | None:
    """The broadcast that a form has already made, if it has."""
    return session.exec(
        select(Broadcast).where(
            Broadcast.organization_id == organization_id, Broadcast.form_token == token
        )
    ).first()


def sender_addresses(session: Session) -> frozenset[str]:
    """Every address that inbound texts of this installation go to, whoever owns it."""
    return frozenset(session.exec(select(Sender.address)))


def counts(session: Session, ids: Iterable[int]) -> dict[int, dict[DeliveryStatus, int]]:
    """Deliveries by status of each of the broadcasts; one without any is absent."""
    found: dict[int, dict[DeliveryStatus, int]] = {}
    rows = session.exec(
        select(col(Delivery.broadcast_id), col(Delivery.status), func.count())
        .where(col(Delivery.broadcast_id).in_(list(ids)))
        .group_by(col(Delivery.broadcast_id), col(Delivery.status))
    )
    for broadcast_id, status, number in rows:
        found.setdefault(broadcast_id, {})[status] = number
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries of a broadcast to show; `digits` is a part of the number, or its end."""

    status: DeliveryStatus | None = None
    reason: SkipReason | None = None
    digits: str = ""
    only_at_end: bool = False

    @property
    def is_everything(self) -> bool:
        return not (self.status or self.reason or self.digits)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A page in order of id. `before` and `after` are the keys of its neighbours, if any."""

    rows: list[tuple[Delivery, str]]
    before: int | None = None
    after: int | None = None


def deliveries(
    session: Session, broadcast_id: int, wanted: Wanted, *, before: int = 0, after: int = 0
) -> Deliveries:
    """The page of deliveries after the id `after`, or before the id `before` if that is given.

    Pages are cut by key, so that the last page of a million costs what the first one does.
    """
    statement = _statement(broadcast_id, wanted)
    if before:
        backwards = statement.where(col(Delivery.id) < before).order_by(col(Delivery.id).desc())
        found = list(session.exec(backwards.limit(PER_PAGE + 1)))
        rows, more = found[:PER_PAGE][::-1], len(found) > PER_PAGE
        return Deliveries(rows, rows[0][0].id if more and rows else None, _last(rows))
    forwards = statement.where(col(Delivery.id) > after).order_by(col(Delivery.id))
    found = list(session.exec(forwards.limit(PER_PAGE + 1)))
    rows, more = found[:PER_PAGE], len(found) > PER_PAGE
    first = rows[0][0].id if after and rows else None
    return Deliveries(rows, first, _last(rows) if more else None)


def every_delivery(
    session: Session, broadcast_id: int, wanted: Wanted
) -> Iterator[tuple[Delivery, str]]:
    """All that match, in order of id, never more than a batch in memory."""
    last = 0
    statement = _statement(broadcast_id, wanted).order_by(col(Delivery.id)).limit(_EXPORT_BATCH)
    while rows := list(session.exec(statement.where(col(Delivery.id) > last))):
        last = rows[-1][0].id
        yield from rows
        session.expunge_all()


def answers(
    session: Session, broadcast_id: int, limit: int
) -> tuple[int, list[tuple[Answer, InboundMessage]]]:
    """How many answers a broadcast got, and the latest ones with what was texted."""
    total = session.exec(
        select(func.count()).select_from(Answer).where(Answer.broadcast_id == broadcast_id)
    ).one()
    latest = session.exec(
        select(Answer, InboundMessage)
        .join(InboundMessage, col(InboundMessage.id) == Answer.inbound_message_id)
        .where(Answer.broadcast_id == broadcast_id)
        .order_by(col(Answer.id).desc())
        .limit(limit)
    )
    return total, list(latest)


def _choices(organization_id: int) -> Select[List, Program, Sender]:
    return (
        select(List, Program, Sender)
        .join(Program, col(Program.id) == List.program_id)
        .join(Sender, col(Sender.id) == Program.sender_id)
        .where(List.organization_id == organization_id)
    )


def _statement(broadcast_id: int, wanted: Wanted) -> Select[Delivery, str]:
    statement = (
        select(Delivery, Subscriber.phone_number)
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(Delivery.broadcast_id == broadcast_id)
    )
    if wanted.status:
        statement = statement.where(col(Delivery.status) == wanted.status)
    if wanted.reason:
        statement = statement.where(col(Delivery.skip_reason) == wanted.reason)
    if wanted.digits:
        number = col(Subscriber.phone_number)
        matches = number.endswith if wanted.only_at_end else number.contains
        statement = statement.where(matches(wanted.digits))
    return statement


def _last(rows: list[tuple[Delivery, str]]) -> int | None:
    return rows[-1][0].id if rows else None
