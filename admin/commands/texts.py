"""`segments` and `classify`: the pure functions over lines of text, as a stream.

They need no settings, no database and no web framework, and hold one line in memory at a time.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

import click

Answer = dict[str, Any]

_SHOWN = 48  # characters of a text in the table
# The demo's keywords (admin.demo.KEYWORDS, which a test compares), without importing its tables.
DEMO_KEYWORDS = ("JOIN", "TECHNO", "JAZZ")

_source = click.argument("source", metavar="[FILE]", default="-", type=click.File("rb"))
_as_json = click.option(
    "--json", "as_json", is_flag=True, help="One JSON string a line in, one JSON object a line out."
)


@click.command()
@_as_json
@_source
def segments(source: BinaryIO, as_json: bool) -> None:
    """Count encoding, units and segments of each line of FILE, or of standard input (-)."""
    from messaging.segments import measure

    def answer(text: str) -> Answer:
        return asdict(measure(text))

    columns = {"encoding": 8, "units": 6, "segments": 8, "characters_left": 15}
    _stream(source, answer, as_json=as_json, columns=columns)


@click.command()
@_as_json
@click.option(
    "--keyword",
    "words",
    metavar="WORD",
    multiple=True,
    default=DEMO_KEYWORDS,
    show_default=True,
    help="A word that joins; may be repeated.",
)
@_source
def classify(source: BinaryIO, as_json: bool, words: tuple[str, ...]) -> None:
    """Say what each line of FILE, or of standard input (-), means as a text to a sender."""
    from bot.keywords import classify as meaning
    from bot.keywords import is_reserved

    for word in words:
        if is_reserved(word):
            raise click.BadParameter(f"{word!r} means something else already; take another word.")

    def answer(text: str) -> Answer:
        found = meaning(text, words)
        return {"intent": found.intent.value, "keyword": found.keyword}

    _stream(source, answer, as_json=as_json, columns={"intent": 8, "keyword": 12})


def _stream(
    source: BinaryIO, answer: Callable[[str], Answer], *, as_json: bool, columns: dict[str, int]
) -> None:
    """Write one line for each line of `source`; exit code 1 if one of them was unreadable."""
    out = sys.stdout.buffer
    unreadable = False
    answers = _json_answers(source, answer) if as_json else _rows(source, answer, columns)
    try:
        for line, understood in answers:
            unreadable |= not understood
            out.write(line.encode("utf-8", "replace") + b"\n")
            out.flush()  # whoever feeds us line by line waits for this one
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain when it closes the stream.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None  # as a shell reports SIGPIPE
    if unreadable:
        raise SystemExit(1)


def _json_answers(
    source: Iterable[bytes], answer: Callable[[str], Answer]
) -> Iterator[tuple[str, bool]]:
    for number, line in enumerate(source, start=1):
        try:
            text = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError):
            text = None
        if isinstance(text, str):
            yield json.dumps(answer(text)), True
        else:
            yield json.dumps({"error": f"line {number} is not a JSON string"}), False


def _rows(
    source: Iterable[bytes], answer: Callable[[str], Answer], columns: dict[str, int]
) -> Iterator[tuple[str, bool]]:
    """A table whose columns are as wide as their titles, so that it can begin at once."""
    widths = {name: max(width, len(name)) for name, width in columns.items()}
    titles = (name.replace("_", " ").ljust(width) for name, width in widths.items())
    yield "  ".join([*titles, "text"]), True
    for number, line in enumerate(source, start=1):
        codec = "utf-8-sig" if number == 1 else "utf-8"
        text = line.rstrip(b"\r\n").decode(codec, "replace")
        found = answer(text)
        shown = {name: "-" if value is None else str(value) for name, value in found.items()}
        cells = [shown[name].ljust(width) for name, width in widths.items()]
        yield "  ".join([*cells, _harmless(text)]), True


def _harmless(text: str) -> str:
    """The beginning of `text` without what could move the cursor or turn the writing round."""
    shown = "".join(one if one.isprintable() else "·" for one in text[:_SHOWN])
    return shown if len(text) <= _SHOWN else shown + "…"
