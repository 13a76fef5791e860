"""How much of a request is there: who waits for the rest depends on it."""

import pytest

from web.arriving import ALL, LONG, PART, Arrived, arrived

GET = b"GET /p/neon HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /login HTTP/1.1\r\nHost: x\r\n"


def with_length(length: str, name: str = "Content-Length") -> bytes:
    return HEAD + f"{name}: {length}\r\n\r\n".encode()


def test_a_request_without_a_body_is_there_with_its_last_byte() -> None:
    assert [arrived(GET[:end]) for end in range(len(GET))] == [PART] * len(GET)
    assert arrived(GET) is ALL
    assert arrived(GET + GET[:5]) is ALL


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "CONTENT-LENGTH"])
def test_a_body_is_there_with_its_last_byte(name: str) -> None:
    head = with_length("10", name)
    assert arrived(head) is PART
    assert arrived(head + b"a" * 9) is PART
    assert arrived(head + b"a" * 10) is ALL
    assert arrived(head + b"a" * 11) is ALL


def test_a_length_in_the_body_is_none() -> None:
    assert arrived(GET + b"\r\nContent-Length: 10\r\n") is ALL


@pytest.mark.parametrize(
    ("line", "how_much"),
    [
        ("Content-Length: 65000", PART),
        ("Content-Length: 65536", LONG),
        ("Content-Length: 99999999999999999999", LONG),
        ("Content-Length: 000000000000000000001", LONG),
        ("Content-Length: many", LONG),
        ("Content-Length: 5\r\nContent-Length: 5", LONG),
        ("Transfer-Encoding: chunked", LONG),
        ("Expect: 100-continue\r\nContent-Length: 5", LONG),
        ("Content-Length: 5\r\nExpect: 100-continue", LONG),
        ("X-Content-Length: 5", ALL),
    ],
)
def test_what_the_header_says_of_the_body(line: str, how_much: Arrived) -> None:
    assert arrived(HEAD + line.encode() + b"\r\n\r\n") is how_much


def test_a_header_without_end_is_not_kept() -> None:
    assert arrived(b"a" * (2**16 - 1)) is PART
    assert arrived(b"a" * 2**16) is LONG
