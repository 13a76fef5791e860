"""Sizes that are too large to be counted while somebody waits, and indexes for pages of millions.

Each new index only grows at its end: it costs a new row next to nothing.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REVOKES = sa.text("kind IN ('opted_out', 'deactivated')")


def upgrade() -> None:
    op.create_table(
        "size",
        sa.Column(
            "what",
            sa.Enum(
                "audience", "subscribed",
                name="counted", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", BIG, nullable=False),
        sa.Column("part", AutoString(length=32), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("counted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "key", "part", name="pk_size"),
    )
    op.create_index("ix_subscriber_organization_id_id", "subscriber", ["organization_id", "id"])
    op.create_index("ix_suppression_organization_id_id", "suppression", ["organization_id", "id"])
    op.create_index("ix_answer_organization_id", "answer", ["organization_id", "inbound_message_id"])
    op.create_index(
        "ix_consent_event_revocations",
        "consent_event",
        ["organization_id", "id"],
        sqlite_where=REVOKES,
        postgresql_where=REVOKES,
    )


def downgrade() -> None:
    op.drop_index("ix_consent_event_revocations", "consent_event")
    op.drop_index("ix_answer_organization_id", "answer")
    op.drop_index("ix_suppression_organization_id_id", "suppression")
    op.drop_index("ix_subscriber_organization_id_id", "subscriber")
    op.drop_table("size")
