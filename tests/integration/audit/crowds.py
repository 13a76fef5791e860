"""Many consents at once, written straight into the tables: joining has its own tests."""

from typing import Any

from sqlalchemy import insert
from sqlmodel import select

from models import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    List,
    Subscriber,
    Subscription,
    SubscriptionState,
    Unsealed,
)
from models.leaves import commit_to, consent_leaf
from tests.world import World

_AT_ONCE = 10_000


def join_in_bulk(world: World, count: int, first: int = 1000) -> None:
    """So many people join All guests, each with an event, its evidence and its leaf, unsealed.

    Their ids, and those of their events, begin at `first`.
    """
    for start in range(first, first + count, _AT_ONCE):
        _join(world, range(start, min(start + _AT_ONCE, first + count)))


def _join(world: World, ids: range) -> None:
    mine = {"organization_id": world.organization_id}
    people, events, evidence, leaves, standings = ([] for _ in range(5))  # type: ignore[var-annotated]
    with world.database.write() as session:
        gathered = session.exec(select(List).where(List.name == "All guests")).one()
        for key in ids:
            number = f"+1{2_020_000_000 + key}"
            content = {"phone_number": number, "text": "JOIN"}
            salt, commitment = commit_to(content)
            event: dict[str, Any] = {
                "id": key,
                "subscriber_id": key,
                "program_id": gathered.program_id,
                "list_id": gathered.id,
                "kind": ConsentKind.opted_in,
                "source": ConsentSource.text,
                "keyword": "JOIN",
                "message_sid": f"SM{key:032x}",
                "commitment": commitment,
                "occurred_at": world.now,
                **mine,
            }
            people.append(
                {"id": key, "phone_number": number, "number_hash": f"{key}", **mine}
                | {"created_at": world.now}
            )
            events.append(event)
            evidence.append({"consent_event_id": key, "salt": salt, "content": content, **mine})
            leaves.append({"leaves": consent_leaf(ConsentEvent(**event)), **mine})
            standings.append(
                {"program_id": gathered.program_id, "subscriber_id": key, **mine}
                | {"state": SubscriptionState.subscribed, "changed_at": world.now}
            )
        for table, rows in (
            (Subscriber, people),
            (ConsentEvent, events),
            (ConsentEvidence, evidence),
            (Unsealed, leaves),
            (Subscription, standings),
        ):
            session.execute(insert(table), rows)
