"""The tables of the log and the triggers that keep it append-only, for SQLite and for PostgreSQL.

Times are microseconds since 1970. ``number`` is the order of the commits.

Left out: the statements (``ledger``).
"""

from __future__ import annotations

import sqlalchemy as sa

from core.hub.store import ROW_NUMBER, Schema

_METADATA = sa.MetaData()

EVENTS = sa.Table(
    "ab_events",
    _METADATA,
    sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("experiment", sa.String, nullable=False),
    sa.Column("unit", sa.String, nullable=False),
    sa.Column("arm", sa.String, nullable=False),
    sa.Column("metric", sa.String, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("time_us", sa.BigInteger, nullable=False),
    sa.Column("ingest_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("ab_events_by_use", "kind", "experiment", "metric"),
    sqlite_autoincrement=True,
)

QUARANTINE = sa.Table(
    "ab_quarantine",
    _METADATA,
    sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False, index=True),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("ingest_us", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    # INSERT OR REPLACE deletes a row without calling the trigger above.
    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({same}) {refuse}",
)
_FUNCTION = "AS $$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$"
_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION ab_refuse() RETURNS trigger LANGUAGE plpgsql {_FUNCTION}",
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ab_refuse()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ab_refuse()",
)


def _guard(table: sa.Table, same: str) -> None:
    """Make the triggers together with the table."""
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements:
            text = statement.format(table=table.name, refuse=_REFUSE, same=same)
            made: sa.DDL = sa.DDL(text)  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
            sa.event.listen(table, "after_create", made.execute_if(dialect=dialect))


_guard(EVENTS, "SELECT 1 FROM ab_events WHERE number = NEW.number OR id = NEW.id")
_guard(QUARANTINE, "SELECT 1 FROM ab_quarantine WHERE number = NEW.number")

SCHEMA = Schema("ab_ledger", 1, _METADATA)
