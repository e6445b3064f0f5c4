"""What reading may touch: one private file and one thread; no extension, no other memory, nothing left behind."""

import doctest
import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

import core.datasets.reading as package
from core.datasets.reading import read_table
from core.datasets.reading.cutter import _connect
from core.hub.settings import Settings


@pytest.fixture
def connection(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    (tmp_path / "secret.csv").write_text("a,b\n3,4\n")
    with _connect(str(path), Settings()) as opened:
        yield opened


def test_database_reads_its_own_file_only(connection, tmp_path):
    assert connection.sql("FROM read_csv($path)", params={"path": str(tmp_path / "table.csv")}).fetchall() == [(1, 2)]
    for other in (tmp_path / "secret.csv", Path("/etc/passwd"), tmp_path / "*.csv"):
        with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
            connection.sql("FROM read_csv($path)", params={"path": str(other)}).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 8",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
    ],
)
def test_database_can_neither_write_load_nor_be_unlocked(connection, statement):
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
        connection.execute(statement)


def test_database_is_small_and_does_not_see_our_variables(connection):
    names = ("threads", "temp_directory", "autoload_known_extensions", "autoinstall_known_extensions")
    found = dict(connection.sql("SELECT name, value FROM duckdb_settings()").fetchall())
    assert [found[name] for name in names] == ["1", "", "false", "false"]
    frame = package  # a variable that a replacement scan would find
    assert frame is package
    with pytest.raises(duckdb.CatalogException):
        connection.sql("SELECT * FROM frame")


@pytest.mark.parametrize("in_memory", [True, False])
def test_no_file_is_left_behind(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not in_memory:  # as on a system without memfd
        monkeypatch.delattr(os, "memfd_create")
    assert read_table(b"a,b\n1,2\n", "x.csv").table.frame.to_dict("list") == {"a": [1], "b": [2]}
    read_table(b"a,b\n1,2\n", "x.csv")
    with pytest.raises(Exception, match="no rows"):
        read_table(b"a,b\n", "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_importing_it_loads_no_engine():
    code = (
        "import sys, core.datasets.reading\n"
        "heavy = {'duckdb', 'sklearn', 'sqlalchemy', 'streamlit', 'python_calamine', 'charset_normalizer', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(package.__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(package.__path__)])
def test_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(f"{package.__name__}.{name}")
    result = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert result.failed == 0
