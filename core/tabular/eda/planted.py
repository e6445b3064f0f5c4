"""The search for claims tests itself: known defects are planted in clean tables, and hits and false alarms counted.

Beside it, on the same tables and by the same count, stand the workbench's alerts. Seeds start at 1,000; the thresholds
of the searches were chosen with seeds below 6.

Left out: the planting and the count of one table (``defects``); the tests of the planted tables are held at the false-
discovery rate at which the thresholds were chosen, 0.05, whatever the recipe's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.alerts import find_alerts
from core.datasets.table import Table
from core.tabular.eda.defects import KINDS, PlantedScore, Truth
from core.tabular.eda.defects.scoring import count_score, make_plantings, name_defects
from core.tabular.eda.recipe import BASELINE, MODEL, Recipe

FIRST_SEED = 1_000
SEEDS_A_RUN = 20  # two for each of at most ten rounds
N_TABLES, N_ALONE = 25, 100  # of one round
_SAME = {"leak_like": "label_leak", "duplicate_columns": "scaled_copy"}
_OF_ROWS, _OF_PAIRS = frozenset({"duplicate_rows"}), frozenset({"duplicate_columns"})


@dataclass(frozen=True, slots=True, eq=False)
class PlantedTest:
    """What each searcher found of what was planted.

    Parameters
    ----------
    tables : mapping of searcher to int array of shape (n_tables, 3)
        Of each planted table: defects planted, those of them found, and false alarms.
    kinds : mapping of searcher to int array of shape (20, 3)
        The same of each kind of defect, in the order of ``core.tabular.eda.defects.KINDS``.
    """

    tables: Mapping[str, np.ndarray]
    kinds: Mapping[str, np.ndarray]

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


SEARCHERS: Mapping[str, Callable[[Table], tuple[Truth, ...]]] = {MODEL: name_defects, BASELINE: name_alerts}


def count_tables(recipe: Recipe) -> int:
    """Say how many tables a recipe plants.

    Examples
    --------
    >>> count_tables(Recipe(rounds=2)), count_tables(Recipe(rounds=2, alone=True))
    (50, 250)
    """
    return recipe.rounds * (N_TABLES + N_ALONE * recipe.alone)


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
    scores: dict[str, list[PlantedScore]] = {name: [] for name in SEARCHERS}
    for place in range(recipe.rounds):
        for name, planted in make_plantings(find_seed(recipe, place)):
            if len(planted.truths) == 1 and not recipe.alone:
                continue
            for searcher, search in SEARCHERS.items():
                scores[searcher].append(count_score([(name, planted, search(planted.table))]))
            n_planted, n_found, _ = (sum(each) for each in zip(*map(_count, scores[MODEL]), strict=True))
            advance({"recall": n_found / n_planted})
    return PlantedTest(
        {searcher: np.array([_count(each) for each in found]) for searcher, found in scores.items()},
        {
            searcher: np.sum([[each.by_kind[kind] for kind in KINDS] for each in found], axis=0)
            for searcher, found in scores.items()
        },
    )


def _count(score: PlantedScore) -> tuple[int, int, int]:
    """Return what was planted, found and made up."""
    return score.n_planted, score.n_found, score.n_false


def measure_finds(counts: np.ndarray, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return F1, precision and recall over planted tables, one of each for every row of weights.

    Parameters
    ----------
    counts : int array of shape (n_tables, 3)
        Planted, found, false alarms.
    weights : float array of shape (n_resamples, n_tables), optional
        How often each table counts; once by default.

    Examples
    --------
    >>> found = measure_finds(np.array([[4, 3, 0], [4, 3, 2]]))
    >>> {name: float(value[0]) for name, value in found.items()}
    {'f1': 0.75, 'precision': 0.75, 'recall': 0.75}
    """
    share = np.ones((1, len(counts))) if weights is None else weights
    planted, found, made_up = (share @ counts).T
    named = found + made_up
    return {
        "f1": 2 * found / (planted + named),
        "precision": np.divide(found, named, out=np.zeros_like(found), where=named > 0),
        "recall": found / planted,
    }
