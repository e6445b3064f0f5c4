"""The report of a run as PDF: what was compared, which model is better, how the best one errs, and how to do it again.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pandas as pd

from core.evaluation.charts import calibration_chart, confusion_chart, leaderboard_chart, roc_chart
from core.evaluation.classification import class_report, confusion
from core.evaluation.leaderboard import LeaderboardRow, leaderboard_frame, note_spreads
from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.tabular.iris.model import Model
from core.tabular.iris.pipelines import adapt_recipe
from core.tabular.iris.promises import describe_promise, list_coverage
from core.tabular.iris.scoring import describe_command

COMPARED = ("accuracy", "test_accuracy", "test_macro_f1")
TESTED = ("test_balanced_accuracy", "test_roc_auc", "test_log_loss", "test_brier", "test_ece")


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    rows, unbeaten = model.leaderboard, model.unbeaten
    sections = [
        _describe_data(model),
        _describe_comparison(rows, unbeaten, model.metric),
        _describe_test(rows),
        *_describe_loo(model),
        *_describe_best(model),
        _describe_sets(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {sum(model.source.class_counts.values()):,} rows",
        "Data sha256": model.source.sha256,
        "Class column": model.schema.target,
        "Best model": "none beats the baseline" if unbeaten else model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    title = f"Which class of {model.schema.target}?"
    return make_report(title, f"{len(rows) - 1} models and a baseline on {model.source.name}", sections, facts)


def _describe_data(model: Model) -> Section:
    """Say what was learnt from and how it was split."""
    source = model.source
    split = (
        f"{source.n_train:,} rows train the models, {source.n_calibration:,} size the prediction sets and "
        f"{source.n_test:,} only score; each class keeps its share in every part, and no row is in two parts."
    )
    frame = pd.DataFrame(
        {
            "Column": model.schema.names,
            "Kind": [each.kind for each in model.schema.features],
            "Low or most frequent": [each.typical or f"{each.low:g}" for each in model.schema.features],
            "High": ["" if each.kind == "category" else f"{each.high:g}" for each in model.schema.features],
            "Missing": [each.n_missing for each in model.schema.features],
        }
    )
    counts = ", ".join(f"{name} {count:,}" for name, count in source.class_counts.items())
    steps = tuple(f"Step: {step}" for step in source.steps)
    return Section("Data", (split, f"Rows per class: {counts}.", *steps, *model.notes), frame)


def _describe_comparison(rows: tuple[LeaderboardRow, ...], unbeaten: str, metric: str) -> Section:
    """Give the leaderboard and what can be said of it; that nothing beats the baseline comes first."""
    how = (
        "Models are compared by the same stratified folds of the training rows, with the t-test of Nadeau and Bengio "
        "for folds that share rows and Holm's correction for many comparisons."
    )
    sentences = tuple(f"{row.sentence[0].upper()}{row.sentence[1:]}." for row in rows if row.sentence)
    kept = _keep_metrics(rows, tuple(dict.fromkeys((metric, *COMPARED))))
    said = tuple(filter(None, (unbeaten, how, *sentences, note_spreads(kept))))
    return Section("Comparison", said, leaderboard_frame(kept, as_text=True), leaderboard_chart(rows, metric))


def _describe_test(rows: tuple[LeaderboardRow, ...]) -> Section:
    """Give the other scores of the test rows, and say what a range marked *spread* is where there is one."""
    kept = _keep_metrics(rows, TESTED)
    said = tuple(filter(None, ("Every model on the rows that were kept aside.", note_spreads(kept))))
    return Section("Test rows", said, leaderboard_frame(kept, as_text=True))


def _keep_metrics(rows: tuple[LeaderboardRow, ...], names: tuple[str, ...]) -> list[LeaderboardRow]:
    """Keep some of the metrics: a page has room for a few."""
    return [replace(row, metrics={name: row.metrics[name] for name in names if name in row.metrics}) for row in rows]


def _describe_loo(model: Model) -> tuple[Section, ...]:
    """Give the leave-one-out errors, where they were counted."""
    found = [row for row in model.scores if row.split == "loo"]
    if not found:
        return ()
    frame = pd.DataFrame(
        {
            "Model": [row.model for row in found],
            "Errors": [model.loo_errors[row.model] for row in found],
            "Accuracy": [f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})" for row in found],
        }
    )
    how = f"Each of {found[0].n:,} rows is predicted by models fitted on all others. Intervals are Wilson's."
    return (Section("Leave-one-out", (how,), frame),)


def _describe_best(model: Model) -> tuple[Section, ...]:
    """Show how the best model errs on the test rows."""
    y, shares, classes = model.held_out.y, model.held_out.probabilities[model.best], model.schema.classes
    answers = [classes[place] for place in shares.argmax(axis=1)]
    title = f"{model.best[0].upper()}{model.best[1:]} on held-out rows"
    return (
        Section(title, (), _list_classes(model, answers), confusion_chart(confusion(y, answers, classes), classes)),
        Section("Ranking", (), None, roc_chart(y, shares, classes)),
        Section("Calibration", (), None, calibration_chart(y, shares, classes)),
    )


def _list_classes(model: Model, answers: list[str]) -> pd.DataFrame:
    """Write precision, recall and F1 of each class, each with its interval in one cell."""
    report = class_report(model.held_out.y, answers, model.schema.classes)
    listed = report[["class", "support"]].rename(columns={"class": "Class", "support": "Rows"})
    for name in ("precision", "recall", "f1"):
        spans = zip(report[name], report[f"{name}_low"], report[f"{name}_high"], strict=True)
        listed[name.capitalize()] = [
            "–" if pd.isna(value) else f"{value:.3f} ({low:.3f} to {high:.3f})" for value, low, high in spans
        ]
    return listed


def _describe_sets(model: Model) -> Section:
    """Say what the prediction sets promise and what they held on the test rows."""
    row = next(row for row in model.scores if row.model == model.best and row.metric.startswith("coverage_"))
    promise = (
        f"{describe_promise(model)} On the {row.n:,} test rows they held it in {row.value:.1%} "
        f"(95% interval {row.low:.1%} to {row.high:.1%})."
    )
    how = "Range of one calibration: coverage of 95% of all calibration sets of that size, where no scores are tied."
    return Section("Prediction sets", (promise, how), list_coverage(model, model.best))


def _describe_recipe(model: Model) -> Section:
    """List every setting, as it was used."""
    values = dataclasses.asdict(adapt_recipe(model.recipe, model.schema))
    shown = [", ".join(value) if isinstance(value, tuple) else str(value) for value in values.values()]
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": shown}))
