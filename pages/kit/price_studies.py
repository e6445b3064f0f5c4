"""What a run compared beside its models: logs or prices, scalings, with and without the largest houses, an explosion.

Left out: the comparisons, which the project makes while it trains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.metrics import show_metric
from core.hub.charts import Chart, Mark
from core.hub.contract import ScoreRow
from core.tabular import housing
from pages.kit.charts import show_chart
from pages.kit.errors import escape

SCORES = ("rmse_log", "rmse", "mae", "r2", "median_ape", "ppe10")
SCALINGS = {"standard": "Standard", "minmax": "MinMax", "none": "none"}
NUMBER = st.column_config.NumberColumn
LEVEL = 0.001
"""Differences of an RMSE of logs below it are called level: a tenth of a percent of the price."""


def show_figures(model: Any) -> None:
    """Draw every score over all held-out rows, a row for each model."""
    st.subheader("Every score over all held-out rows", anchor=False)
    rows = [row for row in model.scores if row.split == "cv" and row.metric in SCORES]
    st.dataframe(lay_out_figures(rows), hide_index=True, alt="Six scores of each model with 95% intervals")
    st.caption(
        "Each row is answered once, by models that did not learn from it, and all rows are scored together; the "
        "leaderboard above averages the folds. 95% bootstrap intervals."
    )


def lay_out_figures(rows: list[ScoreRow]) -> pd.DataFrame:
    """Write scores as a table: a row for each model, a column for each score."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.model, {})[show_metric(row.metric)] = write_score(row)
    return pd.DataFrame(found).T.rename_axis("Model").reset_index()


def write_score(row: ScoreRow) -> str:
    """Write a score with its interval, in its own digits."""
    low, high = write_figure(row.low, row.metric), write_figure(row.high, row.metric)
    return f"{write_figure(row.value, row.metric, row.unit)} ({low}–{high})"


def write_figure(value: float, metric: str, unit: str = "") -> str:
    """Write a figure with the digits of its metric.

    Examples
    --------
    >>> write_figure(0.0511, "median_ape"), write_figure(23261.5, "rmse", "$"), write_figure(0.11812, "rmse_log")
    ('5.1%', '$23,262', '0.118')
    """
    if metric in {"median_ape", "ppe10"}:
        return f"{value:.1%}"
    if metric in {"rmse", "mae"}:
        return f"{unit}{value:,.0f}" if abs(value) >= 1_000 else f"{unit}{value:.4g}"  # noqa: PLR2004 then digits suffice
    return f"{value:.3f}"


def say_unstudied(what: str) -> None:
    """Say that a run did not compare something, and how to have it compared."""
    st.info(
        f"This run did not compare {what}. On Ames, switch on *Compare logs, scaling and the rule* in the settings and "
        "train again: about two minutes more. Other tables are not compared so.",
        icon=":material/science:",
    )


@st.fragment
def show_logs(model: Any, key: str) -> None:
    """Draw every score of models that learn logs beside the same ones that learn prices."""
    frame = model.studies.get("log")
    if frame is None:
        say_unstudied("logs with prices")
        return
    names = [name for name in SCORES if name in frame.columns]
    metric = st.segmented_control("Score", names, default=names[-2], required=True, format_func=show_metric,
                                  key=f"{key}_metric", wrap=True)  # fmt: skip
    show_chart(housing.log_chart(frame, metric), f"{key}_logs", 260)
    st.markdown(escape(describe_logs(frame)))
    shown = frame.rename(columns={"model": "Model", "learns": "Learns"} | {name: show_metric(name) for name in names})
    for name in names:
        shown[show_metric(name)] = [write_figure(value, name) for value in frame[name]]
    st.dataframe(shown, hide_index=True, alt="Scores of each model under logs and under prices")
    st.caption("The same folds and settings; only what is learnt differs. A group's median is the same either way.")


def describe_logs(frame: pd.DataFrame) -> str:
    """Say where logs pay most and where least.

    Examples
    --------
    >>> lines = [("a", "log", 0.1), ("a", "price", 0.2), ("b", "log", 0.1), ("b", "price", 0.11)]
    >>> describe_logs(pd.DataFrame(lines, columns=["model", "learns", "rmse_log"]))
    'Logs pay most for a (RMSE of logs 0.100 instead of 0.200, −50%) and least for b (0.100 instead of 0.110, −9%).'
    """
    wide = frame.pivot_table(index="model", columns="learns", values="rmse_log", sort=False)
    change = wide["log"] / wide["price"] - 1
    change = change[(change.abs() > LEVEL)] if (change.abs() > LEVEL).any() else change
    most, least = change.idxmin(), change.idxmax()

    def tell(name: object) -> str:
        share = f"{change[name]:+.0%}".replace("-", "−")
        return f"{wide.loc[name, 'log']:.3f} instead of {wide.loc[name, 'price']:.3f}, {share}"

    return f"Logs pay most for {most} (RMSE of logs {tell(most)}) and least for {least} ({tell(least)})."


def show_scaling(model: Any, key: str) -> None:
    """Draw each straight line under each scaling of the numbers."""
    frame = model.studies.get("scaling")
    if frame is None:
        say_unstudied("scalings")
        return
    show_chart(scaling_chart(frame), f"{key}_scaling", 240)
    config = {name: NUMBER(title, format="%.4f") for name, title in SCALINGS.items()}
    st.dataframe(frame, hide_index=True, column_config={"model": "Model", **config}, alt="RMSE of logs by scaling")
    st.caption(
        "RMSE of logs over the same folds. A penalty weighs on columns by their size, so ridge, lasso and elastic net "
        "feel the scaling; least squares hardly does (columns that nearly depend on one another leave its solver some "
        "freedom); trees and medians never do. Categories are one-hot coded in all three."
    )


def scaling_chart(frame: pd.DataFrame) -> Chart:
    """Draw the error of each line under each scaling.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["ridge"], "standard": [0.130], "minmax": [0.135], "none": [0.134]})
    >>> scaling_chart(frame).title
    'Scaling moves ridge most: 0.130 with Standard, 0.135 with MinMax'
    """
    names = frame["model"].to_numpy(dtype=object)
    roles = zip(SCALINGS, ("main", "second", "muted"), strict=True)
    marks = tuple(
        Mark("points", frame[name].to_numpy(dtype=float), names, SCALINGS[name], role, size=11.0)  # type: ignore[arg-type]  # of Role
        for name, role in roles
    )
    values = frame.set_index("model")[list(SCALINGS)]
    reach = values.max(axis=1) - values.min(axis=1)
    row = values.loc[reach.idxmax()]
    best, worst = str(row.idxmin()), str(row.idxmax())
    title = f"Scaling moves {reach.idxmax()} most: {row.min():.3f} with {SCALINGS[best]}, {row.max():.3f} with "
    title += SCALINGS[worst]
    told = "; ".join(f"{name}: " + ", ".join(f"{SCALINGS[each]} {values.loc[name, each]:.4f}" for each in SCALINGS)
                     for name in values.index)  # fmt: skip
    return Chart(title, "RMSE of logs", "", marks, f"{title}. {told}.")


def show_rule(model: Any, key: str) -> None:
    """Draw every model over all sales and without the ones above 4,000 square feet."""
    frame = model.studies.get("rule")
    if frame is None:
        say_unstudied("all sales with those that its author would keep")
        return
    found = lay_out_rule(frame, model.scores)
    show_chart(rule_chart(found), f"{key}_rule", 260)
    rows = found.to_dict("records")
    shown = pd.DataFrame({
        "Model": found["model"],
        f"All {model.source.n_rows:,} sales": [write_span(row, "all") for row in rows],
        f"Without the five ({int(found['n'].iloc[0]):,})": [write_span(row, "kept") for row in rows],
        "Mean of folds without": found["mean_of_folds"],
    })  # fmt: skip
    st.dataframe(shown, hide_index=True, column_config={"Mean of folds without": NUMBER(format="%.4f")},
                 alt="RMSE of logs with and without the five largest houses")  # fmt: skip
    st.caption(
        "RMSE of logs with 95% bootstrap intervals. Dean De Cock, who published the data (2011), advises to leave out "
        "the five houses above 4,000 sq ft: three sold far below what their size would cost. The shipped models keep "
        "them: who prices a house does not know beforehand that it is one of these. To train without them switch on "
        "*Leave out sales above 4,000 sq ft*."
    )


def lay_out_rule(frame: pd.DataFrame, scores: tuple[ScoreRow, ...]) -> pd.DataFrame:
    """Put each model's error without the five sales beside its error over all."""
    whole = {row.model: row for row in scores if row.metric == "rmse_log" and row.split == "cv"}
    kept = frame[frame["model"].isin(list(whole))].rename(
        columns={"rmse_log": "kept", "low": "kept_low", "high": "kept_high"}
    )
    for name in ("value", "low", "high"):
        column = "all" if name == "value" else f"all_{name}"
        kept[column] = [getattr(whole[model], name) for model in kept["model"]]
    return kept.reset_index(drop=True)


def write_span(row: Mapping[Any, Any], name: str) -> str:
    """Write an error with its interval."""
    return f"{row[name]:.4f} ({row[f'{name}_low']:.3f}–{row[f'{name}_high']:.3f})"


def rule_chart(found: pd.DataFrame) -> Chart:
    """Draw the errors of each model over all sales and without the five."""
    names = found["model"].to_numpy(dtype=object)
    marks = tuple(
        Mark("points", found[name].to_numpy(dtype=float), names, label, role, size=10.0,  # type: ignore[arg-type]  # of Role
             low=found[f"{name}_low"].to_numpy(dtype=float), high=found[f"{name}_high"].to_numpy(dtype=float))
        for name, label, role in (("all", "all sales", "main"), ("kept", "without the five", "second"))
    )  # fmt: skip
    best = found.iloc[0]
    title = f"Five sales of {int(best['n']) + 5:,} cost {best['model']} {best['all'] - best['kept']:.4f}: "
    title += f"{best['all']:.4f} with them, {best['kept']:.4f} without"
    told = "; ".join(f"{row['model']} {row['all']:.4f} and {row['kept']:.4f}" for row in found.to_dict("records"))
    return Chart(title, "RMSE of logs (95% interval)", "", marks, f"{title}. {told}.")


def show_explosion(model: Any, key: str) -> None:
    """Draw why plain least squares on logs explodes on a fold, and the columns behind it."""
    folds, columns = model.studies.get("explosion"), model.studies.get("explosion_columns")
    if folds is None or columns is None:
        say_unstudied("least squares with ridge, fold by fold")
        return
    show_chart(housing.explosion_chart(folds, columns), f"{key}_explosion", 300)
    st.markdown(escape(housing.describe_explosion(folds, columns)))
    st.dataframe(folds, hide_index=True, alt="Errors of least squares and ridge in each fold", column_config={
        "fold": "Fold", "least_squares_usd": NUMBER("Least squares RMSE", format="$%,.0f"),
        "ridge_usd": NUMBER("Ridge RMSE", format="$%,.0f"), "condition": NUMBER("Condition number", format="%,.0f"),
        "least_squares_log": NUMBER("Least squares, logs", format="%.4f"),
        "ridge_log": NUMBER("Ridge, logs", format="%.4f"),
    })  # fmt: skip
    st.markdown("**What the worst two answers are made of**")
    st.dataframe(columns, hide_index=True, alt="Largest effects on the two worst answers", column_config={
        "row": "Row", "true_usd": NUMBER("Sold for", format="$%,.0f"),
        "answer_usd": NUMBER("Least squares says", format="$%,.0f"), "column": "Prepared column",
        "weight": NUMBER("Weight", format="%.3f"), "value": NUMBER("Value", format="%.3f"),
        "mean": NUMBER("Mean in training", format="%.3f"), "effect": NUMBER("Effect on the log", format="%+.2f"),
    })  # fmt: skip
    line = next(
        (row.value for row in model.scores if (row.model, row.metric) == ("linear regression", "rmse_log")), None
    )
    own = (
        "" if line is None else f" On the preparation of the leaderboard it does not explode: RMSE of logs {line:.3f}."
    )
    st.caption(
        "The textbook preparation: numbers made straight by Yeo and Johnson's power and standardised, categories "
        f"one-hot coded, De Cock's five left out.{own}"
    )


def show_held_out(model: Any, key: str) -> None:
    """Draw what was paid against what was answered while the row was held out."""
    name = st.selectbox("Model", model.names, key=f"{key}_model", width=320, format_func=str.capitalize)
    show_chart(held_out_chart(model, name), f"{key}_held_out", 460)
    y, answers = model.held_out.y, model.to_price(name, model.held_out.answers[name])
    worst = np.argsort(-np.abs(answers - y) / np.abs(y).clip(1e-12), kind="stable")[:10]
    shown = pd.DataFrame({
        "Row": model.held_out.ids[worst] + 1,
        "Group": [str(each).replace("_", " ") for each in model.held_out.groups[worst]],
        "True": y[worst], "Answer": answers[worst], "Miss": 100 * (answers[worst] - y[worst]) / np.abs(y[worst]),
    })  # fmt: skip
    st.markdown("**The ten rows that were missed most, in percent**")
    money = NUMBER(format="$%,.0f" if model.is_ames else "localized")
    st.dataframe(shown if model.source.group else shown.drop(columns="Group"), hide_index=True, alt="Worst missed rows",
                 column_config={"True": money, "Answer": money, "Miss": NUMBER(format="%+.0f%%")})  # fmt: skip


def held_out_chart(model: Any, name: str) -> Chart:
    """Draw held-out answers against the truth, those outside their range apart."""
    from core.tabular.housing.scoring import find_held

    y, answers, held = model.held_out.y, model.to_price(name, model.held_out.answers[name]), find_held(model, name)
    rng = np.random.default_rng(0)
    kept = np.sort(rng.choice(len(y), min(len(y), 3_000), replace=False))
    ends = np.array([min(y.min(), answers.min()), max(y.max(), answers.max())])
    marks = [Mark("line", ends, ends, "right", "baseline", dash=True)]
    for label, role, chosen in (("in its range", "muted", held[kept]), ("outside", "bad", ~held[kept])):
        at = kept[chosen]
        marks.append(Mark("points", answers[at], y[at], label, role, size=4.5))  # type: ignore[arg-type]  # of Role
    unit = " ($)" if model.is_ames else ""
    from core.evaluation.regression import number_scores

    found = number_scores(y, answers)
    near = f"half of them miss by less than {found['median_ape']:.1%}" if "median_ape" in found else ""
    title = f"{len(y):,} held-out answers explain {found['r2']:.1%} of the spread" + (f", and {near}" if near else "")
    is_log = bool(model.source.is_log and ends[0] > 0)
    return Chart(title, f"Answer{unit}", f"Truth{unit}", tuple(marks), f"{title}.", x_log=is_log, y_log=is_log)
