"""Logging of every process: structlog and the standard library's loggers through one formatter.

Lines go to standard error, so that what a command prints stays clean. Phone numbers are masked in
every value, in tracebacks too: whoever reads logs has no business knowing who got which text.
"""

import logging.config
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from messaging.numbers import mask

# A number after a plus (or its form in an address) may be written with spaces and dashes. Without
# one only ten digits in a row, or in the North American grouping, look like a number: dates,
# network addresses and times do not.
_NUMBER = re.compile(
    r"""(?<![\w+])(?:
        (?:\+|%2B)\(?[0-9](?:[\ ().-]{0,2}[0-9]){6,14}
      | [0-9]{10,15}
      | \(?[0-9]{3}\)?[\ .-]\ ?[0-9]{3}[\ .-][0-9]{4}
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)


def configure(level: str, style: str) -> None:
    """Log lines of at least `level` as `style`: "console" for people, "json" for machines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(stdlib_config(level, style))


def stdlib_config(level: str, style: str) -> dict[str, Any]:
    """The same as a `logging.config` dictionary, for servers that configure logging themselves."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"marquee": {"()": _formatter, "style": style}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "marquee",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            name: {"level": least, "handlers": [], "propagate": True}
            for name, least in _own_levels(level).items()
        },
    }


def _own_levels(level: str) -> dict[str, str]:
    """The loggers that do not go by the root's level."""
    quiet = level if level in ("WARNING", "ERROR") else "WARNING"
    talkative = ("alembic", "apscheduler", "asyncio", "twilio")
    return {
        "gunicorn.error": level,
        **dict.fromkeys(talkative, quiet),
    }


def _formatter(style: str) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_numbers,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _renderer(style),
        ]
    )


def _renderer(style: str) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        pad_event_to=0,
        exception_formatter=structlog.dev.plain_traceback,
    )


def mask_numbers(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Mask every phone number in every value of a log line, however deep it lies."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Mapping):
        return {_masked(key): _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    text = value if isinstance(value, str) else str(value)
    shown = _NUMBER.sub(lambda found: mask(_plain(found[0])), text)
    return value if shown == text else shown


def _plain(number: str) -> str:
    """`number` as `mask` knows it best: a plus, if it had one, and nothing else but digits."""
    plus = "+" if number.startswith(("+", "%")) else ""
    if number.startswith("%"):
        number = number[3:]
    return plus + "".join(filter(str.isdigit, number))
