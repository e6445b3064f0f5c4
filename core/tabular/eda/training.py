"""Look a table over: search it for claims, learn what a usual row is, and let the search test itself.

Left out: cleaning and charts, which a person steers (``cleaning``, ``stories``, ``report``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.datasets.catalogue import find_entry
from core.datasets.table import Table
from core.evaluation.novelty import NoveltyModel, fit_novelty
from core.evaluation.runs import TABLE_FILE
from core.hub.contract import Metrics, OnStep
from core.hub.fields import validate_recipe
from core.tabular.eda.claims import find_claims
from core.tabular.eda.claims.evidence import SAMPLE_ROWS
from core.tabular.eda.data import LEAST_ROWS, Data
from core.tabular.eda.model import Model, Source
from core.tabular.eda.planted import count_tables, run_test
from core.tabular.eda.recipe import BUNDLED, Recipe
from core.tabular.eda.schema import Schema, make_schema, read_values, to_numbers
from core.tabular.eda.scoring import score_model

ROWS_DOUBLING, PAIRS_A_TABLE = 5_000, 200


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Look a table over.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each search and each planted table; raise in it to cancel.

    Raises
    ------
    RecipeError
        If a value of the recipe is out of range.
    """
    validate_recipe(recipe)
    n_tables, table, step = count_tables(recipe), data.table, 0
    weight = weigh_search(table)
    total = n_tables + weight + 1

    def follow(search: int, n_searches: int, metrics: Metrics) -> None:
        nonlocal step
        step = -(-search * weight // n_searches)
        if on_step is not None:
            on_step(step, total, metrics)

    def advance(metrics: Mapping[str, float]) -> None:
        nonlocal step
        step += 1
        if on_step is not None:
            on_step(step, total, metrics)

    started = time.perf_counter()
    claims = find_claims(table, seed=recipe.seed, level=recipe.level, on_step=follow)
    search_s = time.perf_counter() - started
    schema, notes = make_schema(table, data.train, claims) if len(data.train) else (Schema(table.target, ()), ())
    ids, novelty = _learn_rows(data, schema)
    advance({"claims": float(len(claims))})
    model = Model(
        recipe=recipe,
        schema=schema,
        source=_describe_source(data),
        claims=claims,
        ids=ids,
        test_ids=data.test,
        novelty=novelty,
        planted=run_test(recipe, advance),
        search_s=search_s,
        notes=(*data.notes, *notes),
    )
    return replace(model, scores=score_model(model, data))


def weigh_search(table: Table) -> int:
    """Estimate how many planted tables' time the search of a table takes, so that the time left is told well.

    Pairs of columns take most of it, and longer for more rows, of which at most 10,000 are tested; measured on tables
    of 5 to 74 columns, within a factor of two.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> weigh_search(load_table("iris")), weigh_search(load_table("ames"))
    (1, 21)
    """
    n_rows, n_columns = table.frame.shape
    pairs = n_columns * (n_columns - 1) / 2
    return max(1, round(pairs * (1 + min(n_rows, SAMPLE_ROWS) / ROWS_DOUBLING) / PAIRS_A_TABLE))


def _learn_rows(data: Data, schema: Schema) -> tuple[np.ndarray, NoveltyModel | None]:
    """Learn what a usual row is from the training rows of which anything is known."""
    if not schema.columns:
        return data.train[:0], None
    x, known = to_numbers(read_values(data.table.frame.iloc[data.train], schema), schema)
    usable = known.any(axis=1)
    if usable.sum() < LEAST_ROWS / 2:
        return data.train[:0], None
    return data.train[usable], fit_novelty(x[usable])


def _describe_source(data: Data) -> Source:
    """Say what is looked over."""
    table, (n_rows, n_columns) = data.table, data.table.frame.shape
    file = "" if table.sha256 == find_entry(BUNDLED).sha256 else TABLE_FILE
    return Source(table.name, table.sha256, table.steps, file, n_rows, n_columns)
