"""Files of numbers are taken part by part; subscribers lose two indexes that nothing reads.

An index over hashes takes a page of its own for nearly every new row, which made up most of what an
import or a join wrote to the disk.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "number_file_piece",
        sa.Column("number_file_id", BIG, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number_file_id"],
            ["number_file.id"],
            name="fk_number_file_piece_number_file_id_number_file",
        ),
        sa.PrimaryKeyConstraint("number_file_id", "place", name="pk_number_file_piece"),
    )
    for column in (
        sa.Column("note", AutoString(length=200), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
    ):
        op.add_column("number_file", column)
    op.execute("UPDATE number_file SET total = rows, finished_at = created_at")
    op.drop_index("ix_subscriber_number_hash", "subscriber")
    op.drop_index("ix_subscriber_phone_number", "subscriber")


def downgrade() -> None:
    op.create_index("ix_subscriber_phone_number", "subscriber", ["phone_number"])
    op.create_index("ix_subscriber_number_hash", "subscriber", ["number_hash"])
    for column in ("finished_at", "lease_until", "total", "note"):
        op.drop_column("number_file", column)
    op.drop_table("number_file_piece")
