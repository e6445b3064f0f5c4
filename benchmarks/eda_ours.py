"""Our side of the EDA benchmark's race, in a process of its own so that its peak memory is its own.

Both sides write a report of the first rows before the clock starts: what a process imports once is timed on its own.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path

import pandas as pd

from benchmarks.peak import read_peak_gb
from core.datasets.table import Table
from core.tabular.eda.claims import find_claims
from core.tabular.eda.report import write_report

FIRST_ROWS = 1_000


def main() -> None:
    """Time the claims of one table, and the claims with their report as PDF, reading the file left out."""
    folder = Path(sys.argv[1])
    kinds = json.loads((folder / "0.json").read_text())
    dates = [name for name, kind in kinds.items() if kind == "date"]
    texts = {name: "object" for name, kind in kinds.items() if kind in {"category", "text"}}
    frame = pd.read_csv(folder / "0.csv", parse_dates=dates, dtype=texts)
    table = Table(frame, "large", "upload", "0" * 64, kinds, "bought")
    start = time.perf_counter()
    first = dataclasses.replace(table, frame=frame.head(FIRST_ROWS))
    write_report(first, find_claims(first), title=first.name)
    first_s = time.perf_counter() - start
    start, begun = time.perf_counter(), time.process_time()
    claims = find_claims(table)
    claims_s = time.perf_counter() - start
    report = write_report(table, claims, title=table.name)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - begun
    peak = read_peak_gb()
    answer = {"claims_s": claims_s, "seconds": seconds, "cpu_s": cpu_s, "first_s": first_s, "peak_gb": peak}
    answer["n_bytes"] = len(report.pdf)
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
