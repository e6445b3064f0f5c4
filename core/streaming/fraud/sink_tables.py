"""The tables of the stream's sink, for SQLite and for PostgreSQL.

Times are microseconds since 1970 where they are ours, and seconds since the epoch of the simulation where they are a
payment's. Every row names its stream, so that one database holds many. A stream's own row is written by every batch, so
it holds nothing large: its state is kept in pieces, and journals apart from what a dashboard reads.

Left out: the statements (``sink``).
"""

from __future__ import annotations

import sqlalchemy as sa

from core.hub.store import ROW_NUMBER, Schema
from core.streaming.fraud.sink_rows import cut_state

_METADATA = sa.MetaData()

STREAMS = sa.Table(
    "fraud_streams",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("state_batch", sa.BigInteger),
)
STATES = sa.Table(
    "fraud_states",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("batch", sa.BigInteger, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
JOURNALS = sa.Table(
    "fraud_journals",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
POSITIONS = sa.Table(
    "fraud_positions",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("anchor", sa.String, nullable=False),
)
BATCHES = sa.Table(
    "fraud_batches",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("n_read", sa.Integer, nullable=False),
    sa.Column("n_scored", sa.Integer, nullable=False),
    sa.Column("n_alerts", sa.Integer, nullable=False),
    sa.Column("n_refused", sa.Integer, nullable=False),
    sa.Column("clock", sa.BigInteger, nullable=False),
    sa.Column("committed_us", sa.BigInteger, nullable=False),
    sa.Column("p50_ms", sa.Double, nullable=False),
    sa.Column("p99_ms", sa.Double, nullable=False),
)
ALERTS = sa.Table(
    "fraud_alerts",
    _METADATA,
    sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.BigInteger, nullable=False),
    sa.Column("customer", sa.BigInteger, nullable=False),
    sa.Column("terminal", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.Double, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("committed_us", sa.BigInteger, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Index("fraud_alerts_by_stream", "stream", "published"),
    sqlite_autoincrement=True,
)
QUARANTINE = sa.Table(
    "fraud_quarantine",
    _METADATA,
    sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("committed_us", sa.BigInteger, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Index("fraud_quarantine_by_stream", "stream", "published"),
    sqlite_autoincrement=True,
)


def _take_apart(connection: sa.Connection) -> None:
    """Bring tables of version 1, whose rows of streams and batches held states and journals, to version 2."""
    _METADATA.create_all(connection, tables=[STATES, JOURNALS])
    connection.execute(sa.text("ALTER TABLE fraud_streams ADD COLUMN state_batch BIGINT"))
    connection.execute(sa.text(
        "INSERT INTO fraud_journals (stream, number, content) "
        "SELECT stream, number, journal FROM fraud_batches WHERE journal IS NOT NULL"
    ))  # fmt: skip
    connection.execute(sa.text(
        "UPDATE fraud_streams SET state_batch = COALESCE((SELECT MIN(number) - 1 FROM fraud_journals "
        "WHERE fraud_journals.stream = fraud_streams.stream), batch) WHERE state IS NOT NULL"
    ))  # fmt: skip
    kept = connection.execute(sa.text("SELECT stream, state_batch, state, gate FROM fraud_streams")).all()
    for row in kept:
        pieces = cut_state(row.state, row.gate) if row.state is not None else []
        for place, content in enumerate(pieces):
            values = {"stream": row.stream, "batch": row.state_batch, "place": place, "content": content}
            connection.execute(sa.insert(STATES).values(values))
    for table, column in (("streams", "state"), ("streams", "gate"), ("batches", "journal")):
        connection.execute(sa.text(f"ALTER TABLE fraud_{table} DROP COLUMN {column}"))


SCHEMA = Schema("fraud_stream", 2, _METADATA, {2: _take_apart})
