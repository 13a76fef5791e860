"""Where one message's microseconds go: a sampling profiler on the process that sends."""

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import world
from benchmarks.blast import Running, running
from benchmarks.place import Place
from benchmarks.processes import ROOT, Failed, beside_python
from benchmarks.report import machine
from benchmarks.stacks import Profile, read_stacks

_RATE = 250  # samples a second
_LEAST_SECONDS = 5
_SHOWN, _LEAST_SHARE = 18, 0.01
# They are around everything, so they say nothing.
_AROUND = ("admin/commands/", "clock.py: run", "work_in_loop", "clock.py: Clock.start", "_survive")


def profile(place: Place) -> str:
    """A blast on SQLite under the profiler, as the Markdown of docs/PERFORMANCE.md."""
    people = place.size.many
    with place.sqlite(people) as url, running(place, url) as run:
        world.schedule(run.database)
        run.processes.wait_for(lambda: run.carrier.count() > 0, "the first message", 600)
        seconds = max(_LEAST_SECONDS, int(place.size.seconds))
        started, busy = time.time(), _processor_seconds(run.scheduler_pid)
        lines = _record(place, run, seconds)
        ended, busy = time.time(), _processor_seconds(run.scheduler_pid) - busy
        time.sleep(0.2)
        count = sum(started <= one.at <= ended for one in run.carrier.sent())
    if not count:
        raise Failed("No message was sent while the profiler looked.")
    each = busy / count * 1e6
    head = (
        f"One process, SQLite, carrier answers at once; {machine()}; {datetime.now(UTC).date()}. "
        f"Under the profiler it sent {count / (ended - started):,.0f} messages a second and used "
        f"{busy / (ended - started):.2f} processors: **{each:,.0f} µs of processor time for each "
        "message**."
    )
    return f"{head}\n\n{tables(read_stacks(lines, ROOT), each)}"


def tables(shares: Profile, each: float) -> str:
    """Two tables: who was at work, and inside which functions of ours; `each` in µs."""
    inside = {
        name: share
        for name, share in shares.inside.items()
        if not any(part in name for part in _AROUND)
    }
    return "\n\n".join(
        (
            _table("At work", shares.at_work, each),
            "The same time by functions of ours, each with all that it called, so that they "
            "contain one another:",
            _table("Inside", inside, each),
        )
    )


def _table(title: str, shares: dict[str, float], each: float) -> str:
    rows = [
        f"| {name} | {share * each:,.0f} µs | {share:.0%} |"
        for name, share in sorted(shares.items(), key=lambda item: -item[1])[:_SHOWN]
        if share >= _LEAST_SHARE
    ]
    return "\n".join([f"| {title} | For each message | Share |", "| --- | --- | --- |", *rows])


def _record(place: Place, run: Running, seconds: int) -> list[str]:
    file = place.folder / "profile.stacks"
    command = [beside_python("py-spy"), "record", "--pid", str(run.scheduler_pid)]
    options = ["--duration", str(seconds), "--rate", str(_RATE), "--format", "raw"]
    done = subprocess.run(
        [*command, *options, "--full-filenames", "--output", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not file.exists():
        raise Failed(f"The profiler may not look into the process: {done.stderr.strip()[-200:]}")
    return file.read_text().splitlines()


def _processor_seconds(pid: int) -> float:
    """User and system time that a process has used (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
