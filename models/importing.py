"""Numbers that come with a consent gathered elsewhere: a promoter's file, or a member's note.

An import never speaks for the person. Whoever has left stays out, whoever waits for a yes goes on
waiting, and in a program with double opt-in everybody new waits for their own yes.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from models.base import BigId
from models.consent import REVOCATIONS, ConsentEvent, ConsentKind, ConsentSource
from models.hashing import number_hashes
from models.imported_people import people_of
from models.inserting import insert_many, new_ids
from models.known_people import locked_hash_key, with_any
from models.number_reading import FileRow
from models.outgoing import NumberFile
from models.program import List, OptIn, Program
from models.recording import Evidence
from models.recording_many import Person, record_many
from models.subscriber import (
    Awaiting,
    ListSubscription,
    Subscription,
    SubscriptionState,
)

_SUBSCRIBED = SubscriptionState.subscribed
LEFT_BEFORE = "Left before: only they themselves can come back, by texting a keyword."


class AgeUnknown(Exception):
    """The program has a minimum age, and nobody declares that it was checked."""


class Outcome(StrEnum):
    """What became of a number."""

    taken = "taken"  # an event was recorded: on the list now
    known_before = "known_before"  # on the list already
    waiting = "waiting"  # asked to join before, and has not said yes yet
    left_before = "left_before"


_OUTCOMES = {
    SubscriptionState.unsubscribed.value: Outcome.left_before,
    SubscriptionState.pending.value: Outcome.waiting,
}


def take_consents(
    session: Session, file: NumberFile, key: str, rows: Sequence[FileRow], now: datetime
) -> list[FileRow]:
    """Act on rows of a file of subscribers, and count in `file` what came of them.

    `key` is the organization's, held for this transaction. Returned are the rows of those who left
    before, refused.
    """
    assert file.list_id is not None
    assert file.declared_on is not None
    found = session.get_one(List, file.list_id)
    evidence = Evidence(
        ConsentSource.imported,
        member_id=file.member_id,
        file_sha256=file.sha256,
        declared_source=file.declared_source,
        declared_on=file.declared_on.isoformat(),
        proof_text=file.proof_text,
        note=file.note,
    )
    numbers = {row.phone_number for row in rows if row.phone_number}
    outcomes = _admit(session, found, key, numbers, evidence, now)
    left: list[FileRow] = []
    counts = dict.fromkeys(Outcome, 0)
    for row, number, _ in rows:
        if number is None:
            continue
        outcome = outcomes[number]
        counts[outcome] += 1
        if outcome is Outcome.left_before:
            left.append(FileRow(row, None, LEFT_BEFORE))
        elif outcome is Outcome.taken:
            outcomes[number] = Outcome.known_before  # if it comes again
    for outcome, count in counts.items():
        setattr(file, outcome, getattr(file, outcome) + count)
    return left


def take_by_hand(
    session: Session,
    found: List,
    phone_number: str,
    member_id: int,
    note: str,
    is_age_checked: bool,
    now: datetime,
) -> Outcome:
    """Put one number on a list, with a member's note as its proof. Raises AgeUnknown."""
    age = age_note(session, found, is_age_checked)
    proof = f"{note}\n{age}" if age else note
    evidence = Evidence(ConsentSource.member, member_id=member_id, note=proof)
    key = locked_hash_key(session, found.organization_id)
    return _admit(session, found, key, {phone_number}, evidence, now)[phone_number]


def age_note(session: Session, found: List, is_age_checked: bool) -> str | None:
    """The declaration that a program with an age gate needs, as the evidence keeps it; None if it
    needs none. Raises AgeUnknown."""
    age = session.get_one(Program, found.program_id).minimum_age
    if age is None:
        return None
    if not is_age_checked:
        raise AgeUnknown
    return f"Declared by the member: the age of {age} or more was checked."


def _admit(
    session: Session,
    found: List,
    key: str,
    numbers: set[str],
    evidence: Evidence,
    now: datetime,
) -> dict[str, Outcome]:
    """Subscribe who is new here, put on the list who is subscribed, leave everybody else alone."""
    hashes = number_hashes(key, sorted(numbers))
    known, new, suppressed = people_of(session, found.organization_id, hashes, now)
    standing, left_some = _standings(session, found.program_id, known.values())
    subscribed = [one for one, (_, state) in standing.items() if state == _SUBSCRIBED]
    on_list = _on_list(session, found.id, [standing[one][0] for one in subscribed])
    off_list = [one for one in subscribed if standing[one][0] not in on_list]
    left_list = _left_list(session, found.id, off_list)
    outcomes = dict.fromkeys(hashes, Outcome.taken)
    fresh, joining = [], list[Person]()
    for number, hashed in hashes.items():
        person = known.get(number)
        if hashed in suppressed:
            outcomes[number] = Outcome.left_before
        elif person is None:
            fresh.append(Person(new[number], number))
        elif person not in standing:
            # STOP ends all that the organization sends. Who joined another program since agreed
            # to that one.
            if person in left_some:
                outcomes[number] = Outcome.left_before
            else:
                fresh.append(Person(person, number))
        elif (outcome := _OUTCOMES.get(standing[person][1])) is not None:
            outcomes[number] = outcome
        elif standing[person][0] in on_list:
            outcomes[number] = Outcome.known_before
        elif person in left_list:
            outcomes[number] = Outcome.left_before
        else:
            joining.append(Person(person, number))
    _enter(session, found, fresh, evidence, now)
    _put_on_list(session, found.id, [standing[one.id][0] for one in joining], now)
    kind, owner = ConsentKind.joined_list, found.organization_id
    record_many(session, owner, joining, kind, evidence, now, found.program_id, found.id)
    return outcomes


def _standings(
    session: Session, program_id: int, people: Collection[int]
) -> tuple[dict[int, tuple[int, str]], set[int]]:
    """Where people stand in the program (subscription and state), and who has left it or another
    one."""
    query = select(
        col(Subscription.subscriber_id),
        col(Subscription.program_id),
        col(Subscription.id),
        col(Subscription.state),
    )
    standing, left = {}, set()
    for person, program, key, state in with_any(
        session, query, col(Subscription.subscriber_id), people
    ):
        if program == program_id:
            standing[person] = (key, state)
        if state == SubscriptionState.unsubscribed:
            left.add(person)
    return standing, left


def _left_list(session: Session, list_id: int, people: Collection[int]) -> set[int]:
    """Who has left the list by their own word, and not come back to it since: by LEAVE, or by a
    STOP after which they joined another list only. Whom a member took off may be put back."""
    by_member = (col(ConsentEvent.kind) == ConsentKind.left_list) & (
        col(ConsentEvent.source) == ConsentSource.member
    )
    of_list = (col(ConsentEvent.list_id) == list_id) & ~by_member
    query = (
        select(col(ConsentEvent.subscriber_id), col(ConsentEvent.kind))
        .where(of_list | col(ConsentEvent.kind).in_(REVOCATIONS))
        .order_by(col(ConsentEvent.id))
    )
    on, left = set[int](), set[int]()
    for person, kind in with_any(session, query, col(ConsentEvent.subscriber_id), people):
        if kind == ConsentKind.left_list or (kind in REVOCATIONS and person in on):
            on.discard(person)
            left.add(person)
        elif kind not in REVOCATIONS:
            on.add(person)
            left.discard(person)
    return left


def _on_list(session: Session, list_id: int, subscriptions: Collection[int]) -> set[int]:
    query = select(col(ListSubscription.subscription_id)).where(
        col(ListSubscription.list_id) == list_id
    )
    column = col(ListSubscription.subscription_id)
    return {row[0] for row in with_any(session, query, column, subscriptions)}


def _enter(
    session: Session, found: List, fresh: list[Person], evidence: Evidence, now: datetime
) -> None:
    """New subscriptions on the list, with their events. No question is sent to anybody."""
    is_double = session.get_one(Program, found.program_id).opt_in is OptIn.double
    keys = new_ids(session, Subscription, len(fresh))
    insert_many(
        session,
        Subscription,
        {"id": BigId, "subscriber_id": BigId},
        [(key, one.id) for key, one in zip(keys, fresh, strict=True)],
        organization_id=found.organization_id,
        program_id=found.program_id,
        state=SubscriptionState.pending if is_double else _SUBSCRIBED,
        # Without `asked_at`, as nobody was asked: what waits so does not lapse.
        awaiting=Awaiting.yes if is_double else None,
        changed_at=now,
    )
    _put_on_list(session, found.id, keys, now)
    kind = ConsentKind.requested if is_double else ConsentKind.opted_in
    owner = found.organization_id
    record_many(session, owner, fresh, kind, evidence, now, found.program_id, found.id)


def _put_on_list(
    session: Session, list_id: int, subscriptions: Sequence[int], now: datetime
) -> None:
    rows = [(one,) for one in subscriptions]
    insert_many(
        session,
        ListSubscription,
        {"subscription_id": BigId},
        rows,
        skips_known=True,
        list_id=list_id,
        added_at=now,
    )
