"""Where a sender's lane that was served last stood: whoever has waited goes on from there.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sender", sa.Column("share", BIG, nullable=False, server_default="0"))
    # Level with all that were served before, so that none of them waits for a new one.
    op.execute(
        "UPDATE sender SET share = COALESCE("
        "(SELECT MAX(lane.share) FROM lane WHERE lane.sender_id = sender.id), 0)"
    )


def downgrade() -> None:
    op.drop_column("sender", "share")
