"""Many rows in one statement: what it leaves behind."""

import gc
import weakref

from sqlmodel import col, select

from models import Organization
from models.bulk import fetch
from tests.world import World


def test_a_query_that_was_asked_once_does_not_stay(world: World) -> None:
    """A claim asks a new one wherever messages are counted against a limit, many times a second."""
    queries = []
    with world.database.read() as session:
        for number in range(200):
            query = select(col(Organization.id)).where(col(Organization.id) < number + 2)
            queries.append(weakref.ref(query))
            assert fetch(session, query)[0][0] == 1
            del query
    gc.collect()
    assert sum(query() is not None for query in queries) < 100
