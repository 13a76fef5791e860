"""When a reply took its segments from a sender, so that old ones hold nothing up.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _remake(sa.Column("created_at", UTCDateTime(), nullable=False))


def downgrade() -> None:
    _remake()


def _remake(*more: sa.Column) -> None:
    # What is in it concerns a second or two of a sender's rate, and is not worth keeping.
    op.drop_table("sender_debit")
    op.create_table(
        "sender_debit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name="fk_sender_debit_sender_id_sender"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sender_debit"),
    )
    op.create_index("ix_sender_debit_sender_id", "sender_debit", ["sender_id"])
