"""How a choice falls on groups of people: the rates of each with intervals, the gaps, and calibration beside them.

Left out: the measures (``core.evaluation.fairness``); what a limit on a gap costs (``fairness``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.fairness import group_rates, parity_gaps
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from pages.kit.charts import show_chart
from pages.kit.errors import escape

LEAST_WIDTH, HEIGHT = 360, 240
PARITY, ODDS = "demographic_parity_difference", "equalised_odds_difference"


@dataclass(frozen=True, slots=True)
class Words:
    """What rows are called where a choice is made among them."""

    row: str = "row"
    rows: str = "rows"
    chosen: str = "chosen"
    positive: str = "of the class"
    negative: str = "of the other"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a choice does to each group of one column, as ``core.evaluation.fairness`` counts it.

    Parameters
    ----------
    gaps : mapping of str to Measure
        Empty where a rate is not defined; ``note`` then says why.
    """

    column: str
    rates: pd.DataFrame
    gaps: Mapping[str, Measure]
    calibration: pd.DataFrame
    note: str = ""


def choose_group(groups: Mapping[str, np.ndarray], key: str) -> str | None:
    """Let a person choose whose groups are judged; None where no column makes groups."""
    if not groups:
        st.info("No column of this table makes groups to compare.", icon=":material/groups:")
        return None
    return str(st.selectbox("Groups of", list(groups), format_func=escape, key=f"{key}_group", width=320))


def judge_groups(
    column: str, groups: np.ndarray, y: np.ndarray, chosen: np.ndarray, calibration: pd.DataFrame
) -> Judged:
    """Count what a choice does to each group.

    Parameters
    ----------
    calibration : DataFrame
        As ``calibrate_groups`` gives it, which no choice changes.

    Raises
    ------
    DataError
        If there are fewer than 2 or more than 10 groups.

    Examples
    --------
    >>> from core.evaluation.fairness import calibrate_groups
    >>> y, share = np.array([True, False] * 4), np.array([0.9, 0.4] * 4)
    >>> groups = np.repeat(["f", "m"], 4)
    >>> found = judge_groups("sex", groups, y, share >= 0.5, calibrate_groups(y, share, groups))
    >>> found.gaps[PARITY].value, found.note
    (0.0, '')
    """
    rates = group_rates(y, chosen, groups)
    try:
        return Judged(column, rates, parity_gaps(y, chosen, groups), calibration)
    except DataError as error:
        return Judged(column, rates, {}, calibration, str(error))


def show_groups(judged: Judged, words: Words, key: str) -> None:
    """Draw the rates of each group beside its calibration, with the gaps between groups."""
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(rates_chart(judged, words), f"{key}_rates", HEIGHT)
            _show_gaps(judged, words)
        with st.container():
            show_chart(group_calibration_chart(judged), f"{key}_calibration", HEIGHT)
            st.caption("Where a group's stated share lies inside the interval of what came true, its probabilities "
                       "hold as far as these rows can tell.")  # fmt: skip


def _show_gaps(judged: Judged, words: Words) -> None:
    """Say how far apart the groups are treated, or why that is not defined."""
    if judged.note:
        st.caption(f":material/info: {escape(judged.note)}.")
        return
    said = {PARITY: f"share {words.chosen}", ODDS: "error rates (equalised odds)"}
    told = [f"{name} **{write_measure(judged.gaps[gap])}**" for gap, name in said.items()]
    st.markdown(f"Widest gaps between groups: {'; '.join(told)}.")


def write_measure(measure: Measure, digits: int = 3) -> str:
    """Write a figure with its 95% interval.

    Examples
    --------
    >>> write_measure(Measure(0.25, 0.221, 0.28))
    '0.250 (0.221 to 0.280)'
    """
    return f"{measure.value:,.{digits}f} ({measure.low:,.{digits}f} to {measure.high:,.{digits}f})"


def name_rates(words: Words) -> dict[str, str]:
    """Name the three rates by what rows are called."""
    return {
        "selection_rate": f"{words.rows} {words.chosen}",
        "true_positive_rate": f"{words.positive} {words.chosen}",
        "false_positive_rate": f"{words.negative} {words.chosen}",
    }


def rates_chart(judged: Judged, words: Words) -> Chart:
    """Draw three rates of each group with their intervals, a row for each, a colour a group."""
    rates, names = judged.rates, name_rates(words)
    rows = [f"{group}: {name}" for name in names.values() for group in rates["group"]]
    # A first mark with every row keeps them in the order of the rates.
    marks = [Mark("line", np.zeros(len(rows)), np.array(rows, dtype=object), role="muted")]
    for place, row in enumerate(rates.to_dict("records")):
        value, low, high = (
            np.array([float(row[f"{rate}{end}"]) for rate in names]) for end in ("", "_low", "_high")
        )  # fmt: skip
        where = np.array([f"{row['group']}: {name}" for name in names.values()], dtype=object)
        marks.append(Mark("points", value, where, str(row["group"]), "class", place, low=low, high=high, size=11.0))
    selected = rates.sort_values("selection_rate", ignore_index=True)
    least, most = selected.iloc[0], selected.iloc[-1]
    title = f"{least['selection_rate']:.0%} of {least['group']} and {most['selection_rate']:.0%} of {most['group']} "
    title += f"({judged.column}) are {words.chosen}"
    told = "; ".join(
        f"{row['group']}, {name} {float(row[rate]):.0%}"
        for row in rates.to_dict("records") for rate, name in names.items()
    )  # fmt: skip
    return Chart(title, "Share, 95% interval", "", tuple(marks), f"{title}. {told}.", x_percent=True)


def group_calibration_chart(judged: Judged) -> Chart:
    """Draw each group's stated share beside the share that came true."""
    found = judged.calibration
    groups = found["group"].to_numpy(dtype=object)
    stated, observed, low, high = (found[name].to_numpy(dtype=float) for name in ("stated", "observed", "low", "high"))
    off = np.maximum(low - stated, stated - high)
    worst = int(off.argmax())
    title = f"Probabilities hold in all {len(found)} groups of {judged.column}"
    if off[worst] > 0:
        title = f"{groups[worst]} is stated {stated[worst]:.1%} on average, and {observed[worst]:.1%} came true"
    marks = (
        Mark("points", observed, groups, "came true", "main", low=low, high=high, size=11.0),
        Mark("points", stated, groups, "stated", "class", 1, size=11.0),
    )
    rows = zip(groups, stated, observed, strict=True)
    told = "; ".join(f"{group} stated {said:.1%}, came true {true:.1%}" for group, said, true in rows)
    return Chart(title, "Share, 95% interval", "", marks, f"{title}. {told}.", x_percent=True)
