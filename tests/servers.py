"""Real servers that tests start on 127.0.0.1 and stop again: PostgreSQL, a Dask cluster and the hub's own API.

A missing program is a failure with a clear sentence, never a skipped test.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
START_S = 120


def find_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def find_postgres_bin() -> Path:
    """Return the folder of PostgreSQL's newest programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    message = "PostgreSQL's initdb was not found; install it (Debian: apt-get install postgresql)"
    raise AssertionError(message)


def find_plain_user() -> str:
    """Return a user other than root under whom PostgreSQL runs."""
    return next(entry.pw_name for name in ("postgres", "nobody") for entry in pwd.getpwall() if entry.pw_name == name)


@dataclass
class Postgres:
    """A PostgreSQL server of our own in a temporary folder, with a password and without a Unix socket."""

    folder: Path
    port: int
    password: str = "only-for-this-test"
    n_databases: int = 0

    @property
    def url(self) -> str:
        """Address of its first database."""
        return f"postgresql+psycopg://hub:{self.password}@127.0.0.1:{self.port}/postgres"

    @contextmanager
    def make_database(self) -> Iterator[str]:
        """Create an empty database, give its address, and drop it at the end of the block."""
        self.n_databases += 1
        name = f"hub_{self.n_databases}"
        self._execute(f"CREATE DATABASE {name}")
        yield self.url.replace("/postgres", f"/{name}")
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()

    def create(self) -> None:
        """Initialise the folder."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        if os.getuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, find_plain_user())
        options = [
            "-U",
            "hub",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]
        self._run("initdb", "-D", str(self.folder / "data"), *options)

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c max_connections=40"
        )
        self._run(
            "pg_ctl", *self._data, "-w", "-t", str(START_S), "-o", options, "-l", str(self.folder / "log"), "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is a crash, after which it recovers from its log."""
        self._run("pg_ctl", *self._data, "-w", "-m", mode, "stop")

    @property
    def _data(self) -> tuple[str, str]:
        return "-D", str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, which refuse to run as root."""
        user: dict[str, Any] = {}
        if os.getuid() == 0:
            entry = pwd.getpwnam(find_plain_user())
            user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [str(find_postgres_bin() / program), *arguments],
            check=False,
            cwd=self.folder,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **user,
        )
        log = self.folder / "log"
        assert done.returncode == 0, f"{program} failed: {done.stdout!r} {log.read_text() if log.is_file() else ''}"


@contextmanager
def start_postgres() -> Iterator[Postgres]:
    """Start a PostgreSQL server and stop it at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))  # pytest's own folders are closed to the user postgres
    server = Postgres(folder, find_port())
    try:
        server.create()
        server.start()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Dask:
    """A Dask scheduler, and the process above its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes] | None = None


@contextmanager
def start_dask(folder: Path, n_workers: int = 2) -> Iterator[Dask]:
    """Start a Dask scheduler with workers of one thread each, and stop them at the end of the block."""
    from distributed import Client

    address = f"tcp://127.0.0.1:{find_port()}"
    scheduler = _start_dask(folder, "scheduler", "--host", "127.0.0.1", "--port", address.rsplit(":", 1)[1])
    dask = Dask(address, scheduler)
    try:
        with Client(address, timeout=START_S, set_as_default=False) as client:
            if n_workers > 0:
                shape = ("--nworkers", str(n_workers), "--nthreads", "1", "--local-directory", str(folder))
                dask.workers = _start_dask(folder, "worker", address, *shape, "--host", "127.0.0.1")
                client.wait_for_workers(n_workers, timeout=START_S)
        yield dask
    finally:
        for process in (dask.workers, scheduler):
            if process is not None:
                process.terminate()
                process.wait(START_S)


def _start_dask(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one of Dask's programs in the checkout, so that it can import core."""
    with (folder / f"{arguments[0]}.log").open("wb") as log:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


@contextmanager
def start_api(**environment: str) -> Iterator[int]:
    """Run `python -m core serve` on a free port, give the port once it listens, and stop it at the end of the block."""
    port = find_port()
    command = [sys.executable, "-m", "core", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            said: list[str] = []
            for line in server.stderr or ():
                said.append(line)
                if "Uvicorn running on http://127.0.0.1" in line:
                    break
            else:
                raise AssertionError("".join(said))
            yield port
        finally:
            server.terminate()
            server.communicate(timeout=30)
