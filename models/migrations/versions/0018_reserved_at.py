"""What a sender's clock showed when it was last taken, so that one that is set back is noticed.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sender", sa.Column("reserved_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("sender", "reserved_at")
