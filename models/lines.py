"""A sender as those who text it meet it: its programs, keywords and disclosures, read in one go.

Read anew in each transaction, so that an edit counts from its commit on. Only what is made of the
rows is kept from one time to the next, under the rows themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import String, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from compliance.disclosure import WayIn, call_to_action
from messaging.numbers import display
from models.bulk import Given, fetch, is_postgresql
from models.consent import Disclosure
from models.leaves import fingerprint_of
from models.organization import Organization
from models.program import Keyword, List, OptIn, Program
from models.sender import RepliesBy, Sender, SenderKind


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword and the list that it leads to."""

    word: str
    program_id: int
    list_id: int
    list_name: str


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """A program's record, as the columns of models.program.Program say it."""

    id: int
    name: str
    description: str
    message_frequency: str
    support_contact: str
    terms_url: str
    privacy_url: str
    opt_in: OptIn
    pending_hours: int
    minimum_age: int | None
    confirmation_text: str | None
    help_text: str | None
    stop_text: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of a disclosure: all that a consent event commits to."""

    id: int
    text: str
    terms_url: str
    privacy_url: str

    @property
    def sha256(self) -> str:
        return fingerprint_of(self.text, self.terms_url, self.privacy_url)


@dataclass(frozen=True, slots=True)
class ProgramOfLine:
    """A program with its first keyword, and its disclosure; None if it is not written yet."""

    facts: ProgramFacts
    first_keyword: str | None
    disclosure: Seen | None


@dataclass(frozen=True, slots=True)
class Line:
    """A sender, its organization's name and hash key, and what can be texted to it."""

    sender_id: int
    organization_id: int
    kind: SenderKind
    address: str
    replies_by: RepliesBy
    organization: str
    hash_key: str
    programs: tuple[ProgramOfLine, ...]
    words: tuple[Word, ...]

    @property
    def has_age_gate(self) -> bool:
        return any(one.facts.minimum_age is not None for one in self.programs)

    def program(self, program_id: int) -> ProgramOfLine:
        """The program with that id."""
        return next(one for one in self.programs if one.facts.id == program_id)


_Row = tuple[Any, ...]
_ADDRESSES = Given(address=String())
_FACTS = tuple(ProgramFacts.__dataclass_fields__)
_SEEN = tuple(Seen.__dataclass_fields__)


def lines(session: Session, addresses: Collection[str]) -> dict[str, Line]:
    """The senders with these addresses, by address."""
    kind = is_postgresql(session)
    given = _ADDRESSES.values(kind, [(one,) for one in sorted(addresses)])
    senders = fetch(session, _senders(kind), given)
    if not senders:
        return {}
    programs = _by_sender(fetch(session, _programs(kind), given))
    words = _by_sender(fetch(session, _words(kind), given))
    return {
        row[3]: _line(tuple(row), programs.get(row[0], ()), words.get(row[0], ()))
        for row in senders
    }


def _by_sender(rows: Sequence[Sequence[Any]]) -> dict[int, tuple[_Row, ...]]:
    """The rest of each row, by the sender that it begins with."""
    found: dict[int, list[_Row]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(tuple(rest))
    return {key: tuple(some) for key, some in found.items()}


@lru_cache(maxsize=256)
def _line(sender: _Row, programs: tuple[_Row, ...], words: tuple[_Row, ...]) -> Line:
    """Made of nothing but what stands in the rows."""
    key, organization_id, kind, address, replies_by, name, hash_key = sender
    number = None if kind == SenderKind.messaging_service else display(address)
    return Line(
        key,
        organization_id,
        SenderKind(kind),
        address,
        RepliesBy(replies_by),
        name,
        hash_key,
        tuple(_program(row, number, words) for row in programs),
        tuple(Word(*row) for row in words),
    )


def _program(row: _Row, number: str | None, words: tuple[_Row, ...]) -> ProgramOfLine:
    values = dict(zip(_FACTS, row, strict=False))
    facts = ProgramFacts(**values | {"opt_in": OptIn(values["opt_in"])})
    own = tuple(word for word, program_id, *_ in words if program_id == facts.id)
    seen = Seen(*row[len(_FACTS) :]) if row[-1] is not None else None
    is_current = seen is not None and seen.text == call_to_action(facts, WayIn(number, own))
    return ProgramOfLine(facts, own[0] if own else None, seen if is_current else None)


@cache
def _senders(on_postgresql: bool) -> Any:
    given = _ADDRESSES.table(on_postgresql)
    return (
        select(
            col(Sender.id),
            col(Sender.organization_id),
            col(Sender.kind),
            col(Sender.address),
            col(Sender.replies_by),
            col(Organization.name),
            col(Organization.hash_key),
        )
        .join(given, given.c.address == col(Sender.address))
        .join(Organization, col(Organization.id) == Sender.organization_id)
    )


@cache
def _programs(on_postgresql: bool) -> Any:
    """Each program with the latest version of its disclosure."""
    given, version = _ADDRESSES.table(on_postgresql), aliased(Disclosure)
    latest = (
        select(func.max(version.version))
        .where(col(version.program_id) == Program.id)
        .scalar_subquery()
    )
    return (
        select(
            col(Program.sender_id),
            *(col(getattr(Program, name)) for name in _FACTS),
            *(col(getattr(Disclosure, name)).label(f"seen_{name}") for name in _SEEN),
        )
        .join(Sender, col(Sender.id) == Program.sender_id)
        .join(given, given.c.address == col(Sender.address))
        .outerjoin(
            Disclosure,
            and_(
                col(Disclosure.program_id) == Program.id,
                col(Disclosure.version) == latest,
            ),
        )
        .order_by(col(Program.id))
    )


@cache
def _words(on_postgresql: bool) -> Any:
    given = _ADDRESSES.table(on_postgresql)
    return (
        select(
            col(Keyword.sender_id),
            col(Keyword.word),
            col(Keyword.program_id),
            col(Keyword.list_id),
            col(List.name),
        )
        .join(List, col(List.id) == Keyword.list_id)
        .join(Sender, col(Sender.id) == Keyword.sender_id)
        .join(given, given.c.address == col(Sender.address))
        .order_by(col(Keyword.id))
    )
