"""The sending engine: lanes, frozen ranges, counters, a shared rate, and fewer indexes on deliveries.

Revision ID: 0010
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUSES = (
    "pending", "sending", "accepted", "sent", "delivered", "undelivered", "failed", "skipped", "unknown",
)
REASONS = ("opted_out", "suppressed", "not_confirmed", "left_list", "canceled")
MORE_REASONS = ("frequency", "quiet_hours", "too_late")
RETRY = sa.text("status = 'pending' AND next_attempt_at IS NOT NULL")
TOLD = sa.text("status IN ('undelivered', 'failed', 'skipped', 'unknown')")
IN_DOUBT = sa.text("status IN ('sending', 'unknown')")
DUE = sa.text("status = 'pending'")


def upgrade() -> None:
    _new_tables()
    _add_columns()
    if op.get_bind().dialect.name == "sqlite":
        _remake_delivery(REASONS[:4] + MORE_REASONS + REASONS[4:], with_sender=True)
    else:
        _alter_delivery()
    _delivery_indexes()
    _fill()


def _new_tables() -> None:
    op.create_table(
        "sender_debit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name="fk_sender_debit_sender_id_sender"),
        sa.PrimaryKeyConstraint("id", name="pk_sender_debit"),
    )
    op.create_index("ix_sender_debit_sender_id", "sender_debit", ["sender_id"])
    op.create_table(
        "pool_sender",
        sa.Column("program_id", BIG, nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_pool_sender_program_id_program"),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name="fk_pool_sender_sender_id_sender"),
        sa.PrimaryKeyConstraint("program_id", "sender_id", name="pk_pool_sender"),
    )
    op.create_table(
        "delivery_count",
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("status", AutoString(length=32), nullable=False),
        sa.Column("skip_reason", AutoString(length=32), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_delivery_count_broadcast_id_broadcast"
        ),
        sa.PrimaryKeyConstraint(
            "broadcast_id", "status", "skip_reason", "shard", name="pk_delivery_count"
        ),
    )
    op.create_table(
        "frozen_range",
        sa.Column("id", BIG, nullable=False),
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("low", BIG, nullable=False),
        sa.Column("high", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_frozen_range_broadcast_id_broadcast"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_frozen_range"),
    )
    op.create_index("ix_frozen_range_broadcast_id_high", "frozen_range", ["broadcast_id", "high"])
    op.create_table(
        "lane",
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("claimed_through", BIG, nullable=False),
        sa.Column("share", BIG, nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name="fk_lane_broadcast_id_broadcast"),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name="fk_lane_sender_id_sender"),
        sa.PrimaryKeyConstraint("broadcast_id", "sender_id", name="pk_lane"),
    )
    op.create_index("ix_lane_sender_id", "lane", ["sender_id"])


_COLUMNS = {
    "broadcast": ("useful_until", "local_at", "quiet_hours", "frozen_through", "frozen_at"),
    "organization": ("stopped_at", "stopped_by_id", "most_in_24_hours"),
    "sender": (
        "throttled_to", "throttled_at", "daily_cap", "cap_day", "used_today", "rests_until", "rest_seconds",
    ),
    "subscription": ("sender_id",),
}


def _add_columns() -> None:
    # Plain ALTER TABLE ADD COLUMN on both databases: making a table anew on SQLite would lose its
    # CHECKs.
    for table, column in (
        ("broadcast", sa.Column("useful_until", UTCDateTime(), nullable=True)),
        ("broadcast", sa.Column("local_at", AutoString(length=16), nullable=True)),
        ("broadcast", sa.Column("frozen_through", BIG, nullable=False, server_default="0")),
        ("broadcast", sa.Column("frozen_at", UTCDateTime(), nullable=True)),
        ("organization", sa.Column("stopped_at", UTCDateTime(), nullable=True)),
        ("organization", sa.Column("stopped_by_id", BIG, nullable=True)),
        ("organization", sa.Column("most_in_24_hours", sa.Integer(), nullable=True)),
        ("sender", sa.Column("throttled_to", sa.Float(), nullable=True)),
        ("sender", sa.Column("throttled_at", UTCDateTime(), nullable=True)),
        ("sender", sa.Column("daily_cap", sa.Integer(), nullable=True)),
        ("sender", sa.Column("cap_day", sa.Date(), nullable=True)),
        ("sender", sa.Column("used_today", sa.Integer(), nullable=False, server_default="0")),
        ("sender", sa.Column("rests_until", UTCDateTime(), nullable=True)),
        ("sender", sa.Column("rest_seconds", sa.Integer(), nullable=True)),
    ):
        op.add_column(table, column)
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes constraints of a new column in its own words only.
        op.execute(
            "ALTER TABLE broadcast ADD COLUMN quiet_hours VARCHAR(32) DEFAULT 'defer' NOT NULL "
            "CONSTRAINT ck_broadcast_quiethours CHECK (quiet_hours IN ('defer', 'skip'))"
        )
        op.execute(
            "ALTER TABLE subscription ADD COLUMN sender_id INTEGER "
            "CONSTRAINT fk_subscription_sender_id_sender REFERENCES sender (id)"
        )
        return
    op.add_column(
        "broadcast",
        sa.Column("quiet_hours", sa.String(length=32), nullable=False, server_default="defer"),
    )
    op.create_check_constraint(
        op.f("ck_broadcast_quiethours"), "broadcast", "quiet_hours IN ('defer', 'skip')"
    )
    op.add_column("subscription", sa.Column("sender_id", BIG, nullable=True))
    op.create_foreign_key(
        "fk_subscription_sender_id_sender", "subscription", "sender", ["sender_id"], ["id"]
    )


def _alter_delivery() -> None:
    for name in (
        "ix_delivery_broadcast_id_status", "ix_delivery_due", "ix_delivery_message_sid",
        "ix_delivery_subscriber_id", "ix_delivery_in_doubt",
    ):
        op.drop_index(name, "delivery")
    op.drop_constraint("uq_delivery_broadcast_id_subscriber_id", "delivery", type_="unique")
    op.create_unique_constraint(
        "uq_delivery_subscriber_id_broadcast_id", "delivery", ["subscriber_id", "broadcast_id"]
    )
    op.drop_constraint(op.f("ck_delivery_skipreason"), "delivery", type_="check")
    op.create_check_constraint(
        op.f("ck_delivery_skipreason"), "delivery", _one_of("skip_reason", REASONS + MORE_REASONS)
    )
    op.add_column("delivery", sa.Column("sender_id", BIG, nullable=True))
    op.drop_constraint("fk_delivery_organization_id_organization", "delivery", type_="foreignkey")


def _remake_delivery(reasons: tuple[str, ...], *, with_sender: bool) -> None:
    """SQLite changes a table's constraints by making it anew."""
    for name in op.get_bind().execute(
        sa.text("SELECT name FROM sqlite_master WHERE tbl_name = 'delivery' AND type = 'index' AND sql IS NOT NULL")
    ).scalars().all():
        op.drop_index(name, "delivery")
    op.rename_table("delivery", "delivery_before")
    pair = ("subscriber_id", "broadcast_id") if with_sender else ("broadcast_id", "subscriber_id")
    parents = ["broadcast", "consent_event", *([] if with_sender else ["organization"]), "subscriber"]
    op.create_table(
        "delivery",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organization_id", BIG, nullable=False),
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("subscriber_id", BIG, nullable=False),
        *([sa.Column("sender_id", BIG, nullable=True)] if with_sender else []),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("skip_reason", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("message_sid", AutoString(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=True),
        sa.Column("lease_token", AutoString(length=32), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("submitted_at", UTCDateTime(), nullable=True),
        sa.Column("consent_event_id", BIG, nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{one}_id"], [f"{one}.id"], name=f"fk_delivery_{one}_id_{one}")
            for one in parents
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint(*pair, name=f"uq_delivery_{'_'.join(pair)}"),
        sa.CheckConstraint(_one_of("status", STATUSES), name=op.f("ck_delivery_deliverystatus")),
        sa.CheckConstraint(_one_of("skip_reason", reasons), name=op.f("ck_delivery_skipreason")),
    )
    kept = (
        "id, organization_id, broadcast_id, subscriber_id, status, skip_reason, error_code, message_sid, "
        "attempts, next_attempt_at, lease_token, lease_until, submitted_at, consent_event_id, settled_at"
    )
    op.execute(f"INSERT INTO delivery ({kept}) SELECT {kept} FROM delivery_before")
    op.drop_table("delivery_before")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    # Not IN: SQLite makes a table of the list for each row that it checks, which takes longer than
    # writing the row.
    return " OR ".join([f"{column} IS NULL", *(f"{column} = '{value}'" for value in values)])


def _delivery_indexes() -> None:
    for name, columns, where in (
        ("ix_delivery_retry", ["broadcast_id", "next_attempt_at"], RETRY),
        ("ix_delivery_in_doubt", ["lease_until"], IN_DOUBT),
        ("ix_delivery_told", ["broadcast_id", "status", "id"], TOLD),
    ):
        op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)


def _fill() -> None:
    """What the engine keeps of the broadcasts that are there."""
    op.execute(
        "UPDATE delivery SET sender_id = "
        "(SELECT sender_id FROM broadcast WHERE broadcast.id = delivery.broadcast_id)"
    )
    op.execute(
        "INSERT INTO delivery_count (broadcast_id, status, skip_reason, shard, value) "
        "SELECT broadcast_id, status, COALESCE(skip_reason, ''), 0, COUNT(*) FROM delivery "
        "GROUP BY broadcast_id, status, COALESCE(skip_reason, '')"
    )
    op.execute(
        "INSERT INTO frozen_range (broadcast_id, low, high) "
        "SELECT broadcast_id, MIN(id), MAX(id) FROM delivery GROUP BY broadcast_id"
    )
    op.execute(
        "INSERT INTO lane (broadcast_id, sender_id, claimed_through, share) "
        "SELECT id, sender_id, 0, 0 FROM broadcast WHERE audience IS NOT NULL"
    )
    op.execute("UPDATE broadcast SET frozen_at = started_at WHERE audience IS NOT NULL")


def downgrade() -> None:
    op.execute(
        "UPDATE delivery SET skip_reason = 'canceled' "
        "WHERE skip_reason IN ('frequency', 'quiet_hours', 'too_late')"
    )
    if op.get_bind().dialect.name == "sqlite":
        _remake_delivery(REASONS, with_sender=False)
    else:
        for name in ("ix_delivery_retry", "ix_delivery_told", "ix_delivery_in_doubt"):
            op.drop_index(name, "delivery")
        op.drop_constraint("uq_delivery_subscriber_id_broadcast_id", "delivery", type_="unique")
        op.create_unique_constraint(
            "uq_delivery_broadcast_id_subscriber_id", "delivery", ["broadcast_id", "subscriber_id"]
        )
        op.drop_constraint(op.f("ck_delivery_skipreason"), "delivery", type_="check")
        op.create_check_constraint(
            op.f("ck_delivery_skipreason"), "delivery", _one_of("skip_reason", REASONS)
        )
        op.create_foreign_key(
            "fk_delivery_organization_id_organization",
            "delivery",
            "organization",
            ["organization_id"],
            ["id"],
        )
        op.drop_column("delivery", "sender_id")
    op.create_index("ix_delivery_broadcast_id_status", "delivery", ["broadcast_id", "status"])
    op.create_index(
        "ix_delivery_due", "delivery", ["broadcast_id", "id"], sqlite_where=DUE, postgresql_where=DUE
    )
    op.create_index(
        "ix_delivery_in_doubt", "delivery", ["lease_until"],
        sqlite_where=IN_DOUBT, postgresql_where=IN_DOUBT,
    )
    op.create_index("ix_delivery_message_sid", "delivery", ["message_sid"])
    op.create_index("ix_delivery_subscriber_id", "delivery", ["subscriber_id"])
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    for table in ("lane", "frozen_range", "delivery_count", "pool_sender", "sender_debit"):
        op.drop_table(table)
