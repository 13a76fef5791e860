"""The latest subscriptions of a program in a state, found by an index.

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-30
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NAME = "ix_subscription_program_id_state"


def upgrade() -> None:
    """With the key: PostgreSQL, whose indexes do not end in it, went by those of all programs."""
    _make("program_id", "state", "id")


def downgrade() -> None:
    """Back to the state alone."""
    _make("program_id", "state")


def _make(*columns: str) -> None:
    op.drop_index(NAME, "subscription")
    op.create_index(NAME, "subscription", list(columns))
