"""The gallery of a signed-in user in the hub's database: vectors and consent, never a picture, gone when erased.

Rows carry a hash of who owns them; every statement names the owner, so no gallery can reach into another. Saving writes
what has changed in one transaction. Erasing deletes the rows and, on SQLite, overwrites what they held
(``secure_delete``), writes the file anew (``VACUUM``) and empties the write-ahead log, so that neither file holds a
vector any longer (https://sqlite.org/pragma.html#pragma_secure_delete). Nothing is written to a log.

Left out: sessions of people who are not signed in, whose gallery lives in memory alone; backups of the database, which
must be kept no longer than the consents; PostgreSQL's dead rows, which its own VACUUM clears.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress

import numpy as np
import sqlalchemy as sa

from core.hub.errors import DataError, UnavailableError
from core.hub.fields import make_key
from core.hub.store import BUSY_S, Schema, Store
from core.vision.face_recognition.consent import Consent
from core.vision.face_recognition.expiry import watch
from core.vision.face_recognition.gallery import Gallery
from core.vision.face_recognition.identification import NEAREST, Method
from core.vision.face_recognition.people import Person, freeze_vectors
from core.vision.face_recognition.types import NAMING_GATE, VECTOR_SIZE

_METADATA = sa.MetaData()

PEOPLE = sa.Table(
    "face_people",
    _METADATA,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("vectors", sa.LargeBinary, nullable=False),
    sa.Column("given_by", sa.String, nullable=False),
    sa.Column("given", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False, index=True),
    sa.Column("version", sa.String, nullable=False),
)
SCHEMA = Schema("face_people", 1, _METADATA)
_LITTLE_ENDIAN = np.dtype("<f8")


class PeopleStore:
    """The stored people of one signed-in user.

    Parameters
    ----------
    store : Store
        The hub's database.
    owner : str
        Who is signed in; only its hash is written.

    Raises
    ------
    DataError
        If nobody is named.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(f"sqlite:///{tempfile.mkdtemp()}/hub.sqlite3")
    >>> kept = PeopleStore(store, "ann@example.org")
    >>> kept.load().people
    ()
    >>> store.close()
    """

    def __init__(self, store: Store, owner: str, clock: Callable[[], float] = time.time) -> None:
        if not owner.strip():
            message = "nobody is signed in; the people of a session are kept in memory alone"
            raise DataError(message)
        self._store, self._clock = store, clock
        self._owner = make_key("face_people", owner)
        self._seen: dict[str, str] = {}
        watch_store(store, clock)

    def load(self, gate: float = NAMING_GATE, method: Method = NEAREST) -> Gallery:
        """Read the gallery; whoever's consent has expired is erased first, of every owner."""
        erase_expired(self._store, self._clock())
        query = sa.select(PEOPLE).where(PEOPLE.c.owner == self._owner).order_by(PEOPLE.c.place)
        with self._store.read() as connection:
            people = tuple(_read_person(row) for row in connection.execute(query))
        self._seen = {person.key: _hash_person(person) for person in people}
        return Gallery(people, gate=gate, method=method, clock=self._clock)

    def save(self, gallery: Gallery) -> None:
        """Write what was changed in this gallery, and erase whoever is no longer in it.

        Somebody who was erased meanwhile in another window is not written again and leaves this gallery too; who was
        enrolled or changed there stays so.
        """
        people = gallery.people
        mine = PEOPLE.c.owner == self._owner
        with self._store.write(exclusive=True) as connection:
            _forget_for_good(connection, self._store)
            stored = connection.execute(sa.select(PEOPLE.c.key, PEOPLE.c.place).where(mine))
            held = {row.key: row.place for row in stored}
            kept = {each.key: each for each in people if each.key in held or each.key not in self._seen}
            hashes = {key: _hash_person(each) for key, each in kept.items()}
            first = max(held.values(), default=-1) + 1
            changed = [
                _write_person(self._owner, held.get(key, first + place), each)
                for place, (key, each) in enumerate(kept.items())
                if self._seen.get(key) != hashes[key]
            ]
            stale = (held.keys() & self._seen.keys()) - kept.keys() | {str(row["key"]) for row in changed} & held.keys()
            if stale:
                connection.execute(sa.delete(PEOPLE).where(mine, PEOPLE.c.key.in_(stale)))
            if changed:
                connection.execute(sa.insert(PEOPLE), changed)
        self._seen = hashes
        for key in {each.key for each in people} - kept.keys():
            with suppress(DataError):  # gone already
                gallery.remove(key)
        if stale:
            clear_traces(self._store)

    def erase(self, key: str) -> None:
        """Erase one person from the database; one who is not there leaves nothing to erase."""
        _delete(self._store, PEOPLE.c.owner == self._owner, PEOPLE.c.key == key)

    def erase_all(self) -> None:
        """Erase everybody of this owner."""
        _delete(self._store, PEOPLE.c.owner == self._owner)


def watch_store(store: Store, clock: Callable[[], float] = time.time) -> None:
    """Have whoever's consent expires erased from a database within a minute, also where nobody is signed in."""
    store.prepare(SCHEMA)
    watch(store, lambda each: erase_expired(each, clock()))


def erase_expired(store: Store, now: float) -> int:
    """Erase whoever's consent has expired, of every owner, and return how many that were."""
    store.prepare(SCHEMA)
    with store.read() as connection:
        found = connection.execute(sa.select(sa.func.count()).where(PEOPLE.c.expires <= now)).scalar_one()
    return _delete(store, PEOPLE.c.expires <= now) if found else 0


def _delete(store: Store, *rows: sa.ColumnElement[bool]) -> int:
    """Delete rows, then every trace of them."""
    with store.write(exclusive=True) as connection:
        _forget_for_good(connection, store)
        n_deleted = connection.execute(sa.delete(PEOPLE).where(*rows)).rowcount
    clear_traces(store)
    return int(n_deleted)


def _forget_for_good(connection: sa.Connection, store: Store) -> None:
    """Have SQLite write zeros over what is deleted."""
    if store.is_sqlite:
        connection.exec_driver_sql("PRAGMA secure_delete=ON").fetchall()


def clear_traces(store: Store) -> None:
    """Write the SQLite file anew without what was deleted, and empty its log.

    Raises
    ------
    UnavailableError
        If others used the database for 30 seconds without a pause; the rows are gone, their traces not yet.
    """
    if not store.is_sqlite:
        return
    path = sa.make_url(store.address).database or ""
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA secure_delete=ON").fetchall()
            connection.execute("VACUUM")
            is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            message = (
                f"the people are erased, but the database is busy ({error}), so its file is cleared at the next erasure"
            )
            raise UnavailableError(message) from error
    if is_busy:
        message = (
            "the people are erased, but the database is busy, so its log is cleared at the next erasure; try it again"
        )
        raise UnavailableError(message)


def _hash_person(person: Person) -> str:
    """Hash what is kept of a person, to tell later whether it was changed."""
    content = repr((person.name, person.consent)).encode() + person.vectors.tobytes()
    return hashlib.sha256(content).hexdigest()


def _write_person(owner: str, place: int, person: Person) -> dict[str, object]:
    """Put a person into a row."""
    consent = person.consent
    return {
        "owner": owner,
        "key": person.key,
        "place": place,
        "name": person.name,
        "vectors": person.vectors.astype(_LITTLE_ENDIAN).tobytes(),
        "given_by": consent.given_by,
        "given": consent.given,
        "expires": consent.expires,
        "version": consent.version,
    }


def _read_person(row: sa.Row[tuple[object, ...]]) -> Person:
    """Make a person of a row."""
    values = row._asdict()
    vectors = np.frombuffer(values["vectors"], dtype=_LITTLE_ENDIAN).reshape(-1, VECTOR_SIZE)
    consent = Consent(values["given_by"], values["given"], values["expires"], values["version"])
    return Person(values["key"], values["name"], freeze_vectors(vectors), consent)
