"""Keep SQLite's checkpoints out of the commits: a thread beside the consumer does them.

SQLite appends commits to a write-ahead log and, by default, lets the commit that makes it 1,000 pages long move all of
it into the database: some tens of milliseconds for which every payment then waits, twice a second at 5,000 payments a
second (https://sqlite.org/wal.html#performance_considerations). A checkpoint of another connection runs while commits
go on. It may never catch up with a stream that never rests, so once the log is long the writer is held up for the last
few pages, after which the log begins anew.

Left out: PostgreSQL, whose own process does this.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Self

import sqlalchemy as sa

from core.hub.errors import UnavailableError
from core.hub.store import Store

EVERY_S = 1.0
LONG_PAGES = 4_000
"""16 MB of log, from which commits wait for the end of a checkpoint."""
LAST_RESORT_PAGES = 16_000
"""64 MB, from which a commit does the checkpoint itself after all."""
_MARK = "fraud_checkpoints"


def leave_checkpoints(connection: sa.Connection) -> None:
    """Let commits of a connection to SQLite leave the log alone until it is 64 MB long."""
    if _MARK not in connection.info:
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {LAST_RESORT_PAGES}").close()
        connection.info[_MARK] = True


def checkpoint(store: Store) -> int:
    """Move what SQLite's log holds into the database; return how many pages the log has left, 0 once it is all moved.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3")
    >>> checkpoint(store)
    0
    >>> store.close()
    """
    left = _run(store, "PASSIVE")
    return _run(store, "FULL") if left > LONG_PAGES else left


def _run(store: Store, mode: str) -> int:
    """Run one checkpoint; return the pages of the log that it did not free."""
    with store.read() as connection:
        _, n_pages, n_moved = connection.exec_driver_sql(f"PRAGMA wal_checkpoint({mode})").one()
    return int(n_pages) if n_moved < n_pages else 0


class Checkpoints:
    """A thread that checkpoints a SQLite store each second, for the length of a block; nothing on PostgreSQL.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store, self._ended = store, Event()
        self._thread = Thread(target=self._run, name="checkpoints", daemon=True)

    def __enter__(self) -> Self:
        if self._store.is_sqlite:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        """Checkpoint until the end; a database that cannot be used is the consumer's to tell."""
        while not self._ended.wait(EVERY_S):
            try:
                checkpoint(self._store)
            except UnavailableError:
                return
