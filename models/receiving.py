"""Writes inbound texts and the rate that their replies take, several in one statement."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypedDict

from sqlalchemy import String, select
from sqlmodel import Session, col

from messaging.segments import measure
from models.bulk import Given, Insertion, fetch, is_postgresql
from models.inbound import InboundMessage
from models.sender import SenderDebit


class InboundRow(TypedDict):
    """The columns of models.inbound.InboundMessage that are known once a text was decided on."""

    organization_id: int
    sender_id: int
    subscriber_id: int | None
    message_sid: str
    from_number: str
    to_number: str
    body: str
    body_raw: bytes | None
    media: list[dict[str, str]]
    opt_out_type: str | None
    form: dict[str, Any]
    intent: str
    keyword: str | None
    reply: str | None
    needs_review: bool


_SIDS = Given(message_sid=String())
_WRITE = Insertion(
    InboundMessage,
    *InboundRow.__annotations__,
    "received_at",
    returning=("message_sid", "id"),
)
_DEBIT = Insertion(SenderDebit, "sender_id", "segments", "created_at")


def replies_before(session: Session, message_sids: Collection[str]) -> dict[str, str | None]:
    """The replies to those that were received before, by MessageSid."""
    kind = is_postgresql(session)
    given = _SIDS.values(kind, [(one,) for one in message_sids])
    return dict(tuple(row) for row in fetch(session, _replies(kind), given))


def write_down(
    session: Session,
    rows: Sequence[InboundRow],
    replies: Sequence[tuple[int, str | None]],
    now: datetime,
) -> dict[str, int]:
    """Write received texts; their keys by MessageSid. Replies (of a sender each) take their
    segments off the shared rates.

    In the order of the MessageSids, so that two processes never wait for each other in a ring;
    IntegrityError if one was received before."""
    ordered = sorted(rows, key=lambda row: row["message_sid"])
    texts = [{**row, "received_at": now} for row in ordered]
    written = _WRITE.run(session, texts, *_DEBIT.writing(session, _debits(replies, now)))
    return dict(tuple(row) for row in written)


def _debits(replies: Sequence[tuple[int, str | None]], now: datetime) -> list[dict[str, Any]]:
    used: Counter[int] = Counter()
    for sender_id, reply in replies:
        if reply is not None:
            used[sender_id] += _segments(reply)
    return [
        {"sender_id": key, "segments": number, "created_at": now} for key, number in used.items()
    ]


@lru_cache(maxsize=256)
def _segments(reply: str) -> int:
    return measure(reply).segments


@cache
def _replies(on_postgresql: bool) -> Any:
    given = _SIDS.table(on_postgresql)
    return select(col(InboundMessage.message_sid), col(InboundMessage.reply)).join(
        given, given.c.message_sid == col(InboundMessage.message_sid)
    )
