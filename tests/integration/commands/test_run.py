"""`marquee run` as a person meets it: real processes on free ports, in an empty folder."""

import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from admin.commands.demo_env import complete
from admin.commands.ports import Ports
from tests.integration.commands.process import (
    MARQUEE,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
    listens,
)


class Demo(Running):
    """`marquee run` in `folder`, ready."""

    def __init__(self, folder: Path, web: int, phones: int) -> None:
        self.web, self.phones = web, phones
        environment = clean_environment(PORT=str(web), SIMULATOR_PORT=str(phones))
        super().__init__([MARQUEE, "run"], folder, environment)

    def ready(self) -> "Demo":
        self.says("Ctrl-C stops everything")
        return self

    @property
    def log_in(self) -> tuple[str, str]:
        found = re.search(r"Log in  (\S+)  (\S+)$", self.output, re.MULTILINE)
        assert found, self.output
        return found[1], found[2]


@pytest.fixture
def ports() -> tuple[int, int]:
    web, phones = free_ports(2)
    return web, phones


@pytest.fixture
def demo(tmp_path: Path, ports: tuple[int, int]) -> Iterator[Demo]:
    with Demo(tmp_path, *ports) as running:
        yield running.ready()


def logs_in(port: int, email: str, password: str) -> bool:
    """Whether the log-in page takes them, as a browser sends them."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = f"http://127.0.0.1:{port}/login"
    form = browser.open(page, timeout=20).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token, form
    fields = {"csrf_token": token[1], "email": email, "password": password}
    answer = browser.open(page, urlencode(fields).encode(), timeout=20)
    return bool(answer.geturl().rstrip("/").endswith(str(port)))


def test_a_fresh_machine_gets_all_that_it_needs_and_the_next_start_keeps_it(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    with Demo(tmp_path, *ports) as first:
        first.ready()
        assert f"Page    http://127.0.0.1:{first.web}" in first.output
        assert f"Phones  http://127.0.0.1:{first.phones}" in first.output
        assert get(first.web, "/healthz") == (200, '{"status":"ok"}\n')
        assert get(first.phones, "/")[0] == 200
        eventually(lambda: get(first.web, "/readyz")[0] == 200, what="it never became ready")
        kept = tmp_path / "var" / "demo.env"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        log_in = first.log_in
        assert logs_in(first.web, *log_in)
        examined = subprocess.run(
            [MARQUEE, "--env-file", "var/demo.env", "doctor"],
            cwd=tmp_path,
            env=clean_environment(PORT=str(first.web)),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert examined.returncode == 0, examined.stdout + examined.stderr
        secrets = re.findall(r"(?:SECRET_KEY|AUTH_TOKEN|PASSWORD)=(.+)", kept.read_text())
        assert len(secrets) == 3
        assert not [secret for secret in secrets if secret in examined.stdout]
        first.signal(signal.SIGINT, group=True)
        assert first.ends() == 0, first.output
        first.leaves_nothing()
        assert not listens(first.web)
    with Demo(tmp_path, *ports) as second:
        second.ready()
        assert second.log_in == log_in
        assert logs_in(second.web, *log_in)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_parent_alone_stops_everything(demo: Demo, number: signal.Signals) -> None:
    assert len(demo.processes()) > 5
    demo.signal(number)
    assert demo.ends() == 0, demo.output
    demo.leaves_nothing()


def test_a_killed_supervisor_leaves_nothing_behind(demo: Demo) -> None:
    demo.signal(signal.SIGKILL)
    assert demo.ends() == -signal.SIGKILL
    demo.leaves_nothing()


def test_a_closed_terminal_leaves_nothing_behind(demo: Demo) -> None:
    demo.signal(signal.SIGHUP, group=True)
    demo.ends()
    demo.leaves_nothing()


def test_when_one_process_dies_all_stop_and_the_exit_code_says_so(demo: Demo) -> None:
    scheduler = [
        pid for pid, command in demo.processes().items() if "commands scheduler" in command
    ]
    assert len(scheduler) == 1
    subprocess.run(["kill", "-9", str(scheduler[0])], check=True)
    assert demo.ends() > 0
    demo.leaves_nothing()


def test_a_stop_during_the_start_stops_everything(tmp_path: Path, ports: tuple[int, int]) -> None:
    with Demo(tmp_path, *ports) as demo:
        demo.says("web started")
        demo.signal(signal.SIGINT, group=True)
        assert demo.ends() == 0, demo.output
        demo.leaves_nothing()


@pytest.mark.parametrize(
    ("taken", "remedy"), [(0, "make run PORT=8080"), (1, "make run SIMULATOR_PORT=8081")]
)
def test_a_taken_port_is_said_plainly_and_nothing_is_started(
    tmp_path: Path, ports: tuple[int, int], taken: int, remedy: str
) -> None:
    with socket.create_server(("127.0.0.1", ports[taken])), Demo(tmp_path, *ports) as demo:
        assert demo.ends() == 1
        assert f"Port {ports[taken]}" in demo.output
        assert "is in use. Stop the program that uses it, or start Marquee on" in demo.output
        assert remedy in demo.output
        assert demo.output.count("\n") == 1
        assert not list(tmp_path.iterdir())
        demo.leaves_nothing()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"PORT": "http"}, "PORT is not valid: it must be a number from 1 to 65535"),
        ({"PORT": "70000"}, "PORT is not valid: it must be a number from 1 to 65535"),
        ({"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}, "TWILIO_AUTH_TOKEN must be set too"),
        ({"TWILIO_AUTH_TOKEN": "hunter2"}, "TWILIO_ACCOUNT_SID must be set too"),
        ({"TWILIO_API_BASE_URL": "http://127.0.0.1:9"}, "TWILIO_AUTH_TOKEN must be set too"),
        ({"SECRET_KEY": "hunter2"}, "SECRET_KEY is not valid"),
        ({"DATABASE_URL": "sqlite:////dev/null/x"}, "Check DATABASE_URL"),
    ],
)
def test_a_bad_environment_is_one_sentence(
    tmp_path: Path, given: dict[str, str], sentence: str
) -> None:
    web, phones = free_ports(2)
    environment = {"PORT": str(web), "SIMULATOR_PORT": str(phones)} | given
    with Running([MARQUEE, "run"], tmp_path, clean_environment(**environment)) as run:
        assert run.ends() in (1, 2)
        assert sentence in run.output
        assert "hunter2" not in run.output
        assert run.output.count("\n") == 1, run.output
        run.leaves_nothing()


def test_with_an_account_of_the_provider_no_carrier_is_simulated(tmp_path: Path) -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "the-token"}
    kept = tmp_path / "demo.env"
    env = complete({"PORT": "8000", **account}, Ports(8000, None, None), kept)
    assert not env.simulated
    assert env.values.items() >= account.items()
    assert not {"TWILIO_API_BASE_URL", "SIMULATOR_URL", "SMTP_URL"} & set(env.values)
    assert "the-token" not in kept.read_text(), "what the environment gives is not written down"


def test_nothing_that_the_environment_gives_is_overridden_and_secrets_are_kept(
    tmp_path: Path,
) -> None:
    kept, ports = tmp_path / "demo.env", Ports(8000, 8001, 8002)
    first = complete({}, ports, kept).values
    given = {"PUBLIC_BASE_URL": "https://sms.example.com", "SECRET_KEY": "g" * 32, "PORT": ""}
    assert complete(given, ports, kept).values == first | {
        "PUBLIC_BASE_URL": "https://sms.example.com",
        "SECRET_KEY": "g" * 32,
    }
    assert complete({}, ports, kept).values == first
