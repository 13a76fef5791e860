"""The countries by which the numbers of an imported file are read, kept with the file.

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files that are under way go on with what their programs serve at this moment."""
    op.add_column("number_file", sa.Column("regions", AutoString(length=200), nullable=True))
    op.execute(
        "UPDATE number_file SET regions = (SELECT COALESCE(NULLIF(TRIM(program.regions), ''), 'US')"
        " FROM program JOIN list ON list.program_id = program.id"
        " WHERE list.id = number_file.list_id)"
        " WHERE list_id IS NOT NULL AND finished_at IS NULL"
    )


def downgrade() -> None:
    op.drop_column("number_file", "regions")
