"""How generators stand beside each other: one table and one chart of the figures that each was stored with.

Left out: the measures (``scoring``); a look at fresh samples (``fresh``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.hub.charts import Chart, Mark
from core.hub.contract import ScoreRow
from core.vision.image_generation.baselines import BASELINE
from core.vision.image_generation.measure_charts import GOAL_RATIO
from core.vision.image_generation.model import Model


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the table: its name, its goal (nan where none is set) and how it is written."""

    title: str
    goal: float
    is_share: bool
    less_is_better: bool = False


FIGURES: Mapping[str, Figure] = {
    "frechet_ratio": Figure("Fréchet ratio", GOAL_RATIO, is_share=False, less_is_better=True),
    "label_fidelity": Figure("Label fidelity", 0.95, is_share=True),
    "gan_train_accuracy": Figure("GAN-train accuracy", 0.85, is_share=True),
    "diversity": Figure("Diversity", np.nan, is_share=True),
    "near_copies": Figure("Near copies", np.nan, is_share=True, less_is_better=True),
}
WAYS = {"test": "as mapped", "truncated": "truncated 0.8"}


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A generator's figures as it draws in one way: by metric the row it was scored with."""

    name: str
    rows: Mapping[str, ScoreRow]
    is_baseline: bool = False


def list_standings(models: Mapping[str, Model]) -> tuple[Standing, ...]:
    """List each generator in both ways of drawing, then the baseline as it was scored with the first of them."""
    found: list[Standing] = []
    for name, model in models.items():
        for split, way in WAYS.items():
            rows = _pick(model, model.name, split)
            if rows:
                found.append(Standing(f"{name}, {way}" if model.sampler.is_style else _say(name, split), rows))
    first = next(iter(models.values()), None)
    if first is not None:
        found.append(Standing(f"{BASELINE} (baseline)", _pick(first, BASELINE, "test"), is_baseline=True))
    return tuple(found)


def _say(name: str, split: str) -> str:
    """Name a DCGAN's way of drawing: it has no style, so its code is shortened."""
    return name if split == "test" else f"{name}, code × 0.8"


def _pick(model: Model, name: str, split: str) -> dict[str, ScoreRow]:
    """Pick one model's rows of one split."""
    return {row.metric: row for row in model.scores if (row.model, row.split) == (name, split)}


def lay_standings(standings: Sequence[Standing]) -> pd.DataFrame:
    """Lay the figures out as text with their 95% intervals; "not taken" where a run was too short for one."""
    lines = []
    for each in standings:
        line = {"Generator": each.name}
        for metric, figure in FIGURES.items():
            line[figure.title] = _write(each.rows.get(metric), figure)
        lines.append(line | {"Judged pictures": f"{max((row.n for row in each.rows.values()), default=0):,}"})
    return pd.DataFrame(lines)


def _write(row: ScoreRow | None, figure: Figure) -> str:
    """Write a figure with its interval."""
    if row is None:
        return "not taken"
    form = "{:.1%}" if figure.is_share else "{:.2f}"
    low, high = (form.format(each) for each in (row.low, row.high))
    return f"{form.format(row.value)} ({low}–{high})"


def draw_standings(standings: Sequence[Standing], metric: str) -> Chart:
    """Draw one figure of every generator that has it, with its interval and its goal.

    Parameters
    ----------
    metric : str
        One of ``FIGURES``.
    """
    figure = FIGURES[metric]
    known = [each for each in standings if metric in each.rows]
    # What was asked for first is judged first, so the best is found among generators and not among ways of drawing.
    ours = [each for each in known if not each.is_baseline]
    best = sorted(ours, key=lambda each: each.rows[metric].value, reverse=not figure.less_is_better)[0]
    form = "{:.1%}" if figure.is_share else "{:.2f}"
    title = f"{figure.title}: {form.format(best.rows[metric].value)} for {best.name}{_judge(best.rows[metric], figure)}"
    marks = [
        _draw_bars([each for each in known if each.is_baseline is side], metric, role, name)
        for side, role, name in ((False, "main", "generators"), (True, "baseline", "baseline"))
        if any(each.is_baseline is side for each in known)
    ]
    names = np.array([each.name for each in [*ours, *(each for each in known if each.is_baseline)]], dtype=object)
    for value, name, role in _list_lines(metric, figure):
        marks.append(Mark("line", np.full(2, value), names[[0, -1]], name, role, dash=True))  # type: ignore[arg-type]
    label = f"{figure.title}, 95% interval ({'lower' if figure.less_is_better else 'higher'} is better)"
    log = metric == "frechet_ratio"
    return Chart(title, label, "", tuple(marks), alt=f"{title}.", x_percent=figure.is_share, x_log=log)


def _draw_bars(standings: Sequence[Standing], metric: str, role: str, name: str) -> Mark:
    """Draw bars with their intervals."""
    rows = [each.rows[metric] for each in standings]
    value, low, high = (np.array([getattr(row, side) for row in rows]) for side in ("value", "low", "high"))
    names = np.array([each.name for each in standings], dtype=object)
    return Mark("points", value, names, name, role, low=low, high=high, size=12.0)  # type: ignore[arg-type]


def _list_lines(metric: str, figure: Figure) -> list[tuple[float, str, str]]:
    """List what a figure is held against: its goal, and what real pictures reach."""
    lines = [] if np.isnan(figure.goal) else [(figure.goal, "goal", "good")]
    real = {"frechet_ratio": 1.0, "diversity": 1.0, "near_copies": 0.01}
    return [*lines, (real[metric], "real pictures", "muted")] if metric in real else lines


def _judge(row: ScoreRow, figure: Figure) -> str:
    """Say whether a goal is met."""
    if np.isnan(figure.goal):
        return ""
    met = row.value <= figure.goal if figure.less_is_better else row.value >= figure.goal
    goal = f"{figure.goal:.0%}" if figure.is_share else f"{figure.goal:g}"
    return f", goal {'at most' if figure.less_is_better else 'at least'} {goal}: {'met' if met else 'not met'}"
