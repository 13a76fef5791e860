"""What came back to a broadcast of the past: opt-outs, answers, and texts that nobody understood.

Who did what is told by the subscriber's key, so that each broadcast has people of its own. After
ten broadcasts one in fifty has opted out and one in a hundred has written something else, half of
it as an answer that was passed on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, String, cast, func, insert, literal, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from admin.demo import SHORT_CODE
from benchmarks.world import OWNER
from models import (
    Answer,
    AnswerStatus,
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    FileKind,
    InboundMessage,
    NumberFile,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)

BROADCASTS = 10
_STOPPING, _WRITING = 50, 100  # one in so many of all people
_PERSON: Any = col(Subscriber.id)
_SID_DIGITS = 12
_STOPPED, _ANSWERED, _UNCLEAR = timedelta(hours=1), timedelta(hours=2), timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Past:
    """The `number`-th of the broadcasts, the oldest is 0: its keys, who made it, and when."""

    number: int
    broadcast_id: int
    organization_id: int
    sender_id: int
    list_id: int
    member_id: int
    at: datetime

    @property
    def is_newest(self) -> bool:
        return self.number == BROADCASTS - 1

    @property
    def had_stopped_before(self) -> Any:
        """Whether a subscriber had opted out already, as SQL."""
        turn = _PERSON % (_STOPPING * BROADCASTS)
        return (_PERSON % _STOPPING == 0) & (turn < _STOPPING * self.number)


def come_back(connection: Connection, past: Past) -> None:
    """Write down everything that came back to a broadcast."""
    in_ten, turn = _PERSON % (_STOPPING * BROADCASTS), _STOPPING * past.number
    _opt_out(connection, past, in_ten == turn)
    # Of two turns of keys those of the first answer, and those of the second are not understood.
    writer, of_two = _PERSON % (2 * _WRITING * BROADCASTS), 2 * _WRITING * past.number + 1
    _answer(connection, past, writer == of_two)
    reviewed: dict[str, Any] = {"needs_review": literal(past.is_newest)}
    if not past.is_newest:
        at = literal(past.at + timedelta(days=1), UTCDateTime())
        reviewed |= {"reviewed_by_id": literal(past.member_id), "reviewed_at": at}
    doubt = {"intent": literal("unclear"), "body": literal("please no more of that ok?")}
    _write(connection, past, writer == of_two + _WRITING, past.at + _UNCLEAR, doubt | reviewed)


def import_files(session: Session, past: Past, rows: int) -> None:
    """A file of every kind, as members import them now and then."""
    for kind in FileKind:
        is_of_list = kind is FileKind.subscribers
        session.add(
            NumberFile(
                organization_id=past.organization_id,
                kind=kind,
                name=f"{kind.value}-{past.number}.csv",
                sha256=f"{past.number:064x}",
                declared_source="Guest book at the door",
                list_id=past.list_id if is_of_list else None,
                declared_on=past.at.date() if is_of_list else None,
                total=rows,
                rows=rows,
                taken=rows,
                member_id=past.member_id,
                created_at=past.at,
                finished_at=past.at,
            )
        )


def sid(kind: str, broadcast_id: int) -> Any:
    """A message's sid for each subscriber, as SQL that both databases read."""
    digits = func.substr(cast(_PERSON + 10**_SID_DIGITS, String), 2)
    return literal(f"{kind}{broadcast_id:020x}").concat(digits)


def _write(
    connection: Connection, past: Past, who: Any, at: datetime, values: dict[str, Any]
) -> None:
    """The inbound texts of some people, in which `values` are as they say."""
    kind = f"M{values['intent'].value[0].upper()}"
    all_values = {
        "organization_id": literal(past.organization_id),
        "sender_id": literal(past.sender_id),
        "subscriber_id": _PERSON,
        "message_sid": sid(kind, past.broadcast_id),
        "from_number": col(Subscriber.phone_number),
        "to_number": literal(SHORT_CODE),
        "media": literal([], JSON()),
        "form": literal({"NumMedia": "0", "FromCountry": "US"}, JSON()),
        "needs_review": literal(False),
        "received_at": literal(at, UTCDateTime()),
        **values,
    }
    chosen = select(*all_values.values()).where(who).order_by(_PERSON)
    connection.execute(insert(InboundMessage).from_select(list(all_values), chosen))


def _opt_out(connection: Connection, past: Past, who: Any) -> None:
    """A STOP: the text, the consent event, the suppression, and the subscription's state."""
    at = past.at + _STOPPED
    moment = literal(at, UTCDateTime())
    words = {"body": "STOP", "intent": "stop", "reply": "You are opted out of Neon Nights."}
    _write(connection, past, who, at, {name: literal(value) for name, value in words.items()})
    event = {
        "organization_id": col(InboundMessage.organization_id),
        "subscriber_id": col(InboundMessage.subscriber_id),
        "sender_id": col(InboundMessage.sender_id),
        "kind": literal(ConsentKind.opted_out.value),
        "source": literal(ConsentSource.text.value),
        "message_sid": col(InboundMessage.message_sid),
        "inbound_message_id": col(InboundMessage.id),
        "commitment": literal("0" * 64),
        "occurred_at": moment,
    }
    of_these = select(*event.values()).where(col(InboundMessage.received_at) == at)
    of_these = of_these.order_by(col(InboundMessage.id))
    connection.execute(insert(ConsentEvent).from_select(list(event), of_these))
    suppression = {
        "organization_id": literal(past.organization_id),
        "number_hash": col(Subscriber.number_hash),
        "phone_number": col(Subscriber.phone_number),
        "reason": literal(SuppressionReason.opted_out.value),
        "created_at": moment,
    }
    numbers = select(*suppression.values()).where(who).order_by(_PERSON)
    connection.execute(insert(Suppression).from_select(list(suppression), numbers))
    gone = col(Subscription.subscriber_id).in_(select(_PERSON).where(who))
    state = {"state": SubscriptionState.unsubscribed, "changed_at": at}
    connection.execute(update(Subscription).where(gone).values(**state))


def _answer(connection: Connection, past: Past, who: Any) -> None:
    """Texts that were answers to the broadcast, and where they were passed on to."""
    at = past.at + _ANSWERED
    words = {"body": "Can I bring two friends tonight?", "intent": "other"}
    _write(connection, past, who, at, {name: literal(value) for name, value in words.items()})
    answer = {
        "organization_id": col(InboundMessage.organization_id),
        "inbound_message_id": col(InboundMessage.id),
        "broadcast_id": literal(past.broadcast_id),
        "destination": literal(OWNER),
        "status": literal(AnswerStatus.sent.value),
        "attempts": literal(1),
        "next_attempt_at": literal(at, UTCDateTime()),
    }
    of_these = select(*answer.values()).where(col(InboundMessage.received_at) == at)
    of_these = of_these.order_by(col(InboundMessage.id))
    connection.execute(insert(Answer).from_select(list(answer), of_these))
