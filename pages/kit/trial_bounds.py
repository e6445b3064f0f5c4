"""Where a trial stands among its looks, and how far from 0 each way of looking asks the statistic to be.

Left out: the bounds themselves (``core.experimentation.ab_testing.sequential``).
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.anytime import LEAST_IN_ARM, find_reach
from core.experimentation.ab_testing.estimates import find_critical
from core.experimentation.ab_testing.sequential import SPENDINGS, equal_times, find_spending_bounds
from core.experimentation.ab_testing.simulation import PEEKING
from core.hub.charts import Chart, Mark
from pages.kit.charts import show_chart
from pages.kit.trials import SLUG, show_command


def show_looks(found: Analysis, table: Table) -> None:
    """Draw where the trial stands among its looks, and the bounds of every way of looking."""
    chart = project.looks_chart(found)
    if chart is not None:
        show_chart(chart, f"{SLUG}_looks")
    n_looks, alpha = max(found.plan.looks, 2), found.plan.alpha
    total = found.plan.planned_units or found.n
    z = found.plain.effect / found.plain.error if found.plain.error > 0 else None
    show_chart(bounds_chart(n_looks, alpha, total, None if z is None else (found.look.time, abs(z))), f"{SLUG}_bounds")
    st.caption(f"A statistic beyond its curve decides. Group sequential bounds are for {n_looks} equally spaced looks; "
               f"of a table that is no log the looks before this one are taken to have been those. The anytime bound "
               f"holds at every unit from {LEAST_IN_ARM} in each arm on, so it is wider. Choose the way of looking in "
               "the plan, before the first look.")  # fmt: skip
    show_command(found, table)


def bounds_chart(n_looks: int, alpha: float, total: int, now: tuple[float, float] | None = None) -> Chart:
    """Draw the bounds of each way of looking beside the one-look limit, and where the trial is now."""
    times = np.array(equal_times(n_looks))
    plain = find_critical(1 - alpha, np.inf, "two-sided")
    lines = {name: find_spending_bounds(times.tolist(), alpha, name) for name in SPENDINGS}  # type: ignore[arg-type]
    curve = np.linspace(1 / 40, 1, 79)
    reach = find_reach(np.maximum(curve * total, 1.0), alpha)
    title = (
        f"At the first of {n_looks} looks O'Brien–Fleming asks for {lines[SPENDINGS[0]][0]:.2f} standard errors, "
        f"Pocock for {lines['Pocock'][0]:.2f}, one look for {plain:.2f}"
    )
    marks = (
        *(Mark("line", times, values, name, role, size=6) for (name, values), role in
          zip(lines.items(), ("main", "second", "third"), strict=True)),
        Mark("line", curve, reach, "anytime", "good"),
        Mark("line", np.array([curve[0], 1.0]), np.full(2, plain), PEEKING, "bad", dash=True),
        *((Mark("points", np.array([now[0]]), np.array([now[1]]), "this trial", "main", size=12),) if now else ()),
    )  # fmt: skip
    return Chart(title, f"Share of {total:,} units", "Standard errors from 0", marks, f"{title}.",
                 x_percent=True, y_range=(0.0, max(8.0, 1.1 * now[1]) if now else 8.0))  # fmt: skip
