"""Charts of a run: residuals, what topics matter, one price taken apart, logs against prices, and the explosion.

Left out: charts that any project draws (``core.evaluation.residuals``); the map (``neighbourhoods``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation import residuals
from core.evaluation.metrics import show_metric
from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction
from core.tabular.housing.explosion import describe_explosion
from core.tabular.housing.model import Model


def take_learnt(model: Model, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return true values and held-out answers on the learnt scale, each of shape (n_rows,)."""
    y = np.log(model.held_out.y) if model.source.is_log else model.held_out.y
    return y, model.held_out.answers[name]


def residual_charts(model: Model, name: str | None = None) -> dict[str, Chart]:
    """Draw the four residual diagnostics of a model's held-out answers."""
    y, answers = take_learnt(model, name or model.best)
    charts = {
        "Residuals": residuals.residual_chart(y, answers),
        "Spread": residuals.scale_location_chart(y, answers),
        "Shape": residuals.q_q_chart(y, answers),
    }
    if model.source.group:
        charts["By group"] = residuals.group_chart(y, answers, model.held_out.groups)
    return charts


def price_chart(found: Prediction) -> Chart:
    """Draw what each topic adds to a price, the base left out.

    Raises
    ------
    ValueError
        If the case was refused.
    """
    if found.answer is None:
        message = "a refused case has no price to take apart"
        raise ValueError(message)
    names = np.array([reason.name for reason in found.reasons], dtype=object)
    values = np.array([reason.effect for reason in found.reasons])
    adds = Mark("bars", values[values >= 0], names[values >= 0], "adds", "good")
    takes = Mark("bars", values[values < 0], names[values < 0], "takes away", "bad")
    marks = tuple(mark for mark in (adds, takes) if len(mark.x))
    title = f"From {found.details['base']:,.2f} to {float(found.answer):,.2f}, to the cent"
    told = "; ".join(f"{reason.name} {reason.effect:+,.2f}" for reason in found.reasons)
    unit = found.reasons[0].unit if found.reasons else ""
    return Chart(title, f"Adds to the price ({unit})", "", marks, alt=f"{title}: {told}.")


def log_chart(frame: pd.DataFrame, metric: str = "median_ape") -> Chart:
    """Draw a score of every model under logs and under prices (``studies["log"]``)."""
    marks, told = [], []
    roles: dict[str, Literal["main", "second"]] = {"log": "main", "price": "second"}
    for learns, role in roles.items():
        part = frame[frame["learns"] == learns]
        values = part[metric].to_numpy(dtype=float)
        marks.append(
            Mark("points", values, part["model"].to_numpy(dtype=object), f"learns the {learns}", role, size=11.0)
        )
        told += [f"{row.model}, {learns}: {getattr(row, metric):.4g}" for row in part.itertuples()]
    wide = frame.pivot_table(index="model", columns="learns", values=metric, sort=False)
    wins = int(
        (wide["price"] < wide["log"]).sum() if metric in {"r2", "ppe10"} else (wide["log"] < wide["price"]).sum()
    )
    name = show_metric(metric)
    title = f"{name}: logs win for {wins} of {len(wide)} models"
    return Chart(title, name, "", tuple(marks), alt=f"{title}. {'; '.join(told)}.")


def explosion_chart(folds: pd.DataFrame, columns: pd.DataFrame) -> Chart:
    """Draw the error of least squares and of ridge in each fold (``studies``)."""
    x = np.array([f"fold {int(fold)}" for fold in folds["fold"]], dtype=object)
    marks = (
        Mark("points", x, folds["least_squares_usd"].to_numpy(dtype=float), "least squares", "bad", size=11.0),
        Mark("points", x, folds["ridge_usd"].to_numpy(dtype=float), "ridge", "main", size=11.0),
    )
    worst = folds.loc[folds["least_squares_usd"].idxmax()]
    title = f"Least squares misses by ${worst['least_squares_usd']:,.0f} on fold {int(worst['fold'])}, ridge never"
    return Chart(title, "", "RMSE ($)", marks, alt=describe_explosion(folds, columns), y_log=True)
