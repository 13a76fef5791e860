"""Consent events are append-only: the database itself refuses UPDATE and DELETE.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REFUSAL = "consent events are append-only"

_SQLITE = [
    f"""CREATE TRIGGER consent_event_no_update BEFORE UPDATE ON consent_event
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER consent_event_no_delete BEFORE DELETE ON consent_event
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    # INSERT OR REPLACE deletes without a DELETE trigger where recursive_triggers is off.
    f"""CREATE TRIGGER consent_event_no_replace BEFORE INSERT ON consent_event
        WHEN EXISTS (SELECT 1 FROM consent_event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
]

_POSTGRESQL = [
    f"""CREATE FUNCTION consent_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
    """CREATE TRIGGER consent_event_no_change BEFORE UPDATE OR DELETE ON consent_event
        FOR EACH ROW EXECUTE FUNCTION consent_event_refuse()""",
    """CREATE TRIGGER consent_event_no_truncate BEFORE TRUNCATE ON consent_event
        FOR EACH STATEMENT EXECUTE FUNCTION consent_event_refuse()""",
]


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("no_update", "no_delete", "no_replace"):
            op.execute(f"DROP TRIGGER consent_event_{name}")
        return
    op.execute("DROP TRIGGER consent_event_no_change ON consent_event")
    op.execute("DROP TRIGGER consent_event_no_truncate ON consent_event")
    op.execute("DROP FUNCTION consent_event_refuse()")
