"""How many there are: exact as long as it can be counted at once, and as counted before above."""

from datetime import timedelta

import pytest
from sqlmodel import select

from admin.queries.dashboard import figures
from admin.queries.lists import lists_of
from models import List, Size, SkipReason
from models.sizes import Amount, count_to
from scheduler import counting, gate
from scheduler.broadcasts import Refused
from scheduler.counting import count_what_is_large
from tests.world import World


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "COUNTED_TO", 5)
    monkeypatch.setattr(counting, "SMALL", 5)
    monkeypatch.setattr("models.sizes.COUNTED_TO", 5)
    monkeypatch.setattr("admin.queries.lists.SMALL", 5)


def audience(world: World) -> gate.Audience:
    with world.database.read() as session:
        return gate.audience(session, world.list_id(session))


def count(world: World) -> int:
    return count_what_is_large(world.database, lambda: world.now)


def shown(world: World) -> tuple[str, str, str]:
    """The list's figures and the dashboard's, as pages say them."""
    with world.database.read() as session:
        row = next(
            one for one in lists_of(session, world.organization_id) if one.list.name == "All guests"
        )
        total = figures(session, world.organization_id, world.now).subscribers
        return str(row.subscribed), str(row.total), str(total)


def test_what_is_small_is_counted_where_it_is_shown(world: World) -> None:
    phones = world.crowd(5)
    world.text(phones[0], "STOP")
    assert count(world) == 0
    counted = audience(world)
    assert (counted.will_get, counted.skipped, counted.before) == (4, {SkipReason.opted_out: 1}, "")
    assert shown(world) == ("4", "5", "4")


def test_what_is_large_is_shown_as_it_was_counted(world: World) -> None:
    phones = world.crowd(8)
    world.text(phones[0], "STOP")
    assert audience(world).before == "more than"
    assert shown(world)[1:] == ("more than 5", "more than 5")
    assert count(world) == 2
    counted = audience(world)
    assert (counted.will_get, counted.skipped) == (7, {SkipReason.opted_out: 1})
    assert counted.before == "about"
    assert shown(world) == ("about 7", "about 8", "about 7")
    world.text(phones[1], "STOP")
    assert count(world) == 0, "it was counted just now"
    assert audience(world).will_get == 7
    world.pass_time(minutes=6)
    assert count(world) == 2
    assert audience(world).will_get == 6
    assert shown(world) == ("about 6", "about 8", "about 6")


def test_what_takes_long_is_counted_less_often(world: World) -> None:
    world.crowd(6)
    count(world)
    with world.database.write() as session:
        for size in session.exec(select(Size)).all():
            size.seconds = 60
            session.add(size)
    world.pass_time(minutes=19)
    assert count(world) == 0
    world.pass_time(minutes=1)
    assert count(world) == 2


def test_a_list_is_counted_in_parts_slowly_while_messages_go_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PART", 3)
    phones = world.crowd(8)
    world.text(phones[7], "STOP")
    rests: list[float] = []

    def counted() -> gate.Audience:
        world.pass_time(minutes=6)
        count_what_is_large(world.database, lambda: world.now, rest=rests.append)
        return audience(world)

    found = counted()
    assert (found.will_get, found.skipped, rests) == (7, {SkipReason.opted_out: 1}, [])
    world.fire(world.order())
    found = counted()
    assert (found.will_get, found.skipped) == (7, {SkipReason.opted_out: 1})
    assert len(rests) == 3
    assert min(rests) > 0


def test_a_clock_that_ends_keeps_the_count_before(world: World) -> None:
    phones = world.crowd(8)
    count(world)
    world.text(phones[0], "STOP")
    world.pass_time(minutes=6)
    assert count_what_is_large(world.database, lambda: world.now, lambda: False) == 0
    assert audience(world).will_get == 8


def test_a_list_of_which_nobody_can_be_messaged_is_refused_if_that_is_known(world: World) -> None:
    phones = world.crowd(5)
    for phone in phones:
        world.text(phone, "STOP")
    with pytest.raises(Refused):
        world.order()
    for phone in world.crowd(7)[5:]:
        world.text(phone, "STOP")
    assert world.order().id, "so many are not looked through while somebody waits"


def test_counting_goes_no_further_than_asked(world: World) -> None:
    with world.database.read() as session:
        total = len(session.exec(select(List)).all())
        assert count_to(session, select(List), total) == Amount(total)
        assert count_to(session, select(List), total - 1) == Amount(total - 1, "more than")
        assert str(count_to(session, select(List), 1)) == "more than 1"


def test_the_week_s_figures_say_when_there_were_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = world.crowd(5)
    world.text(phones[0], "STOP")
    monkeypatch.setattr("admin.queries.dashboard.COUNTED_TO", 7)

    def week() -> tuple[str, str]:
        with world.database.read() as session:
            found = figures(session, world.organization_id, world.now)
        return str(found.joined), str(found.left)

    assert week() == ("5", "1")
    world.text(phones[1], "STOP")
    assert week() == ("more than 5", "more than 2")
    world.now += timedelta(days=8)
    assert week() == ("0", "0")
