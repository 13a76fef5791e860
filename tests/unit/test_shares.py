"""Workers of one web server see who gets too many of the requests."""

import pytest

from web.shares import Share, Shares


def take(shares: Shares, *, workers: int = 2) -> Share:
    """A place, of which there are enough."""
    share = shares.take(workers)
    assert share is not None
    return share


@pytest.fixture
def shares() -> Shares:
    return Shares()


def test_a_fair_share_is_left_alone(shares: Shares) -> None:
    one, other = take(shares), take(shares)
    ended = [share.has_one_too_many() for _ in range(500) for share in (one, other)]
    assert not any(ended)


def test_a_worker_that_gets_all_ends_some_connections(shares: Shares) -> None:
    one, _idle = take(shares), take(shares)
    ended = [one.has_one_too_many() for _ in range(200)]
    assert 10 <= sum(ended) <= 40


def test_the_only_worker_keeps_all(shares: Shares) -> None:
    only = take(shares, workers=1)
    assert not any(only.has_one_too_many() for _ in range(200))


def test_what_a_dead_worker_did_is_not_counted_for_the_next(shares: Shares) -> None:
    one, dead = take(shares), take(shares)
    for _ in range(1000):
        dead.has_one_too_many()
    shares.give_back(dead)
    new = take(shares)
    ended = [share.has_one_too_many() for _ in range(100) for share in (one, new)]
    assert sum(ended[40:]) == 0


def test_more_workers_than_places_are_served_too(shares: Shares) -> None:
    taken = [shares.take(100) for _ in range(100)]
    assert taken[-1] is None
    for share in taken:
        shares.give_back(share)
    assert shares.take(100) is not None


def test_who_has_more_connections_leaves_the_next_one_to_the_others(shares: Shares) -> None:
    one, other = take(shares), take(shares)
    found = []
    for has in (0, 1, 2, 3):
        one.has(has)
        found.append(one.is_ahead())
    assert found == [False, False, True, True]
    other.has(2)
    assert not one.is_ahead()
    assert not other.is_ahead()


def test_the_only_worker_takes_every_connection(shares: Shares) -> None:
    only = take(shares, workers=1)
    only.has(50)
    assert not only.is_ahead()


def test_what_a_dead_worker_had_open_is_not_counted(shares: Shares) -> None:
    one, dead = take(shares), take(shares)
    dead.has(100)
    one.has(10)
    assert not one.is_ahead()
    shares.give_back(dead)
    assert one.is_ahead()
