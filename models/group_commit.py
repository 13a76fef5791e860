"""Many small pieces of work in one transaction: those that wait together are committed together.

A commit costs the same for one webhook and for fifty. A thread takes, as soon as it may write,
whatever waits by then, does all of it in one transaction, and lets everybody answer once that is
committed. Who comes meanwhile waits for the next group, so that a group grows with the load, and
nobody ever waits for company.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import Session

from models.database import Database
from models.postgresql import is_cut

log = structlog.get_logger()

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_MOST = 64  # in one transaction, so that on SQLite a sender waits for milliseconds only
# Classes of PostgreSQL's codes that are about the server (docs, appendix A): its connection,
# resources, an operator's intervention (but for a canceled statement, 57014), its system.
_SERVER = ("08", "53", "57P", "58")
_PATIENCE = 15.0  # seconds: as long as the provider waits for a webhook's answer


@dataclass(slots=True, eq=False)
class Place(Generic[Item, Answer]):
    """What waits to be committed; `then` hears of it when it is, or when it failed."""

    item: Item
    then: "Callable[[Place[Item, Answer]], None]"
    is_done: bool = False
    answers: tuple[Answer, ...] = ()  # one, once it is done without an error
    error: BaseException | None = None

    def settle(self, *answers: Answer, error: BaseException | None = None) -> None:
        """It is committed, or nothing of it was kept."""
        self.answers, self.error, self.is_done = answers, error, True

    def answer(self) -> Answer:
        """The answer; raises what the work on this item raised, or what the commit of its group
        did: then nothing of it was kept."""
        if self.error is not None:
            raise self.error
        (answer,) = self.answers
        return answer


class GroupCommit(Generic[Item, Answer]):
    """Does `work` on items that come from many threads, several in one transaction.

    `work` gets a writing session and some items, and gives one answer for each; it must change
    nothing but the database, because it is done again where it failed. One group is under way at a
    time: on SQLite there is one writer, and on PostgreSQL two smaller groups at once were measured
    to take more of the processors and to answer fewer.

    To be made after a process forks, like the database, since it has a thread.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[Session, Sequence[Item]], Sequence[Answer]],
    ) -> None:
        self._database, self._work = database, work
        self._lock = threading.Lock()
        self._waiting: deque[Place[Item, Answer]] = deque()
        self._is_led = False
        self._leader = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    def submit(self, item: Item) -> Answer:
        """The answer, once it is committed. Raises as Place.answer says."""
        turn = threading.Lock()
        turn.acquire()
        place = self.begin(item, lambda _place: turn.release())
        turn.acquire()
        return place.answer()

    def begin(self, item: Item, then: Callable[[Place[Item, Answer]], None]) -> Place[Item, Answer]:
        """Wait for nothing: `then` is called from the thread that commits, which must not be held
        up by it."""
        place = Place(item, then)
        with self._lock:
            leads = not self._is_led
            if leads:
                self._leader.submit(self._lead, place)
                self._is_led = True
            else:
                self._waiting.append(place)
        return place

    def _lead(self, first: Place[Item, Answer]) -> None:
        """One group after the other, for as long as somebody waits."""
        following: Place[Item, Answer] | None = first
        while following is not None:
            group = [following]
            try:
                self._settle(group, takes_more=True)
            except BaseException as error:  # Who waits hears of it, and the thread goes on.
                for place in group:
                    if not place.is_done:
                        place.settle(error=error)
            for place in group:
                place.then(place)
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                self._is_led = following is not None

    def _take_waiting(self, group: list[Place[Item, Answer]]) -> None:
        with self._lock:
            while self._waiting and len(group) < _MOST:
                group.append(self._waiting.popleft())

    def _settle(
        self, group: list[Place[Item, Answer]], *, takes_more: bool = False, again: bool = True
    ) -> None:
        """Commit all in one transaction; if the work on one fails, each in one of its own.

        With `takes_more` whoever waits joins the group once it may write, which on SQLite is when
        the other processes' turns are over, or with which it fails that it may not.
        """
        failed: Exception | None = None
        has_begun = is_worked = False
        try:
            with self._database.write_by_key() as session:
                session.connection()  # begins: a database that cannot be written is found here
                has_begun = True
                if takes_more:
                    self._take_waiting(group)
                answers = self._work(session, [place.item for place in group])
                is_worked = True
        except Exception as error:
            failed = error
            if takes_more and not has_begun:
                self._take_waiting(group)
        if failed is None:
            for place, answer in zip(group, answers, strict=True):
                place.settle(answer)
        elif has_begun and not is_worked and len(group) > 1:
            log.info("group_commit.divided", size=len(group), error=type(failed).__name__)
            self._settle_each(group)
        elif has_begun and not is_worked and again and _may_pass(failed):
            self._settle(group, again=False)
        else:
            for place in group:
                place.settle(error=failed)

    def _settle_each(self, group: list[Place[Item, Answer]]) -> None:
        """Each in a transaction of its own, also after one that waited too long for a lock or was
        canceled; but not while the database itself fails, nor when nobody listens any more."""
        until = time.monotonic() + _PATIENCE
        for number, place in enumerate(group):
            self._settle([place])
            if place.error and (_is_away(place.error) or time.monotonic() > until):
                for left in group[number + 1 :]:
                    left.settle(error=place.error)
                return


def _is_away(error: BaseException) -> bool:
    """Whether the database failed rather than this piece of work: its connection is lost, or it
    gives a reason of its own. SQLite names no state, and is no longer busy once it has begun."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError) or _may_pass(error):
        return False
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_SERVER)


def _may_pass(error: BaseException) -> bool:
    """Whether another transaction came between, or the connection was an old one, so that the same
    work may succeed now."""
    if isinstance(error, IntegrityError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return is_cut(error)
