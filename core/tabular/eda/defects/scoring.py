"""How many planted defects are found, and how many are made up, over five clean tables.

Each of the twenty defects is planted alone in each of the five tables (100 tables), and then all twenty in five groups
of four in each table (25 tables). A claim counts when it is of one of the twenty kinds; it is right when its kind and
its suspected column are those of a planted defect. What the clean tables hold of their own and a look confirms is
listed in ``KNOWN`` and counts neither way; every other claim is a false alarm.

Left out: claims of kinds that are no defect, such as associations, whose error rate is controlled by their q.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.intervals import wilson_interval
from core.hub.errors import DataError
from core.tabular.eda.defects.planting import CLEAN, DEFECTS, plant, plant_many
from core.tabular.eda.defects.truth import KINDS, Planted, Truth

Answers = Callable[[Table], tuple[Truth, ...]]
# Four columns of numbers, as iris has, are enough for each group; what needs a pair comes first.
GROUPS = (
    ("derived_sum", "label_leak", "typo", "duplicate_rows"),
    ("derived_product", "sentinel", "ceiling", "spelling"),
    ("swapped_columns", "heaping", "impossible_date", "constant"),
    ("conditional_missingness", "unit_mixup", "impossible_negative", "id_like"),
    ("scaled_copy", "stuck_values", "numbers_as_text", "time_travel"),
)
WHOLE_SETS = frozenset({"derived_sum", "derived_product", "scaled_copy", "swapped_columns"})
# Looked at by hand: what the clean tables really hold.
KNOWN: Mapping[str, frozenset[Truth]] = {
    # rows 102 and 143 are equal, as in the copy of the UCI archive
    "iris": frozenset({Truth("duplicate_rows", ())}),
    # alcalinity in halves, proline in fives, colour and phenols partly with one decimal
    "wine": frozenset(
        Truth("heaping", (name,)) for name in ("alcalinity_of_ash", "proline", "color_intensity", "total_phenols")
    ),
    # weighed in steps of 25 and 50 g; sex missing more often on one island (q below 0.05)
    "penguins": frozenset({Truth("heaping", ("body_mass",)), Truth("conditional_missingness", ("sex",))}),
    "breast_cancer": frozenset(),
    # whole numbers beside decimals in both
    "diabetes": frozenset({Truth("heaping", ("blood_pressure",)), Truth("heaping", ("cholesterol_ratio",))}),
}


@dataclass(frozen=True, slots=True)
class PlantedScore:
    """What was found of what was planted.

    Parameters
    ----------
    n_planted, n_found, n_false : int
        Defects planted, those of them found, and claims of defects that were not planted.
    recall, precision : tuple of float
        The share and its 95% Wilson bounds: (value, low, high).
    f1 : float
        Harmonic mean of recall and precision.
    by_kind : mapping of kind to (planted, found, false alarms)
    """

    n_planted: int
    n_found: int
    n_false: int
    recall: tuple[float, float, float]
    precision: tuple[float, float, float]
    f1: float
    by_kind: Mapping[str, tuple[int, int, int]]


def name_defects(table: Table) -> tuple[Truth, ...]:
    """Return the claims of a table that are of one of the twenty kinds."""
    from core.tabular.eda.claims import find_claims

    found = []
    for claim in find_claims(table):
        if claim.kind in WHOLE_SETS:
            found.append(Truth(claim.kind, claim.columns))
        elif claim.kind == "duplicate_rows":
            found.append(Truth(claim.kind, ()))
        elif claim.kind == "conditional_missingness":
            found.append(Truth(claim.kind, claim.columns[:1]))
        elif claim.kind in KINDS:
            found.extend(Truth(claim.kind, (name,)) for name in claim.columns)
    return tuple(dict.fromkeys(found))


def is_right(answer: Truth, truth: Truth) -> bool:
    """Tell whether an answer names a planted defect.

    Examples
    --------
    >>> is_right(Truth("derived_sum", ("a", "b", "c")), Truth("derived_sum", ("c", "a", "b")))
    True
    """
    if answer.kind != truth.kind:
        return False
    return set(answer.columns) == set(truth.columns)


def make_plantings(seed: int, together: bool = True) -> list[tuple[str, Planted]]:
    """Plant each defect alone in each clean table, then groups of four: (name of the set, planted table)."""
    plantings = []
    for name in CLEAN:
        table = load_table(name)
        plantings += [(name, plant(table, kind, seed)) for kind in DEFECTS]
        if together:
            plantings += [(name, plant_many(table, group, seed + 1)) for group in GROUPS]
    return plantings


def score_planted(seed: int = 0, answers: Answers = name_defects, together: bool = True) -> PlantedScore:
    """Plant all defects and score who finds them.

    Parameters
    ----------
    seed : int
        0 or more, of the planting; the groups use the next one. The rules and thresholds of the searches were settled
        with seeds 0 to 13: score with others.
    answers : callable
        Table to the defects it names; ours by default, a profiler's alerts to compare.
    together : bool
        Whether the groups of four are planted too.

    Raises
    ------
    DataError
        If the seed is negative.
    """
    if seed < 0:
        message = f"seed is {seed}; it must be 0 or more"
        raise DataError(message)
    return count_score([(name, planted, answers(planted.table)) for name, planted in make_plantings(seed, together)])


def count_score(answered: list[tuple[str, Planted, tuple[Truth, ...]]]) -> PlantedScore:
    """Count hits and false alarms over tables: (name of the set, what was planted, what was answered)."""
    planted_of, found_of, false_of = Counter[str](), Counter[str](), Counter[str]()
    for name, planted, answers in answered:
        for truth in planted.truths:
            planted_of[truth.kind] += 1
            found_of[truth.kind] += any(is_right(answer, truth) for answer in answers)
        for answer in answers:
            known = answer in KNOWN[name] or any(is_right(answer, truth) for truth in planted.truths)
            false_of[answer.kind] += not known
    n_planted, n_found, n_false = planted_of.total(), found_of.total(), false_of.total()
    recall, precision = n_found / n_planted, n_found / max(1, n_found + n_false)
    return PlantedScore(
        n_planted=n_planted,
        n_found=n_found,
        n_false=n_false,
        recall=(recall, *wilson_interval(n_found, n_planted)),
        precision=(precision, *wilson_interval(n_found, max(1, n_found + n_false))),
        f1=2 * recall * precision / max(1e-12, recall + precision),
        by_kind={kind: (planted_of[kind], found_of[kind], false_of[kind]) for kind in KINDS},
    )
