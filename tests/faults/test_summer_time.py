"""3. Once, when summer time changes: a wall time comes twice, and another does not exist."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.faults import checker
from tests.faults.conftest import Install
from tests.faults.processes import WAIT, Installation
from tests.faults.promoter import BODY, Refused
from tests.faults.rows import moment
from tests.faults.seeds import Chance, count
from tests.integration.commands.process import eventually

PEOPLE = 4
# Zone, a wall time that a change of 2027 skips, and one that comes twice.
CHANGES = [
    ("America/New_York", "2027-03-14 02:30", "2027-11-07 01:30"),
    ("Europe/Berlin", "2027-03-28 02:30", "2027-10-31 02:30"),
    ("Australia/Lord_Howe", "2027-10-03 02:15", "2027-04-04 01:45"),
    ("Africa/Casablanca", "2027-03-14 02:30", "2027-02-07 02:30"),
]


@pytest.fixture
def kind() -> str:
    """With PostgreSQL all go by the server's clock, which this test cannot set."""
    return "sqlite"


def test_what_comes_twice_fires_once_at_the_first_and_what_is_none_is_refused(
    install: Install, chance: Chance
) -> None:
    site = install(PEOPLE)
    site.with_quiet_hours()
    _set_to(site, datetime(2027, 1, 5, 15, tzinfo=UTC))
    site.web_under_another_clock()
    promoter = site.promoter()
    due: list[tuple[datetime, int]] = []
    for zone, skipped, twice in chance.sample(CHANGES, count(1, 4)):
        with pytest.raises(Refused, match="does not exist"):
            promoter.order(_local(skipped, zone), zone, body=f"{BODY} {zone}")
        first, second = (_local(twice, zone).replace(fold=fold) for fold in (0, 1))
        due.append((first.astimezone(UTC), promoter.order(first, zone, body=f"{BODY} {zone}")))
        # By the time that this one starts, the second occurrence has passed.
        later = second.astimezone(UTC) + timedelta(minutes=1)
        due.append((later, promoter.order(later, "UTC", body=f"{BODY} {zone} later")))
    for at, broadcast in sorted(due):
        _set_to(site, at - timedelta(seconds=1))
        clock = site.under_another_clock("marquee", "scheduler")
        scheduled, started = _started(site, broadcast)
        assert scheduled == at
        assert started
        assert timedelta(0) <= started - at < timedelta(seconds=30)
        if _is_open(at):
            eventually(lambda id_=broadcast: _submitted(site, id_), WAIT, f"{at}: nobody got it")
        clock.kill()
    once = site.rows.ask(
        "SELECT broadcast_id, COUNT(*) FROM delivery GROUP BY broadcast_id ORDER BY broadcast_id"
    )
    assert once == sorted((broadcast, PEOPLE) for _, broadcast in due)
    checker.check_nothing_twice(site.carrier)
    for _, broadcast in due:
        for moment_of_it in _submitted(site, broadcast):
            assert _is_open(moment_of_it), f"in quiet hours: {moment_of_it}"


def _is_open(at: datetime) -> bool:
    """Whether people with a New York number may be messaged (docs/QUIET_HOURS.md: the default)."""
    local = at.astimezone(ZoneInfo("America/New_York"))
    return (12 if local.isoweekday() == 7 else 9) <= local.hour < 20


def _submitted(site: Installation, broadcast: int) -> list[datetime]:
    """When the messages of a broadcast that the carrier took were handed over."""
    rows = site.rows.ask(
        "SELECT submitted_at FROM delivery WHERE broadcast_id = ? AND message_sid IS NOT NULL",
        broadcast,
    )
    return [at for (value,) in rows if (at := moment(value))]


def _local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def _set_to(site: Installation, at: datetime) -> None:
    site.set_clock((at - datetime.now(UTC)).total_seconds())


def _started(site: Installation, broadcast: int) -> tuple[datetime | None, datetime | None]:
    """Wait until it has started: when it was due, and when it did."""
    times = "SELECT scheduled_at, started_at FROM broadcast WHERE id = ?"
    eventually(lambda: site.rows.ask(times, broadcast)[0][1], WAIT, f"{broadcast} was missed")
    ((scheduled, started),) = site.rows.ask(times, broadcast)
    return moment(scheduled), moment(started)
