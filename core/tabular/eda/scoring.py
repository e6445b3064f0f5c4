"""Figures of a run: planted defects found and made up, beside the alerts', and how often a usual row is called so.

F1 has a seeded bootstrap over the planted tables, since defects of one table stand or fail together; recall and
precision have Wilson's interval. Strict precision takes every answer that was excused, since the same searcher gives it
of the table before planting too, for a false alarm; its ``n`` less that of precision is how many were.

Left out: how a finding is matched with what was planted (``defects.scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation import runs
from core.evaluation.intervals import bias_corrected_interval, count_resamples, draw_weights, wilson_interval
from core.evaluation.novelty import find_limit, novelty_p_value
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows
from core.hub.contract import Scores
from core.tabular.eda.data import Data
from core.tabular.eda.defects import KINDS
from core.tabular.eda.model import Model
from core.tabular.eda.planted import measure_finds
from core.tabular.eda.recipe import BASELINE, MODEL, RECIPES, SLUG
from core.tabular.eda.schema import read_values, to_numbers

ALPHA = 0.01
"""A row is unusual where so small a share of usual rows is as strange."""
SPLIT, HELD_OUT_SPLIT = "planted_defects", "planted_held_out"
ROWS = "nearest rows"


def evaluate(model: Model, data: Data) -> Scores:
    """Score the search on its planted tables, and the judging of rows on those that were kept aside.

    Returns
    -------
    tuple of ScoreRow
        Split ``planted_defects``: f1, precision, recall and strict precision of the claims and of the alerts; split
        ``planted_held_out``: the same in sets that had no part in settling the thresholds; split ``test``:
        ``coverage_99``, the share of held-out rows that are called ordinary, its baseline what was asked. Planted
        tables are not searched again: training did so with the same seeds.

    Raises
    ------
    DataError
        If the test rows of ``data`` were learnt from, or a column is missing.
    """
    check_test_rows(data.test, model.test_ids, is_same_table=data.table.sha256 == model.source.sha256)
    return score_model(model, data)


def score_model(model: Model, data: Data) -> Scores:
    """Score a model; see :func:`evaluate`."""
    command = describe_command(model)
    finds = (
        row
        for split, counts in ((SPLIT, model.planted.tables), (HELD_OUT_SPLIT, model.planted.others))
        for name in counts
        for row in _score_finds(counts, split, RowMaker(name, BASELINE, model.recipe.seed, command))
    )
    return (*finds, *_score_rows(model, data, RowMaker(ROWS, BASELINE, model.recipe.seed, command)))


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    target = model.schema.target or ""
    command = runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, target)
    return command if target else command.removesuffix(" --target ''")


def _score_finds(tables: Mapping[str, np.ndarray], split: str, maker: RowMaker) -> Scores:
    """Write what one searcher found of what was planted."""
    counts = tables[maker.model]
    n_planted, n_found, n_false, *excused = (int(each) for each in counts.sum(axis=0))
    values = {name: float(value[0]) for name, value in measure_finds(counts).items()}
    others = {name: float(value[0]) for name, value in measure_finds(tables[BASELINE]).items()}
    n_tables = len(counts)
    weights = draw_weights(n_tables, count_resamples(n_tables), np.random.default_rng(maker.seed))
    n_named, n_said = max(1, n_found + n_false), max(1, n_found + n_false + sum(excused))
    around_f1 = bias_corrected_interval(values["f1"], measure_finds(counts, weights)["f1"])
    if around_f1[0] == around_f1[1]:
        around_f1 = wilson_interval(n_found, n_planted)  # resamples of tables without an error cannot vary
    spans = {
        "f1": (around_f1, n_planted),
        "precision": (wilson_interval(n_found, n_named), n_named),
        "recall": (wilson_interval(n_found, n_planted), n_planted),
        "strict_precision": (wilson_interval(n_found, n_said), n_said),
    }
    return tuple(
        maker.make_row(name, split, (values[name], *ends), n, others[name]) for name, (ends, n) in spans.items()
    )


def _score_rows(model: Model, data: Data, maker: RowMaker) -> Scores:
    """Write how many held-out rows are called ordinary; nothing where rows cannot be judged."""
    if model.novelty is None or not len(data.test):
        return ()
    x, known = to_numbers(read_values(data.table.frame.iloc[data.test], model.schema), model.schema)
    x = x[known.any(axis=1)]
    if not len(x):
        return ()
    alpha = find_limit(model.novelty, ALPHA)
    n_usual = int((novelty_p_value(model.novelty, x) > alpha + np.finfo(np.float64).eps).sum())
    return (maker.score_coverage(n_usual, len(x), 1 - ALPHA),)


def list_kinds(model: Model) -> pd.DataFrame:
    """List what was planted, found, made up and excused, kind by kind.

    Returns
    -------
    DataFrame of shape (20, 8)
        ``defect``, ``planted``, ``found``, ``made_up``, ``excused``, and ``found_by_alerts``, ``made_up_by_alerts``,
        ``excused_by_alerts``.
    """
    ours, theirs = (model.planted.kinds[name] for name in (MODEL, BASELINE))
    return pd.DataFrame({
        "defect": [kind.replace("_", " ") for kind in KINDS],
        "planted": ours[:, 0],
        "found": ours[:, 1],
        "made_up": ours[:, 2],
        "excused": ours[:, 3:].sum(axis=1),
        "found_by_alerts": theirs[:, 1],
        "made_up_by_alerts": theirs[:, 2],
        "excused_by_alerts": theirs[:, 3:].sum(axis=1),
    })  # fmt: skip
