"""The report of a run as PDF: the comparison, what misses look like, what intervals keep, the studies, the settings.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.charts import leaderboard_chart
from core.evaluation.leaderboard import leaderboard_frame
from core.evaluation.report import Section, make_report
from core.evaluation.residuals import q_q_chart, residual_chart, scale_location_chart
from core.hub.scores import describe_machine
from core.tabular.housing.charts import take_learnt
from core.tabular.housing.explosion import describe_explosion
from core.tabular.housing.model import Model
from core.tabular.housing.neighbourhoods import list_neighbourhoods
from core.tabular.housing.scoring import describe_command

STUDY_TITLES = {
    "log": "Logs or prices",
    "scaling": "Scaling: RMSE of logs",
    "rule": "Without the five sales above 4,000 sq ft",
    "form": "With 25 columns known",
    "explosion": "Plain least squares on logs, fold by fold",
}


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    y, answers = take_learnt(model, model.best)
    sections = [
        Section("Data", (f"{model.source.n_rows:,} rows, each answered while held out.", *model.notes), None),
        _describe_comparison(model),
        Section("Residuals", (), None, residual_chart(y, answers)),
        Section("Spread of residuals", (), None, scale_location_chart(y, answers)),
        Section("Shape of residuals", (), None, q_q_chart(y, answers)),
        _describe_intervals(model),
        *_describe_studies(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": f"{model.source.name}, {model.source.n_rows:,} rows",
        "Data sha256": model.source.sha256,
        "Column to predict": model.schema.target,
        "Best model": "none beats the baseline" if model.unbeaten else model.best,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    title = f"What is {model.schema.target} worth?"
    return make_report(title, f"{len(model.names) - 1} models and a baseline on {model.source.name}", sections, facts)


def _describe_comparison(model: Model) -> Section:
    """Give the leaderboard and what can be said of it."""
    rows = model.leaderboard
    kept = [
        dataclasses.replace(
            row,
            metrics={name: row.metrics[name] for name in (model.metric, "median_ape", "ppe10") if name in row.metrics},
        )
        for row in rows
    ]
    sentences = tuple(f"{row.sentence[0].upper()}{row.sentence[1:]}." for row in rows if row.sentence)
    frame = leaderboard_frame(kept, as_text=True).drop(columns="Fit time (s)")
    return Section("Comparison", sentences, frame, leaderboard_chart(rows, model.metric))


def _describe_intervals(model: Model) -> Section:
    """Say how often intervals held the truth, in each group."""
    frame = list_neighbourhoods(model)
    shown = pd.DataFrame(
        {
            "Group": frame["group"],
            "Rows": frame["n"],
            "Median error": [f"{value:.1%}" for value in frame["median_ape"]],
            "Held": [f"{row.coverage:.1%} ({row.low:.1%} to {row.high:.1%})" for row in frame.itertuples()],
            "Mean width": [f"{value:.0%}" for value in frame["mean_width"]],
        }
    )
    said = f"Asked for: {model.recipe.coverage:.0%}. Each row's limits come from folds that it is not in."
    return Section("Intervals", (said,), shown)


def _describe_studies(model: Model) -> list[Section]:
    """Give the studies, where they were made."""
    sections = []
    for name, title in STUDY_TITLES.items():
        if name not in model.studies:
            continue
        frame = model.studies[name].copy()
        for column in frame.select_dtypes("number"):
            frame[column] = [f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}" for value in frame[column]]  # noqa: PLR2004
        said: tuple[str, ...] = ()
        if name == "explosion":
            said = (describe_explosion(model.studies[name], model.studies["explosion_columns"]),)
        sections.append(Section(title, said, frame))
    return sections


def _describe_recipe(model: Model) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    shown = [", ".join(each) if isinstance(each, tuple) else str(each) for each in values.values()]
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": shown}))
