"""``python -m benchmarks [name …]``: measure, print, and write docs/BENCHMARKS.md; ``--check`` only compares it."""

from __future__ import annotations

import importlib
import sys

from benchmarks import record

NAMES = (
    "ab_ledger", "ab_testing", "churn", "eda", "face_gates", "face_recognition", "fraud", "fraud_drift",
    "fraud_stream", "housing", "image_classification", "image_generation", "image_understanding", "iris", "jobs",
    "linear_regression", "pages", "reading", "text_speed", "titanic",
)  # fmt: skip


def main() -> int:
    """Run the named benchmarks, or all; return 1 when a claim was not kept or the document is stale."""
    if sys.argv[1:] == ["--check"]:
        return _check()
    kept = True
    for name in sys.argv[1:] or NAMES:
        measured = record.save(importlib.import_module(f"benchmarks.{name}").measure())
        print(record.write_table(measured), flush=True)
        kept = kept and all(line.kept for line in measured.lines)
    record.DOCUMENT.write_text(record.write_document())
    return 0 if kept else 1


def _check() -> int:
    """Say whether the document shows what the records hold."""
    if record.DOCUMENT.read_text() == record.write_document():
        return 0
    print("docs/BENCHMARKS.md is stale; run `make bench`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
