"""The weeks of a run: when each one learns, waits and scores, and what every model reached in each test week.

Left out: figures with intervals, which are the model's scores.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark, Role
from core.streaming.fraud.baselines import GOALS
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.model_charts import show_metric
from core.streaming.fraud.protocol import Protocol, list_starts
from core.streaming.fraud.recipe import BASELINE
from core.streaming.fraud.scoring import name_weeks
from core.streaming.fraud.transactions import EPOCH

N_COLOURS = 6
"""Colours of the class palette that are not the best model's own."""


def find_protocol(model: FraudModel) -> Protocol:
    """Return the protocol that a model was trained by."""
    recipe = model.recipe
    return Protocol(recipe.train_days, recipe.delay_days, recipe.test_days, recipe.top_k)


def find_dates(days: range) -> NDArray[np.datetime64]:
    """Return the dates of days since the epoch."""
    return np.array([np.datetime64((EPOCH + timedelta(days=day)).date(), "D") for day in days])


def timeline_chart(model: FraudModel) -> Chart:
    """Draw when each validation and test week learns, waits until frauds are known, and scores."""
    protocol, recipe = find_protocol(model), model.recipe
    valid, test = list_starts(model.source.train_days[0], recipe.n_valid, recipe.n_test, protocol)
    starts = [*valid, *test]
    names = [f"validation {place + 1}" for place in range(len(valid))] + [
        f"test {place + 1}" for place in range(len(test))
    ]
    marks: list[Mark] = []
    known = protocol.train_days + protocol.delay_days
    for row, (start, name) in enumerate(zip(starts, names, strict=True)):
        scored: Role = "second" if row < len(valid) else "good"
        told = "scores, to choose" if row < len(valid) else "scores, to report"
        first = row in {0, len(valid)}
        marks += [
            _draw_span(name, start, start + protocol.train_days, "learns" if row == 0 else "", "main"),
            _draw_span(name, start + protocol.train_days, start + known, "waits" if row == 0 else "", "baseline"),
            _draw_span(name, start + known, start + protocol.span_days, told if first else "", scored),
        ]
    begin = find_dates(range(test[0] + known, test[0] + known + 1))[0]
    title = f"What is reported is scored from {begin} on; all choices were made on weeks that ended before"
    return Chart(title, "Day", "", tuple(marks), f"{title}: {len(valid)} validation and {len(test)} test weeks.")


def _draw_span(name: str, first: int, last: int, told: str, role: Role) -> Mark:
    """Draw some days of one week as a line."""
    dates = find_dates(range(first, last + 1, max(last - first, 1)))
    return Mark("line", dates, np.full(len(dates), name, dtype=object), told, role, dash=role == "baseline", size=6.0)


def weeks_frame(model: FraudModel, metric: str = "average_precision") -> pd.DataFrame:
    """Tabulate what every model reached in each test week, and the mean, best model first.

    Raises
    ------
    ValueError
        If there is no such metric.
    """
    if metric not in model.test:
        message = f"there is no {metric}; there are {', '.join(model.test)}"
        raise ValueError(message)
    dates = [each.item().strftime("%d %b") for each in find_dates(find_test_days(model))]
    rows = []
    for name in model.names:
        values = model.test[metric][name]
        rows.append({"Model": name, **dict(zip(dates, values.tolist(), strict=True)), "Mean": float(values.mean())})
    return pd.DataFrame(rows)


def find_test_days(model: FraudModel) -> range:
    """Return the first scored day of each test week."""
    protocol, recipe = find_protocol(model), model.recipe
    _, test = list_starts(model.source.train_days[0], recipe.n_valid, recipe.n_test, protocol)
    ahead = protocol.train_days + protocol.delay_days
    return range(test.start + ahead, test.stop + ahead, test.step)


def weeks_chart(model: FraudModel, metric: str = "average_precision") -> Chart:
    """Draw every model's figure week by week."""
    frame, dates = weeks_frame(model, metric), find_dates(find_test_days(model))
    best = frame.iloc[0]
    weeks = best.iloc[1:-1].astype(float)
    title = (
        f"{show_metric(metric)} of the {best['Model']} runs from {weeks.min():.3f} to {weeks.max():.3f} over the weeks"
    )
    others = frame[~frame["Model"].isin((BASELINE, model.best))]
    marks = [
        Mark("line", dates, row.iloc[1:-1].to_numpy(dtype=float), row["Model"], *_find_look(place))
        for place, (_, row) in enumerate(others.iterrows())
    ]
    for name, role in ((model.best, "main"), (BASELINE, "baseline")):
        values = model.test[metric][name]
        marks.append(Mark("line", dates, values, name, role, dash=role == "baseline", size=9.0))  # type: ignore[arg-type]
    return Chart(title, "First day of the scored week", show_metric(metric), tuple(marks), f"{title}.")


def _find_look(place: int) -> tuple[Role, int]:
    """Return role and class of a line beside the best one's: none may look like it, so the seventh is grey."""
    return ("class", place + 1) if place < N_COLOURS else ("muted", 0)


def goals_frame(model: FraudModel) -> pd.DataFrame:
    """Lay the best model's figures beside what was aimed at; empty for a run without those figures."""
    found = {(row.metric, row.split): row for row in model.scores if row.model == model.best}
    rows = [
        {
            "Figure": show_metric(metric),
            "Split": "test week" if split == "test" else "mean of four weeks",
            "Reached": found[metric, split].value,
            "95% interval": f"{found[metric, split].low:.3f}–{found[metric, split].high:.3f}",
            "Aim": goal,
            "Met": found[metric, split].value >= goal,
        }
        for (metric, split), goal in GOALS.items()
        if (metric, split) in found
    ]
    return pd.DataFrame(rows)


def list_splits(model: FraudModel) -> dict[str, str]:
    """Name the splits of a run: the first test week, and the mean of all."""
    n = model.recipe.n_test
    return {"test": "First test week", name_weeks(n): f"Mean of {n} weeks"}
