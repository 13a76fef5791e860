"""Long tables, a page at a time."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from flask import request
from sqlalchemy import func
from sqlmodel import select
from sqlmodel.sql.expression import Select, SelectOfScalar

from admin.session import db

Item = TypeVar("Item")
Items = TypeVarTuple("Items")
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a table: its `items`, its `number` from 1, and the `total` of all pages."""

    items: list[Item]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)


@overload
def paginate(statement: SelectOfScalar[Item], per_page: int = PER_PAGE) -> Page[Item]: ...
@overload
def paginate(statement: Select[*Items], per_page: int = PER_PAGE) -> Page[tuple[*Items]]: ...
def paginate(statement: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page of `statement` (which orders) that the address asks for with ?page=.

    A page beyond the end is the last one.
    """
    everything = statement.order_by(None).subquery()
    total = db().exec(select(func.count()).select_from(everything)).one()
    number = min(_asked(), max(1, -(-total // per_page)))
    part = statement.limit(per_page).offset((number - 1) * per_page)
    return Page(list(db().exec(part)), number, total, per_page)


def _asked() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1
