"""Each process of the Procfile starts and stops as a host asks, or refuses with one sentence."""

import signal
from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from tests.integration.commands.process import (
    ROOT,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
)
from tests.integration.commands.test_migrate import SETTINGS

PROCESSES: dict[str, str] = dict(parse_procfile((ROOT / "Procfile").read_text()).processes)


def test_the_procfile_has_what_a_host_looks_for() -> None:
    assert list(PROCESSES) == ["release", "web", "scheduler", "sender"]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_missing_setting_stops_the_start_with_one_sentence(name: str, tmp_path: Path) -> None:
    without = {key: value for key, value in SETTINGS.items() if key != "TWILIO_AUTH_TOKEN"}
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/marquee.sqlite3"}
    with Running(PROCESSES[name], ROOT, clean_environment(**without, **database)) as process:
        assert process.ends() == 2, process.output
        assert process.output.startswith("marquee: TWILIO_AUTH_TOKEN is not set")
        # Beside a demo (make run) a second one says how to use its settings.
        said = [line for line in process.output.splitlines() if "var/demo.env" not in line]
        assert len(said) == 1, process.output


def test_each_process_starts_works_and_stops_when_asked(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = clean_environment(
        **SETTINGS,
        DATABASE_URL=f"sqlite:///{tmp_path}/marquee.sqlite3",
        TWILIO_API_BASE_URL="http://127.0.0.1:9",
        PORT=str(port),
        LOG_FORMAT="json",
    )
    with Running(PROCESSES["release"], ROOT, environment) as release:
        assert release.ends() == 0, release.output
    with (
        Running(f"exec {PROCESSES['web']}", ROOT, environment) as web,
        Running(f"exec {PROCESSES['scheduler']}", ROOT, environment) as scheduler,
        Running(f"exec {PROCESSES['sender']}", ROOT, environment) as sender,
    ):
        eventually(lambda: get(port, "/readyz")[0] == 200, what=web.output + scheduler.output)
        sender.says("sender.started")
        assert len(web.processes()) == 3, "a master and two workers"
        for process in (web, scheduler, sender):
            process.signal(signal.SIGTERM)
        for process in (web, scheduler, sender):
            assert process.ends() == 0, process.output
            process.leaves_nothing()
        assert "/readyz" not in web.output, "addresses stay out of the log"


def test_the_web_process_answers_the_world(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = clean_environment(
        **SETTINGS, DATABASE_URL=f"sqlite:///{tmp_path}/marquee.sqlite3", PORT=str(port)
    )
    with Running(f"exec {PROCESSES['web']}", ROOT, environment) as web:
        web.says(f"Listening at: http://0.0.0.0:{port}")
        eventually(lambda: get(port, "/healthz")[0] == 200, what=web.output)
