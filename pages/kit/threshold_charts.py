"""Charts of a threshold in use: its place on the profit curve and beside the front, what it finds and what it misses.

Left out: the curve itself and its band (``core.evaluation.thresholds``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.evaluation.charts import confusion_chart
from core.evaluation.classification import confusion
from core.evaluation.thresholds import Sweep
from core.hub.charts import Chart, Mark
from pages.kit.groups import ODDS, Judged, Words


def profit_chart(sweep: Sweep, here: Sweep, unit: str, row: str = "row") -> Chart:
    """Draw the profit of every threshold with its band; the point in use is the profit at exactly that threshold."""
    chart = sweep.chart(unit)
    title, label = (text.replace(" a row", f" a {row}") for text in (chart.title, chart.y_label))
    point = Mark("points", here.thresholds, here.profit, "in use", "second", low=here.low, high=here.high, size=12.0)
    return replace(chart, title=title, y_label=label, marks=(*chart.marks, point))


def rates_by_threshold_chart(sweep: Sweep, here: Sweep, words: Words) -> Chart:
    """Draw precision, recall and the share acted on against the threshold."""
    at, precision = float(here.thresholds[0]), float(here.precision[0])
    right = "nobody" if np.isnan(precision) else f"{precision:.0%} right"
    title = f"From {at:.3f} on {here.selected_share[0]:.0%} of {words.rows} are {words.chosen}, {right}; "
    title += f"{here.recall[0]:.0%} of {words.positive} are among them"
    marks = (
        Mark("line", sweep.thresholds, sweep.precision, "precision", "main"),
        Mark("line", sweep.thresholds, sweep.recall, "recall", "third"),
        Mark("line", sweep.thresholds, sweep.selected_share, words.chosen, "muted"),
        Mark("line", np.full(2, at), np.array([0.0, 1.0]), "in use", "second", dash=True),
    )
    label = "Act from this probability on"
    return Chart(title, label, "Share", marks, f"{title}.", x_range=(0.0, 1.0), y_range=(0.0, 1.02), y_percent=True)


def counts_chart(y: np.ndarray, share: np.ndarray, threshold: float, words: Words) -> Chart:
    """Draw how many rows of each class are acted on."""
    answers = np.where(share >= threshold, words.positive, words.negative)
    truth = np.where(y, words.positive, words.negative)
    counts = confusion(truth, answers, (words.negative, words.positive))
    chart = confusion_chart(counts, (words.negative, words.positive))
    (_, false), (missed, found) = counts.tolist()
    title = f"{found:,} of {found + missed:,} {words.positive} and {false:,} {words.negative} are {words.chosen}"
    return replace(chart, title=title, alt=f"{title}. {chart.alt}", x_label="Taken for", y_label="In truth")


def place_on_front(front: Chart, judged: Judged, here: Sweep) -> Chart:
    """Put the threshold in use beside the front, where its gap is defined."""
    if ODDS not in judged.gaps:
        return front
    gap, profit = judged.gaps[ODDS].value, float(here.profit[0])
    point = Mark("points", np.array([gap]), np.array([profit]), "in use", "third", size=14.0)
    alt = f"{front.alt} The threshold in use has a gap of {gap:.3f} and makes {profit:,.2f}."
    return replace(front, marks=(*front.marks, point), alt=alt)
