"""The report of a run as PDF: what was learnt from, how models compare, what a day's list holds, and every setting.

Left out: the layout and the charts themselves (``core.evaluation.report``, ``model_charts``).
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.leaderboard import leaderboard_frame
from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.model_charts import (
    card_chart,
    compare_published,
    model_chart,
    precision_recall_chart,
    scenario_chart,
    scenario_frame,
)
from core.streaming.fraud.scoring import describe_command

FIGURES = ("ROC area", "Average precision")


def make_run_report(model: FraudModel) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    sections = [
        _describe_data(model),
        _describe_comparison(model),
        Section("Ranking of payments", (), None, precision_recall_chart(model)),
        Section("Cards to look at", (), None, card_chart(model)),
        _describe_kinds(model),
        _describe_published(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {model.source.n_train:,} payments learnt from",
        "Data sha256": model.source.sha256,
        "Best model": model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("Which payments to look at", f"{model.best} on {model.source.name}", sections, facts)


def _describe_data(model: FraudModel) -> Section:
    """Say what was learnt from."""
    counts = ", ".join(f"{name} {count:,}" for name, count in model.source.class_counts.items())
    return Section("Data", (f"Payments learnt from: {counts}.", *model.notes), None, None)


def _describe_comparison(model: FraudModel) -> Section:
    """Give the leaderboard over the test weeks and what can be said of it."""
    rows = model.leaderboard
    how = (
        "Each test week is scored by models that learnt from the week two weeks before it. Customers known to be "
        "compromised are taken out. Differences are of the first test week's average precision, by a bootstrap of its "
        "customers, the same ones for every model, with Holm's correction."
    )
    sentences = tuple(f"{row.sentence[0].upper()}{row.sentence[1:]}." for row in rows if row.sentence)
    return Section("Comparison", (how, *sentences), leaderboard_frame(rows, as_text=True), model_chart(model))


def _describe_kinds(model: FraudModel) -> Section:
    """Show which kinds of fraud reach the alert."""
    said = (
        f"A payment raises an alert from a probability of {model.alert_from:.3f} on: so many cards a day reached it in "
        "the validation weeks as can be looked at."
    )
    return Section("Kinds of fraud", (said,), scenario_frame(model), scenario_chart(model))


def _describe_published(model: FraudModel) -> Section:
    """Lay the figures beside those that were printed, as text."""
    found = compare_published(model)
    texts = {name: ["" if pd.isna(value) else f"{value:.3f}" for value in found[name]] for name in FIGURES}
    cards = [name for name in found.columns if name.startswith("Card")]
    texts |= {name: ["" if pd.isna(value) else f"{value:.3f}" for value in found[name]] for name in cards}
    return Section("Beside the handbook", (), found.assign(**texts), None)


def _describe_recipe(model: FraudModel) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    shown = [", ".join(value) if isinstance(value, tuple) else str(value) for value in values.values()]
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": shown}))
