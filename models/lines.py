"""A sender as those who text it meet it: its programs, keywords and disclosures, read in one go.

Read anew in each transaction, so that an edit counts from its commit on. Only what is made of the
rows is kept from one time to the next, under the rows themselves.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import String, Text, and_, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from compliance.disclosure import WayIn, call_to_action
from messaging.numbers import display
from models.bulk import Given, is_postgresql
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


_ADDRESSES = Given(address=String())
_FACTS = tuple(ProgramFacts.__dataclass_fields__)
_SEEN = tuple(Seen.__dataclass_fields__)


def lines(session: Session, addresses: Collection[str]) -> dict[str, Line]:
    """The senders with these addresses, by address."""
    kind = is_postgresql(session)
    given = _ADDRESSES.values(kind, [(one,) for one in sorted(addresses)])
    rows = session.connection().execute(_lines(kind), given).all()
    return {row.address: _line(*row) for row in rows}


@lru_cache(maxsize=256)
def _line(
    key: int,
    organization_id: int,
    kind: SenderKind,
    address: str,
    replies_by: RepliesBy,
    organization: str,
    hash_key: str,
    programs: str | None,
    words: str | None,
) -> Line:
    """Made of nothing but what stands in the row; programs and words are JSON, None without any."""
    number = None if kind is SenderKind.messaging_service else display(address)
    # In the order of their keys, which stand first.
    known = tuple(Word(*word) for _, *word in sorted(json.loads(words or "[]")))
    return Line(
        key,
        organization_id,
        kind,
        address,
        replies_by,
        organization,
        hash_key,
        tuple(_program(row, number, known) for row in sorted(json.loads(programs or "[]"))),
        known,
    )


def _program(row: Sequence[Any], number: str | None, words: tuple[Word, ...]) -> ProgramOfLine:
    values = dict(zip(_FACTS, row, strict=False))
    facts = ProgramFacts(**values | {"opt_in": OptIn(values["opt_in"])})
    own = tuple(one.word for one in words if one.program_id == facts.id)
    seen = Seen(*row[len(_FACTS) :]) if row[-1] is not None else None
    is_current = seen is not None and seen.text == call_to_action(facts, WayIn(number, own))
    return ProgramOfLine(facts, own[0] if own else None, seen if is_current else None)


@cache
def _lines(on_postgresql: bool) -> Any:
    """One row for each sender, with its programs and keywords as JSON texts of rows."""
    given = _ADDRESSES.table(on_postgresql)

    def listed(*columns: Any) -> Any:
        if on_postgresql:
            return sql_cast(func.json_agg(func.json_build_array(*columns)), Text)
        return func.json_group_array(func.json_array(*columns))

    return (
        select(
            col(Sender.id),
            col(Sender.organization_id),
            col(Sender.kind),
            col(Sender.address),
            col(Sender.replies_by),
            col(Organization.name),
            col(Organization.hash_key),
            _programs(listed).label("programs"),
            _words(listed).label("words"),
        )
        .join(given, given.c.address == col(Sender.address))
        .join(Organization, col(Organization.id) == Sender.organization_id)
    )


def _programs(listed: Callable[..., Any]) -> Any:
    """A sender's programs, each with the latest version of its disclosure."""
    version = aliased(Disclosure)
    latest = (
        select(func.max(version.version))
        .where(col(version.program_id) == Program.id)
        .scalar_subquery()
    )
    facts = [col(getattr(Program, name)) for name in _FACTS]
    seen = [col(getattr(Disclosure, name)) for name in _SEEN]
    return (
        select(listed(*facts, *seen))
        .select_from(Program)
        .outerjoin(
            Disclosure,
            and_(col(Disclosure.program_id) == Program.id, col(Disclosure.version) == latest),
        )
        .where(col(Program.sender_id) == col(Sender.id))
        .correlate(Sender)
        .scalar_subquery()
    )


def _words(listed: Callable[..., Any]) -> Any:
    """A sender's keywords, each with the list that it leads to."""
    columns = (Keyword.id, Keyword.word, Keyword.program_id, Keyword.list_id, List.name)
    return (
        select(listed(*map(col, columns)))
        .select_from(Keyword)
        .join(List, col(List.id) == Keyword.list_id)
        .where(col(Keyword.sender_id) == col(Sender.id))
        .correlate(Sender)
        .scalar_subquery()
    )
