"""Reading a table of 100,000 rows: ours (sniffed, typed, every line accounted for) against the usual readers."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.record import Line, Record
from core.datasets.reading import read_table

N_ROWS, N_TIMES, SEED = 100_000, 3, 0
BUDGET_S = 5.0


def measure() -> Record:
    """Read one table as CSV and as a workbook, with ours and with pandas'."""
    frame = make_frame()
    csv, workbook = frame.to_csv(index=False).encode(), write_workbook(frame)
    german = frame.to_csv(index=False, sep=";", decimal=",").encode("cp1252")
    ours, theirs = time_call(lambda: read_table(csv, "big.csv")), time_call(lambda: pd.read_csv(io.BytesIO(csv)))
    odd = time_call(lambda: read_table(german, "big.csv"))
    sheet = time_call(lambda: read_table(workbook, "big.xlsx"), 1)
    peer = time_call(lambda: pd.read_excel(io.BytesIO(workbook), engine="openpyxl"), 1)
    return Record(
        name="reading",
        title="Reading uploads",
        method="100,000 rows × 8 columns: numbers, categories, text, dates. pandas is told the dialect; ours finds it.",
        lines=(
            Line(
                "CSV, commas, UTF-8",
                ours,
                "s",
                "budget (pandas.read_csv: " + f"{theirs:.2g} s)",
                BUDGET_S,
                ours <= BUDGET_S,
            ),
            Line("CSV, semicolons, decimal commas, cp1252", odd, "s", "budget", BUDGET_S, odd <= BUDGET_S),
            Line("Excel workbook", sheet, "s", "pandas with openpyxl", peer, sheet <= peer),
        ),
        command="python -m benchmarks reading",
    )


def make_frame() -> pd.DataFrame:
    """Make a table of mixed columns."""
    rng = np.random.default_rng(SEED)
    return pd.DataFrame(
        {
            "id": [f"{number:07d}" for number in range(N_ROWS)],
            "amount": rng.normal(100, 20, N_ROWS).round(2),
            "count": rng.integers(0, 50, N_ROWS),
            "share": rng.random(N_ROWS).round(5),
            "city": rng.choice(["Köln", "Zürich", "Århus", "Malmö"], N_ROWS),
            "grade": rng.choice(list("ABCD"), N_ROWS),
            "day": pd.date_range("2020-01-01", periods=N_ROWS, freq="h").strftime("%Y-%m-%d"),
            "note": rng.choice(["fine", "late, but paid", "see file", ""], N_ROWS),
        }
    )


def write_workbook(frame: pd.DataFrame) -> bytes:
    """Write the table as an Excel workbook."""
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, engine="openpyxl")
    return buffer.getvalue()


def time_call(call: Callable[[], object], n_times: int = N_TIMES) -> float:
    """Return the median seconds of a call."""
    seconds = []
    for _ in range(n_times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
