"""Defects that are a column of their own: copies, sums, products, leaks, constants, identifiers, dates.

Left out: columns that are merely useless.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.hub.errors import DataError
from core.tabular.eda.defects.truth import Planted, Truth, choose_numbers, choose_rows, count_decimals, put

SCALES = (2.54, 0.3937, 1.8, 0.001, 1000.0, -1.0, 1.0)
PLACEHOLDERS = ("1900-01-01", "1970-01-01", "2099-12-31", "2222-02-22")
DAYS = 700


def _digits(planted: Planted, names: list[str]) -> int:
    """Return the most decimals of some columns."""
    return max(count_decimals(planted.table.numbers(name)) for name in names)


def plant_copy(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add a column in another unit, or the same under another name."""
    (first,) = choose_numbers(planted, rng, 1)
    name, scale = f"{first}_b", float(rng.choice(SCALES))
    shift = 32.0 if scale == 1.8 else 0.0  # noqa: PLR2004  # Celsius to Fahrenheit
    values = np.round(planted.table.numbers(first) * scale + shift, _digits(planted, [first]) + 3)
    return planted.with_defect(Truth("scaled_copy", (name, first)), put(planted, name, values), {name: "number"})


def plant_sum(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add the sum of two or three columns, the widest at most eight times as wide as the narrowest."""
    names = _choose_alike(planted, rng, int(rng.integers(2, 4)))
    values = np.round(sum(planted.table.numbers(name) for name in names), _digits(planted, names))
    frame = put(planted, "total", np.asarray(values))
    return planted.with_defect(Truth("derived_sum", ("total", *names)), frame, {"total": "number"})


def _choose_alike(planted: Planted, rng: np.random.Generator, n: int) -> list[str]:
    """Choose columns of comparable spread: beside a far wider one a part does not show."""
    names = planted.free_numbers()
    rng.shuffle(names)
    spread = {name: float(np.nanstd(planted.table.numbers(name))) for name in names}
    for first in names:
        alike = [
            name for name in names if spread[first] <= spread[name] <= 8 * spread[first]
        ]  # as the docstring of the defect says
        if len(alike) >= n:
            return [first, *[name for name in alike if name != first][: n - 1]]
    message = f"{planted.table.name} has no {n} free number columns of comparable spread"
    raise DataError(message)


def plant_product(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add the product of two columns, or of a column and a count."""
    first, second = choose_numbers(planted, rng, 2)
    values = planted.table.numbers(first) * planted.table.numbers(second)
    digits = _digits(planted, [first]) + _digits(planted, [second])
    truth = Truth("derived_product", ("amount", first, second))
    return planted.with_defect(truth, put(planted, "amount", np.round(values, digits)), {"amount": "number"})


def plant_leak(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add the target under another name: its classes as numbers or letters, a number on another scale."""
    target, name = planted.table.target, "outcome_code"
    if target is None:
        message = f"{planted.table.name} has no target; a leak needs one"
        raise DataError(message)
    if planted.table.kinds[target] == "number":
        values = planted.table.numbers(target)
        noise = rng.normal(0, 0.005 * float(np.nanstd(values)), len(values))
        frame = put(planted, name, np.round((values + noise) / float(np.nanmax(values)) * 100, 3))
        return planted.with_defect(Truth("label_leak", (name,)), frame, {name: "number"})
    codes, classes = pd.factorize(planted.table.frame[target], sort=True)
    order = rng.permutation(len(classes))
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        frame = put(planted, name, order[codes].astype(float))
        return planted.with_defect(Truth("label_leak", (name,)), frame, {name: "number"})
    letters = np.array(list("KLMNOPQRST"), dtype=object)
    frame = put(planted, name, letters[order[codes]])
    return planted.with_defect(Truth("label_leak", (name,)), frame, {name: "category"})


def plant_constant(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add a column with one value."""
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        frame = put(planted, "version", np.full(len(planted.table.frame), float(rng.integers(1, 9))))
        return planted.with_defect(Truth("constant", ("version",)), frame, {"version": "number"})
    frame = put(planted, "source", np.full(len(planted.table.frame), "laboratory", dtype=object))
    return planted.with_defect(Truth("constant", ("source",)), frame, {"source": "category"})


def plant_id(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add an identifier as a number: a running one, or numbers drawn by chance under a telling name."""
    n = len(planted.table.frame)
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        values = rng.permutation(n) + float(rng.integers(1, 9000))
        return planted.with_defect(Truth("id_like", ("sample",)), put(planted, "sample", values), {"sample": "number"})
    values = rng.choice(900_000, n, replace=False) + 100_000.0
    return planted.with_defect(
        Truth("id_like", ("record_id",)), put(planted, "record_id", values), {"record_id": "number"}
    )


def plant_date(planted: Planted, rng: np.random.Generator) -> Planted:
    """Add dates over two years, of which 2–5% are a placeholder or in another century."""
    n, name = len(planted.table.frame), "visited_on"
    dates = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, DAYS, n), unit="D")
    column = pd.Series(dates, index=planted.table.frame.index)
    column.iloc[choose_rows(n, rng.uniform(0.02, 0.05), rng)] = pd.Timestamp(str(rng.choice(PLACEHOLDERS)))
    frame = planted.table.frame.copy()
    frame[name] = column
    return planted.with_defect(Truth("impossible_date", (name,)), frame, {name: "date"})
