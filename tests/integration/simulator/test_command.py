"""``python -m simulator``: starts, says where, stops at once, and refuses plainly."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from simulator import Config, ConfigError

SID = "AC" + "0123456789abcdef" * 2
INBOUND = "http://127.0.0.1:8000/webhooks/twilio/inbound"
GOOD = ["--account-sid", SID, "--auth-token", "t", "--inbound-url", INBOUND, "--port", "0"]


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SIMULATOR_PORT", "SIMULATOR_INBOUND_URL")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | environment,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_starts_from_the_environment_and_stops_at_once(number: signal.Signals) -> None:
    process = start(
        TWILIO_ACCOUNT_SID=SID,
        TWILIO_AUTH_TOKEN="t",
        SIMULATOR_PORT="0",
        SIMULATOR_INBOUND_URL=INBOUND,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Phones: http://127.0.0.1:")
    process.send_signal(number)
    _, errors = process.communicate(timeout=5)
    assert (process.returncode, errors) == (0, "")


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def test_taken_port_is_said_plainly(taken_port: str) -> None:
    for option in ("--port", "--smtp-port"):
        process = start(*GOOD, option, taken_port)
        _, errors = process.communicate(timeout=15)
        assert process.returncode == 2
        assert "already taken" in errors
        assert taken_port in errors
        assert "Traceback" not in errors


def test_another_host_is_refused() -> None:
    process = start(*GOOD, "--host", "0.0.0.0")
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 2
    assert errors == (
        "simulator: the simulator listens on loopback only, and '0.0.0.0' is not loopback: "
        "use --host 127.0.0.1\n"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "192.168.1.5"}, "loopback only"),
        ({"host": "example.com"}, "loopback only"),
        ({"account_sid": "AC1"}, "TWILIO_ACCOUNT_SID"),
        ({"auth_token": ""}, "TWILIO_AUTH_TOKEN"),
        ({"inbound_url": "nowhere"}, "SIMULATOR_INBOUND_URL"),
        ({"senders": ()}, "--sender"),
    ],
)
def test_bad_configuration_names_the_setting(changes: dict[str, object], words: str) -> None:
    good = {"account_sid": SID, "auth_token": "t", "inbound_url": INBOUND}
    with pytest.raises(ConfigError, match=words):
        Config(**(good | changes))  # type: ignore[arg-type]
