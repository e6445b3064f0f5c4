"""The list of defects and how they are planted, one at a time or several in one table.

Left out: scoring (``scoring``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.defects import columns, numbers, rows, texts
from core.tabular.eda.defects.truth import Planted

CLEAN = ("iris", "wine", "penguins", "breast_cancer", "diabetes")
Defect = Callable[[Planted, np.random.Generator], Planted]
DEFECTS: dict[str, Defect] = {
    "sentinel": numbers.plant_sentinel,
    "unit_mixup": numbers.plant_unit_mixup,
    "duplicate_rows": rows.plant_duplicates,
    "label_leak": columns.plant_leak,
    "time_travel": rows.plant_time_travel,
    "derived_sum": columns.plant_sum,
    "derived_product": columns.plant_product,
    "scaled_copy": columns.plant_copy,
    "typo": texts.plant_typos,
    "spelling": texts.plant_spelling,
    "swapped_columns": rows.plant_swap,
    "conditional_missingness": rows.plant_missing,
    "constant": columns.plant_constant,
    "id_like": columns.plant_id,
    "impossible_date": columns.plant_date,
    "numbers_as_text": texts.plant_numerals,
    "ceiling": numbers.plant_ceiling,
    "heaping": numbers.plant_heaping,
    "impossible_negative": numbers.plant_negative,
    "stuck_values": numbers.plant_stuck,
}


def plant(table: Table, kind: str, seed: int) -> Planted:
    """Plant one defect.

    Parameters
    ----------
    kind : str
        One of ``DEFECTS``.
    seed : int
        Of the columns, rows and amounts.

    Raises
    ------
    DataError
        If there is no such defect, or the table has no column for it.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> plant(load_table("iris"), "sentinel", 0).truths
    (Truth(kind='sentinel', columns=('petal_width',)),)
    """
    return plant_many(table, (kind,), seed)


def plant_many(table: Table, kinds: Sequence[str], seed: int) -> Planted:
    """Plant several defects, each in columns that none before it touched; rows are repeated last.

    Raises
    ------
    DataError
        As :func:`plant` does.
    """
    planted = Planted(table)
    for kind in sorted(kinds, key=lambda each: each == "duplicate_rows"):
        if kind not in DEFECTS:
            message = f"there is no defect {kind!r}; choose one of {', '.join(DEFECTS)}"
            raise DataError(message)
        rng = np.random.default_rng([seed, list(DEFECTS).index(kind)])
        planted = DEFECTS[kind](planted, rng)
    return planted
