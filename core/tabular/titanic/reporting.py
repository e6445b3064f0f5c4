"""The report of a run as PDF: what was repaired, which model is better, what is real, and why it answers so.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pandas as pd

from core.evaluation.attribution.charts import importance_chart
from core.evaluation.charts import calibration_chart, confusion_chart, leaderboard_chart, roc_chart
from core.evaluation.classification import class_report, confusion, report_as_text
from core.evaluation.leaderboard import leaderboard_frame, note_spreads
from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.tabular.titanic.explaining import EXACT, describe_explanations
from core.tabular.titanic.gaps import gap_chart
from core.tabular.titanic.grids import grid_chart
from core.tabular.titanic.model import Model
from core.tabular.titanic.pipelines import answer_rows
from core.tabular.titanic.recipe import CLASSES
from core.tabular.titanic.remedies import describe_remedies, remedies_chart
from core.tabular.titanic.scoring import describe_command

COMPARED = ("accuracy", "roc_auc", "test_accuracy")
TESTED = ("test_balanced_accuracy", "test_roc_auc", "test_log_loss", "test_brier", "test_ece")


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    sections = [
        _describe_data(model),
        *_describe_comparison(model),
        _describe_gap(model),
        *_describe_best(model),
        *_describe_studies(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {sum(model.source.class_counts.values()):,} passengers",
        "Data sha256": model.source.sha256,
        "Best model": "none beats the sex-only rule" if model.unbeaten else model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    subtitle = f"{len(model.recipe.models)} models and two baselines on {model.source.name}"
    return make_report("Who survived the Titanic?", subtitle, sections, facts)


def _describe_data(model: Model) -> Section:
    """Say what was wrong with the table, what was done, and how it was split."""
    split = (
        f"{model.source.n_train:,} passengers train the models and {model.source.n_test:,} only score. Every count "
        "below is taken from the table; no row was dropped and nothing was repaired by looking at who lived."
    )
    frame = model.studies.repairs.rename(columns=str.capitalize)
    return Section("The data and its repairs", (split, *model.notes), frame)


def _describe_comparison(model: Model) -> tuple[Section, ...]:
    """Give the leaderboard and what is real of it."""
    rows = model.leaderboard
    kept, tested = (
        [replace(row, metrics={name: row.metrics[name] for name in names if name in row.metrics}) for row in rows]
        for names in (COMPARED, TESTED)
    )
    said = tuple(
        filter(None, (model.unbeaten, model.reason, model.deployed, *model.against_sex["sentence"], note_spreads(kept)))
    )
    return (
        Section("Comparison", said, leaderboard_frame(kept, as_text=True), leaderboard_chart(rows, "accuracy")),
        Section("Held-out rows", (note_spreads(tested),), leaderboard_frame(tested, as_text=True)),
    )


def _describe_gap(model: Model) -> Section:
    """Explain why three accuracies differ."""
    chart = gap_chart(model.names, (model.folds, model.studies.ticket_folds), model.right)
    return Section("Three accuracies", model.gap, None, chart)


def _describe_best(model: Model) -> tuple[Section, ...]:
    """Show how the best model errs on the held-out rows."""
    y, pairs = model.held_out.y, model.held_out.probabilities[model.best]
    answers = answer_rows(pairs[:, 1])
    title = f"{model.best[0].upper()}{model.best[1:]} on held-out rows"
    frame = report_as_text(class_report(y, answers, CLASSES))
    return (
        Section(title, (), frame, confusion_chart(confusion(y, answers, CLASSES), CLASSES)),
        Section("Ranking", (), None, roc_chart(y, pairs, CLASSES)),
        Section("Calibration", (), None, calibration_chart(y, pairs, CLASSES)),
    )


def _describe_studies(model: Model) -> tuple[Section, ...]:
    """Give the grids, the remedies for imbalance and the explanations, where they were worked out."""
    studies = model.studies
    grids = [Section(f"Grid: {grid.model}", (grid.sentence,), None, grid_chart(grid)) for grid in studies.grids]
    if studies.explanations is None:
        return tuple(grids)
    remedies, best = studies.remedies, model.best
    found = studies.explanations
    return (
        *grids,
        Section("Imbalance", (describe_remedies(remedies, best),), None, remedies_chart(remedies, best)),
        Section("Reasons", describe_explanations(found), None, importance_chart(found.found[EXACT])),
    )


def _describe_recipe(model: Model) -> Section:
    """List every setting, as it was used."""
    values = dataclasses.asdict(model.recipe)
    shown = [", ".join(value) if isinstance(value, tuple) else str(value) for value in values.values()]
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": shown}))
