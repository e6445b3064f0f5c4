"""Defects of whole rows and of values that stand or fail together.

Left out: rows in another order, since the bundled sets are sorted by class themselves.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from core.datasets.columns import read_days
from core.hub.errors import DataError
from core.tabular.eda.defects.truth import Planted, Truth, choose_numbers, choose_rows, put

FIRST_DAY = 19_723  # 2024-01-01, in days since 1970-01-01
APART = 3.0  # medians of exchanged columns, in robust deviations of the wider: else an exchange changes nothing


def plant_duplicates(planted: Planted, rng: np.random.Generator) -> Planted:
    """Repeat 3–8% of the rows at places drawn by chance."""
    frame = planted.table.frame
    copies = frame.iloc[choose_rows(len(frame), rng.uniform(0.03, 0.08), rng)]
    both = pd.concat([frame, copies], ignore_index=True)
    keys = np.concatenate([np.arange(len(frame), dtype=float), rng.uniform(0, len(frame), len(copies))])
    shuffled = both.iloc[np.argsort(keys, kind="stable")].reset_index(drop=True)
    return planted.with_defect(Truth("duplicate_rows", ()), shuffled)


def plant_swap(planted: Planted, rng: np.random.Generator) -> Planted:
    """Exchange two neighbouring columns in 4–10% of the rows; only columns of different size."""
    names = planted.free_numbers()
    pairs = [pair for pair in combinations(names, 2) if _are_apart(planted, *pair)]
    near = sorted(pairs, key=lambda pair: abs(names.index(pair[0]) - names.index(pair[1])))[:6]
    if not near:
        message = f"{planted.table.name} has no two free number columns of different size; this defect needs a pair"
        raise DataError(message)
    first, second = near[int(rng.integers(len(near)))]
    x, y = planted.table.numbers(first).copy(), planted.table.numbers(second).copy()
    rows = choose_rows(len(x), rng.uniform(0.04, 0.1), rng)
    x[rows], y[rows] = y[rows], x[rows].copy()
    frame = put(planted, first, x)
    frame[second] = y
    return planted.with_defect(Truth("swapped_columns", (first, second)), frame)


def _are_apart(planted: Planted, first: str, second: str) -> bool:
    """Tell whether two columns are of different size."""
    x, y = planted.table.numbers(first), planted.table.numbers(second)
    middles = [float(np.nanmedian(each)) for each in (x, y)]
    wide = max(1.4826 * float(np.nanmedian(np.abs(each - np.nanmedian(each)))) for each in (x, y))
    return abs(middles[0] - middles[1]) > APART * wide


def plant_missing(planted: Planted, rng: np.random.Generator) -> Planted:
    """Empty a column where another is high: in 70–100% of the rows above its 70th–90th percentile."""
    name, driver = choose_numbers(planted, rng, 2)
    values, cause = planted.table.numbers(name).copy(), planted.table.numbers(driver)
    high = np.flatnonzero(cause >= np.nanquantile(cause, rng.uniform(0.7, 0.9)))
    n_gaps = max(6, round(rng.uniform(0.7, 1.0) * len(high)))
    values[rng.choice(high, min(n_gaps, len(high)), replace=False)] = np.nan
    return planted.with_defect(Truth("conditional_missingness", (name,)), put(planted, name, values))


def plant_time_travel(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add a column that is filled in for one outcome only: a number of days or a date."""
    target, name = planted.table.target, "days_until_closed"
    if target is None:
        message = f"{planted.table.name} has no target; a late column needs one"
        raise DataError(message)
    answers = planted.table.frame[target]
    if planted.table.kinds[target] == "number":
        filled = (answers >= answers.quantile(rng.uniform(0.6, 0.8))).to_numpy(dtype=bool, na_value=False)
    else:
        filled = (answers == rng.choice(sorted(answers.dropna().unique()))).to_numpy(dtype=bool, na_value=False)
    values = np.where(filled & (rng.random(len(filled)) < 0.9), rng.integers(1, 90, len(filled)), np.nan)  # noqa: PLR2004  # a tenth was never filled in
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        return planted.with_defect(Truth("time_travel", (name,)), put(planted, name, values), {name: "number"})
    name = "closed_on"
    frame = planted.table.frame.copy()
    frame[name] = read_days(pd.Series(values + FIRST_DAY, index=frame.index))
    return planted.with_defect(Truth("time_travel", (name,)), frame, {name: "date"})
