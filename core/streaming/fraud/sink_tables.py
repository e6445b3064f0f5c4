"""The tables of the stream's sink, for SQLite and for PostgreSQL.

Times are microseconds since 1970 where they are ours, and seconds since the epoch of the simulation where they are a
payment's. Every row names its stream, so that one database holds many.

Left out: the statements (``sink``).
"""

from __future__ import annotations

import sqlalchemy as sa

from core.hub.store import ROW_NUMBER, Schema

_METADATA = sa.MetaData()

STREAMS = sa.Table(
    "fraud_streams",
    _METADATA,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary),
    sa.Column("gate", sa.LargeBinary),
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
    sa.Column("journal", sa.LargeBinary),
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

SCHEMA = Schema("fraud_stream", 1, _METADATA)
