"""The profiler's side of the EDA benchmark: run by the Python of its own environment, never imported by ours.

``alerts FOLDER`` reads every table there and prints its alerts; ``time FOLDER`` prints the seconds and the peak memory
of a minimal report, reading the file left out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd

from benchmarks.peak import read_peak_gb

FIRST_ROWS = 1_000


def main() -> None:
    """Run one of the two."""
    mode, folder = sys.argv[1], Path(sys.argv[2])
    out = time_report(folder / "0.csv") if mode == "time" else [list_alerts(path) for path in list_files(folder)]
    (folder / "answer.json").write_text(json.dumps(out))


def list_files(folder: Path) -> list[Path]:
    """List the tables in their order."""
    return sorted(folder.glob("*.csv"), key=lambda path: int(path.stem))


def read(path: Path) -> pd.DataFrame:
    """Read a table with the kinds that ours has."""
    kinds = json.loads(path.with_suffix(".json").read_text())
    dates = [name for name, kind in kinds.items() if kind == "date"]
    texts = {name: "object" for name, kind in kinds.items() if kind in {"category", "text"}}
    return pd.read_csv(path, parse_dates=dates, dtype=texts)


def make_report(frame: pd.DataFrame, *, minimal: bool) -> object:
    """Make a report by the profiler, under whichever of its two names is installed."""
    try:
        from data_profiling import ProfileReport
    except ImportError:
        from ydata_profiling import ProfileReport
    if minimal:
        return ProfileReport(frame, minimal=True, progress_bar=False)
    return ProfileReport(frame, progress_bar=False, interactions=None, missing_diagrams=None, samples=None)


def list_alerts(path: Path) -> list[tuple[str, str, list[str]]]:
    """Return the alerts of a table: kind, column, other columns."""
    alerts = make_report(read(path), minimal=False).get_description().alerts
    told = [(each, each.values or {}) for each in alerts]  # noqa: PD011  # the alert's own facts, no frame
    return [(each.alert_type.name, each.column_name or "", list(facts.get("fields", []))) for each, facts in told]


def time_report(path: Path) -> dict[str, float]:
    """Return seconds and peak memory of a minimal report as HTML."""
    frame = read(path)
    make_report(frame.head(FIRST_ROWS), minimal=True).to_html()  # what it imports is no part of the race
    start, begun = time.perf_counter(), time.process_time()
    make_report(frame, minimal=True).to_html()
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - begun
    peak_gb = read_peak_gb()
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_gb": peak_gb}


if __name__ == "__main__":
    main()
