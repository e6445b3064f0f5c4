"""Commits that do not wait for the disk, and the syncs that follow them.

A batch is a function of the log, so the disk need not hold it before the next one is taken. SQLite appends its commit
to the write-ahead log, where any other process sees it and where a kill of this one leaves it; only a loss of power
before the next sync takes it away. What is left then is a whole earlier batch along with the offset that belongs to it
(``synchronous=NORMAL``, https://sqlite.org/pragma.html#pragma_synchronous: a log in this mode "might lose durability"
and is "always consistent"), and the messages after that offset are read again and lead to the same rows under the same
numbers. Waiting for each sync instead held up every payment for as long as the disk took, at 150 syncs a second.

Two rules make this safe. Nothing that comes of a batch leaves the database before a sync has made it last
(``outbox``). And only the stream's own transactions are written so: whatever else is written on the same pooled
connection waits for the disk as ever, and in doing so makes all the batches before it last as well.

Left out: PostgreSQL, which syncs the commits of several writers at once and is left as its owner has set it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from core.hub.errors import UnavailableError
from core.hub.store import Store

LAST_RESORT_PAGES = 16_000
"""64 MB of log, from which a commit does the checkpoint itself after all (``checkpoints``)."""
_MARK = "fraud_checkpoints"
_TURN = threading.Lock()
"""SQLite lets one write at a time and has others look again after some milliseconds; threads here wait in line."""


@contextmanager
def write(store: Store) -> Iterator[sa.Connection]:
    """Open a transaction of the stream: whole or nothing, seen by all once it is left, on the disk at the next sync.

    Raises
    ------
    UnavailableError
        If the database cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3")
    >>> with write(store) as connection:
    ...     connection.exec_driver_sql("CREATE TABLE paid (id INTEGER)").close()
    >>> sync(store)
    >>> store.close()
    """
    if not store.is_sqlite:
        with store.write(exclusive=True) as connection:
            yield connection
        return
    with _TURN, store.write(exclusive=True) as connection:
        _leave_checkpoints(connection)
        with _unsynced(connection):
            yield connection


def sync(store: Store) -> None:
    """Wait until the disk holds every transaction that was committed before this call.

    SQLite syncs its database before it begins its log anew, so what the log no longer holds is on the disk already.

    Raises
    ------
    UnavailableError
        If the disk refuses.
    """
    log = find_log(store)
    if log is None:
        return
    try:
        with log.open("r+b") as file:
            os.fsync(file.fileno())
    except FileNotFoundError:
        return  # every connection was closed, which moved all of it into the database
    except OSError as error:
        message = f"{log} cannot be synced ({error.strerror}); check the disk, then start the consumer again"
        raise UnavailableError(message) from error


def find_log(store: Store) -> Path | None:
    """Return SQLite's write-ahead log; None for PostgreSQL."""
    database = sa.make_url(store.address).database
    return Path(f"{database}-wal") if store.is_sqlite else None


@contextmanager
def _unsynced(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite commit what the block writes without a sync, and the next user of the connection with one.

    The setting cannot be changed inside a transaction, so the block gets one of its own.
    """
    _run(connection, "COMMIT", "PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE")
    end = "ROLLBACK"
    try:
        yield
        end = "COMMIT"
    finally:
        _run(connection, end, "PRAGMA synchronous = FULL", "BEGIN")


def _leave_checkpoints(connection: sa.Connection) -> None:
    """Let commits of this connection leave the moving of the log to ``checkpoints`` until it is 64 MB long."""
    if _MARK not in connection.info:
        _run(connection, f"PRAGMA wal_autocheckpoint = {LAST_RESORT_PAGES}")
        connection.info[_MARK] = True


def _run(connection: sa.Connection, *statements: str) -> None:
    """Run statements that answer nothing of interest."""
    for each in statements:
        connection.exec_driver_sql(each).close()
