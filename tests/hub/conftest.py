"""Fixtures of the store and of jobs: both databases, and services that are closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.hub.jobs import JobService
from core.hub.settings import Settings

MakeService = Callable[..., JobService]


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
