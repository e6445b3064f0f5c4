"""How many units a trial needs: by shares or by means, for any split, with the least effect, the duration and a curve.

Left out: the arithmetic (``core.experimentation.ab_testing.power`` and ``share_power``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st

from core.experimentation.ab_testing.power import find_duration, find_least_effect, find_power, find_size
from core.experimentation.ab_testing.share_power import (
    Formula,
    find_least_share,
    find_share_power,
    find_share_size,
)
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from pages.kit.charts import show_chart
from pages.kit.errors import guard
from pages.kit.forms import show_form

SHARES, MEANS = "Conversion rate", "Mean"
N_POINTS = 61
Sides = Literal["two-sided", "one-sided"]


@dataclass(frozen=True, slots=True)
class ShareDesign:
    """A trial of two shares."""

    base: Annotated[float, Range(0.1, 99.0, 0.1), Label("Control's rate", "What it is now.", "%")] = 20.0
    rise: Annotated[float, Range(0.1, 50.0, 0.1), Label("Rise worth finding", "Points above the control.", "%")] = 5.0
    power: Annotated[float, Range(50.0, 99.0, 1.0), Label("Power", "Chance of finding it.", "%")] = 80.0
    alpha: Annotated[float, Range(0.1, 20.0, 0.1), Label("α", "Chance of a false finding.", "%")] = 5.0
    treated: Annotated[float, Range(1.0, 99.0, 1.0), Label("Treated", "Share that gets the new one.", "%")] = 50.0
    daily: Annotated[int, Range(1, 10_000_000, 1), Label("New units a day", "Both arms together.")] = 500
    sided: Annotated[Sides, Label("Alternative")] = "two-sided"
    formula: Annotated[Formula, Label("Formula", "Miller: Evan Miller's calculator; arcsine: Cohen's.")] = "pooled"


@dataclass(frozen=True, slots=True)
class MeanDesign:
    """A trial of two means."""

    effect: Annotated[float, Range(0.01, 3.0, 0.01), Label("Effect worth finding", "In standard deviations.")] = 0.2
    power: Annotated[float, Range(50.0, 99.0, 1.0), Label("Power", "Chance of finding it.", "%")] = 80.0
    alpha: Annotated[float, Range(0.1, 20.0, 0.1), Label("α", "Chance of a false finding.", "%")] = 5.0
    treated: Annotated[float, Range(1.0, 99.0, 1.0), Label("Treated", "Share that gets the new one.", "%")] = 50.0
    daily: Annotated[int, Range(1, 10_000_000, 1), Label("New units a day", "Both arms together.")] = 500
    sided: Annotated[Sides, Label("Alternative")] = "two-sided"


@st.fragment
def show_size(key: str) -> None:
    """Draw the calculator; what is moved here redraws only it."""
    what = st.segmented_control("Metric", (SHARES, MEANS), default=SHARES, required=True, key=f"{key}_what",
                                persist_state="session")  # fmt: skip
    design = show_form(ShareDesign if what == SHARES else MeanDesign, f"{key}_{what}", columns=4)
    if design is None:
        return
    with guard():
        n = find_control_size(design)
        _show_answer(design, n)
        show_chart(make_curve(design, n), f"{key}_curve")
        _show_least(design, key)
        st.caption(f":material/terminal: `{write_size_command(design)}`")


def find_ratio(design: Any) -> float:
    """Return how many are treated for each in the control."""
    return float(design.treated / (100 - design.treated))


def find_control_size(design: Any) -> int:
    """Return the units that the control needs.

    Examples
    --------
    >>> find_control_size(ShareDesign()), find_control_size(MeanDesign(effect=0.5))
    (1094, 64)
    """
    keywords: dict[str, Any] = {"alpha": design.alpha / 100, "sided": _find_side(design), "ratio": find_ratio(design)}
    if isinstance(design, MeanDesign):
        return math.ceil(find_size(design.effect, design.power / 100, **keywords))
    base, other = design.base / 100, (design.base + design.rise) / 100
    return math.ceil(find_share_size(base, other, design.power / 100, formula=design.formula, **keywords))


def _find_side(design: Any) -> Any:
    """Return the side; a rise is looked for, so either one side stands for that of the rise."""
    return "two-sided" if design.sided == "two-sided" else "greater"


def find_total(design: Any, n: int) -> int:
    """Return the units of both arms."""
    return n + math.ceil(n * find_ratio(design))


def find_design_power(design: Any, n: float) -> float:
    """Return the power of ``n`` units in the control."""
    keywords: dict[str, Any] = {"alpha": design.alpha / 100, "sided": _find_side(design), "ratio": find_ratio(design)}
    if isinstance(design, MeanDesign):
        return find_power(design.effect, n, **keywords)
    base, other = design.base / 100, (design.base + design.rise) / 100
    return find_share_power(base, other, n, formula=design.formula, **keywords)


def _show_answer(design: Any, n: int) -> None:
    """Draw the units and the days."""
    total = find_total(design, n)
    with st.grid(4, min_column_width=140, gap="small"):
        st.metric("Control", f"{n:,}", border=True)
        st.metric("Treatment", f"{total - n:,}", border=True)
        st.metric("Together", f"{total:,}", border=True)
        st.metric("Duration", f"{find_duration(total, design.daily):,} days", border=True,
                  help="In whole weeks, so that every weekday counts alike.")  # fmt: skip


def make_curve(design: Any, n: int) -> Chart:
    """Draw the power by the units of both arms, and the day on which they are there."""
    totals = np.linspace(max(find_total(design, 4), find_total(design, n) / 20), 2 * find_total(design, n), N_POINTS)
    power = np.array([find_design_power(design, total / (1 + find_ratio(design))) for total in totals])
    total = find_total(design, n)
    half = 100 * find_design_power(design, n / 2)
    title = f"{total:,} units give {design.power:g}% power; half of them would give {half:.0f}%"
    days = tuple(
        f"{value:,.0f} units, {find_duration(value, design.daily, whole_weeks=False):,} days" for value in totals
    )
    marks = (
        Mark("line", totals, power, "power", text=days),
        Mark("points", np.array([total]), np.array([find_design_power(design, n)]), "this plan", "second"),
        Mark("line", totals[[0, -1]], np.full(2, design.power / 100), "asked", "baseline", dash=True),
    )
    return Chart(title, "Units of both arms", "Power", marks, f"{title}.", y_range=(0.0, 1.02), y_percent=True)


def _show_least(design: Any, key: str) -> None:
    """Say the least effect that a number of units finds."""
    total = st.number_input("Or: what would so many units find?", 10, 1_000_000_000, 2_000, 100, key=f"{key}_units",
                            width=320, persist_state="session")  # fmt: skip
    n, power = total / (1 + find_ratio(design)), design.power / 100
    keywords: dict[str, Any] = {"alpha": design.alpha / 100, "sided": _find_side(design), "ratio": find_ratio(design)}
    if isinstance(design, MeanDesign):
        found = f"{find_least_effect(n, power, **keywords):.3g} standard deviations"
    else:
        least = find_least_share(design.base / 100, n, power, formula=design.formula, **keywords)
        found = f"a rise of {100 * least:.3g} points, from {design.base:g}% to {design.base + 100 * least:.4g}%"
    st.markdown(f"**{total:,} units** find {found} with {design.power:g}% power.")


def write_size_command(design: Any) -> str:
    """Write the command that gives the same size.

    Examples
    --------
    >>> write_size_command(ShareDesign())
    'python -m core ab size --base 0.2 --other 0.25 --power 0.8 --alpha 0.05 --daily 500'
    >>> write_size_command(MeanDesign(treated=20.0, sided="one-sided")).split("500")[1]
    ' --ratio 0.25 --sided greater'
    """
    what = (
        f"--effect {design.effect:g}"
        if isinstance(design, MeanDesign)
        else f"--base {design.base / 100:.6g} --other {(design.base + design.rise) / 100:.6g}"
    )
    rest = f"--power {design.power / 100:.6g} --alpha {design.alpha / 100:.6g} --daily {design.daily}"
    usual = {"ratio": "1", "sided": "two-sided", "formula": "pooled"}
    formula = getattr(design, "formula", "pooled")
    chosen = {"ratio": f"{find_ratio(design):.12g}", "sided": _find_side(design), "formula": formula}
    more = "".join(f" --{name} {value}" for name, value in chosen.items() if value != usual[name])
    return f"python -m core ab size {what} {rest}{more}"
