"""Leases in a table of their own, and indexes of deliveries that an ordinary message never enters.

Revision ID: 0021
Revises: 0020
Create Date: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DERIVED = {
    "told": (
        "VARCHAR(32)",
        "CASE WHEN status = 'undelivered' OR status = 'failed' OR status = 'skipped'"
        " OR status = 'unknown' THEN status END",
    ),
    "waits_until": ("{moment}", "CASE WHEN status = 'pending' THEN next_attempt_at END"),
    "in_doubt_since": ("{moment}", "CASE WHEN status = 'unknown' THEN submitted_at END"),
}
NEW = {
    "ix_delivery_retry": (["broadcast_id", "waits_until"], "waits_until IS NOT NULL"),
    "ix_delivery_told": (["broadcast_id", "told", "id"], "told IS NOT NULL"),
    "ix_delivery_in_doubt": (["in_doubt_since"], "in_doubt_since IS NOT NULL"),
}
OLD = {
    "ix_delivery_retry": (
        ["broadcast_id", "next_attempt_at"],
        "status = 'pending' AND next_attempt_at IS NOT NULL",
    ),
    "ix_delivery_in_doubt": (["lease_until"], "status = 'sending' OR status = 'unknown'"),
    "ix_delivery_told": (
        ["broadcast_id", "status", "id"],
        "status = 'undelivered' OR status = 'failed' OR status = 'skipped' OR status = 'unknown'",
    ),
}


def upgrade() -> None:
    """What is under way at this moment gets its leases, so that it is rescued."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "lease",
        sa.Column("token", AutoString(length=32), nullable=False),
        sa.Column("deliveries", sa.Text(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_lease"),
    )
    op.create_index("ix_lease_until", "lease", ["until"])
    gathered = "string_agg" if is_postgresql else "group_concat"
    op.execute(
        "INSERT INTO lease (token, deliveries, until)"
        f" SELECT lease_token, '[' || {gathered}('[' || id || ',' || id || ']', ',') || ']',"
        " max(lease_until) FROM delivery"
        " WHERE status = 'sending' AND lease_token IS NOT NULL AND lease_until IS NOT NULL"
        " GROUP BY lease_token"
    )
    _drop(OLD)
    if is_postgresql:
        # Each delivery is written again two to four times within seconds. With room for that on its
        # page no index has to be touched, and what is outdated makes way at the next look.
        op.execute("ALTER TABLE delivery SET (fillfactor = 50)")
    kind, kept = ("TIMESTAMP WITH TIME ZONE", "STORED") if is_postgresql else ("DATETIME", "VIRTUAL")
    for name, (form, rule) in DERIVED.items():
        op.execute(
            f"ALTER TABLE delivery ADD COLUMN {name} {form.format(moment=kind)}"
            f" GENERATED ALWAYS AS ({rule}) {kept}"
        )
    _make(NEW)


def downgrade() -> None:
    """Back to indexes of states."""
    _drop(NEW)
    for name in DERIVED:
        op.execute(f"ALTER TABLE delivery DROP COLUMN {name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE delivery RESET (fillfactor)")
    _make(OLD)
    op.drop_table("lease")


def _make(indexes: dict[str, tuple[list[str], str]]) -> None:
    for name, (columns, condition) in indexes.items():
        where = sa.text(condition)
        op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)


def _drop(indexes: dict[str, tuple[list[str], str]]) -> None:
    for name in indexes:
        op.drop_index(name, "delivery")
