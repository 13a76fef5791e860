"""Runs a command of the product under another wall clock, which the test moves while it runs.

    python shifted_clock.py FILE marquee scheduler

FILE holds the seconds that the clock is ahead of the real one; it is read again and again. The
monotonic clock goes on as it does on a machine whose wall clock somebody sets.
"""

import runpy
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import time_machine

_LOOK_SECONDS = 0.02


def _ahead(file: Path) -> timedelta:
    return timedelta(seconds=float(file.read_text() or 0))


def _follow(file: Path, traveller: time_machine.Traveller, ahead: timedelta) -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        now = _ahead(file)
        if now != ahead:
            traveller.shift(now - ahead)
            ahead = now


def main() -> None:
    """Travel, and become the command."""
    file, command = Path(sys.argv[1]), sys.argv[2:]
    ahead = _ahead(file)
    traveller = time_machine.travel(time.time() + ahead.total_seconds(), tick=True).start()
    threading.Thread(target=_follow, args=(file, traveller, ahead), daemon=True).start()
    sys.argv = command
    sys.path.pop(0)  # this folder, whose modules are none of the product's
    runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main()
