"""Long tables, a page at a time.

No more than the first ten thousand rows can be paged through, and no more are counted: who looks
for something further on searches.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from flask import request
from sqlmodel.sql.expression import Select, SelectOfScalar

from admin.session import db
from models.sizes import Amount, count_to

Item = TypeVar("Item")
Items = TypeVarTuple("Items")
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a table: its `items`, its `number` from 1, and the `total` of all pages."""

    items: list[Item]
    number: int
    total: Amount
    per_page: int = PER_PAGE

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
def paginate(statement: SelectOfScalar[Item], per_page: int = PER_PAGE) -> Page[Item]: ...
@overload
def paginate(statement: Select[*Items], per_page: int = PER_PAGE) -> Page[tuple[*Items]]: ...
def paginate(statement: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page of `statement` (which orders) that the address asks for with ?page=.

    A page beyond the end is the last one.
    """
    total = count_to(db(), statement)
    number = min(_asked(), max(1, -(-total.value // per_page)))
    part = statement.limit(per_page).offset((number - 1) * per_page)
    return Page(list(db().exec(part)), number, total, per_page)


def _asked() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1
