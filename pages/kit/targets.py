"""A number to predict as one first wants to see it: its spread and that of its log, and by the groups of a column.

Left out: the other columns (``explore``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.columns import to_values
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.errors import escape

LEAST_WIDTH, N_BINS, MOST_GROUPS, LEAST_ROWS, EVEN = 360, 40, 30, 5, 0.5


def show_target(table: Table, unit: str, key: str) -> None:
    """Draw how the target is spread, as it is and as a log, and by the groups of a category.

    Parameters
    ----------
    unit : str
        Stands before an amount, such as ``$``.
    """
    y = to_values(table.frame[table.target], "number").to_numpy(dtype=float)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(spread_chart(y, str(table.target), unit), f"{key}_plain", 280)
        with st.container():
            if np.nanmin(y) > 0:
                show_chart(spread_chart(y, str(table.target), unit, is_log=True), f"{key}_log", 280)
            else:
                st.info(f"{escape(str(table.target))} holds values of 0 or less, so it has no log.",
                        icon=":material/functions:")  # fmt: skip
    show_target_groups(table, y, unit, key)


def spread_chart(y: np.ndarray, name: str, unit: str, *, is_log: bool = False) -> Chart:
    """Draw the spread of a number, or of its log, with how far it leans.

    Examples
    --------
    >>> spread_chart(np.exp(np.linspace(0, 4, 200)), "price", "$", is_log=True).title
    'The log of price leans little (skewness 0.00)'
    """
    known = y[np.isfinite(y)]
    values = np.log(known) if is_log else known
    centred = values - values.mean()
    lean = float(np.mean(centred**3) / np.mean(centred**2) ** 1.5) if values.std() else 0.0
    what = f"The log of {name}" if is_log else name
    side = "leans little" if abs(lean) < EVEN else f"leans to the {'high' if lean > 0 else 'low'} side"
    title = f"{what} {side} (skewness {lean:.2f})".replace("-0.00", "0.00").replace("-", "−")
    counts, edges = np.histogram(values, bins=N_BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    text = tuple(f"about {unit}{show_number(float(np.exp(at) if is_log else at))}: {count} rows"
                 for at, count in zip(middles, counts, strict=True))  # fmt: skip
    label = f"log {name}" if is_log else f"{name}{f' ({unit})' if unit else ''}"
    told = f"Median {unit}{show_number(float(np.median(known)))}, from {unit}{show_number(known.min())} to "
    told += f"{unit}{show_number(known.max())}"
    mark = Mark("bars", middles, counts.astype(float), role="second" if is_log else "main", text=text)
    return Chart(title, label, "Rows", (mark,), f"{title}. {told}.")


@st.fragment
def show_target_groups(table: Table, y: np.ndarray, unit: str, key: str) -> None:
    """Draw the middle of the target in each group of a category."""
    names = [name for name in table.features if table.kinds[name] == "category"]
    if not names:
        return
    first = max(names, key=lambda name: explain_share(table.frame[name], y))
    column = st.selectbox("By", names, index=names.index(first), format_func=escape, width=320,
                          key=f"{key}_by_{table.sha256[:8]}")  # fmt: skip
    show_chart(groups_chart(table.frame[column], y, str(table.target), unit), f"{key}_groups")


def explain_share(groups: pd.Series, y: np.ndarray) -> float:
    """Return the share of the spread that group means explain, 0–1; groups of few rows are left out.

    Examples
    --------
    >>> explain_share(pd.Series(["a"] * 5 + ["b"] * 5), np.repeat([1.0, 2.0], 5))
    1.0
    """
    frame = pd.DataFrame({"group": groups.astype(str).to_numpy(), "y": y}).dropna()
    sizes = frame.groupby("group")["y"].transform("size")
    frame = frame[sizes >= LEAST_ROWS]
    if frame.empty or frame["y"].var(ddof=0) == 0:
        return 0.0
    means = frame.groupby("group")["y"].transform("mean")
    return float(means.var(ddof=0) / frame["y"].var(ddof=0))


def groups_chart(groups: pd.Series, y: np.ndarray, name: str, unit: str) -> Chart:
    """Draw the median of each group with its middle half, the highest first.

    Examples
    --------
    >>> groups_chart(pd.Series(["a", "b"] * 6), np.arange(12.0), "price", "$").title
    'Half of the rows lie above $6 in b and above $5 in a: the group explains 2% of the spread of price'
    """
    frame = pd.DataFrame({"group": groups.astype(str).to_numpy(), "y": y}).dropna()
    by = frame.groupby("group")["y"]
    found = pd.DataFrame({"n": by.size(), "middle": by.median(), "low": by.quantile(0.25), "high": by.quantile(0.75)})
    large = found[found["n"] >= LEAST_ROWS]
    found = (large if len(large) else found).sort_values("middle", ascending=False, kind="stable").head(MOST_GROUPS)
    labels = [f"{str(each).replace('_', ' ')} ({n:,})" for each, n in zip(found.index, found["n"], strict=True)]
    top, last = found.iloc[0], found.iloc[-1]
    title = (
        f"Half of the rows lie above {unit}{show_number(top['middle'])} in {str(top.name).replace('_', ' ')} and above "
    )
    title += f"{unit}{show_number(last['middle'])} in {str(last.name).replace('_', ' ')}: the group explains "
    title += f"{explain_share(groups, y):.0%} of the spread of {name}"
    values, low, high = (found[each].to_numpy(dtype=float) for each in ("middle", "low", "high"))
    mark = Mark("points", values, np.array(labels, dtype=object), low=low, high=high, size=9.0)
    told = "; ".join(f"{label} {unit}{show_number(value)}" for label, value in zip(labels, values, strict=True))
    label = f"Median and middle half of {name}{f' ({unit})' if unit else ''}"
    return Chart(title, label, "", (mark,), f"{title}. {told}.")
