"""`marquee segments` and `marquee classify`: lines in, lines out, fast and aligned."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from admin.commands.texts import DEMO_KEYWORDS
from admin.demo import KEYWORDS
from tests.integration.commands.process import MARQUEE, clean_environment


def stream(
    *arguments: str, given: bytes = b"", code: int = 0, **environment: str
) -> list[dict[str, object]]:
    """The JSON lines that the real script answers; it needs no setting at all."""
    done = subprocess.run(
        [MARQUEE, *arguments],
        input=given,
        capture_output=True,
        env=clean_environment(**environment),
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (code, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines(*texts: str) -> bytes:
    return b"".join(json.dumps(text).encode() + b"\n" for text in texts)


def test_segments_answers_each_line_in_order() -> None:
    assert stream("segments", "--json", "-", given=lines("hi", "x" * 161, "Привет", "")) == [
        {"encoding": "GSM-7", "units": 2, "segments": 1, "characters_left": 158},
        {"encoding": "GSM-7", "units": 161, "segments": 2, "characters_left": 145},
        {"encoding": "UCS-2", "units": 6, "segments": 1, "characters_left": 64},
        {"encoding": "GSM-7", "units": 0, "segments": 1, "characters_left": 160},
    ]


def test_classify_answers_each_line_in_order() -> None:
    expected = {
        "STOP": ("stop", None),
        "join": ("join", "JOIN"),
        "Techno!": ("join", "TECHNO"),
        "help": ("help", None),
        "yes": ("yes", None),
        "leave techno": ("leave", "TECHNO"),
        "nice night": ("other", None),
        "start": ("start", None),
    }
    answers = stream("classify", "--json", "-", given=lines(*expected))
    assert [(answer["intent"], answer["keyword"]) for answer in answers] == [*expected.values()]


def test_other_keywords_replace_those_of_the_demo() -> None:
    given = lines("salsa", "tango", "JAZZ")
    answers = stream(
        "classify", "--json", "--keyword", "Salsa", "--keyword", "tango", "-", given=given
    )
    assert [answer["keyword"] for answer in answers] == ["Salsa", "tango", None]


def test_a_word_that_stops_is_no_keyword() -> None:
    done = subprocess.run(
        [MARQUEE, "classify", "--keyword", "STOP"],
        input=b"",
        capture_output=True,
        env=clean_environment(),
        timeout=60,
    )
    assert done.returncode == 2
    assert b"'STOP' means something else already; take another word." in done.stderr


def test_the_default_keywords_are_those_of_the_demo() -> None:
    assert tuple(KEYWORDS) == DEMO_KEYWORDS


@pytest.mark.parametrize("command", ["segments", "classify"])
def test_a_bad_line_has_an_answer_of_its_own_and_the_rest_go_on(command: str) -> None:
    given = b'"a"\nnope\n\n12\n"\xff"\n["x"]\n' + b"[" * 100_000 + b'\n"b"'
    answers = stream(command, "--json", "-", given=given, code=1)
    assert len(answers) == 8
    assert [number for number, answer in enumerate(answers, 1) if "error" in answer] == [
        *range(2, 8)
    ]
    assert answers[1] == {"error": "line 2 is not a JSON string"}


@pytest.mark.parametrize("command", ["segments", "classify"])
def test_any_string_that_json_can_carry_is_answered(command: str) -> None:
    given = (
        b'"\\ud800"\n"\\udc00\\ud83d"\n"\\u0000"\n"\\u202e\xd7\xa9"\r\n"' + b"x" * 10**6 + b'"\n'
    )
    answers = stream(command, "--json", "-", given=given, LC_ALL="C", PYTHONIOENCODING="latin-1")
    assert len(answers) == 5
    assert not [answer for answer in answers if "error" in answer]


def test_a_file_is_read_as_standard_input_is(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + lines("hi"))  # editors on Windows begin files like this
    assert stream("segments", "--json", str(file))[0]["units"] == 2


def test_an_answer_comes_before_the_next_line_is_asked() -> None:
    with subprocess.Popen(
        [MARQUEE, "segments", "--json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        for text in ("a", "bb"):
            process.stdin.write(lines(text))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["units"] == len(text)


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    with subprocess.Popen(
        [MARQUEE, "segments", "--json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(lines("a"))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(lines("a"))
        process.stdin.close()
        process.wait(20)
        assert process.stderr.read() == b""


def test_plain_lines_give_a_table_for_people() -> None:
    done = subprocess.run(
        [MARQUEE, "segments"],
        input="hi\n\x1b[2JПривет\u202e\n".encode(),
        capture_output=True,
        env=clean_environment(LC_ALL="C"),
        timeout=60,
    )
    titles, first, second = done.stdout.decode().splitlines()
    assert titles.split() == ["encoding", "units", "segments", "characters", "left", "text"]
    assert first.split() == ["GSM-7", "2", "1", "158", "hi"]
    assert second.endswith("·[2JПривет·"), "control and direction marks must not reach a terminal"


_NO_HEAVY_ROOMS = """
import sys
from click.testing import CliRunner
from admin.commands import marquee
for command in ("segments", "classify"):
    assert CliRunner().invoke(marquee, [command, "--json", "-"], input='"hi"').exit_code == 0
assert CliRunner().invoke(marquee, ["--help"]).exit_code == 0
heavy = {"flask", "sqlalchemy", "sqlmodel", "apscheduler", "twilio", "pydantic"} & set(sys.modules)
sys.exit(f"imported: {sorted(heavy)}" if heavy else 0)
"""


def test_they_import_no_web_framework_and_no_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _NO_HEAVY_ROOMS],
        env=clean_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["segments", "classify"])
def test_they_start_fast(command: str) -> None:
    def seconds() -> float:
        begun = time.monotonic()
        stream(command, "--json", "-", given=lines("hi"))
        return time.monotonic() - begun

    # The best of a few: the machine may be busy with other tests.
    assert min(seconds() for _ in range(5)) < 0.5
