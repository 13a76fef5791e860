"""Fills an organization with as many people as wanted, by a few statements of plain SQL."""

from sqlalchemy import text

from models import Broadcast
from scheduler.counting import count_what_is_large
from tests.world import World

# In this order, each row refers to those before it. {low} and {high} bound the people's keys.
_PEOPLE = (
    """INSERT INTO subscriber (id, organization_id, phone_number, number_hash, created_at)
    WITH RECURSIVE n(i) AS (SELECT {low} UNION ALL SELECT i + 1 FROM n WHERE i < {high})
    SELECT i, 1, '+1303' || (5550000 + i * 7 % 99991), 'of ' || i, {at}
    FROM n""",
    """INSERT INTO subscription
    (id, organization_id, program_id, subscriber_id, state, changed_at)
    SELECT id, 1, 1, id, CASE id % 20 WHEN 0 THEN 'unsubscribed' WHEN 1 THEN 'pending'
    ELSE 'subscribed' END, {at} FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO list_subscription (list_id, subscription_id, added_at)
    SELECT 1, id, {at} FROM subscription WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO consent_event (organization_id, subscriber_id, program_id, list_id, kind, source,
    keyword, commitment, occurred_at)
    SELECT 1, id, 1, 1, 'opted_in', 'text', 'JOIN', number_hash, {at}
    FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO consent_event (organization_id, subscriber_id, kind, source, commitment,
    occurred_at) SELECT 1, id, 'opted_out', 'text', number_hash, {at}
    FROM subscriber WHERE id BETWEEN {low} AND {high} AND id % 5 = 0""",
    """INSERT INTO consent_evidence (organization_id, consent_event_id, salt, content)
    SELECT 1, id, commitment, '{{}}' FROM consent_event
    WHERE id NOT IN (SELECT consent_event_id FROM consent_evidence)""",
    """INSERT INTO suppression (organization_id, number_hash, phone_number, reason, created_at)
    SELECT 1, number_hash, phone_number, 'opted_out', {at}
    FROM subscriber WHERE id BETWEEN {low} AND {high} AND id % 5 = 0""",
    """INSERT INTO inbound_message (organization_id, message_sid, sender_id, subscriber_id,
    from_number, to_number, body, media, form, intent, needs_review, received_at)
    SELECT 1, 'SM' || id, 1, id, phone_number, '24680', 'hello', '[]', '{{}}', 'other', false, {at}
    FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO answer (organization_id, inbound_message_id, broadcast_id, destination, status,
    attempts, next_attempt_at) SELECT 1, id, {broadcast}, 'owner@neon.example', 'sent', 1, {at}
    FROM inbound_message WHERE subscriber_id BETWEEN {low} AND {high} AND id % 2 = 0""",
    """INSERT INTO delivery (organization_id, broadcast_id, subscriber_id, sender_id, status,
    skip_reason, message_sid, attempts, submitted_at, settled_at)
    SELECT 1, {broadcast}, id, 1, CASE id % 20 WHEN 0 THEN 'skipped' WHEN 1 THEN 'failed'
    ELSE 'delivered' END, CASE id % 20 WHEN 0 THEN 'opted_out' END, 'SMx' || id, 1,
    CASE WHEN id % 20 > 0 THEN {at} END, {at}
    FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO frozen_range (broadcast_id, low, high) SELECT {broadcast}, min(id), max(id)
    FROM delivery WHERE subscriber_id BETWEEN {low} AND {high}""",
    """DELETE FROM delivery_count""",
    """INSERT INTO delivery_count (broadcast_id, status, skip_reason, shard, value)
    SELECT broadcast_id, status, coalesce(skip_reason, ''), 0, count(*) FROM delivery
    GROUP BY broadcast_id, status, coalesce(skip_reason, '')""",
    """INSERT INTO audit_event (organization_id, kind, subject, occurred_at)
    SELECT 1, 'judged', '{{}}', {at} FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """INSERT INTO log_leaf (organization_id, leaf_index, leaf, leaf_hash)
    SELECT 1, id, {leaf}, {leaf} FROM subscriber WHERE id BETWEEN {low} AND {high}""",
    """UPDATE broadcast SET audience = (SELECT count(*) FROM delivery) WHERE id = {broadcast}""",
)


def grow(world: World, broadcast: Broadcast, low: int, high: int) -> None:
    """Add the people with keys from `low` to `high`, each with all that people leave behind."""
    values = {"low": low, "high": high, "broadcast": broadcast.id}
    on_postgresql = world.database.is_postgresql
    at = f"'{world.now:%Y-%m-%d %H:%M:%S.%f}{'+00' if on_postgresql else ''}'"
    if on_postgresql:
        at = f"CAST({at} AS timestamptz)"
    leaf = r"'\x00'::bytea" if on_postgresql else "x'00'"
    with world.database.engine.begin() as connection:
        for statement in _PEOPLE:
            filled = statement.format(**values, at=at, leaf=leaf)
            connection.exec_driver_sql(filled.replace("%", "%%") if on_postgresql else filled)
    with world.database.write() as session:
        session.execute(text("DELETE FROM size"))
    count_what_is_large(world.database, lambda: world.now)
