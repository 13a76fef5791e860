"""A profiler's stacks, folded into shares."""

from pathlib import PurePath

import pytest

from benchmarks.profile import tables
from benchmarks.stacks import Profile, read_stacks

ROOT = PurePath("/house")
LIBRARY = "/house/.venv/lib/python3.11/site-packages"
STACKS = f"""
run (/house/scheduler/dispatch.py:10);execute (/house/models/database.py:3);do ({LIBRARY}/sqlalchemy/engine.py:7) 60
run (/house/scheduler/dispatch.py:11);run (/house/scheduler/dispatch.py:12) 20
run (/house/scheduler/dispatch.py:10);select (/usr/lib/python3.11/selectors.py:5) 15
<shim> 5
Condition.wait (/usr/lib/python3.11/threading.py:327) 900
"""  # noqa: E501


def test_samples_belong_to_who_was_at_work_and_not_to_who_waited() -> None:
    assert read_stacks(STACKS.splitlines(), ROOT).at_work == pytest.approx(
        {
            "sqlalchemy": 0.60,
            "Marquee: scheduler/": 0.20,
            "Python: selectors": 0.15,
            "Python: interpreter and generated code": 0.05,
        }
    )


def test_a_function_has_all_that_it_called_and_counts_once_in_a_stack() -> None:
    assert read_stacks(STACKS.splitlines(), ROOT).inside == pytest.approx(
        {"scheduler/dispatch.py: run": 0.95, "models/database.py: execute": 0.60}
    )


def test_nothing_sampled_is_no_share() -> None:
    assert read_stacks([], ROOT) == Profile({}, {})


def test_shares_become_microseconds() -> None:
    shares = Profile({"sqlalchemy": 0.6, "dust": 0.001}, {"scheduler/claim.py: claim": 0.5})
    text = tables(shares, 400)
    assert "| sqlalchemy | 240 µs | 60% |" in text
    assert "| scheduler/claim.py: claim | 200 µs | 50% |" in text
    assert "dust" not in text
