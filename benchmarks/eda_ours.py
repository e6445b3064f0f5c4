"""Our side of the EDA benchmark's race, in a process of its own so that its peak memory is its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd

from core.datasets.table import Table
from core.tabular.eda.claims import find_claims


def main() -> None:
    """Time the claims of one table, reading the file left out."""
    folder = Path(sys.argv[1])
    kinds = json.loads((folder / "0.json").read_text())
    dates = [name for name, kind in kinds.items() if kind == "date"]
    texts = {name: "object" for name, kind in kinds.items() if kind in {"category", "text"}}
    frame = pd.read_csv(folder / "0.csv", parse_dates=dates, dtype=texts)
    table = Table(frame, "large", "upload", "0" * 64, kinds, "bought")
    start = time.perf_counter()
    claims = find_claims(table)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    (folder / "answer.json").write_text(json.dumps({"seconds": seconds, "peak_gb": peak, "claims": len(claims)}))


if __name__ == "__main__":
    main()
