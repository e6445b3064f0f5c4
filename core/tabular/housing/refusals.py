"""Why a house is not priced: a number outside every sale, parts that contradict each other, or numbers never together.

Left out: levels of a category that no sale has; they are priced as rare ones, and a note says so.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.evaluation.conformal_numbers import ROUNDING
from core.evaluation.novelty import explain_novelty, find_limit, novelty_p_value
from core.tabular.housing.cases import Cases
from core.tabular.housing.features import is_ames
from core.tabular.housing.guards import find_rules, list_contradictions, list_outside, write_refusal
from core.tabular.housing.model import Model
from core.tabular.housing.training import list_novel

ALPHA = 0.005
"""Share of ordinary houses that may be refused because no sale has its numbers together."""


def refuse_rows(model: Model, cases: Cases) -> tuple[tuple[str, ...], tuple[float | None, ...]]:
    """Say why each row is refused (empty where it is not), and how usual its numbers are together."""
    given = [each for each in model.schema.features if each.kind != "category" and each.name in cases.given]
    outside = list_outside(cases.columns, given)
    contrary = list_contradictions(cases.columns, cases.given, list_rules(model))
    said = [list(first or second) for first, second in zip(outside, contrary, strict=True)]
    if model.novelty is None:
        return tuple(map(write_refusal, said)), (None,) * len(cases)
    names = list_novel(model.schema.numbers, model.x)
    medians = {each.name: each.median for each in model.schema.features}
    numbers = np.column_stack([_fill(cases.columns[name], medians[name]) for name in names])
    p_values = novelty_p_value(model.novelty, numbers)
    for row in np.flatnonzero(p_values <= find_limit(model.novelty, ALPHA) + ROUNDING):
        if not said[row]:
            said[row].append(explain_novelty(model.novelty, numbers[row], names))
    return tuple(map(write_refusal, said)), tuple(map(float, p_values))


@lru_cache(maxsize=8)
def list_rules(model: Model) -> tuple[int, ...]:
    """Return the places of the rules of houses that the model's training rows obey; none for other tables."""
    return find_rules({str(name): each.to_numpy() for name, each in model.x.items()}) if is_ames(model.x) else ()


def _fill(values: np.ndarray, median: float) -> np.ndarray:
    """Fill gaps of a number with its median."""
    return np.asarray(np.where(np.isnan(values), median, values))
