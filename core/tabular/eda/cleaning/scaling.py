"""What each scale does to number columns, side by side.

Left out: doing it (``steps.ScaleColumns``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.cleaning.arrays import gather_numbers
from core.tabular.eda.cleaning.checks import check_step
from core.tabular.eda.cleaning.rescaling import scale_columns
from core.tabular.eda.cleaning.steps import ScaleColumns, Scaling

METHODS: tuple[Scaling, ...] = ("standard", "min-max", "robust", "power", "log1p")
WARNING = (
    "Scales are worked out from all rows here, which is right for looking at a table; for a model, fit the scale on "
    "the training rows only, or its test rows have already been seen."
)


def compare_scales(table: Table, columns: tuple[str, ...], methods: tuple[Scaling, ...] = METHODS) -> pd.DataFrame:
    """Lay out each column before and after each scale.

    Returns
    -------
    DataFrame
        One row a column and scale (``as it is`` first): mean, deviation (ddof 0), min, max, skewness and a note that is
        empty or says why the scale cannot be used.

    Raises
    ------
    DataError
        If a column is not there, holds no finite numbers or has one value.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> found = compare_scales(load_table("iris"), ("petal_length",), ("min-max",))
    >>> found[["scale", "min", "max"]].values.tolist()
    [['as it is', 1.0, 6.9], ['min-max', 0.0, 1.0]]
    """
    lines = []
    for name in columns:
        check_step(table, ScaleColumns((name,)))
        lines.append(_line(name, "as it is", gather_numbers(table.frame, (name,))[:, 0]))
        for method in methods:
            try:
                check_step(table, ScaleColumns((name,), method))
            except DataError as error:
                lines.append({"column": name, "scale": method, "note": str(error)})
                continue
            scaled = scale_columns(table.frame[[name]], (name,), method)
            lines.append(_line(name, method, gather_numbers(scaled, (name,))[:, 0]))
    return pd.DataFrame(lines).fillna({"note": ""})


def _line(name: str, scale: str, values: np.ndarray) -> dict[str, object]:
    """Describe one column on one scale."""
    known = values[~np.isnan(values)]
    if not np.isfinite(known).all():
        return {"column": name, "scale": scale, "note": f"{cut(name)} would hold infinite values on this scale"}
    off = known - known.mean()
    skewness = float((off**3).mean() / known.std() ** 3) if known.std() else float("nan")
    return {
        "column": name,
        "scale": scale,
        "mean": float(known.mean()),
        "deviation": float(known.std()),
        "min": float(known.min()),
        "max": float(known.max()),
        "skewness": skewness,
        "note": "",
    }
