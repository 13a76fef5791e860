"""Which transaction wrote a consent event, so that a revocation that is committed late is seen.

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE, COLUMN = "consent_event", "transaction_id"
INDEX = "ix_consent_event_transactions"
REVOKES_ANYTHING = (
    "kind = 'opted_out' OR kind = 'left_list' OR kind = 'deactivated' OR kind = 'lapsed'"
)


def upgrade() -> None:
    """On SQLite one writes at a time, and the column stays empty."""
    op.add_column(TABLE, sa.Column(COLUMN, sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # Afterwards, since a column that is added with it has the whole table written anew.
        op.execute(
            f"ALTER TABLE {TABLE} ALTER COLUMN {COLUMN}"
            " SET DEFAULT (pg_current_xact_id()::text)::bigint"
        )
    where = sa.text(f"{COLUMN} IS NOT NULL AND ({REVOKES_ANYTHING})")
    op.create_index(INDEX, TABLE, [COLUMN], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, COLUMN)
