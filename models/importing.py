"""Numbers that come with a consent gathered elsewhere: a promoter's file, or a member's note.

An import never speaks for the person. Whoever has left stays out, whoever waits for a yes goes on
waiting, and in a program with double opt-in everybody new waits for their own yes.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from models.base import insert
from models.consent import ConsentEvent, ConsentKind, ConsentSource
from models.hashing import number_hash
from models.number_files import (
    FileRow,
    Upload,
    act_on_rows,
    keep_rows,
    locked_hash_key,
    locked_subscribers,
    suppressed_of,
)
from models.outgoing import NumberFile
from models.program import List, OptIn, Program
from models.recording import Evidence, record_many
from models.subscriber import (
    Awaiting,
    ListSubscription,
    Subscriber,
    Subscription,
    SubscriptionState,
)

_ENDING = (ConsentKind.opted_out, ConsentKind.deactivated)
LEFT_BEFORE = "Left before: only they themselves can come back, by texting a keyword."


class AgeUnknown(Exception):
    """The program has a minimum age, and nobody declares that it was checked."""


class Outcome(StrEnum):
    """What became of a number."""

    taken = "taken"  # an event was recorded: on the list now
    known_before = "known_before"  # on the list already
    waiting = "waiting"  # asked to join before, and has not said yes yet
    left_before = "left_before"


def take_subscribers(
    session: Session,
    organization_id: int,
    upload: Upload,
    rows: Iterable[FileRow],
    is_age_checked: bool,
    now: datetime,
) -> NumberFile:
    """Act on every row of a file of subscribers and say what came of it.

    `upload` names the list and holds the whole evidence. Raises AgeUnknown, and NoNumbers if there
    is nothing to act on.
    """
    assert upload.list_id is not None
    assert upload.declared_on is not None
    found = session.get_one(List, upload.list_id)
    evidence = Evidence(
        ConsentSource.imported,
        member_id=upload.member_id,
        file_sha256=upload.sha256,
        declared_source=upload.declared_source,
        declared_on=upload.declared_on.isoformat(),
        proof_text=upload.proof_text,
        note=_age_note(session, found, is_age_checked),
    )

    def take(file: NumberFile, key: str, chunk: list[FileRow]) -> None:
        given = [(row.row, row.phone_number) for row in chunk if row.phone_number]
        outcomes = _admit(session, found, key, {number for _, number in given}, evidence, now)
        left, seen = [], set[str]()
        for row, number in given:
            outcome = outcomes[number]
            if outcome is Outcome.left_before:
                left.append(FileRow(row, None, LEFT_BEFORE))
            elif number in seen:
                outcome = Outcome.known_before
            seen.add(number)
            setattr(file, outcome, getattr(file, outcome) + 1)
        keep_rows(session, file, left)

    return act_on_rows(session, organization_id, upload, rows, now, take)


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
    age = _age_note(session, found, is_age_checked)
    proof = f"{note}\n{age}" if age else note
    evidence = Evidence(ConsentSource.member, member_id=member_id, note=proof)
    key = locked_hash_key(session, found.organization_id)
    return _admit(session, found, key, {phone_number}, evidence, now)[phone_number]


def _age_note(session: Session, found: List, is_age_checked: bool) -> str | None:
    """The declaration that a program with an age gate needs, as the evidence keeps it."""
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
    hashes = {number: number_hash(key, number) for number in sorted(numbers)}
    people = _people(session, found.organization_id, hashes, now)
    # Read after the people are locked: a STOP that arrives meanwhile comes first or waits.
    suppressed = suppressed_of(session, found.organization_id, hashes)
    ids = [one.id for one in people.values()]
    standing, left_some = _standings(session, found.program_id, ids)
    left_list = _left_list(session, found.id, ids)
    on_list = _on_list(session, found.id, [one.id for one in standing.values()])
    outcomes, fresh, joining = {}, [], []
    for number, hashed in hashes.items():
        person = people.get(number)
        subscription = standing.get(person.id) if person else None
        outcome = Outcome.taken
        if person is None or hashed in suppressed:
            outcome = Outcome.left_before
        elif subscription is None:
            # STOP ends all that the organization sends. Who joined another program since agreed
            # to that one.
            outcome = Outcome.left_before if person.id in left_some else Outcome.taken
            fresh += [person] if outcome is Outcome.taken else []
        elif subscription.state is SubscriptionState.unsubscribed:
            outcome = Outcome.left_before
        elif subscription.state is SubscriptionState.pending:
            outcome = Outcome.waiting
        elif subscription.id in on_list:
            outcome = Outcome.known_before
        elif person.id in left_list:
            outcome = Outcome.left_before
        else:
            joining.append(person)
        outcomes[number] = outcome
    entered = _enter(session, found, fresh, evidence, now)
    _put_on_list(session, found.id, entered + [standing[one.id].id for one in joining], now)
    if joining:
        joined = ConsentKind.joined_list
        record_many(session, joining, joined, evidence, now, found.program_id, found.id)
    return outcomes


def _people(
    session: Session, organization_id: int, hashes: dict[str, str], now: datetime
) -> dict[str, Subscriber]:
    """The subscribers with these numbers, made if new, and locked. Of numbers that are suppressed
    and nobody's no row is made: a person who was erased is not brought back.
    """
    suppressed = suppressed_of(session, organization_id, hashes)
    shared = {"organization_id": organization_id, "created_at": now}
    rows = [
        shared | {"phone_number": number, "number_hash": hashed}
        for number, hashed in hashes.items()
        if hashed not in suppressed
    ]
    if rows:
        session.connection().execute(insert(session, Subscriber).on_conflict_do_nothing(), rows)
    return locked_subscribers(session, organization_id, hashes)


def _standings(
    session: Session, program_id: int, people: Collection[int]
) -> tuple[dict[int, Subscription], set[int]]:
    """Where people stand in the program, and who has left it or another one."""
    standing, left = {}, set()
    for one in session.exec(
        select(Subscription).where(col(Subscription.subscriber_id).in_(people))
    ):
        if one.program_id == program_id:
            standing[one.subscriber_id] = one
        if one.state is SubscriptionState.unsubscribed:
            left.add(one.subscriber_id)
    return standing, left


def _left_list(session: Session, list_id: int, people: Collection[int]) -> set[int]:
    """Who has left the list by their own word, and not come back to it since: by LEAVE, or by a
    STOP after which they joined another list only. Whom a member took off may be put back."""
    by_member = (col(ConsentEvent.kind) == ConsentKind.left_list) & (
        col(ConsentEvent.source) == ConsentSource.member
    )
    of_list = (col(ConsentEvent.list_id) == list_id) & ~by_member
    events = session.exec(
        select(ConsentEvent.subscriber_id, ConsentEvent.kind)
        .where(
            col(ConsentEvent.subscriber_id).in_(people),
            of_list | col(ConsentEvent.kind).in_(_ENDING),
        )
        .order_by(col(ConsentEvent.id))
    )
    on, left = set[int](), set[int]()
    for person, kind in events:
        if kind is ConsentKind.left_list or (kind in _ENDING and person in on):
            on.discard(person)
            left.add(person)
        elif kind not in _ENDING:
            on.add(person)
            left.discard(person)
    return left


def _on_list(session: Session, list_id: int, subscriptions: Collection[int]) -> set[int]:
    return set(
        session.exec(
            select(ListSubscription.subscription_id).where(
                ListSubscription.list_id == list_id,
                col(ListSubscription.subscription_id).in_(subscriptions),
            )
        )
    )


def _enter(
    session: Session, found: List, fresh: list[Subscriber], evidence: Evidence, now: datetime
) -> list[int]:
    """New subscriptions with their events; the ids. No question is sent to anybody."""
    if not fresh:
        return []
    is_double = session.get_one(Program, found.program_id).opt_in is OptIn.double
    state = SubscriptionState.pending if is_double else SubscriptionState.subscribed
    # Without `asked_at`, as nobody was asked: what waits so does not lapse.
    shared = {
        "organization_id": found.organization_id,
        "program_id": found.program_id,
        "state": state,
        "awaiting": Awaiting.yes if is_double else None,
        "changed_at": now,
    }
    session.connection().execute(
        insert(session, Subscription), [shared | {"subscriber_id": one.id} for one in fresh]
    )
    kind = ConsentKind.requested if is_double else ConsentKind.opted_in
    record_many(session, fresh, kind, evidence, now, found.program_id, found.id)
    return list(
        session.exec(
            select(Subscription.id).where(
                Subscription.program_id == found.program_id,
                col(Subscription.subscriber_id).in_([one.id for one in fresh]),
            )
        )
    )


def _put_on_list(session: Session, list_id: int, subscriptions: list[int], now: datetime) -> None:
    rows = [{"list_id": list_id, "subscription_id": one, "added_at": now} for one in subscriptions]
    if rows:
        session.connection().execute(
            insert(session, ListSubscription).on_conflict_do_nothing(), rows
        )
