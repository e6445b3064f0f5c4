"""Why a house is not priced: a number outside every sale, or numbers that no sale has together.

Left out: levels of a category that no sale has; they are priced as rare ones, and a note says so.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.conformal_numbers import ROUNDING
from core.evaluation.novelty import explain_novelty, find_limit, novelty_p_value
from core.tabular._shared.schema import show_feature
from core.tabular.housing.cases import Cases
from core.tabular.housing.model import Model
from core.tabular.housing.training import list_novel

ALPHA = 0.005
"""Share of ordinary houses that may be refused because no sale has its numbers together."""
MAX_SHOWN = 3


def refuse_rows(model: Model, cases: Cases) -> tuple[tuple[str, ...], tuple[float | None, ...]]:
    """Say why each row is refused (empty where it is not), and how usual its numbers are together."""
    given = [each for each in model.schema.features if each.kind != "category" and each.name in cases.given]
    said: list[list[str]] = [[] for _ in range(len(cases))]
    for feature in given:
        values = cases.columns[feature.name]
        for row in np.flatnonzero((values < feature.low) | (values > feature.high)):
            shown = (show_feature(feature, end) for end in (values[row], feature.low, feature.high))
            said[row].append("{} is {}; sales run from {} to {}".format(feature.name, *shown))
    if model.novelty is None:
        return tuple(map(_write_refusal, said)), (None,) * len(cases)
    names = list_novel(model.schema.numbers, model.x)
    medians = {each.name: each.median for each in model.schema.features}
    numbers = np.column_stack([_fill(cases.columns[name], medians[name]) for name in names])
    p_values = novelty_p_value(model.novelty, numbers)
    for row in np.flatnonzero(p_values <= find_limit(model.novelty, ALPHA) + ROUNDING):
        if not said[row]:
            said[row].append(explain_novelty(model.novelty, numbers[row], names))
    return tuple(map(_write_refusal, said)), tuple(map(float, p_values))


def _fill(values: np.ndarray, median: float) -> np.ndarray:
    """Fill gaps of a number with its median."""
    return np.asarray(np.where(np.isnan(values), median, values))


def _write_refusal(said: list[str]) -> str:
    """Put what is outside into one sentence; empty where nothing is."""
    return f"This is outside what was ever seen, so no price is given: {'; '.join(said[:MAX_SHOWN])}." if said else ""
