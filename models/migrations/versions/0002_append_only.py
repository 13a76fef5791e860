"""Proof is append-only: the database itself refuses to change or delete it.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = {
    "consent_event": "NEW.id = id",
    "disclosure": "NEW.id = id",
    "audit_event": "NEW.id = id",
    "checkpoint": "NEW.id = id",
    "log_leaf": "NEW.organization_id = organization_id AND NEW.leaf_index = leaf_index",
}


def upgrade() -> None:
    make = _sqlite if op.get_bind().dialect.name == "sqlite" else _postgresql
    if make is _postgresql:
        op.execute(
            """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
        )
    for table, same_key in _TABLES.items():
        make(table, same_key)


def _sqlite(table: str, same_key: str) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    # INSERT OR REPLACE deletes without a DELETE trigger where recursive_triggers is off.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_key}) {refuse}"
    )


def _postgresql(table: str, _same_key: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _TABLES:
        for name in ("update", "delete", "replace") if is_sqlite else ("change", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{name}" + ("" if is_sqlite else f" ON {table}"))
    if not is_sqlite:
        op.execute("DROP FUNCTION refuse_change()")
