"""Seeds and counts: every fault test draws its accidents from one seed, which a failure prints.

`FAULTS=full` asks for the full counts, `FAULT_SEED=7` for the accidents of an earlier run.
"""

import os
import random
import secrets

FULL = os.environ.get("FAULTS") == "full"


def count(small: int, full: int) -> int:
    """How many: `small` in `make test`, `full` in `make faults`."""
    return full if FULL else small


def new_seed() -> int:
    """The seed that was asked for, or a new one: each run looks somewhere else."""
    given = os.environ.get("FAULT_SEED")
    return int(given) if given else secrets.randbelow(2**31)


class Chance(random.Random):
    """Random numbers that remember their seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.seed_number = seed

    def how_to_repeat(self, nodeid: str) -> str:
        """The command that runs a test again with the same accidents."""
        full = "FAULTS=full " if FULL else ""
        return f"{full}FAULT_SEED={self.seed_number} .venv/bin/pytest '{nodeid}'"
