"""What others commit between two statements of a transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def once_after(words: str, act: Callable[[], object]) -> Iterator[None]:
    """Within the block, `act` right after the first statement that holds `words`, whoever sends
    it."""
    waiting = [act]

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if waiting and words in statement:
            waiting.pop()()

    event.listen(Engine, "after_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", look)
    assert not waiting, f"no statement holds {words!r}"
