"""The benchmarks' own arithmetic: medians, floors, the journal's check, the numbers' walk."""

import pytest

from benchmarks import world
from benchmarks.checker import Sent, Verdict, check, read_journal, steady_rate
from benchmarks.row import Mark, Row, Series, from_json, pick, to_json
from benchmarks.size import SIZES
from messaging.line_types import why_not_textable


def row(**changes: object) -> Row:
    wanted: dict[str, object] = {
        "key": "blast",
        "title": "A blast",
        "unit": "messages/s",
        "better": "higher",
        "ours": Series("Marquee", [90.0, 120.0, 100.0]),
        "beside": [Series("peer", [50.0])],
    }
    return Row(**(wanted | changes))  # type: ignore[arg-type]


def test_a_figure_is_the_median_with_its_spread() -> None:
    ours = Series("Marquee", [90.0, 120.0, 100.0])
    assert (ours.median, ours.low, ours.high) == (100.0, 90.0, 120.0)
    assert row().ratio(Series("peer", [50.0])) == 2.0
    assert row().ratio(Series("broken peer", [0.0])) == 0.0


@pytest.mark.parametrize(
    ("better", "mark", "reached"),
    [("higher", 100, True), ("higher", 101, False), ("lower", 100, True), ("lower", 99, False)],
)
def test_a_floor_is_reached_on_its_own_side(better: str, mark: float, reached: bool) -> None:
    one = row(better=better)
    assert one.reaches(Mark(mark, "the floor")) is reached
    assert one.reaches(None) is None


def test_rows_outlive_the_run_that_measured_them() -> None:
    one = row(floor=Mark(80, "0.8 × the client"), notes=["A note."], size="full")
    assert from_json(to_json(one)) == one


def test_a_series_is_made_once() -> None:
    beside: list[Series] = []
    pick(beside, "peer").values.append(1.0)
    pick(beside, "peer").values.append(2.0)
    assert [(one.name, one.values) for one in beside] == [("peer", [1.0, 2.0])]


def test_the_checker_finds_twice_missing_and_strangers() -> None:
    journal = (
        "1000000 +1 7-1.sig SM1\n2000000 +2 - SM2\n3000000 +2 - SM3\n4000000 +9 - SM4\n5000000 +1"
    )
    sent = read_journal(journal)
    assert sent[0] == Sent(1.0, "+1", "7-1.sig", "SM1")
    assert len(sent) == 4, "the line that is not whole yet does not count"
    assert check(sent, {"+1", "+2", "+3"}) == Verdict(twice=1, missing=1, strangers=1)
    assert not check(sent, {"+1", "+2", "+3"}).is_right
    assert check(sent[:2], {"+1", "+2"}).is_right


def test_a_steady_rate_leaves_out_warm_up_and_end() -> None:
    slow = [float(at) for at in range(20)]
    steady = [20 + at / 10 for at in range(70)]
    ending = [27 + at for at in range(10)]
    sent = [Sent(at, f"+{at}", "-", "SM") for at in (*slow, *steady, *ending)]
    assert steady_rate(sent) == pytest.approx(10)
    assert steady_rate(sent[:1]) == steady_rate([]) == 0


def test_numbers_differ_and_are_scattered() -> None:
    numbers = [world.number(index) for index in range(20_000)]
    assert len(set(numbers)) == len(numbers)
    assert sorted(numbers) != numbers
    assert world.number(world.NUMBERS) == world.number(0)
    assert all(len(number) == 12 and number.startswith("+1") for number in numbers)


def test_every_exchange_is_one_that_the_product_texts() -> None:
    numbers = {world.number(index)[:8]: world.number(index) for index in range(200_000)}
    assert len(numbers) == world.NUMBERS / 10_000
    refused = {one: why_not_textable(one, ["US"]) for one in numbers.values()}
    assert {one: why for one, why in refused.items() if why} == {}


def test_an_amount_takes_about_the_wanted_time() -> None:
    size = SIZES["small"]
    assert size.amount(1_000) == 1_000
    assert size.amount(5_000) == 5_000
    assert size.amount(1) == 200
    assert size.amount(1e9) == size.most
