"""Charts of a trained model: models side by side, what a day's list of cards holds, and which frauds are found.

Left out: the live dashboard's charts; curves of any classifier (``core.evaluation.charts``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.hub.charts import Chart, Mark
from core.streaming.fraud.baselines import PUBLISHED, PUBLISHED_WEEKS
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.protocol import rank_scores
from core.streaming.fraud.recipe import BASELINE
from core.streaming.fraud.scoring import name_card_precision, name_weeks
from core.streaming.fraud.transactions import SCENARIOS

MAX_POINTS = 300
SPLIT_TITLES = {"test": "in the test week", "four_weeks": "over four test weeks"}
TITLES = {"average_precision": "Average precision", "roc_auc": "ROC area"}


def show_metric(metric: str) -> str:
    """Write a metric's name for a reader.

    Examples
    --------
    >>> show_metric("card_precision_at_100"), show_metric("roc_auc")
    ('Card precision at 100', 'ROC area')
    """
    return TITLES.get(metric, metric.replace("_", " ").capitalize())


def model_chart(model: FraudModel, metric: str = "average_precision", split: str = "test") -> Chart:
    """Draw every model's figure with its interval, and what is reached by the amount alone.

    Raises
    ------
    ValueError
        If there is no such figure.
    """
    rows = [row for row in model.scores if (row.metric, row.split) == (metric, split)]
    if not rows:
        message = f"there is no {metric} of {split}"
        raise ValueError(message)
    ordered = sorted(rows, key=lambda row: row.value)
    top, name = ordered[-1], show_metric(metric)
    title = f"{top.model.capitalize()} reaches {top.value:.3f} {SPLIT_TITLES.get(split, 'over the test weeks')}"
    values, names = np.array([row.value for row in ordered]), np.array([row.model for row in ordered], dtype=object)
    low, high = np.array([row.low for row in ordered]), np.array([row.high for row in ordered])
    base = np.full(2, top.baseline_value)
    marks = (
        Mark("bars", values, names, name, low=low, high=high),
        Mark("line", base, names[[0, -1]], BASELINE, "baseline", dash=True),
    )
    told = ", ".join(f"{row.model} {row.value:.3f}" for row in reversed(ordered))
    return Chart(title, name, "", marks, alt=f"{title}; {told}.", x_range=(0.0, 1.0))


def compare_published(model: FraudModel) -> pd.DataFrame:
    """Lay the shipped figures beside those that the handbook printed.

    Returns
    -------
    DataFrame of shape (n_rows, 5)
        Split, Model, ROC area, Average precision, Card precision at 100; gaps where nothing was printed.
    """
    lines: list[dict[str, object]] = [
        {"Split": "test", "Model": f"{name} (handbook)", "ROC area": each.roc_auc,
         "Average precision": each.average_precision, "Card precision at 100": each.card_precision_at_100}
        for name, each in PUBLISHED.items()
    ]  # fmt: skip
    weeks = {show_metric(metric): mean for metric, (mean, _) in PUBLISHED_WEEKS.items()}
    lines.append({"Split": "four_weeks", "Model": "XGBoost, tuned (handbook)", **weeks})
    for split in ("test", name_weeks(model.recipe.n_test)):
        for name in model.names:
            rows = [row for row in model.scores if (row.model, row.split) == (name, split)]
            lines.append({"Split": split, "Model": name, **{show_metric(row.metric): row.value for row in rows}})
    return pd.DataFrame(lines).sort_values("Split", ascending=False, kind="stable").reset_index(drop=True)


def precision_recall_chart(model: FraudModel) -> Chart:
    """Draw precision against recall of the best model and the amount alone over the first test week's payments."""
    held = model.held_out
    marks = []
    for name, role in ((model.best, "main"), (BASELINE, "baseline")):
        order = np.argsort(-held.shares[name], kind="stable")
        hits = np.cumsum(held.fraud[order])
        places = np.unique(np.geomspace(1, len(hits), MAX_POINTS).astype(int)) - 1
        marks.append(Mark("line", hits[places] / hits[-1], hits[places] / (places + 1), name, role))  # type: ignore[arg-type]
    ones = np.ones((1, len(held.fraud)))
    value = float(rank_scores(held.fraud, held.shares[model.best], ones)[1, 0])
    title = f"Average precision {value:.3f}: some frauds are sure, others look like any payment"
    return Chart(
        title, "Share of frauds found", "Share of alerts that are frauds", tuple(marks), alt=f"{title}.",
        x_range=(0.0, 1.0), y_range=(0.0, 1.0), x_percent=True, y_percent=True,
    )  # fmt: skip


def scenario_frame(model: FraudModel) -> pd.DataFrame:
    """Say of each kind of fraud how many of its payments reach the alert.

    Returns
    -------
    DataFrame of shape (n_kinds, 4)
        Kind, Payments, Found, Share; genuine payments first, whose share is of false alerts.
    """
    held = model.held_out
    alerted = held.shares[model.best] >= model.alert_from
    kinds = [kind for kind in range(len(SCENARIOS)) if (held.scenario == kind).any()]
    counts = [(int((held.scenario == kind).sum()), int(alerted[held.scenario == kind].sum())) for kind in kinds]
    return pd.DataFrame(
        {
            "Kind": [SCENARIOS[kind] for kind in kinds],
            "Payments": [n for n, _ in counts],
            "Found": [found for _, found in counts],
            "Share": [found / n for n, found in counts],
        }
    )


def scenario_chart(model: FraudModel) -> Chart:
    """Draw which share of each kind of fraud reaches the alert."""
    found = scenario_frame(model)
    frauds = found[found["Kind"] != SCENARIOS[0]] if len(found) > 1 else found
    hardest = frauds.loc[frauds["Share"].idxmin()]
    title = f"Hardest to find: {hardest['Kind']}, {hardest['Share']:.0%} of its payments reach the alert"
    told = ", ".join(f"{row['Kind']} {row['Share']:.0%}" for _, row in frauds.iterrows())
    marks = (Mark("bars", frauds["Share"].to_numpy(), frauds["Kind"].to_numpy(dtype=object)),)
    return Chart(title, "Share found", "", marks, alt=f"{title}; {told}.", x_range=(0.0, 1.0), x_percent=True)


def card_chart(model: FraudModel) -> Chart:
    """Draw card precision of every model beside the most that anybody could reach in the first test week."""
    metric = name_card_precision(model.recipe.top_k)
    values = {name: float(weeks[0]) for name, weeks in model.test[metric].items()}
    names = sorted(values, key=lambda name: values[name])
    best = values[model.best]
    found = f"Of {model.recipe.top_k} cards a day {best:.1%} are compromised"
    title = f"{found}; no list could hold more than {model.ceiling:.1%}"
    marks = (
        Mark("bars", np.array([values[name] for name in names]), np.array(names, dtype=object), "model"),
        Mark(
            "line",
            np.full(2, model.ceiling),
            np.array(names, dtype=object)[[0, -1]],
            "most possible",
            "good",
            dash=True,
        ),
    )
    return Chart(title, show_metric(metric), "", marks, alt=f"{title}.", x_percent=True)
