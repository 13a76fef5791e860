"""One installation of the product in real processes, and its carrier in another."""

import os
import re
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator import SimulatorClient
from tests.faults.promoter import EMAIL, PASSWORD, Promoter
from tests.faults.rows import Rows
from tests.integration.commands.process import (
    BIN,
    MARQUEE,
    ROOT,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
)

ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "fault-auth-token"
SHORT_CODE = "24680"
# Messages may go out at any hour, so that a test may run at any: docs/QUIET_HOURS.md.
ALWAYS_OPEN = """region,weekdays,saturday,sunday,most_in_24_hours,source
federal,00:00-24:00,00:00-24:00,00:00-24:00,,for these tests
default,00:00-24:00,00:00-24:00,00:00-24:00,,for these tests
"""
WAIT = 60.0  # seconds for anything that happens by itself


class Process(Running):
    """A process of the product, with the accidents that can befall it."""

    def kill(self) -> None:
        """-9, to it and all its children, as the kernel does when memory runs out."""
        self.signal(signal.SIGKILL, group=True)
        self.ends()

    def kill_a_child(self) -> None:
        """-9 to one of its children, e.g. a worker of the web server."""
        children = sorted(pid for pid in self.processes() if pid != self._process.pid)
        os.kill(children[0], signal.SIGKILL)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP, group=True)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT, group=True)

    def resident_kilobytes(self) -> int:
        """Memory of all its processes together."""
        total = 0
        for pid in self.processes():
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            total += int(found[1]) if found else 0
        return total


class Installation:
    """Web, scheduler and senders on one database, started and ended by the test."""

    def __init__(self, folder: Path, database_url: str, *, seed: int = 0) -> None:
        self.folder, self.rows, self._seed = folder, Rows(database_url), seed
        self._running = ExitStack()
        self._clock = folder / "clock"
        self._prefix: tuple[str, ...] = ()
        (self.port,) = free_ports(1)
        self._environment = clean_environment(
            DATABASE_URL=database_url,
            SECRET_KEY="fault-secret-" + "x" * 32,
            PUBLIC_BASE_URL=f"http://127.0.0.1:{self.port}",
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            PORT=str(self.port),
            CHECKPOINT_FILE=str(folder / "checkpoints.json"),
            LOG_LEVEL="WARNING",
            PYTHONUNBUFFERED="1",
        )
        hours = folder / "quiet_hours.csv"
        hours.write_text(ALWAYS_OPEN)
        self._environment["QUIET_HOURS_FILE"] = str(hours)
        self.carrier = self._start_carrier()
        self._environment["TWILIO_API_BASE_URL"] = self.carrier.base_url

    def __enter__(self) -> "Installation":
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def start(self, *command: str, **environment: str) -> Process:
        """Start a process; it is killed at the end, if it is alive then."""
        process = Process([*self._prefix, *command], self.folder, self._environment | environment)
        self._running.enter_context(process)
        return process

    def _start_carrier(self) -> SimulatorClient:
        self.carrier_process = self.start(
            sys.executable,
            *("-m", "simulator", "--port", "0", "--seed", str(self._seed)),
            *("--sender", SHORT_CODE),
            SIMULATOR_INBOUND_URL=f"http://127.0.0.1:{self.port}/webhooks/twilio/inbound",
        )
        self.carrier_process.says("Phones: ")
        found = re.search(r"Phones: (http://\S+:\d+)/", self.carrier_process.output)
        assert found, self.carrier_process.output
        carrier = SimulatorClient(found[1], account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)
        carrier.settings(receipt_delay_ms=20)
        return carrier

    def web(self) -> Process:
        """The web process of the Procfile; `promoter` waits until it answers."""
        config = str(ROOT / "gunicorn.conf.py")
        server = ("-m", "gunicorn", "--config", config, "--bind", f"127.0.0.1:{self.port}")
        return self.start(sys.executable, *server, "wsgi:app")

    def scheduler(self) -> Process:
        return self.start(MARQUEE, "scheduler")

    def set(self, name: str, value: str) -> None:
        """A setting of the processes that are started from now on."""
        self._environment[name] = value

    def with_quiet_hours(self) -> None:
        """From now on, processes start with the product's own quiet hours."""
        del self._environment["QUIET_HOURS_FILE"]

    def without_overriding_modes(self) -> None:
        """From now on, processes started by root obey the modes of files as others do."""
        if os.geteuid() == 0:
            self._prefix = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")

    def set_clock(self, ahead: float) -> None:
        """Set the wall clock of the processes that run under another one: seconds ahead."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(ahead))
        new.replace(self._clock)

    def under_another_clock(self, command: str, *arguments: str) -> Process:
        """Start a program of the environment under the wall clock that `set_clock` sets."""
        shifted = str(Path(__file__).with_name("shifted_clock.py"))
        program = str(BIN / command)
        return self.start(sys.executable, shifted, str(self._clock), program, *arguments)

    def web_under_another_clock(self) -> Process:
        """The web process under the wall clock as it is set now."""
        config = str(ROOT / "gunicorn.conf.py")
        server = ("--config", config, "--bind", f"127.0.0.1:{self.port}", "wsgi:app")
        return self.under_another_clock("gunicorn", *server)

    def sender(self) -> Process:
        return self.start(MARQUEE, "sender")

    def wait_for_web(self) -> None:
        eventually(lambda: get(self.port, "/healthz")[0] == 200, WAIT, "no page answers")

    def promoter(self) -> Promoter:
        """Somebody who is logged in, as soon as the web process answers."""
        self.wait_for_web()
        return Promoter(self.port)

    def found(self, people: int) -> None:
        """On an empty database: migrate, make the demo organization, import `people` numbers."""
        whole = self.start(
            MARQUEE, "run", MARQUEE_OWNER_EMAIL=EMAIL, MARQUEE_OWNER_PASSWORD=PASSWORD
        )
        whole.says("Marquee is ready")
        if people:
            self.promoter().import_numbers(numbers(people))
        whole.signal(signal.SIGTERM)
        whole.ends()
        # The demo promises up to four messages a month; here people get as many as a test wants.
        self.rows.change("UPDATE program SET message_frequency = ?", "Msg frequency varies")

    def set_rate(self, segments_per_second: float) -> None:
        """What the carrier lets the sender send, as its settings page would set it."""
        self.rows.change("UPDATE sender SET segments_per_second = ?", segments_per_second)

    def lease_passes(self) -> None:
        """All leases lapse now: what waiting for that long would do, while no process sends."""
        now = self.rows.time(datetime.now(UTC))
        self.rows.change("UPDATE delivery SET lease_until = ? WHERE status = 'sending'", now)
        self.rows.change("UPDATE lease SET until = ?", now)

    def an_hour_passes(self) -> None:
        """All that was ordered and handed over was so more than an hour ago: what waiting for that
        long would do."""
        then = self.rows.time(datetime.now(UTC) - timedelta(minutes=61))
        self.rows.change("UPDATE delivery SET submitted_at = ?", then)
        self.rows.change("UPDATE broadcast SET scheduled_at = ?", then)


def numbers(people: int) -> list[str]:
    """So many phone numbers, the same ones each time."""
    return [f"+1212{2_000_000 + number}" for number in range(people)]
