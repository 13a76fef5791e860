"""Talks to a console that waits for a line and answers with a prompt."""

import socket

from benchmarks.processes import Failed

_PROMPTS = (b"jcli : ", b"> ")
_SECONDS = 30


def converse(port: int, lines: list[str]) -> None:
    """Say each line and wait for the prompt after it; Failed at the first refusal.

    The console shows its first prompt after the first line only.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as console:
        for line in ("", *lines):
            console.sendall(line.encode() + b"\r\n")
            answer = _until_prompt(console)
            if "rror" in answer or "Unknown" in answer or "Incorrect" in answer:
                raise Failed(f"Jasmin's console refused “{line}”: {answer.strip()}")


def _until_prompt(console: socket.socket) -> str:
    heard = b""
    while not heard.endswith(_PROMPTS):
        try:
            more = console.recv(4096)
        except TimeoutError:
            more = b""
        if not more:
            raise Failed(f"Jasmin's console says no more after {heard[-80:]!r}.")
        heard += more
    return heard.decode("utf-8", "replace")
