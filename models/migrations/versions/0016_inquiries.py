"""How far the provider was asked about messages of which nothing more was heard.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inquiry",
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("through", BIG, nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_inquiry_broadcast_id_broadcast"
        ),
        sa.PrimaryKeyConstraint("broadcast_id", name="pk_inquiry"),
    )


def downgrade() -> None:
    op.drop_table("inquiry")
