"""How many planted defects are found, and how many are made up, over clean tables.

Each of the twenty defects is planted alone in each table, and then all twenty in five groups of four. A claim counts
when it is of one of the twenty kinds; it is right when its kind and its suspected column are those of a planted defect.
It is excused, and counts neither way, when it is not right but the same searcher makes the very same claim, of the same
kind and columns, of the table before anything was planted; every other claim is a false alarm. No list of excuses is
typed. How many were excused is part of the score, as are the precision with nothing excused and the finds that repeat
such a claim. ``SEEDS`` says which seeds are scored.

Left out: claims of kinds that are no defect, such as associations, whose error rate is controlled by their q.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.datasets.table import Table
from core.evaluation.intervals import wilson_interval
from core.hub.errors import DataError
from core.tabular.eda.defects.planting import CLEAN, DEFECTS, load_set, plant_many
from core.tabular.eda.defects.truth import KINDS, Planted, Truth

Answers = Callable[[Table], tuple[Truth, ...]]
Answered = Sequence[tuple[str, Planted, tuple[Truth, ...]]]
"""Name of the set, what was planted, what was answered."""
SEEDS = (
    "Rules and thresholds were settled with planting seeds 0 to 13 in iris, wine, penguins, breast cancer and "
    "diabetes; scored are other seeds: 30 and 31 in the benchmark, 1,000 and more in a run"
)
# Four columns of numbers, as iris has, are enough for each group; what needs a pair comes first.
GROUPS = (
    ("derived_sum", "label_leak", "typo", "duplicate_rows"),
    ("derived_product", "sentinel", "ceiling", "spelling"),
    ("swapped_columns", "heaping", "impossible_date", "constant"),
    ("conditional_missingness", "unit_mixup", "impossible_negative", "id_like"),
    ("scaled_copy", "stuck_values", "numbers_as_text", "time_travel"),
)
WHOLE_SETS = frozenset({"derived_sum", "derived_product", "scaled_copy", "swapped_columns"})


@dataclass(frozen=True, slots=True)
class PlantedScore:
    """What was found of what was planted.

    Parameters
    ----------
    n_planted, n_found, n_false : int
        Defects planted, those of them found, and claims of defects that were not planted.
    excused : int
        Claims of defects that were not planted and are made of the table before planting too; not in ``n_false``.
    repeated : int
        Those of ``n_found`` that are named before planting too.
    recall, precision, strict_precision : tuple of float
        The share and its 95% Wilson bounds: (value, low, high); strict is with nothing excused.
    f1 : float
        Harmonic mean of recall and precision.
    by_kind : mapping of kind to (planted, found, false alarms, excused)
    """

    n_planted: int
    n_found: int
    n_false: int
    excused: int
    repeated: int
    recall: tuple[float, float, float]
    precision: tuple[float, float, float]
    strict_precision: tuple[float, float, float]
    f1: float
    by_kind: Mapping[str, tuple[int, int, int, int]]


def name_defects(table: Table, level: float = 0.05) -> tuple[Truth, ...]:
    """Return the claims of a table that are of one of the twenty kinds.

    Parameters
    ----------
    level : float
        False-discovery rate of the search.

    Examples
    --------
    >>> name_defects(load_set("iris"))
    (Truth(kind='duplicate_rows', columns=()),)
    """
    from core.tabular.eda.claims import find_claims

    found = []
    for claim in find_claims(table, level=level):
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


def make_plantings(
    seed: int, together: bool = True, names: Sequence[str] = CLEAN, *, alone: bool = True
) -> list[tuple[str, Planted]]:
    """Plant each defect alone in each set, then groups of four: (name of the set, planted table).

    In other sets than ``CLEAN`` a defect that no free column can take is passed over.
    """
    plantings = []
    for name in names:
        table, lenient = load_set(name), name not in CLEAN
        if alone:
            plantings += [(name, plant_many(table, (kind,), seed, lenient=lenient)) for kind in DEFECTS]
        if together:
            plantings += [(name, plant_many(table, group, seed + 1, lenient=lenient)) for group in GROUPS]
    return [(name, planted) for name, planted in plantings if planted.truths]


def answer_clean(answers: Answers, names: Sequence[str] = CLEAN) -> dict[str, tuple[Truth, ...]]:
    """Return what a searcher names in each set before anything is planted: what it is excused for.

    Examples
    --------
    >>> answer_clean(name_defects, ("breast_cancer",))
    {'breast_cancer': ()}
    """
    return {name: answers(load_set(name)) for name in names}


def score_planted(
    seed: int = 0, answers: Answers = name_defects, together: bool = True, names: Sequence[str] = CLEAN
) -> PlantedScore:
    """Plant all defects and score who finds them.

    Parameters
    ----------
    seed : int
        0 or more, of the planting; the groups use the next one. See ``SEEDS`` for which are to be scored.
    answers : callable
        Table to the defects it names; ours by default, a profiler's alerts to compare.
    together : bool
        Whether the groups of four are planted too.
    names : sequence of str
        Sets to plant in.

    Raises
    ------
    DataError
        If the seed is negative.
    """
    if seed < 0:
        message = f"seed is {seed}; it must be 0 or more"
        raise DataError(message)
    plantings = make_plantings(seed, together, names)
    answered = [(name, planted, answers(planted.table)) for name, planted in plantings]
    return count_score(answered, answer_clean(answers, names))


def count_score(answered: Answered, clean: Mapping[str, Collection[Truth]]) -> PlantedScore:
    """Count hits, false alarms and excused answers over tables.

    Parameters
    ----------
    clean : mapping of the name of a set to what the same searcher names in it before planting
    """
    planted_of, found_of, false_of, excused_of = (Counter[str]() for _ in range(4))
    repeated = 0
    for name, planted, answers in answered:
        for truth in planted.truths:
            found = _is_named(truth, answers)
            planted_of[truth.kind] += 1
            found_of[truth.kind] += found
            repeated += found and _is_named(truth, clean[name])
        for answer in answers:
            if not _is_named(answer, planted.truths):
                (excused_of if _is_named(answer, clean[name]) else false_of)[answer.kind] += 1
    counters = (planted_of, found_of, false_of, excused_of)
    by_kind = {kind: tuple(counter[kind] for counter in counters) for kind in KINDS}
    return _make_score(by_kind, repeated)  # type: ignore[arg-type]  # a tuple over four counters has four


def _is_named(truth: Truth, answers: Collection[Truth]) -> bool:
    """Tell whether one of some answers names a defect."""
    return any(is_right(answer, truth) for answer in answers)


def _make_score(by_kind: Mapping[str, tuple[int, int, int, int]], repeated: int) -> PlantedScore:
    """Turn counts of each kind into shares with their bounds."""
    n_planted, n_found, n_false, excused = (sum(each) for each in zip(*by_kind.values(), strict=True))
    recall, precision = _bound(n_found, n_planted), _bound(n_found, n_found + n_false)
    return PlantedScore(
        n_planted=n_planted,
        n_found=n_found,
        n_false=n_false,
        excused=excused,
        repeated=repeated,
        recall=recall,
        precision=precision,
        strict_precision=_bound(n_found, n_found + n_false + excused),
        f1=2 * recall[0] * precision[0] / max(1e-12, recall[0] + precision[0]),
        by_kind=by_kind,
    )


def _bound(n_found: int, n: int) -> tuple[float, float, float]:
    """Return a share with its Wilson bounds; of nothing it is 0."""
    return (n_found / max(1, n), *wilson_interval(n_found, max(1, n)))
