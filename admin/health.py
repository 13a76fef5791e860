"""Is the process up, and can the system do its work? One place for the checks, two that ask.

`/healthz` and `/readyz` answer load balancers; `marquee doctor` asks the same for a person.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import Any

from flask import Blueprint, Flask, current_app
from sqlmodel import Session, select

from models import Heartbeat, migrate
from models.database import Database
from models.shared_clock import SharedClock

PATIENCE_SECONDS = 2.0  # a load balancer gives up after about five
# The clock notes a sign of life every few seconds; three missed ones are a reason to look.
FRESH = timedelta(seconds=15)

pages = Blueprint("health", __name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. `problem` is empty when all is well, and holds no secret: strangers may read it.

    `cause` is the machine's own words, for the operator only; `advice` is what to do about it.
    """

    name: str
    problem: str = ""
    cause: str = ""
    advice: str = ""


def examine(database: Database, now: Callable[[], datetime]) -> list[Check]:
    """The three answers that decide whether the system can work: database, migrations, clock.

    `now` is the time of all hosts (SharedClock): this one's clock may be minutes off."""
    try:
        with database.read() as session:
            migrate.insist_on_unicode(session.connection())
            return [Check("database"), *_examine_tables(session, now())]
    except migrate.DatabaseIsNotUnicode as error:
        return unknown(Check("database", "it cannot hold every text", advice=str(error)))
    except Exception as error:  # drivers raise many kinds, and each of them is an answer
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
        return unknown(
            Check(
                "database",
                "it cannot be reached",
                cause=cause[0] if cause else "",
                advice="check DATABASE_URL, and that the database server runs",
            )
        )


def _examine_tables(session: Session, now: datetime) -> list[Check]:
    if not migrate.is_current(session.connection()):
        problem, advice = "its tables are not those of this version", "run: marquee migrate"
        if migrate.current(session.connection()) is None:
            problem = "it has no tables yet"
            advice = f"check DATABASE_URL (a relative path begins in this folder), or {advice}"
        behind = Check("migrations", problem, advice=advice)
        return [behind, Check("clock", "not checked", advice="run: marquee migrate")]
    beat = session.exec(select(Heartbeat.beat_at).where(Heartbeat.name == "clock")).first()
    return [Check("migrations"), _examine_clock(beat, now)]


def _examine_clock(beat: datetime | None, now: datetime) -> Check:
    advice = "start the process that fires broadcasts: marquee scheduler"
    if beat is None:
        return Check("clock", "it has never run", advice=advice)
    if now - beat > FRESH:
        seconds = round((now - beat).total_seconds())
        return Check("clock", f"its last sign of life is {seconds:,} seconds old", advice=advice)
    return Check("clock")


def unknown(database: Check) -> list[Check]:
    """The same three answers when the database gives none."""
    return [database, *(Check(name, "not checked") for name in ("migrations", "clock"))]


class Examiner:
    """Asks within a bound of time, however long the database hangs.

    A database that hangs blocks one thread, not one for each question: those who ask while a
    question is open wait for the same answer.
    """

    def __init__(self, ask: Callable[[], list[Check]], patience: float = PATIENCE_SECONDS) -> None:
        self._ask, self._patience = ask, patience
        self._lock = Lock()
        self._open: Future[list[Check]] | None = None

    def answer(self) -> list[Check]:
        """The three checks; a database that is silent too long is a problem of its own."""
        with self._lock:
            if self._open is None or self._open.done():
                self._open = Future()
                Thread(target=self._work, args=(self._open,), daemon=True).start()
            question = self._open
        try:
            return question.result(self._patience)
        except TimeoutError:
            problem = f"it did not answer within {self._patience:g} seconds"
            return unknown(
                Check("database", problem, advice="look for a lock or an overload in the database")
            )

    def _work(self, question: "Future[list[Check]]") -> None:
        try:
            question.set_result(self._ask())
        except BaseException as error:  # the one who asks must hear it, whatever it is
            question.set_exception(error)


@pages.record
def _prepare(state: Any) -> None:
    app: Flask = state.app

    database: Database = app.extensions["marquee.database"]
    now = SharedClock(database)

    def ask() -> list[Check]:
        return examine(database, now)

    app.extensions["marquee.examiner"] = Examiner(ask)


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is up. It touches nothing, so a sick database restarts no healthy process."""
    return {"status": "ok"}


@pages.get("/readyz")
def readyz() -> tuple[dict[str, Any], int]:
    """200 when the system can do its work; 503 with a plain reason for each part that cannot."""
    checks = current_app.extensions["marquee.examiner"].answer()
    ready = not any(check.problem for check in checks)
    body = {
        "status": "ready" if ready else "unready",
        "checks": {check.name: check.problem or "ok" for check in checks},
    }
    return body, 200 if ready else 503
