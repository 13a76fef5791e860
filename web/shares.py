"""How the workers of one web server share its connections and requests."""

from multiprocessing import RawArray
from threading import Lock
from typing import Any

_MOST_WORKERS = 64  # of one server that share; those beyond keep what they get
_WINDOW = 20  # requests, after which a worker looks at what the others have answered meanwhile
_TOLERANCE = 1.3  # times the fair share, below which nothing is moved


class Shares:
    """How many requests each worker of a server has begun and how many connections it has, in
    memory that all of them see."""

    def __init__(self) -> None:
        self._begun, self._open = RawArray("Q", _MOST_WORKERS), RawArray("Q", _MOST_WORKERS)
        self._free = list(reversed(range(_MOST_WORKERS)))

    def take(self, workers: int) -> "Share | None":
        """A place for one of `workers`; asked for by their parent, before it forks."""
        if not self._free:
            return None
        return Share(self._begun, self._open, self._free.pop(), workers)

    def give_back(self, share: "Share | None") -> None:
        """The place of a worker that has ended."""
        if share is not None:
            self._open[share.place] = 0
            self._free.append(share.place)


class Share:
    """One worker's part of the requests, and how many connections it should end to have less."""

    def __init__(self, begun: Any, connections: Any, place: int, workers: int) -> None:
        self.place = place
        self._begun, self._open, self._workers = begun, connections, workers
        self._own, self._all, self._surplus = begun[place], sum(begun), 0
        self._lock = Lock()  # threads of one worker; each worker writes to its own place only

    def has_one_too_many(self) -> bool:
        """Count a request that begins; whether its connection should end with the answer, so that
        another worker may get the next one."""
        with self._lock:
            self._begun[self.place] += 1
            if self._begun[self.place] - self._own >= _WINDOW:
                self._compare()
            if not self._surplus:
                return False
            self._surplus -= 1
            return True

    def has(self, connections: int) -> None:
        """Let the others know how many are open here."""
        self._open[self.place] = connections

    def is_ahead(self) -> bool:
        """Whether another worker should get the next connection: each may have one more than its
        part of all."""
        own, everybody = int(self._open[self.place]), int(sum(self._open))
        return own * self._workers >= everybody + self._workers

    def _compare(self) -> None:
        """A quarter of what is too much: several of these requests may be of one connection."""
        own, everybody = self._begun[self.place], sum(self._begun)
        mine, fair = own - self._own, (everybody - self._all) / self._workers
        self._own, self._all = own, everybody
        self._surplus = round((mine - fair) / 4) if mine > _TOLERANCE * fair else 0


shares = Shares()
