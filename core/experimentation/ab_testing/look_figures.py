"""The moving figures of the lessons on looking more than once: what it costs, and bounds that keep the promise.

Left out: the other lessons' figures (``figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.experimentation.ab_testing.anytime import find_reach
from core.experimentation.ab_testing.figures import ONE_LOOK
from core.experimentation.ab_testing.sequential import equal_times, find_peeking_level, find_spending_bounds
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range


@dataclass(frozen=True, slots=True)
class LooksControl:
    """How often one looks."""

    looks: Annotated[int, Range(1, 50, 1), Label("Looks")] = 10


def draw_looks(control: LooksControl) -> Chart:
    """Draw the true chance of a false finding by the number of looks at 5% each."""
    looks = np.unique(np.array([1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, control.looks]))
    level = np.array([_find_level(int(each)) for each in looks])
    found = 100 * _find_level(control.looks)
    title = f"{control.looks} looks at 5% each find something in {found:.1f}% of trials without an effect"
    marks = (
        Mark("line", looks, level, "z-test at every look", "bad"),
        Mark("line", looks, np.full(len(looks), 0.05), "promised", "baseline", dash=True),
    )
    return Chart(title, "Looks", "False positives", marks, f"{title}.", y_percent=True)


@lru_cache(maxsize=64)
def _find_level(looks: int) -> float:
    """Compute a level once."""
    return find_peeking_level(looks)


@dataclass(frozen=True, slots=True)
class BoundsControl:
    """Looks and how alpha is spent."""

    looks: Annotated[int, Range(2, 20, 1), Label("Looks")] = 5
    spending: Annotated[Literal["O'Brien–Fleming", "Pocock", "linear"], Label("Spending")] = "O'Brien–Fleming"


def draw_bounds(control: BoundsControl) -> Chart:
    """Draw the bounds of a spending function beside the anytime ones."""
    times = np.array(equal_times(control.looks))
    bounds = find_spending_bounds(times.tolist(), 0.05, control.spending)
    anytime = find_reach(5_000 * times)
    needs = f"the first of {control.looks} looks needs z of {bounds[0]:.2f} and the last {bounds[-1]:.2f}"
    title = f"Spent by {control.spending}, {needs}"
    marks = (
        Mark("line", times, bounds, control.spending),
        Mark("line", times, anytime, "anytime", "second"),
        Mark("line", times, np.full(len(times), ONE_LOOK), "one look", "baseline", dash=True),
    )
    return Chart(title, "Share of the planned units", "Critical z", marks, f"{title}.", x_percent=True)
