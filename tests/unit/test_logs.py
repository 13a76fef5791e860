"""Whoever reads the logs learns nobody's number."""

import json
import logging
import re

import pytest
import structlog

import logs


@pytest.fixture(autouse=True)
def put_back() -> object:
    """Logging as the other tests expect it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        "+12025550123",
        "from +12025550123, again",
        "(+12025550123)",
        "12025550123",
        "2025550123",
        "(202) 555-0123",
        "202-555-0123",
        "202.555.0123",
        "+1 202 555 0123",
        "+1 (202) 555-0123",
        "http://host/?From=%2B12025550123&To=24680",
        "{'from_': '+12025550123'}",
        "+7 912 345-01-23",
        "+442071230123",
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str) -> None:
    shown = logs.mask_numbers(None, "info", {"event": text})["event"]
    assert "0123" in shown.replace("-", "").replace(" ", "")
    assert not re.search(r"202\D{0,2}555|912|207", shown)
    assert "•••" in shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 17:28:51.123456+00:00",
        "2026-11-23T17:28:51Z",
        "http://127.0.0.1:8000/healthz",
        "192.168.100.200",
        "short code 24680",
        "SM12345678901234567890123456789012",
        "AC00000000000000000000000000000000",
        "deliveries=100000 in 12.5 s",
    ],
)
def test_what_is_no_number_stays_readable(text: str) -> None:
    assert logs.mask_numbers(None, "info", {"event": text})["event"] == text


def test_numbers_are_masked_in_every_value_however_deep() -> None:
    class Text:
        def __repr__(self) -> str:
            return "<Text from +12025550123>"

    event = {
        "to": ["+12025550123", {"by_number": {"+12025550123": 1}}],
        "object": Text(),
        "digits": 12025550123,
        "error": ValueError("no such number +12025550123"),
        "seconds": 1763918931.123456,
        "count": 3,
    }
    shown = logs.mask_numbers(None, "info", event)
    assert "2025550" not in repr(shown)
    assert (shown["seconds"], shown["count"]) == (1763918931.123456, 3)


@pytest.mark.parametrize("logger", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_json_lines_hold_level_logger_time_and_a_masked_traceback(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO", "json")
    logger.debug("too quiet")
    try:
        raise ValueError("refused +12025550123")
    except ValueError:
        logger.exception("could not send to %s", "+12025550123")
    captured = capsys.readouterr()
    assert captured.out == "", "what a command prints stays clean"
    line = json.loads(captured.err)
    assert line["event"] == "could not send to +1••••••0123"
    assert line["level"] == "error"
    assert line["logger"] in ("ours", "theirs")
    assert line["timestamp"].endswith("Z")
    assert "ValueError: refused +1" in line["exception"]
    assert "2025550" not in captured.err


def test_console_lines_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "console")
    structlog.get_logger("ours").info("inbound.received", sender="+12025550123")
    line = capsys.readouterr().err
    assert "inbound.received" in line
    assert "2025550" not in line
