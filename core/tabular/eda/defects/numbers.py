"""Defects in the cells of number columns.

Left out: outliers, which may be true.
"""

from __future__ import annotations

import numpy as np

from core.hub.errors import DataError
from core.tabular.eda.defects.truth import (
    ROUND_SHARE,
    Planted,
    Truth,
    choose_numbers,
    choose_rows,
    count_decimals,
    put,
)

SENTINELS = (-999.0, -9999.0)
UNITS = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)
SMALL_UNITS = (2.54, 2.2046, 1 / 2.54, 1 / 2.2046)
NARROW = 0.12  # spread of the logarithms up to which a small factor can show


def plant_sentinel(planted: Planted, rng: np.random.Generator) -> Planted:
    """Write −999 or −9999 for 2–6% of a column."""
    (name,) = choose_numbers(planted, rng, 1)
    values = planted.table.numbers(name).copy()
    values[choose_rows(len(values), rng.uniform(0.02, 0.06), rng)] = rng.choice(SENTINELS)
    return planted.with_defect(Truth("sentinel", (name,)), put(planted, name, values))


def plant_unit_mixup(planted: Planted, rng: np.random.Generator) -> Planted:
    """Write 5–20% of a positive column in another unit; inch or pound only where the column is narrow enough."""
    (name,) = choose_numbers(planted, rng, 1, positive=True)
    values = planted.table.numbers(name).copy()
    narrow = float(np.nanstd(np.log(values))) < NARROW
    factor = float(rng.choice((*UNITS, *SMALL_UNITS) if narrow else UNITS))
    rows = choose_rows(len(values), rng.uniform(0.05, 0.2), rng)
    values[rows] = np.round(values[rows] * factor, 6)
    return planted.with_defect(Truth("unit_mixup", (name,)), put(planted, name, values))


def plant_ceiling(planted: Planted, rng: np.random.Generator) -> Planted:
    """Clip a column at its 85th–93rd percentile, as a full scale does."""
    (name,) = choose_numbers(planted, rng, 1)
    values = planted.table.numbers(name)
    top = float(np.nanquantile(values, rng.uniform(0.85, 0.93), method="nearest"))
    return planted.with_defect(Truth("ceiling", (name,)), put(planted, name, np.minimum(values, top)))


def plant_heaping(planted: Planted, rng: np.random.Generator) -> Planted:
    """Round 40–60% of a column to tens of its last digit; a column that is round already is passed over."""
    names = [name for name in planted.free_numbers() if _share_round(planted.table.numbers(name)) <= ROUND_SHARE]
    if not names:
        message = f"{planted.table.name} has no free column that is not round already; this defect needs 1"
        raise DataError(message)
    name = str(rng.choice(names))
    values = planted.table.numbers(name).copy()
    rows = choose_rows(len(values), rng.uniform(0.4, 0.6), rng)
    values[rows] = np.round(values[rows], count_decimals(values) - 1)
    return planted.with_defect(Truth("heaping", (name,)), put(planted, name, values))


def _share_round(values: np.ndarray) -> float:
    """Return the share of values whose last digit is zero."""
    known = values[~np.isnan(values)]
    steps = np.round(known * 10.0 ** count_decimals(values)).astype("int64")
    return float((steps % 10 == 0).mean())


def plant_negative(planted: Planted, rng: np.random.Generator) -> Planted:
    """Turn the sign of 2–5% of a positive column."""
    (name,) = choose_numbers(planted, rng, 1, positive=True)
    values = planted.table.numbers(name).copy()
    values[choose_rows(len(values), rng.uniform(0.02, 0.05), rng)] *= -1
    return planted.with_defect(Truth("impossible_negative", (name,)), put(planted, name, values))


def plant_stuck(planted: Planted, rng: np.random.Generator) -> Planted:
    """Repeat one value over 12–30 rows one after the other."""
    (name,) = choose_numbers(planted, rng, 1)
    values = planted.table.numbers(name).copy()
    length = int(rng.integers(12, 31))
    start = int(rng.choice(np.flatnonzero(~np.isnan(values[: len(values) - length]))))
    values[start : start + length] = values[start]
    return planted.with_defect(Truth("stuck_values", (name,)), put(planted, name, values))
