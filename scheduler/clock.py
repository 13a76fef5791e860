"""The clock: the only import of APScheduler. Rows are the truth; this only says when to look.

One date job for each scheduled broadcast, in memory, rebuilt from the table; ticks for changes,
rescue and reconciling. A second clock is harmless: every job claims its row.
"""

import threading
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from typing import Any

import structlog
from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from models import number_files
from models.broadcast import BroadcastStatus
from models.database import Database
from models.operations import beat
from models.recurrence import Pattern, Recurrence
from models.shared_clock import SharedClock
from models.throttling import forget_throttles
from scheduler import (
    comparing,
    counting,
    firing,
    freeze,
    inbox_scan,
    lapsing,
    missed,
    recurring,
    rescue,
    retention,
    sealing,
    sweep,
)
from scheduler.errands import Errands
from scheduler.freezing import Freezing
from scheduler.surviving import survive
from settings import Settings

log = structlog.get_logger()

HEARTBEAT = "clock"
_BEAT_SECONDS = 5
_CHANGES_SECONDS = 0.25
_OFTEN_SECONDS = 1
_RESCUE_SECONDS = 2
_RECONCILE_SECONDS = 5
_COUNT_SECONDS = 30
_FORGET_SECONDS = 3600
_LAPSE_SECONDS = 60
_INBOX_SECONDS = 3600
_RETENTION_SECONDS = 3600
_LOOK_AHEAD = timedelta(hours=1)
_HOST_SET = timedelta(seconds=0.5)  # somebody has set the host's clock since a job was planned
_KEEP_THROTTLES = timedelta(days=2)  # longer than any window


class Clock:
    """Fires broadcasts on time and calls the rescuers; `start` blocks until `stop`."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        reads_as_stop: inbox_scan.ReadsAsStop | None = None,
        judge: recurring.Judge | None = None,
    ) -> None:
        """`reads_as_stop` reads old texts anew, and `judge` lints a broadcast of a series; this
        room cannot import what does either."""
        self._database, self._settings = database, settings
        self._now = SharedClock(database)
        self._reads_as_stop, self._read_again_on = reads_as_stop, date.min
        self._threads = ThreadPoolExecutor(8)
        self._scheduler = BlockingScheduler(
            timezone=UTC,
            executors={"default": self._threads},
            # A job that could not run in time still runs: the row decides whether it is too late.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._planned: dict[int, tuple[datetime, datetime]] = {}  # when due, by the host's clock
        self._is_ending, self._ended = False, threading.Event()
        self._freezing = Freezing(database, lambda: not self._is_ending, self._ended.wait)
        self._may_send, self._told_senders_at = False, float("-inf")
        self._judge = judge
        self.errands = Errands(database, settings, self._now, lambda: self._may_send)
        ticks = (
            (self.beat, _BEAT_SECONDS),
            (self.plan, _CHANGES_SECONDS),
            (self.rescue, _RESCUE_SECONDS),
            (self.freeze_and_sweep, _OFTEN_SECONDS),
            (self.plan_series, _OFTEN_SECONDS),
            (self.errands.reconcile, _RECONCILE_SECONDS),
            (self.errands.ask_about_silent, _RECONCILE_SECONDS),
            (self.errands.forward_answers, _OFTEN_SECONDS),
            (self.errands.send_notices, _OFTEN_SECONDS),
            (self.seal, _OFTEN_SECONDS),
            (self.take_files, _OFTEN_SECONDS),
            (self.count, _COUNT_SECONDS),
            (self.forget, _FORGET_SECONDS),
            (self.lapse, _LAPSE_SECONDS),
            (self.scan_inbox, _INBOX_SECONDS),
            (self.erase_what_is_due, _RETENTION_SECONDS),
        )
        # Spread over a second: all at once they would hold up a sender in the same process.
        distance = timedelta(seconds=_OFTEN_SECONDS) / len(ticks)
        for place, (tick, seconds) in enumerate(ticks):
            first = datetime.now(UTC) + place * distance
            self._scheduler.add_job(survive(tick), "interval", seconds=seconds, next_run_time=first)

    def start(self) -> None:
        if not self._is_ending:
            self._scheduler.add_listener(self._end_if_asked, EVENT_SCHEDULER_STARTED)
            threading.Thread(target=self._watch, name="watch", daemon=True).start()
            self._scheduler.start()

    def stop(self) -> None:
        """End `start`, also when it has not begun yet: APScheduler stops only what runs."""
        self._is_ending = True
        self._ended.set()
        if self._scheduler.running:
            # APScheduler's shutdown waits for running jobs with a lock held that a job may need.
            self._scheduler.pause()
            self._scheduler.get_jobs()  # a pass that had begun is over now
            self._threads.shutdown(wait=True)
            self._scheduler.shutdown(wait=True)

    def _end_if_asked(self, _event: object) -> None:
        if self._is_ending:
            threading.Thread(target=self.stop, name="stop").start()

    def _watch(self) -> None:
        """Keep the ticks going when somebody sets the host's clock back: APScheduler waits for the
        moment that it had computed."""
        while not self._ended.wait(_OFTEN_SECONDS):
            now = datetime.now(UTC)
            for job in self._scheduler.get_jobs():
                every = getattr(job.trigger, "interval", None)
                if every is not None and job.next_run_time > now + every:
                    job.modify(next_run_time=now)
            self._scheduler.wakeup()

    def beat(self) -> None:
        """A sign of life, which /readyz and the doctor look for."""
        with self._database.write() as session:
            beat(session, HEARTBEAT, self._now())

    def plan(self) -> None:
        """Make the date jobs agree with the table."""
        with self._database.read() as session:
            due = firing.due_times(session, self._now() + _LOOK_AHEAD)
        for broadcast_id in self._planned.keys() - due.keys():
            self._forget(broadcast_id)
        for broadcast_id, at in due.items():
            run_date = datetime.now(UTC) + (at - self._now())  # by the host's clock
            planned = self._planned.get(broadcast_id)
            if planned and planned[0] == at and abs(run_date - planned[1]) < _HOST_SET:
                continue
            self._scheduler.add_job(
                survive(self.fire),
                "date",
                run_date=run_date,
                args=[broadcast_id],
                id=_job_id(broadcast_id),
                replace_existing=True,
            )
            self._planned[broadcast_id] = at, run_date

    def plan_series(self) -> None:
        """Make the next broadcasts of those that recur, and give up what was missed of them."""
        now = self._now()
        recurring.plan(self._database, next_wall, self._judge, now)
        missed.give_up_missed(self._database, now)

    def fire(self, broadcast_id: int) -> None:
        """Start one broadcast that is due."""
        now = self._now()
        try:
            with self._database.write() as session:
                fired = firing.fire(session, broadcast_id, now)
                self._database.notify(session)
            if fired is BroadcastStatus.sending:
                self._freezing.go_on(broadcast_id, now)
        finally:
            # If the database failed, the next `plan` finds the row still scheduled.
            self._planned.pop(broadcast_id, None)

    def rescue(self) -> None:
        """Find what a dead or frozen process left behind."""
        with self._database.write() as session:
            if lapsed := rescue.lapse(session, self._now()):
                log.warning("rescue.lapsed", deliveries=lapsed)

    def freeze_and_sweep(self) -> None:
        """Go on with audiences that a dead clock left half frozen, and skip what will never go."""
        now = self._now()
        with self._database.read() as session:
            unfrozen, waste = freeze.unfinished(session), sweep.to_sweep(session, now)
        for broadcast_id in unfrozen:
            self._freezing.go_on(broadcast_id, now)
        for broadcast_id in waste:
            sweep.sweep(self._database, broadcast_id, now)

    def lapse(self) -> None:
        """End double opt-ins that got no yes in time."""
        with self._database.write() as session:
            if ended := lapsing.lapse_pending(session, self._now()):
                log.info("opt_in.lapsed", subscriptions=ended)

    def seal(self) -> None:
        """Give new leaves their place in the log, and publish its checkpoints. What it compares
        first decides whether this process may send anything yet."""
        if not sealing.keep_log(self._database, self._settings, self._now()):
            return
        self._may_send = True
        if time.monotonic() - self._told_senders_at >= _BEAT_SECONDS:
            with self._database.write() as session:
                beat(session, comparing.HEARTBEAT, self._now())
            self._told_senders_at = time.monotonic()

    def take_files(self) -> None:
        """Go on with imported files that are not finished, and that nobody is at."""
        with self._database.read() as session:
            files = number_files.unfinished(session, self._now())
        for file_id in files:
            number_files.take(self._database, file_id, self._now, lambda _: not self._is_ending)

    def count(self) -> None:
        """Count the lists that are too large for a page to count."""
        counting.count_what_is_large(
            self._database, self._now, lambda: not self._is_ending, self._ended.wait
        )

    def forget(self) -> None:
        """Throw away counts of tries whose time is over."""
        with self._database.write() as session:
            forget_throttles(session, self._now() - _KEEP_THROTTLES)

    def scan_inbox(self) -> None:
        """Judge the texts that nobody judged in time.

        The vocabulary comes with a version of Marquee, so old texts are read anew once a day only.
        """
        now = self._now()
        reader = self._reads_as_stop if self._read_again_on < now.date() else None
        for found in inbox_scan.scan(self._database, now, reader):
            log.info(
                "inbox.scanned",
                organization=found.organization_id,
                treated_as_stop=len(found.treated_as_stop),
                rejoined=len(found.rejoined),
                marked=len(found.marked),
            )
        self._read_again_on = now.date()

    def erase_what_is_due(self) -> None:
        """Erase the texts and evidence whose time is over."""
        retention.tick(self._database, self._now())
        self._database.forget()

    def _forget(self, broadcast_id: int) -> None:
        self._planned.pop(broadcast_id, None)
        with suppress(JobLookupError):  # it has begun meanwhile
            self._scheduler.remove_job(_job_id(broadcast_id))


def next_wall(series: Recurrence, after: datetime) -> datetime | None:
    """When a series comes next after a time, both as its clock shows them (naive).

    The trigger counts on a clock without changes. What a zone's clock makes of the time (a gap, an
    hour that comes twice) is `scheduler.occurrences`' to say.
    """
    at = day_time.fromisoformat(series.at)
    first = datetime.combine(series.first_on, day_time.min, UTC)
    daily: dict[str, Any] = {"hour": at.hour, "minute": at.minute, "start_date": first}
    trigger: BaseTrigger
    match series.pattern:
        case Pattern.weekly:
            trigger = CronTrigger(day_of_week=series.weekdays, timezone=UTC, **daily)
        case Pattern.monthly:
            trigger = CronTrigger(day=series.month_day, timezone=UTC, **daily)
        case Pattern.every_days:
            begin = datetime.combine(series.first_on, at, UTC)
            trigger = IntervalTrigger(days=series.every_days, start_date=begin, timezone=UTC)
    later = after.replace(tzinfo=UTC) + timedelta(seconds=1)
    found: datetime | None = trigger.get_next_fire_time(None, later)
    return found and found.replace(tzinfo=None)


def _job_id(broadcast_id: int) -> str:
    return f"broadcast-{broadcast_id}"
