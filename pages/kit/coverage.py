"""How often ranges hold the truth, over all rows and in each group, on rows whose limits they took no part in.

Left out: how ranges are sized (``core.evaluation.conformal_numbers``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape

LEAST_ROWS, MOST_GROUPS = 30, 40
SHARES = {"median_ape": "Median error", "median_error": "Truth minus answer", "coverage": "Held",
          "low": "From", "high": "To", "mean_width": "Mean width"}  # fmt: skip


@st.fragment
def show_coverage(
    models: tuple[str, ...], measure: Callable[[str], pd.DataFrame], asked: float, words: tuple[str, str], key: str
) -> None:
    """Draw how often one model's ranges held the truth.

    Parameters
    ----------
    measure : callable
        ``measure(model) -> DataFrame`` with group, n, coverage, low, high, median_ape, median_error and mean_width.
    asked : float
        What the ranges promise, 0–1.
    words : (str, str)
        What a group and what rows are called.
    """
    model = st.selectbox("Model", models, format_func=capitalise, key=f"{key}_model", width=320)
    frame, (group, rows) = measure(model), words
    n_held = round(float((frame["coverage"] * frame["n"]).sum()))
    st.markdown(escape(describe_overall(n_held, int(frame["n"].sum()), asked)))
    if len(frame) > 1:
        show_chart(coverage_chart(frame, asked, words), f"{key}_groups")
    shown = frame.copy()
    shown["group"] = shown["group"].str.replace("_", " ")
    for name in SHARES:
        shown[name] = [f"{value:.1%}".replace("-", "−") for value in shown[name]]
    titles = {"group": group.capitalize(), "n": rows.capitalize(), **SHARES}
    st.dataframe(shown[list(titles)].rename(columns=titles), hide_index=True, alt=f"Ranges and errors of each {group}")
    st.caption(
        f"Each row is held out: neither its answer nor the limits of its range come from its own fold. A {group} has "
        f"limits of its own (Mondrian conformal). Wilson's 95% intervals; the width is a share of the answer."
    )


def describe_overall(n_held: int, n_rows: int, asked: float) -> str:
    """Say how often ranges held the truth over all rows.

    Examples
    --------
    >>> describe_overall(2660, 2930, 0.9)
    'Of 2,930 held-out rows 2,660 lie in their range: 90.8% (95% interval 89.7% to 91.8%), where 90% were asked for.'
    """
    from core.evaluation.intervals import wilson_interval

    low, high = wilson_interval(n_held, n_rows)
    return (
        f"Of {n_rows:,} held-out rows {n_held:,} lie in their range: {n_held / n_rows:.1%} (95% interval {low:.1%} to "
        f"{high:.1%}), where {asked:.0%} were asked for."
    )


def coverage_chart(frame: pd.DataFrame, asked: float, words: tuple[str, str]) -> Chart:
    """Draw the share of rows that each group's ranges held, groups of 30 rows or more first of all.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": ["a", "b"], "n": [40, 50], "coverage": [0.9, 0.8], "low": 0.7, "high": 0.95})
    >>> coverage_chart(frame, 0.9, ("street", "sales")).title
    'In the worst of 2 streets with 30 sales or more, b, 80.0% lie in their range'
    """
    group, rows = words
    large = frame[frame["n"] >= LEAST_ROWS]
    shown = (large if len(large) else frame).sort_values("coverage").head(MOST_GROUPS)
    worst = shown.iloc[0]
    names = np.array([f"{str(name).replace('_', ' ')} ({n:,})" for name, n in
                      zip(shown["group"], shown["n"], strict=True)], dtype=object)  # fmt: skip
    values, low, high = (shown[name].to_numpy(dtype=float) for name in ("coverage", "low", "high"))
    fewest = f" with {LEAST_ROWS} {rows} or more" if len(large) else ""
    title = f"In the worst of {len(shown)} {group}s{fewest}, {str(worst['group']).replace('_', ' ')}, "
    title += f"{worst['coverage']:.1%} lie in their range"
    marks = (
        Mark("points", values, names, "held", low=low, high=high, size=10.0),
        Mark("line", np.full(2, asked), names[[0, -1]], "asked for", "baseline", dash=True),
    )
    told = "; ".join(f"{name} {value:.1%}" for name, value in zip(names, values, strict=True))
    return Chart(
        title, f"Share of {rows} in their range (95% interval)", "", marks, f"{title}. {told}.", x_percent=True
    )
