"""Small tables that tests make by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from core.datasets.table import Table


def make_table(**columns: Any) -> Table:
    """Make an upload of named columns: numbers by their type, categories otherwise."""
    frame = pd.DataFrame(columns)
    kinds = {name: "number" if frame[name].dtype.kind in "fiu" else "category" for name in frame}
    return Table(frame, "made", "upload", "0" * 64, kinds)
