"""Words that stand in a report for the short names of the code.

Left out: sentences of claims, which the claims carry.
"""

from __future__ import annotations

from collections.abc import Mapping

INTERVALS = (
    "Intervals hold in 95 of 100 samples drawn as these rows were. Where a finding says that a cut was chosen on these "
    "rows, its interval takes the cut as given and is not for the choice: new rows may fall short of it."
)
KINDS: Mapping[str, str] = {
    "approximate_identity": "nearly computed from other columns",
    "associations_left_out": "associations that are not listed",
    "ceiling": "values held at a limit",
    "conditional_missingness": "missing depending on another column",
    "conflicting_answers": "equal cases, different answers",
    "dependent_rows": "rows that depend on one another",
    "derived_product": "a product of other columns",
    "derived_sum": "a sum of other columns",
    "heaping": "rounded values",
    "heavy_tails": "values far out",
    "high_cardinality": "very many different values",
    "id_like": "an identifier",
    "imbalance": "classes of unequal size",
    "impossible_date": "dates that cannot be",
    "impossible_negative": "negative values that cannot be",
    "label_leak": "gives the outcome away",
    "leak_like": "may give the outcome away",
    "missing": "missing values",
    "missing_target": "outcome not known",
    "mostly_missing": "hardly filled in",
    "scaled_copy": "one column is another in other units",
    "sentinel": "a number that stands for missing",
    "skewed": "a long tail",
    "spelling": "one value in several spellings",
    "stuck_values": "one value many times in a row",
    "swapped_columns": "values in each other's column",
    "time_travel": "written down after the outcome",
    "typo": "misspelt values",
    "unit_mixup": "values in another unit",
    "wild_value": "values that cannot be right",
}


def name_kind(kind: str) -> str:
    """Name a kind of claim in words.

    Examples
    --------
    >>> name_kind("time_travel"), name_kind("duplicate_rows")
    ('written down after the outcome', 'duplicate rows')
    """
    return KINDS.get(kind, kind.replace("_", " "))
