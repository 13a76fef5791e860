"""A claim finds the broadcasts that count against its limits, however many there have been.

Revision ID: 0028
Revises: 0027
Create Date: 2026-12-01
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAME = "ix_broadcast_started"


def upgrade() -> None:
    started = sa.text("started_at IS NOT NULL")
    op.create_index(
        NAME,
        "broadcast",
        ["organization_id", "finished_at"],
        sqlite_where=started,
        postgresql_where=started,
    )


def downgrade() -> None:
    op.drop_index(NAME, "broadcast")
