"""A notice is a message too: what it is about, and when it was in the provider's hands.

Revision ID: 0005
Revises: 0002
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sqlmodel.sql.sqltypes.UTCDateTime()
_FOREIGN = {"program_id": "program", "consent_event_id": "consent_event"}


def upgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        for name in _FOREIGN:
            notice.add_column(sa.Column(name, _ID, nullable=True))
        for name in ("submitted_at", "in_hand_until"):
            notice.add_column(sa.Column(name, _TIME, nullable=True))
        for name, table in _FOREIGN.items():
            notice.create_foreign_key(f"fk_notice_{name}_{table}", table, [name], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        for name, table in _FOREIGN.items():
            notice.drop_constraint(f"fk_notice_{name}_{table}", type_="foreignkey")
        for name in ("submitted_at", "in_hand_until", *_FOREIGN):
            notice.drop_column(name)
