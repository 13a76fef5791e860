"""What belongs to a sender, found by an index: its latest lanes, its pools, what waits for it.

Revision ID: 0025
Revises: 0024
Create Date: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

RETRY, WHERE = "ix_delivery_retry", sa.text("waits_until IS NOT NULL")


def upgrade() -> None:
    """A lane says when it was opened: when its broadcast started."""
    _retry("broadcast_id", "sender_id", "waits_until")
    op.create_index("ix_pool_sender_sender_id", "pool_sender", ["sender_id"])
    op.add_column("lane", sa.Column("opened_at", UTCDateTime(), nullable=True))
    op.execute(
        "UPDATE lane SET opened_at = (SELECT COALESCE(started_at, scheduled_at) FROM broadcast"
        " WHERE broadcast.id = lane.broadcast_id)"
    )
    with op.batch_alter_table("lane") as lane:
        lane.alter_column("opened_at", existing_type=UTCDateTime(), nullable=False)
    op.drop_index("ix_lane_sender_id", "lane")
    op.create_index("ix_lane_sender_id_opened_at", "lane", ["sender_id", "opened_at"])


def downgrade() -> None:
    """Back to lanes without a time."""
    op.drop_index("ix_lane_sender_id_opened_at", "lane")
    op.create_index("ix_lane_sender_id", "lane", ["sender_id"])
    op.drop_column("lane", "opened_at")
    op.drop_index("ix_pool_sender_sender_id", "pool_sender")
    _retry("broadcast_id", "waits_until")


def _retry(*columns: str) -> None:
    op.drop_index(RETRY, "delivery")
    op.create_index(RETRY, "delivery", list(columns), sqlite_where=WHERE, postgresql_where=WHERE)
