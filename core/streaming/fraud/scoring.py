"""Figures of a trained model over the protocol's weeks, each with its interval and the baseline on the same payments.

``test`` is the first test week, scored by the model that is shipped; ``four_weeks`` (or as many as there are) is the
mean over the test weeks, each scored by models trained two weeks before it.

Left out: the figures themselves and their intervals (``protocol``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation import runs
from core.evaluation.rows import RowMaker
from core.hub.contract import ScoreRow, Scores
from core.streaming.fraud.data import Data
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.protocol import Week, bound_days, bound_ranking, measure_card_precision
from core.streaming.fraud.recipe import BASELINE, RECIPES, SLUG

Scored = Sequence[tuple[Week, Mapping[str, NDArray[np.float64]]]]
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def name_card_precision(top_k: int) -> str:
    """Name the metric of so many cards a day.

    Examples
    --------
    >>> name_card_precision(100)
    'card_precision_at_100'
    """
    return f"card_precision_at_{top_k}"


def name_weeks(n_weeks: int) -> str:
    """Name the split of the mean over so many weeks.

    Examples
    --------
    >>> name_weeks(4)
    'four_weeks'
    """
    return f"{NUMBERS.get(n_weeks, str(n_weeks))}_weeks"


def evaluate(model: FraudModel, data: Data) -> Scores:
    """Return the figures of the run's weeks; other payments are scored by the kept models, in their own weeks.

    Examples
    --------
    >>> from core.streaming.fraud.data import load
    >>> from core.streaming.fraud.recipe import Recipe
    >>> from core.streaming.fraud.training import train
    >>> small = {"n_customers": 300, "n_terminals": 600, "n_days": 55, "train_day": 0, "n_test": 2, "n_valid": 1}
    >>> recipe = Recipe(models=("depth-2 tree",), **small)
    >>> row = evaluate(train(recipe, load(recipe)), load(recipe))[1]
    >>> row.metric, row.split, row.low <= row.value <= row.high
    ('roc_auc', 'test', True)
    """
    if data.sha256 == model.source.sha256:
        return model.scores
    scored = [(week, {name: model.score(data.features[week.test], name) for name in model.names}) for week in data.test]
    return score_weeks(model, data, scored)


def describe_command(model: FraudModel) -> str:
    """Return the command that makes a model's figures again."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, model.source.target)


def score_weeks(model: FraudModel, data: Data, scored: Scored) -> Scores:
    """Write every model's rows, the best model first.

    Parameters
    ----------
    scored : sequence of (week, shares by model)
        The test weeks, earliest first.
    """
    splits = {"test": scored[:1], name_weeks(len(scored)): scored}
    rows: list[ScoreRow] = []
    for name in model.names:
        maker = RowMaker(name, BASELINE, model.recipe.seed, describe_command(model))
        for split, weeks in splits.items():
            rows += _score_split(model, data, maker, split, weeks)
    return tuple(rows)


def _score_split(model: FraudModel, data: Data, maker: RowMaker, split: str, weeks: Scored) -> Scores:
    """Write one model's rows of one split: average precision, ROC area and card precision."""
    payments, top_k = data.transactions, data.protocol.top_k
    asked = [(week.test, shares[maker.model]) for week, shares in weeks]
    plain = [(week.test, shares[BASELINE]) for week, shares in weeks]
    area, average = bound_ranking(payments, asked, model.recipe.seed)
    plain_area, plain_average = (span[0] for span in bound_ranking(payments, plain, model.recipe.seed, n_resamples=0))
    cards, plain_cards = (
        np.concatenate([measure_card_precision(payments, *each, top_k) for each in scores]) for scores in (asked, plain)
    )
    n_rows = sum(len(rows) for rows, _ in asked)
    return (
        maker.make_row("average_precision", split, average, n_rows, plain_average),
        maker.make_row("roc_auc", split, area, n_rows, plain_area),
        maker.make_row(name_card_precision(top_k), split, bound_days(cards), len(cards), float(plain_cards.mean())),
    )
