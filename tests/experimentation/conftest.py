"""Both databases, and a log of each with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.experimentation.ab_testing.ledger import Ledger
from core.hub.store import Store

START_US = 1_767_605_400_000_000  # 2026-01-05T09:30:00Z


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    now_us: int = START_US

    def __call__(self) -> int:
        return self.now_us

    def move(self, days: float) -> None:
        self.now_us += round(days * 86_400_000_000)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def both_ledger(database_url: str, clock: HandClock) -> Iterator[Ledger]:
    """Open a log on SQLite and on PostgreSQL."""
    store = Store(database_url)
    yield Ledger(store, clock)
    store.close()


@pytest.fixture
def ledger(tmp_path: Path, clock: HandClock) -> Iterator[Ledger]:
    """Open a log on SQLite."""
    store = Store(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    yield Ledger(store, clock)
    store.close()
