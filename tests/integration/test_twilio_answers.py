"""What a provider could answer, byte for byte: each is read safely, and none harms a sender."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import pytest

from messaging.errors import Outcome
from messaging.providers import Accepted, Outgoing, SendError
from messaging.providers.twilio_client import TwilioProvider

MESSAGE: Final = Outgoing("24680", "+12025550123", "Doors at 9", None, 60)
MEGABYTE: Final = 1 << 20
T = TypeVar("T")


class Server:
    """Answers every request with `parts`, one after the other; `written` counts the bytes that
    somebody took."""

    def __init__(self, *parts: bytes) -> None:
        self.parts, self.written = parts, 0

    def asked(self, use: Callable[[TwilioProvider], Awaitable[T]]) -> T:
        async def main() -> T:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            provider = TwilioProvider("AC1", "t", f"http://127.0.0.1:{port}", places=1, timeout=5)
            try:
                return await use(provider)
            finally:
                await provider.close()
                server.close()

        return asyncio.run(main())

    def refusal(self) -> SendError:
        with pytest.raises(SendError) as refused:
            self.asked(lambda provider: provider.send(MESSAGE))
        return refused.value

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in self.parts:
                writer.write(part)
                await writer.drain()
                self.written += len(part)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()


def head(status: int, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status} Any\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


def answer(status: int, body: bytes, missing: int = 0) -> Server:
    """A server that breaks off before the last `missing` bytes."""
    return Server(head(status, len(body) + missing) + body)


def taken(**fields: object) -> bytes:
    return json.dumps({"sid": "SM" + "1" * 32, "status": "queued", **fields}).encode()


NESTED: Final = b"[" * 100_000


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, NESTED, Outcome.unknown),
        (400, NESTED, Outcome.permanent),
        (500, NESTED, Outcome.unknown),
        (408, b"<html>", Outcome.unknown),
        (425, b"", Outcome.unknown),
        (402, b"", Outcome.pause),
        (201, b"[1]", Outcome.unknown),
        (201, b"null", Outcome.unknown),
        (201, b'{"sid": 1' + b"0" * 5_000 + b"}", Outcome.unknown),
    ],
)
def test_an_answer_that_says_nothing_is_decided_by_its_status(
    status: int, body: bytes, outcome: Outcome
) -> None:
    error = answer(status, body).refusal()
    assert (error.outcome, error.code) == (outcome, None)


@pytest.mark.parametrize("body", [NESTED, b"", b"<html>", b"{}", b'{"code": null}'])
def test_too_many_requests_are_told_as_that_whoever_says_it(body: bytes) -> None:
    """A proxy on the way has no code; who waits for it must not seem to wait for quiet hours."""
    error = answer(429, body).refusal()
    assert (error.outcome, error.code) == (Outcome.slow_down, 20429)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, Outcome.unknown),
        (400, Outcome.permanent),
        (429, Outcome.slow_down),
        (503, Outcome.unknown),
    ],
)
def test_so_is_one_that_breaks_off(status: int, outcome: Outcome) -> None:
    assert answer(status, b'{"code": 204', missing=500).refusal().outcome is outcome


@pytest.mark.parametrize(
    ("written", "outcome", "code"),
    [
        ('"21610"', Outcome.suppress, 21610),
        ("21610", Outcome.suppress, 21610),
        ("-1", Outcome.permanent, None),
        ("0", Outcome.permanent, None),
        ("true", Outcome.permanent, None),
        ('"٢١٦١٠"', Outcome.permanent, None),
        ("2147483648", Outcome.permanent, None),
        (f"1{'0' * 30}", Outcome.permanent, None),
        ('{"a": 1}', Outcome.permanent, None),
    ],
)
def test_only_a_code_counts_as_one(written: str, outcome: Outcome, code: int | None) -> None:
    error = answer(400, f'{{"code": {written}}}'.encode()).refusal()
    assert (error.outcome, error.code) == (outcome, code)


def test_half_a_character_hides_no_code() -> None:
    error = answer(400, b'{"code": 21610, "message": "cut off: \\ud83d"}').refusal()
    assert (error.outcome, error.code) == (Outcome.suppress, 21610)


def test_a_word_of_ours_in_an_answer_of_theirs_means_nothing() -> None:
    """-1 stands for what their list does not have; a 500 leaves open whether it was taken."""
    assert answer(500, b'{"code": -1}').refusal().outcome is Outcome.unknown


@pytest.mark.parametrize("sid", ["SM\x001", "SM\ud800", "", "S" * 65, 5, None, ["SM1"], "SM 1"])
def test_a_name_that_can_be_none_leaves_it_unknown(sid: object) -> None:
    error = answer(201, taken(sid=sid)).refusal()
    assert (error.outcome, error.code) == (Outcome.unknown, None)


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_it_can_have_failed_in_the_very_answer(status: str) -> None:
    error = answer(201, taken(status=status, error_code=21610)).refusal()
    assert (error.outcome, error.code) == (Outcome.suppress, 21610)


def test_without_a_code_its_receipt_tells_why_it_failed() -> None:
    server = answer(201, taken(status="failed", error_code=None))
    assert isinstance(server.asked(lambda provider: provider.send(MESSAGE)), Accepted)


def test_an_answer_in_pieces_is_read_whole() -> None:
    body = taken(body="x" * 20_000)
    pieces = [body[at : at + 1_000] for at in range(0, len(body), 1_000)]
    server = Server(head(201, len(body)), *pieces)
    assert isinstance(server.asked(lambda provider: provider.send(MESSAGE)), Accepted)


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    """And its place is free again at once."""
    server = Server(head(201, 300 * MEGABYTE), *[b"x" * MEGABYTE] * 300)

    async def twice(provider: TwilioProvider) -> None:
        for _ in range(2):
            with pytest.raises(SendError) as refused:
                await provider.send(MESSAGE)
            assert refused.value.outcome is Outcome.unknown

    server.asked(twice)
    assert server.written < 20 * MEGABYTE  # what the buffers of two connections hold


def listing(**fields: object) -> Server:
    one = {"sid": "SM1", "direction": "outbound-api", "status": "failed", "body": "x", **fields}
    return answer(200, json.dumps({"messages": [one]}).encode())


def test_a_list_with_a_code_that_is_none_is_read_all_the_same() -> None:
    found = listing(error_code="abc").asked(lambda p: p.find(MESSAGE.to, datetime.now(UTC)))
    assert [(one.sid, one.error_code) for one in found] == [("SM1", None)]


@pytest.mark.parametrize(
    "server",
    [
        listing(sid="SM\x00"),
        listing(sid=None),
        answer(200, NESTED),
        answer(200, b"[]"),
        answer(200, b'{"messages": [null]}'),
        answer(400, b'{"code": "abc", "message": "x"}'),
        answer(500, b"[]"),
    ],
)
def test_a_list_that_nobody_can_read_tells_nothing(server: Server) -> None:
    with pytest.raises(SendError):
        server.asked(lambda provider: provider.find(MESSAGE.to, datetime.now(UTC)))
