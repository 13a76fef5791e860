"""What a run tells while it goes on."""

import sys
import time

_start = time.monotonic()


def said(words: str) -> None:
    """One line on the standard error, with the seconds since the start."""
    print(f"[{time.monotonic() - _start:6.1f} s] {words}", file=sys.stderr, flush=True)
