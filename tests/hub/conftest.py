"""Fixtures of the store and of jobs: both databases, and services that are closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.hub.jobs import JobService
from core.hub.settings import Settings
from tests.servers import Postgres, start_postgres

MakeService = Callable[..., JobService]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for all tests of a process; the tests that use it share an xdist group."""
    with start_postgres() as server:
        yield server


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.server, pytest.mark.xdist_group("postgresql")]),
    ]
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    else:
        with request.getfixturevalue("postgres").make_database() as url:
            yield url


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[MakeService]:
    """Make services of one worker in a temporary folder; all are closed at the end."""
    opened: list[JobService] = []

    def make(grace_s: float = 0.3, **changes: Any) -> JobService:
        values = {"hub_home": tmp_path, "jobs_workers": 1, "jobs_timeout_s": 60.0, **changes}
        opened.append(JobService(Settings(**values), grace_s))
        return opened[-1]

    yield make
    for service in opened:
        service.close()
        service._ledger.store.close()
