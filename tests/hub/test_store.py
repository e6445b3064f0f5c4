"""The store keeps what it acknowledged, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.hub.errors import RecipeError, UnavailableError
from core.hub.settings import Settings
from core.hub.store import Schema, Store, open_store
from tests.servers import ROOT, Postgres

METADATA = sa.MetaData()
NOTES = sa.Table("notes", METADATA, sa.Column("number", sa.Integer, primary_key=True), sa.Column("text", sa.String))
SCHEMA = Schema("notes", 1, METADATA)

WRITER = """
import sys, itertools, sqlalchemy as sa
from core.hub.store import Schema, Store
metadata = sa.MetaData()
notes = sa.Table("notes", metadata, sa.Column("number", sa.Integer, primary_key=True), sa.Column("text", sa.String))
store = Store(sys.argv[1])
store.prepare(Schema("notes", 1, metadata))
for number in itertools.count(1):
    with store.write() as connection:
        connection.execute(sa.insert(notes).values(number=number, text="x" * 500))
    print(number, flush=True)
"""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    opened.prepare(SCHEMA)
    yield opened
    opened.close()


def read_numbers(store: Store) -> list[int]:
    with store.read() as connection:
        return list(connection.execute(sa.select(NOTES.c.number).order_by(NOTES.c.number)).scalars())


def add_note(store: Store, number: int) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(NOTES).values(number=number, text="a"))


def test_a_committed_row_is_read_by_another_connection(store, database_url):
    add_note(store, 7)
    other = Store(database_url)
    assert read_numbers(other) == [7]
    other.close()


def test_a_block_that_raises_writes_nothing(store):
    def add_and_fail() -> None:
        with store.write() as connection:
            connection.execute(sa.insert(NOTES).values(number=1, text="a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert read_numbers(store) == []


def test_a_wrong_statement_stays_the_programmers_mistake(store):
    add_note(store, 1)
    with pytest.raises(sa.exc.IntegrityError):
        add_note(store, 1)


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_half(store):
    add_note(store, 1)
    with store.write(exclusive=True) as connection:
        connection.execute(sa.insert(NOTES).values(number=2, text="b"))
        assert read_numbers(store) == [1]
    assert read_numbers(store) == [1, 2]


def test_exclusive_writers_never_overlap(store):
    """Four threads read the largest number and write the next one: without the lock two of them would collide."""

    def count_up() -> None:
        for _ in range(10):
            with store.write(exclusive=True) as connection:
                largest = connection.execute(sa.select(sa.func.max(NOTES.c.number))).scalar_one() or 0
                connection.execute(sa.insert(NOTES).values(number=largest + 1, text="c"))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_numbers(store) == list(range(1, 41))


def test_the_version_of_a_schema_is_recorded_once(store):
    store.prepare(SCHEMA)
    assert store.find_version("notes") == 1
    assert store.find_version("others") is None


def test_upgrades_run_in_order_and_keep_the_rows(store, database_url):
    add_note(store, 5)
    ran = []

    def add_column(connection: sa.Connection) -> None:
        ran.append(2)
        connection.execute(sa.text("ALTER TABLE notes ADD COLUMN author VARCHAR DEFAULT 'nobody'"))

    newer = Schema("notes", 3, sa.MetaData(), {3: lambda _: ran.append(3), 2: add_column, 1: lambda _: ran.append(1)})
    other = Store(database_url)
    other.prepare(newer)
    assert ran == [2, 3]
    assert other.find_version("notes") == 3
    with other.read() as connection:
        assert connection.execute(sa.text("SELECT number, author FROM notes")).one() == (5, "nobody")
    other.close()


def test_an_upgrade_that_fails_leaves_the_old_version(store, database_url):
    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.text("DROP TABLE notes"))
        raise ZeroDivisionError

    other = Store(database_url)
    with pytest.raises(ZeroDivisionError):
        other.prepare(Schema("notes", 2, sa.MetaData(), {2: fail}))
    other.close()
    assert store.find_version("notes") == 1
    assert read_numbers(store) == []


def test_a_database_of_a_newer_program_is_refused(store, database_url):
    with store.write() as connection:
        connection.execute(sa.text("UPDATE schema_versions SET version = 9"))
    other = Store(database_url)
    with pytest.raises(UnavailableError, match="have version 9 and this program knows 1; start the newer program"):
        other.prepare(SCHEMA)
    other.close()


def test_processes_that_open_an_empty_database_at_once_all_succeed(database_url):
    script = WRITER.split("for number", maxsplit=1)[0] + "print(store.find_version('notes'))"
    started = [
        subprocess.Popen([sys.executable, "-c", script, database_url], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate()[0] for process in started] == [b"1\n"] * 3


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(database_url):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, database_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    acknowledged = [int(writer.stdout.readline()) for _ in range(60)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    acknowledged += [int(line) for line in rest.split("\n")[:-1]]
    assert writer.returncode == -signal.SIGKILL
    store = Store(database_url)
    kept = read_numbers(store)
    assert kept[: len(acknowledged)] == acknowledged
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) <= len(acknowledged) + 1, "only the row being acknowledged at the kill may be there beside them"
    if store.is_sqlite:
        with store.read() as connection:
            assert connection.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"
    store.close()


def test_sqlite_writes_ahead_and_syncs_every_commit(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'new' / 'hub.sqlite3'}")
    with store.read() as connection:
        found = [connection.execute(sa.text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
        assert found == ["wal", 2]
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    store.close()


@pytest.mark.server
def test_postgresql_may_crash_and_come_back(postgres: Postgres):
    with postgres.make_database() as url:
        store = Store(url)
        store.prepare(SCHEMA)
        for number in range(1, 21):
            add_note(store, number)
        postgres.stop("immediate")
        with pytest.raises(UnavailableError, match="cannot be used"):
            store.check()
        postgres.start()
        store.check()
        assert read_numbers(store) == list(range(1, 21))
        store.close()


def test_an_unreachable_server_is_named_without_its_password():
    store = Store("postgresql://hub:secret-word@127.0.0.1:1/hub")
    with pytest.raises(UnavailableError, match="check DATABASE_URL and that it runs") as caught:
        store.check()
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "hub.sqlite3"
    path.write_bytes(b"this is a text, and a long one, that no database starts with" * 40)
    with pytest.raises(UnavailableError, match="file is not a database"):
        Store(f"sqlite:///{path}").check()
    assert path.read_bytes().startswith(b"this is a text"), "the file was changed"


@pytest.mark.parametrize("url", ["mysql://user@host/name", "no address", "sqlite://", "postgresql://"])
def test_other_addresses_are_refused_with_the_right_form(url):
    with pytest.raises(RecipeError, match=r"it must be like sqlite:///path/to/file or postgresql\+psycopg://"):
        Store(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="set HUB_HOME to one that can be written"):
        Store(f"sqlite:///{tmp_path / 'file' / 'hub' / 'hub.sqlite3'}")


def test_one_store_per_address(tmp_path):
    settings = Settings(hub_home=tmp_path)
    assert open_store(settings) is open_store(settings)
    assert Path(tmp_path / "hub.sqlite3").name in open_store(settings).address
