"""The report of a run as PDF: who is likely to leave, what acting makes, on whom it falls, and how to do it again.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.charts import calibration_chart, roc_chart
from core.evaluation.leaderboard import leaderboard_frame
from core.evaluation.report import Section, make_report
from core.hub.errors import DataError
from core.hub.scores import describe_machine
from core.tabular.churn.explain import importance_chart
from core.tabular.churn.fairness import judge_groups, limit_by_folds
from core.tabular.churn.model import Model
from core.tabular.churn.money import Costs, find_threshold, profit_chart, score_profit
from core.tabular.churn.scoring import describe_command
from core.tabular.churn.segments import list_segments, make_segments, segment_chart

N_SEGMENTS = 3


def make_run_report(model: Model, costs: Costs | None = None) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    costs = costs or Costs()
    sections = [
        _describe_data(model),
        _describe_comparison(model),
        *_describe_best(model),
        _describe_money(model, costs),
        *_describe_segments(model, costs),
        *_describe_fairness(model, costs),
        *_describe_importance(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {len(model.left):,} rows",
        "Data sha256": model.source.sha256,
        "Churn column": f"{model.schema.target} ({model.positive} means: left)",
        "Best model": "none beats the churn rate" if model.unbeaten else model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("Who is about to leave?", f"{model.best} on {model.source.name}", sections, facts)


def _describe_data(model: Model) -> Section:
    """Say what was learnt from."""
    counts = ", ".join(f"{name} {count:,}" for name, count in model.source.class_counts.items())
    steps = tuple(f"Step: {step}" for step in model.source.steps)
    frame = pd.DataFrame(
        {
            "Column": model.schema.names,
            "Kind": [each.kind for each in model.schema.features],
            "Low or most frequent": [each.typical or f"{each.low:g}" for each in model.schema.features],
            "High": ["" if each.kind == "category" else f"{each.high:g}" for each in model.schema.features],
            "Missing": [each.n_missing for each in model.schema.features],
        }
    )
    return Section("Data", (f"Rows per class: {counts}.", *steps, *model.notes), frame)


def _describe_comparison(model: Model) -> Section:
    """Give the leaderboard and what can be said of it."""
    rows = model.leaderboard
    how = (
        "Every row is scored once, by models that did not learn from it; depth, weights and thresholds are chosen by "
        "folds inside the training rows. Differences by the t-test of Nadeau and Bengio with Holm's correction."
    )
    sentences = tuple(f"{row.sentence[0].upper()}{row.sentence[1:]}." for row in rows if row.sentence)
    said = tuple(filter(None, (model.alarm, model.unbeaten, how, *sentences)))
    return Section("Comparison", said, leaderboard_frame(rows, as_text=True), None)


def _describe_best(model: Model) -> tuple[Section, ...]:
    """Show how the best model ranks customers and whether its probabilities hold."""
    held_out, classes = model.held_out, model.schema.classes
    shares = held_out.probabilities[model.best]
    return (
        Section("Ranking", (), None, roc_chart(held_out.y, shares, classes)),
        Section("Calibration", (), None, calibration_chart(held_out.y, shares, classes)),
    )


def _describe_money(model: Model, costs: Costs) -> Section:
    """Say what acting makes."""
    found = score_profit(model, costs)
    value, low, high = found.per_customer
    told = (
        f"With a lifetime value of {costs.clv:g}, an offer of {costs.offer:g}, a contact of {costs.contact:g} and "
        f"{costs.accept:.0%} acceptance, contacting from a probability of {find_threshold(model, costs):.3f} on makes "
        f"{value:.2f} a customer (95% interval {low:.2f} to {high:.2f}); contacting everybody makes "
        f"{found.contact_all:.2f}, and knowing who leaves would make {found.perfect:.2f}."
    )
    return Section("Money", (told,), None, profit_chart(model, costs))


def _describe_segments(model: Model, costs: Costs) -> tuple[Section, ...]:
    """Show the segments by the telling columns."""
    sections = []
    for column in list_segments(model)[:N_SEGMENTS]:
        found = make_segments(model, costs, column)
        frame = pd.DataFrame(
            {
                "Segment": found["segment"],
                "Customers": found["n"],
                "Left": [
                    f"{r['churn_rate']:.1%} ({r['low']:.1%} to {r['high']:.1%})" for r in found.to_dict("records")
                ],
                "Expected loss": [f"{each:,.0f}" for each in found["total_loss"]],
            }
        )
        sections.append(Section(f"By {column}", (), frame, segment_chart(found, column)))
    return tuple(sections)


def _describe_fairness(model: Model, costs: Costs) -> tuple[Section, ...]:
    """Say on whom contacting falls, and what a limit costs."""
    sections = []
    for column in model.groups:
        try:
            found, limited = judge_groups(model, costs, column), limit_by_folds(model, costs, column)
        except DataError as error:
            sections.append(Section(f"Groups of {column}", (f"{error}.",), None, None))
            continue
        frame = pd.DataFrame({"Group": found.rates["group"], "Customers": found.rates["n"]})
        for name, title in (("selection_rate", "Contacted"), ("true_positive_rate", "Leavers found")):
            spans = zip(found.rates[name], found.rates[f"{name}_low"], found.rates[f"{name}_high"], strict=True)
            frame[title] = [f"{value:.1%} ({low:.1%} to {high:.1%})" for value, low, high in spans]
        sections.append(Section(f"Groups of {column}", (limited.sentence,), frame, None))
    return tuple(sections)


def _describe_importance(model: Model) -> tuple[Section, ...]:
    """Show which columns tell who leaves, where it was measured."""
    if model.importance is None:
        return ()
    return (Section("Which columns tell", (), None, importance_chart(model.importance)),)


def _describe_recipe(model: Model) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    shown = [", ".join(value) if isinstance(value, tuple) else str(value) for value in values.values()]
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": shown}))
