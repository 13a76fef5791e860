"""Files of numbers that must not be messaged: importing them, and what is handed out of them.

An import only ever takes away. It adds to the suppression list and revokes; nothing in here lifts
a suppression or subscribes anybody (only the person does, see models.consenting).
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import String, update
from sqlmodel import Session, col, select

from models.base import BigId
from models.bulk import Given, is_postgresql
from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Suppression,
    SuppressionReason,
)
from models.hashing import number_hashes
from models.inserting import insert_many
from models.known_people import hold_arrivals, locked_people, suppressed_of, with_any
from models.number_reading import FileRow
from models.outgoing import FileKind, NumberFile
from models.recording import Evidence
from models.recording_many import Person, record_many
from models.subscriber import Subscriber, Subscription, SubscriptionState

_ROWS_FETCHED = 2000
_PEOPLE = Given(id=BigId)

_EVENTS = {
    FileKind.suppression: (ConsentKind.opted_out, SuppressionReason.imported),
    FileKind.deactivated: (ConsentKind.deactivated, SuppressionReason.deactivated),
}


# The kinds of file that take away; models.importing takes the one that adds.
REVOKING: Final = tuple(_EVENTS)


def take_away(
    session: Session, file: NumberFile, key: str, rows: Sequence[FileRow], now: datetime
) -> None:
    """Act on rows of a file that takes away, and count in `file` what came of them.

    `key` is the organization's, held for this transaction. A suppression file adds each number to
    the list, and revokes everything of the known ones. A file of deactivated numbers does so for
    known subscribers only: the others are counted and not stored (CTIA Short Code Monitoring
    Handbook v1.8: deactivated numbers are processed within three business days). A number that
    stands twice is known the second time. Who joins meanwhile does so after it.
    """
    hold_arrivals(session, file.organization_id)
    given = [row.phone_number for row in rows if row.phone_number]
    hashes = number_hashes(key, sorted(set(given)))
    known = locked_people(session, file.organization_id, hashes)
    before = suppressed_of(session, file.organization_id, hashes.values())
    standing = _standing(session, known.values())
    leaving = [
        Person(key, number)
        for number, key in known.items()
        if key in standing or hashes[number] not in before
    ]
    kind, reason = _EVENTS[file.kind]
    _unsubscribe(session, [one.id for one in leaving if one.id in standing], now)
    record_many(session, file.organization_id, leaving, kind, _evidence(file), now)
    taken = {one.phone_number for one in leaving}
    if file.kind is FileKind.suppression:
        taken |= {number for number, hashed in hashes.items() if hashed not in before}
        file.known_before += len(given) - len(taken)
    else:
        file.known_before += sum(number in known for number in given) - len(taken)
    file.taken += len(taken)
    to_add = [number for number in sorted(taken) if hashes[number] not in before]
    insert_many(
        session,
        Suppression,
        {"number_hash": String(), "phone_number": String()},
        [(hashes[number], number) for number in to_add],
        skips_known=True,
        organization_id=file.organization_id,
        reason=reason,
        created_at=now,
    )


def every_suppression(session: Session, organization_id: int) -> Iterator[Suppression]:
    """The organization's suppression list, oldest first, fetched as it is read."""
    statement = (
        select(Suppression)
        .where(Suppression.organization_id == organization_id)
        .order_by(col(Suppression.id))
    )
    # Expunged as they go, since a reading session would remember each of a million rows.
    for part in session.exec(statement.execution_options(yield_per=_ROWS_FETCHED)).partitions():
        yield from part
        session.expunge_all()


def consent_dates(session: Session, organization_id: int) -> Iterator[tuple[str, datetime | date]]:
    """(number, when they last consented) of everybody who is subscribed now.

    It is the date that a query of the FCC's Reassigned Numbers Database takes with a number (47 CFR
    64.1200(m)): whether the number was disconnected since. Of a consent that was imported it is the
    day that the promoter declared, not the day of the import: the number may have changed hands
    between the two.
    """
    for number, events in groupby(
        session.execute(_opt_ins(organization_id)), key=lambda row: row.phone_number
    ):
        yield number, max((_consented(*row[1:]) for row in events), key=_day)


def _consented(occurred_at: datetime, declared_on: str | None) -> datetime | date:
    return date.fromisoformat(declared_on) if declared_on else occurred_at


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _opt_ins(organization_id: int) -> Any:
    """Number, moment and declared date of every opt-in of who is subscribed, person by person."""
    return (
        select(
            Subscriber.phone_number,
            ConsentEvent.occurred_at,
            col(ConsentEvidence.content)["declared_on"].as_string(),
        )
        .join(ConsentEvent, col(ConsentEvent.subscriber_id) == Subscriber.id)
        .join(ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id)
        .where(
            Subscriber.organization_id == organization_id,
            ConsentEvent.kind == ConsentKind.opted_in,
            select(col(Subscription.id))
            .where(
                col(Subscription.subscriber_id) == Subscriber.id,
                col(Subscription.state) == SubscriptionState.subscribed,
            )
            .correlate(Subscriber)
            .exists(),
            ~select(col(Suppression.id))
            .where(
                col(Suppression.organization_id) == Subscriber.organization_id,
                col(Suppression.number_hash) == Subscriber.number_hash,
            )
            .correlate(Subscriber)
            .exists(),
        )
        .order_by(col(Subscriber.id))
        .execution_options(yield_per=_ROWS_FETCHED)
    )


def _evidence(file: NumberFile) -> Evidence:
    return Evidence(
        source=ConsentSource.imported,
        member_id=file.member_id,
        file_sha256=file.sha256,
        declared_source=file.declared_source,
    )


def _standing(session: Session, people: Collection[int]) -> set[int]:
    """Those who are subscribed, or asked to be, in some program."""
    query = select(col(Subscription.subscriber_id)).where(
        Subscription.state != SubscriptionState.unsubscribed
    )
    return {row[0] for row in with_any(session, query, col(Subscription.subscriber_id), people)}


def _unsubscribe(session: Session, people: list[int], now: datetime) -> None:
    # Every state may move to unsubscribed (SUBSCRIPTION_MOVES), so one statement may do it.
    left: dict[str, Any] = {
        "state": SubscriptionState.unsubscribed,
        "awaiting": None,
        "changed_at": now,
    }
    on_postgresql = is_postgresql(session)
    session.connection().execute(
        update(Subscription)
        .where(
            col(Subscription.subscriber_id).in_(select(_PEOPLE.table(on_postgresql).c.id)),
            col(Subscription.state) != SubscriptionState.unsubscribed,
        )
        .values(left),
        _PEOPLE.values(on_postgresql, [(one,) for one in people]),
    )
