"""Partial indexes of deliveries whose conditions SQLite weighs quickly.

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_delivery_in_doubt": (["lease_until"], ("sending", "unknown")),
    "ix_delivery_told": (
        ["broadcast_id", "status", "id"],
        ("undelivered", "failed", "skipped", "unknown"),
    ),
}


def upgrade() -> None:
    """Replace IN by OR: SQLite builds a table for an IN at every row that is written."""
    for name, (columns, states) in INDEXES.items():
        _make(name, columns, " OR ".join(f"status = '{state}'" for state in states))


def downgrade() -> None:
    """Back to IN."""
    for name, (columns, states) in INDEXES.items():
        _make(name, columns, f"status IN {states}")


def _make(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.drop_index(name, "delivery")
    op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)
