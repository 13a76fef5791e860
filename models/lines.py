"""A sender as those who text it meet it: its programs, keywords and disclosures, read in one go.

A program answers at its own sender and at those of its pool. People answer a message where it came
from, so at a sender that it has left it goes on answering for as long as answers are expected.
A word that several of these programs have leads to the sender's own.

Read anew in each transaction, so that an edit counts from its commit on. Only what is made of the
rows is kept from one time to the next, under the rows themselves.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    Select,
    String,
    Subquery,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from compliance.disclosure import WayIn, call_to_action
from messaging.folding import canonical_keyword
from messaging.numbers import display
from models.broadcast import ANSWERED_FOR, LONGEST_USE
from models.bulk import Given, is_postgresql
from models.consent import Disclosure
from models.leaves import fingerprint_of
from models.organization import Organization
from models.program import Keyword, List, OptIn, PoolSender, Program, SentFrom
from models.sender import RepliesBy, Sender, SenderKind

# What has started so long ago has not sent anything for as long as answers are expected. Between
# the first place and the last that reach a local time lies more than a day.
ANSWERED_SINCE: Final = timedelta(days=2) + LONGEST_USE + ANSWERED_FOR


class Place(IntEnum):
    """What a sender is to a program that answers there; the first goes before the others."""

    own = 0
    pool = 1
    left = 2  # it has sent from there lately


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
    """A program with the first keyword that leads to it here, and its disclosure; None if it is not
    written yet."""

    place: Place
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
_WORDS = 1 + len(_FACTS)  # where they stand in the row of a program


def lines(session: Session, addresses: Collection[str], now: datetime) -> dict[str, Line]:
    """The senders with these addresses, by address."""
    kind = is_postgresql(session)
    given = _ADDRESSES.values(kind, [(one,) for one in sorted(addresses)])
    rows = session.connection().execute(_lines(kind), {**given, **lately(now)}).all()
    return {row.address: _line(*row) for row in rows}


def programs_at(sender_id: Any) -> Subquery:
    """The keys of the programs that answer at a sender, each once with its `place`; the statement
    is given `lately` with its values."""

    def where(place: Place, program_id: Any, *conditions: Any) -> Select[Any]:
        number: Any = literal_column(str(int(place))).label("place")
        return select(col(program_id).label("id"), number).where(*conditions).correlate(Sender)

    sent_lately = col(SentFrom.latest_at) > bindparam("lately", type_=UTCDateTime())
    found = union_all(
        where(Place.own, Program.id, col(Program.sender_id) == sender_id),
        where(Place.pool, PoolSender.program_id, col(PoolSender.sender_id) == sender_id),
        where(Place.left, SentFrom.program_id, col(SentFrom.sender_id) == sender_id, sent_lately),
    ).subquery()
    place = func.min(found.c.place).label("place")
    return select(found.c.id, place).group_by(found.c.id).subquery()


def lately(now: datetime) -> dict[str, datetime]:
    """Since when a broadcast has started whose answers are still expected, for `programs_at`."""
    return {"lately": now - ANSWERED_SINCE}


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
) -> Line:
    """Made of nothing but what stands in the row; the programs are JSON, None without any."""
    # In the order of their places and keys, which stand first.
    rows = sorted(json.loads(programs or "[]"))
    known = _known(rows)
    return Line(
        key,
        organization_id,
        kind,
        address,
        replies_by,
        organization,
        hash_key,
        tuple(_program(row, known) for row in rows),
        known,
    )


def _known(rows: Sequence[Sequence[Any]]) -> tuple[Word, ...]:
    """The keywords of programs, without those that lead to one before; each program's by key."""
    found: dict[str, Word] = {}
    for place in Place:
        of_place = [word for row in rows if row[0] == place for word in _words_in(row)]
        for _, *word in sorted(of_place):
            found.setdefault(canonical_keyword(word[0]), Word(*word))
    return tuple(found.values())


def _words_in(row: Sequence[Any]) -> list[list[Any]]:
    return sorted(row[_WORDS] or [])


def _program(row: Sequence[Any], known: Sequence[Word]) -> ProgramOfLine:
    values = dict(zip(_FACTS, row[1:_WORDS], strict=True))
    facts = ProgramFacts(**values | {"opt_in": OptIn(values["opt_in"])})
    kind, address, *disclosed = row[_WORDS + 1 :]
    number = None if kind == SenderKind.messaging_service else display(address)
    way_in = WayIn(number, tuple(word for _, word, *_ in _words_in(row)))
    seen = Seen(*disclosed) if disclosed[-1] is not None else None
    is_current = seen is not None and seen.text == call_to_action(facts, way_in)
    leading = (one.word for one in known if one.program_id == facts.id)
    return ProgramOfLine(Place(row[0]), facts, next(leading, None), seen if is_current else None)


@cache
def _lines(on_postgresql: bool) -> Any:
    """One row for each sender, with its programs as a JSON text of rows, in which the keywords of
    each are one of their own."""
    given = _ADDRESSES.table(on_postgresql)
    row = func.json_build_array if on_postgresql else func.json_array
    gathered = func.json_agg if on_postgresql else func.json_group_array
    programs = _programs(gathered, row)

    return (
        select(
            col(Sender.id),
            col(Sender.organization_id),
            col(Sender.kind),
            col(Sender.address),
            col(Sender.replies_by),
            col(Organization.name),
            col(Organization.hash_key),
            (sql_cast(programs, Text) if on_postgresql else programs).label("programs"),
        )
        .join(given, given.c.address == col(Sender.address))
        .join(Organization, col(Organization.id) == Sender.organization_id)
    )


def _programs(gathered: Callable[..., Any], row: Callable[..., Any]) -> Any:
    """The programs that answer at a sender, each with what the sender is to it, its keywords, its
    own sender, and the latest version of its disclosure."""
    here, version, home = programs_at(Sender.id), aliased(Disclosure), aliased(Sender)
    latest = (
        select(func.max(version.version))
        .where(col(version.program_id) == Program.id)
        .scalar_subquery()
    )
    facts = [col(getattr(Program, name)) for name in _FACTS]
    seen = [col(getattr(Disclosure, name)) for name in _SEEN]
    # A question of its own for each key: a join with it PostgreSQL begins with all programs, by a
    # plan that it made while there were few (measured: 3 ms of each text with 300 programs).
    program = (
        select(row(here.c.place, *facts, _words(gathered, row), home.kind, home.address, *seen))
        .select_from(Program)
        .join(home, col(home.id) == Program.sender_id)
        .outerjoin(
            Disclosure,
            and_(col(Disclosure.program_id) == Program.id, col(Disclosure.version) == latest),
        )
        .where(col(Program.id) == here.c.id)
        .correlate(here)
        .scalar_subquery()
    )
    return select(gathered(program)).select_from(here).correlate(Sender).scalar_subquery()


def _words(gathered: Callable[..., Any], row: Callable[..., Any]) -> Any:
    """A program's keywords, each with the list that it leads to."""
    columns = (Keyword.id, Keyword.word, Keyword.program_id, Keyword.list_id, List.name)
    return (
        select(gathered(row(*map(col, columns))))
        .select_from(Keyword)
        .join(List, col(List.id) == Keyword.list_id)
        .where(col(Keyword.program_id) == col(Program.id))
        .correlate(Program)
        .scalar_subquery()
    )
