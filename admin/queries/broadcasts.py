"""What the broadcast pages read: lists to choose from, and answers."""

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models import (
    Answer,
    Broadcast,
    InboundMessage,
    List,
    Program,
    Sender,
)
from models.sizes import Amount, count_to

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


def answers(
    session: Session, broadcast_id: int, limit: int
) -> tuple[Amount, list[tuple[Answer, InboundMessage]]]:
    """How many answers a broadcast got, and the latest ones with what was texted."""
    total = count_to(session, select(Answer.id).where(Answer.broadcast_id == broadcast_id))
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
