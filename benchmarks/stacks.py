"""Reads a profiler's stacks: which library was at work, and inside which function of ours."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

# "function (path/to/file.py:12)"; what has no file is the interpreter itself.
_FRAME = re.compile(r"^(?P<function>.+) \((?P<file>[^()]*?)(?::\d+)?\)$")
_ROOMS = ("admin", "bot", "compliance", "messaging", "models", "scheduler")
# Where a thread that has nothing to do stands; a sampler takes some of those for busy.
_WAITING = (("wait", "threading.py"), ("_worker", "thread.py"))


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of all samples, 0 to 1: by who was at work, and by functions of ours with all that
    they called. The first add up to 1, the second do not."""

    at_work: dict[str, float]
    inside: dict[str, float]


def read_stacks(lines: Iterable[str], root: PurePath) -> Profile:
    """Fold "outer;inner;innermost 17" lines (py-spy's raw format with full file names)."""
    at_work, inside, total = Counter[str](), Counter[str](), 0
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not stack or not count.isdecimal():
            continue
        frames = [_split(frame) for frame in stack.split(";")]
        if _is_waiting(*frames[-1]):
            continue
        samples = int(count)
        total += samples
        at_work[_owner(frames[-1][1], root)] += samples
        ours = {_named(function, file, root) for function, file in frames} - {None}
        inside.update(dict.fromkeys((name for name in ours if name), samples))
    shares = [
        {name: count / total for name, count in counter.most_common()} if total else {}
        for counter in (at_work, inside)
    ]
    return Profile(*shares)


def _split(frame: str) -> tuple[str, str]:
    found = _FRAME.match(frame)
    return (found["function"], found["file"]) if found else (frame, "")


def _owner(file: str, root: PurePath) -> str:
    """The library that a file belongs to, or the room of ours."""
    parts = PurePath(file).parts
    if "site-packages" in parts:
        return PurePath(parts[parts.index("site-packages") + 1]).stem
    if room := _room(file, root):
        return f"Marquee: {room}/"
    return f"Python: {_module(parts)}"


def _module(parts: tuple[str, ...]) -> str:
    """The standard library's module or package, e.g. asyncio; what has no file has no name."""
    if not parts or parts[0].startswith("<"):
        return "interpreter and generated code"
    folders = [place for place, part in enumerate(parts) if part.startswith("python3")]
    inner = parts[folders[-1] + 1 :] if folders else parts[-1:]
    return PurePath(inner[0]).stem


def _is_waiting(function: str, file: str) -> bool:
    return (function.rpartition(".")[2], PurePath(file).name) in _WAITING


def _named(function: str, file: str, root: PurePath) -> str | None:
    if not _room(file, root):
        return None
    return f"{PurePath(file).relative_to(root).as_posix()}: {function}"


def _room(file: str, root: PurePath) -> str | None:
    path = PurePath(file)
    if "site-packages" in path.parts or not path.is_relative_to(root):
        return None
    room = path.relative_to(root).parts[0]
    return room if room in _ROOMS else None
