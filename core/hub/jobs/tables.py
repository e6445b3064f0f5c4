"""The tables of jobs, and how a row becomes a Job.

Times are seconds since 1970 (one meaning on SQLite and PostgreSQL); JSON is text.

Left out: the statements (``ledger``, ``claims``).
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from core.hub.jobs.job import Job
from core.hub.jobs.ticket import Ticket
from core.hub.store import Schema

_METADATA = sa.MetaData()

JOBS = sa.Table(
    "jobs",
    _METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("dedup_key", sa.String, nullable=False, index=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("page", sa.String, nullable=False),
    sa.Column("function", sa.String, nullable=False),
    sa.Column("recipe_class", sa.String, nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("data_sha256", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("is_stopping", sa.Boolean, nullable=False, default=False),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("metrics", sa.Text, nullable=False, default="{}"),
    sa.Column("eta_s", sa.Double),
    sa.Column("log", sa.Text, nullable=False, default=""),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("summary", sa.Text, nullable=False, default="{}"),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("started", sa.Double),
    sa.Column("finished", sa.Double),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("heartbeat", sa.Double, nullable=False),
)

CLAIMS = sa.Table(
    "job_claims",
    _METADATA,
    sa.Column("job_id", sa.String, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("session", sa.String, primary_key=True, index=True),
    sa.Column("token", sa.String, nullable=False),
)


def _renew_claims(connection: sa.Connection) -> None:
    """Version 2: claims have tokens. Older ones have none to be found by; their jobs end and are swept in time."""
    CLAIMS.drop(connection)


SCHEMA = Schema("jobs", 2, _METADATA, {2: _renew_claims})


def make_job(row: sa.Row[tuple[object, ...]], ticket: Ticket, place: int | None, folder: Path) -> Job:
    """Turn a row of ``jobs`` into a Job; the time left is counted down since the row was written."""
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    eta_s = values["eta_s"]
    if eta_s is not None:
        eta_s = max(0.0, eta_s - (time.time() - values["updated"])) if values["state"] == "running" else None
    return Job(
        id=ticket.to_text(),
        page=values["page"],
        function=values["function"],
        recipe=values["recipe"],
        data_sha256=values["data_sha256"],
        state=values["state"],
        created=datetime.fromtimestamp(values["created"], UTC),
        folder=folder,
        step=values["step"],
        total=values["total"],
        metrics=json.loads(values["metrics"]),
        eta_s=eta_s,
        place=place,
        log=values["log"],
        error=values["error"],
        started=_read_time(values["started"]),
        finished=_read_time(values["finished"]),
        summary=json.loads(values["summary"]),
        is_stopping=bool(values["is_stopping"]) and values["state"] == "running",
    )


def _read_time(seconds: float | None) -> datetime | None:
    """Turn seconds since 1970 into a time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
