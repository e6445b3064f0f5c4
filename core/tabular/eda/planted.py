"""The search for claims tests itself: known defects are planted in clean tables, and hits and false alarms counted.

Beside it, on the same tables and by the same count, stand the workbench's alerts; both search at the recipe's level
where they have one. Each searcher is excused for what it says of a table before planting, and that is counted too.
Seeds start at 1,000; ``defects.scoring.SEEDS`` says with which the thresholds were settled. Since they were settled in
the same five sets, groups of four are planted in three others as well, which count apart.

Left out: the planting and the count of one table (``defects``); each defect alone in the other sets, which the
benchmark plants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from core.datasets.alerts import find_alerts
from core.datasets.table import Table
from core.tabular.eda.defects import CLEAN, HELD_OUT, KINDS, Planted, PlantedScore, Truth
from core.tabular.eda.defects.scoring import answer_clean, count_score, make_plantings, name_defects
from core.tabular.eda.recipe import BASELINE, MODEL, Recipe

FIRST_SEED = 1_000
SEEDS_A_RUN = 20  # two for each of at most ten rounds
N_TABLES, N_ALONE, N_OTHERS = 25, 100, 15  # of one round
_SAME = {"leak_like": "label_leak", "duplicate_columns": "scaled_copy"}
_OF_ROWS, _OF_PAIRS = frozenset({"duplicate_rows"}), frozenset({"duplicate_columns"})


@dataclass(frozen=True, slots=True, eq=False)
class PlantedTest:
    """What each searcher found of what was planted.

    Parameters
    ----------
    tables : mapping of searcher to int array of shape (n_tables, 4)
        Of each planted table: defects planted, those of them found, false alarms, and answers that are excused since
        the searcher gives them of the table before planting too.
    kinds : mapping of searcher to int array of shape (20, 4)
        The same of each kind of defect, in the order of ``core.tabular.eda.defects.KINDS``.
    others : mapping of searcher to int array of shape (n_others, 4)
        As ``tables``, of sets that had no part in settling the thresholds; empty where they were not planted.
    """

    tables: Mapping[str, np.ndarray]
    kinds: Mapping[str, np.ndarray]
    others: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def n_tables(self) -> int:
        """Planted tables."""
        return len(self.tables[MODEL])


def name_alerts(table: Table) -> tuple[Truth, ...]:
    """Return the alerts of a table that are of one of the twenty kinds, in the words of the planted defects.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> name_alerts(load_table("iris"))
    (Truth(kind='duplicate_rows', columns=()),)
    """
    found: list[Truth] = []
    for alert in find_alerts(table):
        kind = _SAME.get(alert.kind, alert.kind)
        if kind not in KINDS:
            continue
        if alert.kind in _OF_ROWS:
            found.append(Truth(kind, ()))
        elif alert.kind in _OF_PAIRS:
            found.extend(Truth(kind, (name, _find_original(table, name))) for name in alert.columns)
        else:
            found.extend(Truth(kind, (name,)) for name in alert.columns)
    return tuple(dict.fromkeys(found))


def _find_original(table: Table, name: str) -> str:
    """Return the column that a copy repeats: an alert names the copy alone."""
    others = (other for other in table.frame.columns if other != name)
    return next((other for other in others if table.frame[other].equals(table.frame[name])), name)


SEARCHERS: Mapping[str, Callable[[Table, float], tuple[Truth, ...]]] = {
    MODEL: name_defects,
    BASELINE: lambda table, _level: name_alerts(table),
}


def count_tables(recipe: Recipe) -> int:
    """Say how many tables a recipe plants.

    Examples
    --------
    >>> count_tables(Recipe(rounds=2)), count_tables(Recipe(rounds=2, alone=True))
    (80, 280)
    """
    return recipe.rounds * (N_TABLES + N_ALONE * recipe.alone + N_OTHERS)


def find_seed(recipe: Recipe, place: int) -> int:
    """Return the seed of one round; a round takes this one and the next.

    Examples
    --------
    >>> find_seed(Recipe(seed=3), 2)
    1064
    """
    return FIRST_SEED + SEEDS_A_RUN * recipe.seed + 2 * place


def run_test(recipe: Recipe, advance: Callable[[Mapping[str, float]], None]) -> PlantedTest:
    """Plant, search and count.

    Parameters
    ----------
    advance : callable
        ``advance(metrics)`` after each table; raise in it to cancel.
    """
    clean = _score_sets(recipe, CLEAN, advance)
    others = _score_sets(recipe, HELD_OUT, advance)
    return PlantedTest(
        {searcher: np.array([_count(each) for each in found]) for searcher, found in clean.items()},
        {
            searcher: np.sum([[each.by_kind[kind] for kind in KINDS] for each in found], axis=0)
            for searcher, found in clean.items()
        },
        {searcher: np.array([_count(each) for each in found]) for searcher, found in others.items()},
    )


def _score_sets(
    recipe: Recipe, names: Sequence[str], advance: Callable[[Mapping[str, float]], None]
) -> dict[str, list[PlantedScore]]:
    """Score each searcher on every planted table of some sets."""
    searchers = {name: partial(_search, search, recipe.level) for name, search in SEARCHERS.items()}
    before = {searcher: answer_clean(search, names) for searcher, search in searchers.items()}
    scores: dict[str, list[PlantedScore]] = {name: [] for name in searchers}
    for name, planted in _plant_rounds(recipe, names):
        for searcher, search in searchers.items():
            scores[searcher].append(count_score([(name, planted, search(planted.table))], before[searcher]))
        n_planted, n_found, *_ = (sum(each) for each in zip(*map(_count, scores[MODEL]), strict=True))
        advance({"recall": n_found / n_planted})
    return scores


def _search(search: Callable[[Table, float], tuple[Truth, ...]], level: float, table: Table) -> tuple[Truth, ...]:
    """Search a table at a level."""
    return search(table, level)


def _plant_rounds(recipe: Recipe, names: Sequence[str]) -> Iterator[tuple[str, Planted]]:
    """Plant round after round; defects alone only in the sets that all of them fit."""
    alone = recipe.alone and names == CLEAN
    for place in range(recipe.rounds):
        yield from make_plantings(find_seed(recipe, place), names=names, alone=alone)


def _count(score: PlantedScore) -> tuple[int, int, int, int]:
    """Return what was planted, found, made up and excused."""
    return score.n_planted, score.n_found, score.n_false, score.excused


def measure_finds(counts: np.ndarray, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return F1, precision, recall and strict precision over planted tables, one of each for every row of weights.

    Parameters
    ----------
    counts : int array of shape (n_tables, 3 or 4)
        Planted, found, false alarms, and excused answers, which strict precision counts as false alarms.
    weights : float array of shape (n_resamples, n_tables), optional
        How often each table counts; once by default.

    Examples
    --------
    >>> found = measure_finds(np.array([[4, 3, 0, 1], [4, 3, 2, 3]]))
    >>> {name: float(value[0]) for name, value in found.items()}
    {'f1': 0.75, 'precision': 0.75, 'recall': 0.75, 'strict_precision': 0.5}
    """
    share = np.ones((1, len(counts))) if weights is None else weights
    planted, found, made_up, *excused = (share @ counts).T
    named = found + made_up
    said = named + sum(excused)
    return {
        "f1": 2 * found / (planted + named),
        "precision": np.divide(found, named, out=np.zeros_like(found), where=named > 0),
        "recall": found / planted,
        "strict_precision": np.divide(found, said, out=np.zeros_like(found), where=said > 0),
    }
