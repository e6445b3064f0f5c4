"""The hub's database: SQLite with a write-ahead log by default, PostgreSQL by ``DATABASE_URL``, one behaviour on both.

Each part of the hub describes its tables as a :class:`Schema` and asks the store to prepare it; a row per schema keeps
its version, so that an older program never writes into a newer database. A committed transaction survives a kill of the
process and a loss of power: SQLite syncs the log at each commit (``synchronous=FULL``, https://sqlite.org/wal.html;
the fraud stream alone syncs in between, see its ``sink_writes``),
PostgreSQL does so by default.

Left out: an object mapper (statements are SQLAlchemy Core), other databases, and SQLite on a network share, whose locks
cannot be trusted.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from core.hub.errors import RecipeError, UnavailableError
from core.hub.settings import Settings, load_settings

BUSY_S = 30
"""How long a writer waits for another before it gives up."""
CONNECT_S = 5
WRITER_LOCK = 0x4D415354
"""Key of PostgreSQL's advisory lock of exclusive transactions ("MAST")."""

Clock = Callable[[], int]
"""Gives the time now in microseconds since 1970."""
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Type of a key that counts rows: SQLite numbers them by itself only where the type is INTEGER."""


def read_clock() -> int:
    """Return the time now in microseconds since 1970."""
    return time.time_ns() // 1_000


_VERSIONS = sa.Table(
    "schema_versions",
    sa.MetaData(),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("applied", sa.Double, nullable=False),
)


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """The tables of one part of the hub.

    Parameters
    ----------
    name : str
        Under which its version is kept.
    version : int
        Raised by one at each change of the tables.
    metadata : MetaData
        The tables as they are at ``version``.
    upgrades : mapping of int to callable
        ``upgrades[n](connection)`` brings tables of version ``n - 1`` to version ``n``; a new table needs none.
    """

    name: str
    version: int
    metadata: sa.MetaData
    upgrades: Mapping[int, Callable[[sa.Connection], None]] = field(default_factory=dict)


class Store:
    """One database, opened for many threads.

    Parameters
    ----------
    url : str
        ``sqlite:///path/to/file`` or ``postgresql+psycopg://user:password@host/name``.

    Raises
    ------
    RecipeError
        If the address names another kind of database, or cannot be read.
    UnavailableError
        If the folder of a SQLite file cannot be made.

    Examples
    --------
    >>> import sqlalchemy as sa, tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3")
    >>> with store.read() as connection:
    ...     connection.execute(sa.select(sa.literal(6) * 7)).scalar_one()
    42
    >>> store.close()
    """

    def __init__(self, url: str) -> None:
        self._url = _read_url(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._engine = _open_sqlite(self._url) if self.is_sqlite else _open_postgresql(self._url)
        self._prepared: set[str] = set()

    @property
    def address(self) -> str:
        """The address with its password hidden, fit to be shown."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads: it sees one moment of the database and never waits for a writer.

        Raises
        ------
        UnavailableError
            If the database cannot be reached or used.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def write(self, *, exclusive: bool = False) -> Iterator[sa.Connection]:
        """Open a transaction that writes: all of it lasts once the block is left, or nothing of it.

        Parameters
        ----------
        exclusive : bool
            Whether no other exclusive transaction may run meanwhile, in any process: needed where a row is written
            because of what was read before. On SQLite every writer is alone anyway.

        Raises
        ------
        UnavailableError
            If the database cannot be reached or used, or another writer kept it for 30 seconds.
        """
        with self._transaction(writes=True) as connection:
            if exclusive and not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
            yield connection

    def prepare(self, schema: Schema) -> None:
        """Create or upgrade the tables of one schema and record its version; the second call does nothing.

        Raises
        ------
        UnavailableError
            If the database was written by a newer program.
        """
        if schema.name in self._prepared:
            return
        with self.write(exclusive=True) as connection:
            _VERSIONS.create(connection, checkfirst=True)
            _upgrade(connection, schema, self.address)
        self._prepared.add(schema.name)

    def find_version(self, name: str) -> int | None:
        """Return the version of a schema in this database, or None where it was never prepared."""
        with self.read() as connection:
            if not sa.inspect(connection).has_table(_VERSIONS.name):
                return None
            return _read_version(connection, name)

    def check(self) -> None:
        """Raise UnavailableError unless the database answers; the readiness check."""
        with self.read() as connection:
            connection.execute(sa.select(sa.literal(1))).scalar_one()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[sa.Connection]:
        """Run a block in one transaction and put an outage into one sentence."""
        try:
            with self._engine.connect() as connection:
                connection.execution_options(hub_writes=writes)
                with connection.begin():
                    yield connection
        except (exc.DBAPIError, exc.TimeoutError) as error:
            if not _is_outage(error):
                raise
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            message = f"the database {self.address} cannot be used ({reason}); check DATABASE_URL and that it runs"
            raise UnavailableError(message) from error


@lru_cache(maxsize=16)
def _open_url(url: str) -> Store:
    """Open each address once per process."""
    return Store(url)


def open_store(settings: Settings | None = None) -> Store:
    """Return the process's store: ``DATABASE_URL``, or the SQLite file ``hub.sqlite3`` in ``HUB_HOME``."""
    chosen = settings or load_settings()
    return _open_url(chosen.database_url or f"sqlite:///{chosen.hub_home / 'hub.sqlite3'}")


def _read_url(text: str) -> sa.URL:
    """Read an address; a bare ``postgresql://`` means the psycopg driver."""
    remedy = "it must be like sqlite:///path/to/file or postgresql+psycopg://user:password@host/name"
    try:
        url = sa.make_url(text)
    except exc.ArgumentError as error:
        message = f"DATABASE_URL cannot be read; {remedy}"
        raise RecipeError(message) from error
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"} or not url.database:
        message = f"DATABASE_URL starts with {url.drivername}:; {remedy}"
        raise RecipeError(message)
    return url


def _open_sqlite(url: sa.URL) -> sa.Engine:
    """Open a SQLite file with a write-ahead log and transactions that begin when the block does."""
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"the folder {folder} cannot be made ({error.strerror}); set HUB_HOME to one that can be written"
        raise UnavailableError(message) from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_S})
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Switch off the driver's own transactions, then set what each connection must have."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at once, so that a writer waits at its start and never fails half-way."""
    writes = connection.get_execution_options().get("hub_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgresql(url: sa.URL) -> sa.Engine:
    """Open PostgreSQL; a connection that its server closed is replaced before it is used."""
    return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_S})


def _is_outage(error: exc.DBAPIError | exc.TimeoutError) -> bool:
    """Tell a database that cannot be used from a statement that is wrong."""
    return type(error) in {exc.OperationalError, exc.InterfaceError, exc.DatabaseError, exc.TimeoutError}


def _read_version(connection: sa.Connection, name: str) -> int | None:
    """Read the version row of one schema."""
    query = sa.select(_VERSIONS.c.version).where(_VERSIONS.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def _upgrade(connection: sa.Connection, schema: Schema, address: str) -> None:
    """Bring the tables of one schema to its version, inside the caller's transaction."""
    found = _read_version(connection, schema.name)
    if found is not None and found > schema.version:
        message = (
            f"the {schema.name} tables in {address} have version {found} and this program knows {schema.version}; "
            "start the newer program or set DATABASE_URL to another database"
        )
        raise UnavailableError(message)
    for version in range(found + 1 if found is not None else schema.version + 1, schema.version + 1):
        if version in schema.upgrades:
            schema.upgrades[version](connection)
    schema.metadata.create_all(connection)
    values = {"version": schema.version, "applied": time.time()}
    if found is None:
        connection.execute(sa.insert(_VERSIONS).values(name=schema.name, **values))
    elif found < schema.version:
        connection.execute(sa.update(_VERSIONS).where(_VERSIONS.c.name == schema.name).values(**values))
