"""The inbox scan: opt-outs that were missed, or that nobody judged.

CTIA Short Code Monitoring Handbook v1.8: inbound logs are scanned regularly for missed opt-outs. A
text that was marked for review and that no member judged within three business days counts as a
STOP. Nobody is texted about it: 47 CFR 64.1200(a)(12) allows a confirmation only within five
minutes of the request. A text that was first read as harmless, and that reads as a STOP with
today's vocabulary, is marked for review.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from compliance.business_days import business_days_after
from models import (
    AuditKind,
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    InboundMessage,
    Keyword,
    Sender,
    Subscriber,
    Suppression,
)
from models.consenting import Evidence, revoke_everything
from models.database import Database
from models.known_people import lock_people
from models.leaves import note_act
from models.lines import lately, programs_at

BUSINESS_DAYS = 3
LOOK_BACK = timedelta(days=30)
BY_SCAN = "inbox scan"
_WHY = f"Nobody judged this text within {BUSINESS_DAYS} business days, so it counts as a STOP."
_AT_ONCE = 100  # texts a transaction, so that no webhook waits long behind one
_HARMLESS = ("other", "unclear")
_REJOINING = (ConsentKind.opted_in, ConsentKind.joined_list)
# What a promoter's file or a member's note says is no word of the person's.
_OWN_WORD = (ConsentSource.text, ConsentSource.page)

# Whether a text reads as a STOP to a sender with these keywords (bot.keywords, given by the door).
ReadsAsStop = Callable[[str, Collection[str]], bool]


@dataclass
class Finding:
    """What the scan did in one organization; the numbers are keys of inbound messages.

    `rejoined` are texts that were past their time from people who joined again afterwards: their
    later word counts, and the text is only marked as judged.
    """

    organization_id: int
    treated_as_stop: list[int] = field(default_factory=list)
    rejoined: list[int] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)


def scan(database: Database, now: datetime, reads_as_stop: ReadsAsStop | None) -> list[Finding]:
    """Judge what is past its time; with `reads_as_stop` also read the last 30 days again.

    Each act is recorded for the auditor. What is marked now has its own three business days.
    """
    with database.read() as session:
        overdue = iter(_overdue(session, now))
        missed = iter(_missed(session, now, reads_as_stop) if reads_as_stop else ())
    findings: list[Finding] = []
    while part := list(islice(overdue, _AT_ONCE)):
        with database.write() as session:
            findings += _note(session, _judge(session, part, now), now)
    while part := list(islice(missed, _AT_ONCE)):
        with database.write() as session:
            findings += _note(session, _mark(session, part, now), now)
    return _together(findings)


def _overdue(session: Session, now: datetime) -> list[int]:
    since = func.coalesce(InboundMessage.marked_at, InboundMessage.received_at)
    rows = session.execute(
        select(col(InboundMessage.id), since)
        .where(
            col(InboundMessage.needs_review).is_(True), since <= now - timedelta(days=BUSINESS_DAYS)
        )
        .order_by(col(InboundMessage.id))
    )
    return [key for key, at in rows if business_days_after(at, BUSINESS_DAYS) <= now]


def _judge(session: Session, message_ids: list[int], now: datetime) -> Iterator[Finding]:
    """Each text as it stands now: a member may have judged it a moment ago, and its writer said
    something else. The writers are locked first, as by whoever decides on a text or erases them."""
    wrote = select(col(InboundMessage.subscriber_id)).where(col(InboundMessage.id).in_(message_ids))
    writers = lock_people(session, wrote)
    messages = session.scalars(
        select(InboundMessage)
        .where(col(InboundMessage.id).in_(message_ids), col(InboundMessage.needs_review).is_(True))
        .order_by(col(InboundMessage.id))
        .with_for_update(key_share=True)
    ).all()
    for message in messages:
        finding = Finding(message.organization_id)
        if _has_rejoined(session, message):
            finding.rejoined.append(message.id)
        else:
            _revoke(session, message, writers.get(message.subscriber_id or 0), now)
            finding.treated_as_stop.append(message.id)
        message.needs_review, message.reviewed_at = False, now
        session.add(message)
        yield finding


def _has_rejoined(session: Session, message: InboundMessage) -> bool:
    rejoined = _rejoined_since(message.subscriber_id, message.received_at)
    return bool(session.execute(select(rejoined)).scalar_one())


def _rejoined_since(subscriber_id: object, moment: object) -> ColumnElement[bool]:
    return (
        select(col(ConsentEvent.id))
        .where(
            col(ConsentEvent.subscriber_id) == subscriber_id,
            col(ConsentEvent.kind).in_(_REJOINING),
            col(ConsentEvent.source).in_(_OWN_WORD),
            col(ConsentEvent.occurred_at) > moment,
        )
        .exists()
    )


def _revoke(
    session: Session, message: InboundMessage, writer: Subscriber | None, now: datetime
) -> None:
    """As a STOP does. Who wrote from what is no phone number was never subscribed."""
    if writer is None:
        return
    evidence = Evidence(
        source=ConsentSource.system,
        sender_id=message.sender_id,
        inbound_message_id=message.id,
        message_sid=message.message_sid,
        text=message.body,
        note=_WHY,
    )
    revoke_everything(session, writer, evidence, now)


def _missed(session: Session, now: datetime, reads_as_stop: ReadsAsStop) -> list[int]:
    """Texts that nobody has looked at, which read as a STOP today, from people who would still be
    messaged and have not joined again since."""
    keywords: dict[int, list[str]] = defaultdict(list)
    texted = select(col(Sender.id), col(Keyword.word)).join(
        Keyword, col(Keyword.program_id).in_(select(programs_at(Sender.id).c.id))
    )
    for sender_id, word in session.execute(texted, lately(now)):
        keywords[sender_id].append(word)
    is_out = (
        select(col(Suppression.id))
        .join(Subscriber, col(Subscriber.number_hash) == col(Suppression.number_hash))
        .where(
            col(Subscriber.id) == InboundMessage.subscriber_id,
            col(Suppression.organization_id) == InboundMessage.organization_id,
        )
        .exists()
    )
    rows = session.execute(
        select(col(InboundMessage.id), col(InboundMessage.sender_id), col(InboundMessage.body))
        .where(
            col(InboundMessage.received_at) > now - LOOK_BACK,
            col(InboundMessage.intent).in_(_HARMLESS),
            col(InboundMessage.needs_review).is_(False),
            col(InboundMessage.reviewed_at).is_(None),
            col(InboundMessage.erased_at).is_(None),
            ~is_out,
            ~_rejoined_since(InboundMessage.subscriber_id, InboundMessage.received_at),
        )
        .order_by(col(InboundMessage.id))
        .execution_options(yield_per=1000)
    )
    return [key for key, sender_id, body in rows if reads_as_stop(body, keywords[sender_id])]


def _mark(session: Session, message_ids: list[int], now: datetime) -> Iterator[Finding]:
    rows = session.execute(
        update(InboundMessage)
        .where(
            col(InboundMessage.id).in_(message_ids),
            col(InboundMessage.needs_review).is_(False),
            col(InboundMessage.reviewed_at).is_(None),
        )
        .values(needs_review=True, marked_at=now)
        .returning(col(InboundMessage.id), col(InboundMessage.organization_id))
    )
    for key, organization_id in rows.all():
        yield Finding(organization_id, marked=[key])


def _note(session: Session, found: Iterator[Finding], now: datetime) -> list[Finding]:
    findings = _together(list(found))
    for finding in findings:
        note_act(
            session,
            finding.organization_id,
            AuditKind.judged,
            now,
            by=BY_SCAN,
            treated_as_stop=finding.treated_as_stop,
            rejoined=finding.rejoined,
            marked=finding.marked,
        )
    return findings


def _together(findings: list[Finding]) -> list[Finding]:
    """One finding for each organization."""
    sums: dict[int, Finding] = {}
    for one in findings:
        total = sums.setdefault(one.organization_id, Finding(one.organization_id))
        total.treated_as_stop += one.treated_as_stop
        total.rejoined += one.rejoined
        total.marked += sorted(one.marked)
    return list(sums.values())
