"""What others commit between two statements of a transaction."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine, event, text

from models.database import Database

Done = TypeVar("Done")
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


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


@contextmanager
def beside(database: Database, words: str, job: Callable[[], Done]) -> Iterator[list[Done]]:
    """Within the block, `job` begins in a thread right after the first statement with these
    `words`, whose transaction goes on once the job is done or waits for a lock (PostgreSQL). After
    the block the list holds what the job returned; its error is raised."""
    begun, returned = list[Future[None]](), list[Done]()

    def begin() -> None:
        begun.append(pool.submit(lambda: returned.append(job())))
        until = time.monotonic() + 15
        with database.engine.connect() as connection:
            while not begun[0].done() and not connection.execute(_WAITING).scalar():
                assert time.monotonic() < until, "neither done nor waiting"
                connection.rollback()  # within a transaction it would see the same again
                time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        with once_after(words, begin):
            yield returned
        begun[0].result(30)
