"""A join: a signed webhook, its whole transaction and the answer, beside a minimal view."""

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager

from benchmarks import minimal_view, native, world
from benchmarks.native import Load
from benchmarks.place import ACCOUNT_SID, Place
from benchmarks.processes import Failed
from benchmarks.row import Mark, Row, Series
from benchmarks.said import said
from benchmarks.web import serving, signed
from models.database import Database

_INBOUND = "/webhooks/twilio/inbound"
_CONNECTIONS = 32  # as many as the web process has threads
_TRIAL = 300
_WARM_UP = 200  # until both workers have built the application and met each statement


def measure(place: Place) -> list[Row]:
    """Rate, and slowest in a hundred at half of it, on both databases."""
    return [
        *_on(place, "sqlite", "SQLite", place.sqlite(place.size.few)),
        *_on(place, "postgresql", "PostgreSQL", place.postgresql(place.size.few)),
    ]


def _on(place: Place, key: str, name: str, database: AbstractContextManager[str]) -> list[Row]:
    ours, minimal = Series("Marquee"), Series("minimal signed Flask view")
    median, slowest = Series("Marquee, p50"), Series("Marquee, p99")
    texts = _Texts(place.size.few)
    with database as url:
        minimal_view.notes.metadata.create_all(Database(url).engine)
        count, plain = _amounts(place, url, texts)
        for turn in range(place.size.rounds):
            with serving(place, url, "benchmarks.minimal_view:app") as port:
                _send(place, port, texts.take(_WARM_UP, minimal_view.PATH))
                load = _send(place, port, texts.take(plain, minimal_view.PATH))
                minimal.values.append(load.rate)
            with serving(place, url) as port:
                _send(place, port, texts.take(_WARM_UP))
                ours.values.append(_send(place, port, texts.take(count)).rate)
                half = ours.values[-1] / 2
                calm = _send(place, port, texts.take(max(200, count // 2)), half)
            median.values.append(calm.p50)
            slowest.values.append(calm.p99)
            said(f"join on {name}, round {turn + 1}: {ours.values[-1]:,.0f}/s, {calm.p99:.1f} ms")
    return [
        Row(
            key=f"join-{key}",
            title=f"Joins on {name}: signed webhook, whole transaction, answer",
            unit="texts/s",
            better="higher",
            ours=ours,
            beside=[minimal],
            floor=Mark(0.6 * minimal.median, "0.6 × the minimal view"),
            goal=Mark(5_000, "5,000/s"),
            notes=[
                f"{_CONNECTIONS} connections, gunicorn with 2 workers of 16 threads, for both; the "
                "minimal view checks the signature and inserts one row.",
            ],
        ),
        Row(
            key=f"join-{key}-p99",
            title=f"Joins on {name} at half of that load: the slowest in a hundred",
            unit="ms",
            better="lower",
            ours=slowest,
            beside=[median],
            floor=Mark(30, "30 ms"),
            notes=["Texts are due at even distances; what waits in a queue counts."],
        ),
    ]


class _Texts:
    """Texts from people who have not joined yet, each person once."""

    def __init__(self, known: int) -> None:
        self._indices = itertools.count(known)

    def take(self, count: int, path: str = _INBOUND) -> Iterator[bytes]:
        return (_join(index, path) for index in itertools.islice(self._indices, count))


def _join(index: int, path: str) -> bytes:
    sid = f"SM{index:032x}"
    return signed(
        path,
        {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": world.number(index),
            "To": "24680",
            "Body": "JOIN",
            "NumMedia": "0",
            "NumSegments": "1",
            "FromCountry": "US",
            "ApiVersion": "2010-04-01",
        },
    )


def _amounts(place: Place, url: str, texts: _Texts) -> tuple[int, int]:
    """How many texts take the time of one measurement: of the product, and of the minimal view."""
    with serving(place, url) as port:
        _send(place, port, texts.take(_WARM_UP))
        ours = _send(place, port, texts.take(_TRIAL)).rate
    with serving(place, url, "benchmarks.minimal_view:app") as port:
        _send(place, port, texts.take(_WARM_UP, minimal_view.PATH))
        minimal = _send(place, port, texts.take(_TRIAL, minimal_view.PATH)).rate
    return place.size.amount(ours), place.size.amount(minimal)


def _send(place: Place, port: int, texts: Iterator[bytes], rate: float = 0) -> Load:
    file = place.folder / "join.requests"
    native.write_requests(file, texts)
    load = native.run_load(place.folder, port, file, connections=_CONNECTIONS, rate=rate)
    file.unlink()
    if load.errors or load.statuses.keys() != {"200"}:
        raise Failed(f"Texts were not answered as they should be: {load}")
    return load
