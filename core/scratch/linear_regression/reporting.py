"""The report of a run as PDF: the comparison, the coefficients and their digits, the rows that bend the line.

Left out: the layout and the charts themselves.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from core.datasets.columns import show_date
from core.evaluation.charts import leaderboard_chart
from core.evaluation.leaderboard import leaderboard_frame
from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.scratch.linear_regression.charts import answer_chart, coefficient_chart, influence_chart, residual_chart
from core.scratch.linear_regression.inference import Inference
from core.scratch.linear_regression.model import Model
from core.scratch.linear_regression.schema import Column
from core.scratch.linear_regression.scoring import describe_command
from core.scratch.linear_regression.tables import (
    describe_digits,
    describe_lone_rows,
    list_coefficients,
    list_digits,
    list_influential,
)


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    found = model.infer()
    sections = [
        _describe_data(model),
        _describe_comparison(model),
        _describe_coefficients(model, found),
        _describe_trust(model),
        *_describe_rows(model, found),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {model.source.n_train + model.source.n_test:,} rows",
        "Data sha256": model.source.sha256,
        "Column to predict": model.schema.target,
        "Best line": model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    title = f"What goes with {model.schema.target}?"
    return make_report(title, f"{len(model.lines) - 1} lines and the mean on {model.source.name}", sections, facts)


def _describe_data(model: Model) -> Section:
    """Say what was learnt from."""
    source = model.source
    split = f"{source.n_train:,} rows fit the lines and {source.n_test:,} only score; no row is in both."
    frame = pd.DataFrame(
        {
            "Column": model.schema.names,
            "Kind": [each.use for each in model.schema.columns],
            "Low or levels": [", ".join(each.levels) or _show_end(each, each.low) for each in model.schema.columns],
            "High": ["" if each.levels else _show_end(each, each.high) for each in model.schema.columns],
        }
    )
    return Section("Data", (split, *(f"Step: {step}" for step in source.steps), *model.notes), frame)


def _show_end(column: Column, value: float) -> str:
    """Write an end of a column's range: a date as a date."""
    return show_date(value) if column.use == "date" else f"{value:g}"


def _describe_comparison(model: Model) -> Section:
    """Give the leaderboard and what can be said of it."""
    rows = model.leaderboard
    how = (
        "Lines are compared by the same folds of the training rows, with the t-test of Nadeau and Bengio for folds "
        "that share rows and Holm's correction for many comparisons."
    )
    sentences = tuple(f"{row.sentence}." for row in rows if row.sentence)
    frame = leaderboard_frame(rows, as_text=True).drop(columns="Fit time (s)")
    return Section("Comparison", (how, *sentences), frame, leaderboard_chart(rows, "rmse"))


def _describe_coefficients(model: Model, found: Inference) -> Section:
    """Give the coefficients of least squares with their inference."""
    frame = list_coefficients(model, found)
    shown = pd.DataFrame({name: frame[name] for name in ("term",)})
    for name in ("coefficient", "standard_error", "t", "p", "low", "high", "vif"):
        # The intercept has no inflation, and a coefficient that rests on one row no robust error.
        shown[name.replace("_", " ")] = ["" if pd.isna(value) else f"{value:.4g}" for value in frame[name]]
    text = f"R² is {found.r2:.3f}, adjusted {found.adjusted_r2:.3f}. "
    if not np.isnan(found.f_value):
        text += f"The F test that no column matters gives {found.f_value:.4g} with p {found.f_p_value:.2g}. "
    text += f"Standard errors: {found.errors}."
    lone = describe_lone_rows(model, found)
    return Section("Coefficients", (text, lone) if lone else (text,), shown, coefficient_chart(model, found))


def _describe_trust(model: Model) -> Section:
    """Say how many digits to believe."""
    frame = list_digits(model)
    shown = pd.DataFrame({"term": frame["term"], "believe": frame["believe"]})
    for name, title in (("qr", "QR"), ("normal", "normal equations"), ("stored", "storage"), ("noise", "sample")):
        shown[title] = [f"{value:.1f}" for value in frame[name]]
    return Section("Digits to believe", (describe_digits(model),), None if frame.empty else shown)


def _describe_rows(model: Model, found: Inference) -> list[Section]:
    """Show misses, influential rows and held-out answers."""
    frame = list_influential(model, found)
    shown = pd.DataFrame({"row": frame["row"]})
    for name in ("true", "fitted", "deviations", "leverage", "cook"):
        shown[name] = [f"{value:.4g}" for value in frame[name]]
    return [
        Section("What the line leaves", (), None, residual_chart(model, found)),
        Section("Rows that bend the line", (), shown, influence_chart(found, model.ids)),
        Section("Held-out rows", (), None, answer_chart(model, model.best)),
    ]


def _describe_recipe(model: Model) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    frame = pd.DataFrame(
        {
            "Setting": list(values),
            "Value": [", ".join(each) if isinstance(each, tuple) else str(each) for each in values.values()],
        }
    )
    return Section("Settings", (), frame)
