"""Columns side by side: the answers are those of one thread, in their order, and a failure is passed on."""

import threading

import numpy as np
import pandas as pd
import pytest

from core.datasets import threads
from core.datasets.table import Table
from core.datasets.threads import MIN_ROWS, run_side_by_side
from core.tabular.eda.claims import find_claims
from core.tabular.eda.report import write_report


def make_long_table():
    rng, n = np.random.default_rng(0), MIN_ROWS
    hidden = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "size": (hidden + rng.normal(size=n)).round(3),
            "price": rng.lognormal(3, 1, n).round(2),
            "gaps": np.where(rng.random(n) < 0.05, np.nan, hidden.round(2)),
            "kind": np.array(["a", "b", "c"], dtype=object)[rng.integers(0, 3, n)],
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "bought": np.where(hidden > 0, "yes", "no").astype(object),
        }
    )
    kinds = dict(zip(frame, ("number", "number", "number", "category", "date", "category"), strict=True))
    return Table(frame, "long", "upload", "0" * 64, kinds, "bought")


def test_a_report_is_the_same_however_many_threads_work_on_it(monkeypatch):
    found = []
    for n_cores in (1, 2, 5):
        monkeypatch.setattr(threads, "count_cores", lambda n=n_cores: n)
        table = make_long_table()
        claims = find_claims(table)
        report = write_report(table, claims, title="Long")
        found.append((repr(claims), report.pdf, report.to_json()))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(("n_rows", "n_threads"), [(MIN_ROWS - 1, 1), (MIN_ROWS, 2)])
def test_only_long_tables_are_shared_out(monkeypatch, n_rows, n_threads):
    monkeypatch.setattr(threads, "count_cores", lambda: 2)
    both, seen = threading.Barrier(n_threads), set()

    def work(place):
        both.wait(timeout=30)
        seen.add(threading.get_ident())
        return place

    assert list(run_side_by_side([lambda: work(0), lambda: work(1)], n_rows)) == [0, 1]
    assert len(seen) == n_threads


def test_a_failure_is_passed_on(monkeypatch):
    monkeypatch.setattr(threads, "count_cores", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        list(run_side_by_side([lambda: 1, lambda: 1 / 0], MIN_ROWS))
