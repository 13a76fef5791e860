"""What belongs to a sender: the programs that sent from it, its pools, what waits for it.

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

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RETRY, WHERE = "ix_delivery_retry", sa.text("waits_until IS NOT NULL")


def upgrade() -> None:
    """What was sent before is known by the lanes."""
    _retry("broadcast_id", "sender_id", "waits_until")
    op.create_index("ix_pool_sender_sender_id", "pool_sender", ["sender_id"])
    op.create_table(
        "sent_from",
        sa.Column("program_id", BIG, nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("latest_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_sent_from_program_id_program"),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name="fk_sent_from_sender_id_sender"),
        sa.PrimaryKeyConstraint("program_id", "sender_id", name="pk_sent_from"),
    )
    op.create_index("ix_sent_from_sender_id", "sent_from", ["sender_id"])
    op.execute(
        "INSERT INTO sent_from (program_id, sender_id, latest_at)"
        " SELECT broadcast.program_id, lane.sender_id,"
        " MAX(COALESCE(broadcast.started_at, broadcast.scheduled_at))"
        " FROM lane JOIN broadcast ON broadcast.id = lane.broadcast_id"
        " GROUP BY broadcast.program_id, lane.sender_id"
    )


def downgrade() -> None:
    op.drop_table("sent_from")
    op.drop_index("ix_pool_sender_sender_id", "pool_sender")
    _retry("broadcast_id", "waits_until")


def _retry(*columns: str) -> None:
    op.drop_index(RETRY, "delivery")
    op.create_index(RETRY, "delivery", list(columns), sqlite_where=WHERE, postgresql_where=WHERE)
