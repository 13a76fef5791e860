"""Long tables, a page at a time.

No more than ten thousand rows are counted and paged through at once, for an auditor of one program
two thousand. Their pages lead on to those with lower keys (?older=), and so to everybody, however
many there are.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from flask import request
from sqlmodel.sql.expression import Select, SelectOfScalar

from admin.session import db, is_limited
from models import sizes
from models.sizes import Amount, amount_of, count_to

Item = TypeVar("Item")
Items = TypeVarTuple("Items")
PER_PAGE = 50
_LIMITED_TO = 2_000  # rows, where other tables say of each whether the member may see it


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a table: its `items`, its `number` from 1, and the `total` of all pages.

    `older` is the key that the next part lies below, and None where there is no next;
    `is_later_part` is that this is not the first part.
    """

    items: list[Item]
    number: int
    total: Amount
    per_page: int = PER_PAGE
    older: int | None = None
    is_later_part: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total.value // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total.value)


@overload
def paginate(
    statement: SelectOfScalar[Item],
    per_page: int = PER_PAGE,
    *,
    key: Any = None,
    below: Any = None,
    searched: int = 0,
    keys: Any = None,
    first: int = 0,
) -> Page[Item]: ...
@overload
def paginate(
    statement: Select[*Items],
    per_page: int = PER_PAGE,
    *,
    key: Any = None,
    below: Any = None,
    searched: int = 0,
    keys: Any = None,
    first: int = 0,
) -> Page[tuple[*Items]]: ...
def paginate(
    statement: Any,
    per_page: int = PER_PAGE,
    *,
    key: Any = None,
    below: Any = None,
    searched: int = 0,
    keys: Any = None,
    first: int = 0,
) -> Page[Any]:
    """The page of `statement` (which orders) that the address asks for with ?page=.

    A page beyond the end is the last one. A table that can be longer than is counted orders by a
    falling `key`; where another order comes before that, `below` is what the next part lies below.
    What was `searched` down to a key only goes on below it.

    Where a statement joins tables, `keys` are those of the same rows in the same order out of as
    few as it takes: they are counted and gone along, and only what is shown is joined. Where one
    passes many rows by, the `first` key is given at which this part ends (first_of).
    """
    before = older_than() if key is not None else 0
    way = statement if keys is None else keys
    if before:
        way = way.where(key < before)
    if first:
        way, searched = way.where(key >= first), first
    older = searched or None
    if key is not None and is_limited():
        # Going along them costs the most where many are passed by: it is done once for all.
        most = min(sizes.COUNTED_TO, _LIMITED_TO)
        ends = way.with_only_columns(key, key if below is None else below)
        found = db().execute(ends.limit(most + 1)).all()
        total = amount_of(len(found), most)
        number = _number(total, per_page)
        shown = found[(number - 1) * per_page :][:per_page]
        part = statement.where(key.in_([one for one, _ in shown]))
        if not total.is_exact:
            older = found[total.value - 1][1]
    else:
        total = count_to(db(), way)
        number = _number(total, per_page)
        part = way.limit(per_page).offset((number - 1) * per_page)
        if keys is not None:
            part = statement.where(key.in_(db().exec(part).all()))
        if key is not None and not total.is_exact:
            last = way.with_only_columns(key if below is None else below)
            older = db().execute(last.offset(total.value - 1).limit(1)).scalar()
    return Page(list(db().exec(part)), number, total, per_page, older, bool(before))


def _number(total: Amount, per_page: int) -> int:
    """Of the page that the address asks for, or of the last one."""
    return min(_asked("page", 8) or 1, max(1, -(-total.value // per_page)))


def older_than() -> int:
    """The key below which the address asks for a part of a table, 0 for its beginning."""
    return _asked("older", 18)


def _asked(name: str, digits: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else 0
