"""The list of defects and how they are planted, one at a time or several in one table.

Left out: scoring (``scoring``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.defects import columns, numbers, rows, texts
from core.tabular.eda.defects.truth import Planted

CLEAN = ("iris", "wine", "penguins", "breast_cancer", "diabetes")
"""Sets with which rules and thresholds were settled."""
HELD_OUT = ("titanic", "telco_churn", "gapminder")
"""Sets in which nothing was planted before rules and thresholds stood."""
MOST_ROWS, SAMPLE_SEED = 2_000, 0
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


def load_set(name: str) -> Table:
    """Load a set to plant in; of a longer one a seeded sample of 2,000 rows, in their order.

    Examples
    --------
    >>> [len(load_set(name).frame) for name in HELD_OUT]
    [1309, 2000, 1704]
    """
    table = load_table(name)
    if len(table.frame) <= MOST_ROWS:
        return table
    frame = table.frame.sample(MOST_ROWS, random_state=SAMPLE_SEED).sort_index().reset_index(drop=True)
    return table.with_step(f"{MOST_ROWS} rows drawn by chance, seed {SAMPLE_SEED}", frame=frame)


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


def plant_many(table: Table, kinds: Sequence[str], seed: int, *, lenient: bool = False) -> Planted:
    """Plant several defects, each in columns that none before it touched; rows are repeated last.

    Parameters
    ----------
    lenient : bool
        Whether a defect that no free column can take is passed over.

    Raises
    ------
    DataError
        As :func:`plant` does; where lenient, only if there is no such defect.
    """
    planted = Planted(table)
    for kind in sorted(kinds, key=lambda each: each == "duplicate_rows"):
        if kind not in DEFECTS:
            message = f"there is no defect {kind!r}; choose one of {', '.join(DEFECTS)}"
            raise DataError(message)
        rng = np.random.default_rng([seed, list(DEFECTS).index(kind)])
        try:
            planted = DEFECTS[kind](planted, rng)
        except DataError:
            if not lenient:
                raise
    return planted
