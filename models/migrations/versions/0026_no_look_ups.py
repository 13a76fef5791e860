"""PostgreSQL no longer looks up, and locks, what the rows of each message point to.

Revision ID: 0026
Revises: 0025
Create Date: 2026-11-30
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEYS = (
    ("delivery", "broadcast_id", "broadcast"),
    ("delivery", "subscriber_id", "subscriber"),
    ("delivery", "consent_event_id", "consent_event"),
    ("unsealed", "organization_id", "organization"),
    ("log_leaf", "organization_id", "organization"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, target in KEYS:
            op.drop_constraint(_name(table, column, target), table, type_="foreignkey")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, target in KEYS:
            op.create_foreign_key(_name(table, column, target), table, target, [column], ["id"])


def _name(table: str, column: str, target: str) -> str:
    return f"fk_{table}_{column}_{target}"
