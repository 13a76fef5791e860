"""Broadcasts that recur, and three more kinds of acts.

Revision ID: 0013
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    "erased", "expired", "unmasked", "overridden", "judged", "imported", "restored", "exported",
    "stopped", "resumed", "decided",
)


def upgrade() -> None:
    op.create_table(
        "recurrence",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organization_id", BIG, nullable=False),
        sa.Column("list_id", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answers_to", AutoString(length=254), nullable=False),
        sa.Column("pattern", sa.String(length=32), nullable=False),
        sa.Column("weekdays", AutoString(length=30), nullable=False),
        sa.Column("month_day", AutoString(length=4), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("at", AutoString(length=5), nullable=False),
        sa.Column("timezone", AutoString(length=64), nullable=False),
        sa.Column("quiet_hours", sa.String(length=32), nullable=False),
        sa.Column("latest_start_minutes", sa.Integer(), nullable=False),
        sa.Column("useful_hours", sa.Integer(), nullable=False),
        sa.Column("overridden", AutoString(length=200), nullable=False),
        sa.Column("form_token", AutoString(length=64), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("next_wall", AutoString(length=16), nullable=True),
        sa.Column("created_by_id", BIG, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.Column("stopped_by_id", BIG, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_recurrence_{column}_{table}"
            )
            for column, table in (
                ("organization_id", "organization"), ("list_id", "list"), ("created_by_id", "member"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recurrence"),
        sa.UniqueConstraint(
            "organization_id", "form_token", name="uq_recurrence_organization_id_form_token"
        ),
        sa.CheckConstraint(
            "pattern IN ('weekly', 'monthly', 'every_days')", name=op.f("ck_recurrence_pattern")
        ),
        sa.CheckConstraint(
            "quiet_hours IN ('defer', 'skip')", name=op.f("ck_recurrence_quiethours")
        ),
    )
    op.create_index("ix_recurrence_organization_id", "recurrence", ["organization_id"])
    op.create_index("ix_recurrence_next_at", "recurrence", ["next_at"])
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes constraints of a new column in its own words only.
        op.execute(
            "ALTER TABLE broadcast ADD COLUMN recurrence_id INTEGER "
            "CONSTRAINT fk_broadcast_recurrence_id_recurrence REFERENCES recurrence (id)"
        )
    else:
        op.add_column("broadcast", sa.Column("recurrence_id", BIG, nullable=True))
        op.create_foreign_key(
            "fk_broadcast_recurrence_id_recurrence", "broadcast", "recurrence", ["recurrence_id"], ["id"]
        )
    op.add_column("broadcast", sa.Column("occurs_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_broadcast_recurrence_id_occurs_at", "broadcast", ["recurrence_id", "occurs_at"], unique=True
    )
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    """Let audit events have these kinds. No event is changed."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    check = f"kind IN ({listed})"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_audit_event_auditkind"), "audit_event", type_="check")
        op.create_check_constraint(op.f("ck_audit_event_auditkind"), "audit_event", check)
        return
    # SQLite changes a constraint by making the table anew, with the triggers that guard it.
    op.drop_index("ix_audit_event_organization_id", "audit_event")
    op.rename_table("audit_event", "audit_event_before")
    op.create_table(
        "audit_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organization_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([f"{one}_id"], [f"{one}.id"], name=f"fk_audit_event_{one}_id_{one}")
            for one in ("member", "organization")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
        sa.CheckConstraint(check, name=op.f("ck_audit_event_auditkind")),
    )
    columns = "id, organization_id, kind, member_id, subject, occurred_at"
    op.execute(f"INSERT INTO audit_event ({columns}) SELECT {columns} FROM audit_event_before")
    op.drop_table("audit_event_before")
    op.create_index("ix_audit_event_organization_id", "audit_event", ["organization_id"])
    refuse = "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
    for name, moment in (
        ("update", "BEFORE UPDATE ON audit_event"),
        ("delete", "BEFORE DELETE ON audit_event"),
        (
            "replace",
            "BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE NEW.id = id)",
        ),
    ):
        op.execute(f"CREATE TRIGGER audit_event_no_{name} {moment} {refuse}")


def downgrade() -> None:
    # The kinds stay allowed: events are never changed, and there may be some of the new kinds.
    op.drop_index("ix_broadcast_recurrence_id_occurs_at", "broadcast")
    op.drop_column("broadcast", "occurs_at")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_broadcast_recurrence_id_recurrence", "broadcast", type_="foreignkey")
        op.drop_column("broadcast", "recurrence_id")
    else:
        op.execute("ALTER TABLE broadcast DROP COLUMN recurrence_id")
    op.drop_table("recurrence")
