"""Keep the disk out of the commits' way: a thread beside the consumer syncs SQLite's log and moves it to the database.

SQLite appends commits to a write-ahead log and, by default, lets the commit that makes it 1,000 pages long move all of
it into the database: some tens of milliseconds for which every payment then waits, twice a second at 5,000 payments a
second (https://sqlite.org/wal.html#performance_considerations). A checkpoint of another connection runs while commits
go on. It may never catch up with a stream that never rests, so once the log is long the writer is held up for the last
few pages, after which the log begins anew. Between checkpoints the thread syncs the log, which the commits leave to it
(``sink_writes``).

Left out: PostgreSQL, whose own processes do all of this.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Self

from core.hub.errors import UnavailableError
from core.hub.store import Store
from core.streaming.fraud.sink_writes import sync

SYNC_EVERY_S = 0.1
"""Raising it means fewer syncs, and more to be read again after a loss of power."""
SYNCS_A_CHECKPOINT = 10
LONG_PAGES = 4_000
"""16 MB of log, from which commits wait for the end of a checkpoint."""


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
    """A thread that syncs and checkpoints a SQLite store, for the length of a block; nothing on PostgreSQL.

    Parameters
    ----------
    store : Store

    Attributes
    ----------
    n_synced : int
        The last batch that the disk is known to hold.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._ended = store, Event()
        self._thread = Thread(target=self._run, name="checkpoints", daemon=True)
        self._n_committed = self.n_synced = 0
        self._failure: UnavailableError | None = None

    def __enter__(self) -> Self:
        if self._store.is_sqlite:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            self._sync()

    def note(self, batch: int) -> None:
        """Take note that a batch was committed.

        Raises
        ------
        UnavailableError
            If an earlier one cannot be synced.
        """
        self._n_committed = batch
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        """Sync and checkpoint until the end, or until the disk or the database refuses."""
        n_syncs = 0
        try:
            while not self._ended.wait(SYNC_EVERY_S):
                self._sync()
                n_syncs += 1
                if n_syncs % SYNCS_A_CHECKPOINT == 0:
                    checkpoint(self._store)
        except UnavailableError as error:
            self._failure = error

    def _sync(self) -> None:
        """Sync what was committed so far, and note up to where."""
        covered = self._n_committed
        sync(self._store)
        self.n_synced = covered
