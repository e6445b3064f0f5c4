"""Which filling recovers a column best: known cells are hidden, filled by each method, and compared with the truth.

Left out: the comparison, which is ``core.tabular.eda.cleaning.imputing``; filling, which is a step of the cleaning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.cleaning.imputing import ImputingComparison, Recovery, compare_imputations
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

ROW_HEIGHT, FRAME_HEIGHT = 30, 120
LEAST_WIDTH, LEAST_KNOWN = 380, 30
MOSTLY = 0.5  # share of gaps beyond which a column is hardly one to fill
VERDICTS = {"does not differ from the best": "level with best", "worse than the best": "worse"}
HOW = {"MCAR": "hidden at random", "MAR": "hidden more often where another column is high"}


@st.fragment
def show_fills(table: Table, key: str) -> None:
    """Draw the choice of a column, the button, and what the comparison found."""
    st.markdown(
        "A fifth of a column's *known* cells is hidden, each method fills them in, and the answers are held "
        "against the truth: once with cells hidden at random, once more often where another column is high."
    )
    names = load_fillable(table.sha256, table.target, table)
    if not names:
        st.info(f"No number or category column has {LEAST_KNOWN} known cells and two values.",
                icon=":material/format_color_fill:")  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = st.selectbox("Column", names, key=f"{key}_column_{table.sha256[:8]}", width=320)
        pressed = st.button("Compare the fillings", key=f"{key}_run", type="primary", icon=":material/balance:")
    asked: set[str] = st.session_state.setdefault(f"{key}_asked", set())
    mark = f"{table.sha256}{table.target}{column}"
    if pressed:
        asked.add(mark)
    if mark not in asked:
        st.caption(":material/hourglass_empty: Press the button; it takes a few seconds.")
        return
    with guard():
        with st.spinner(f"Hiding and filling cells of {escape(column)}…"):
            found = load_fills(table.sha256, column, table.target, table)
        _show_found(found, key)


def list_fillable(table: Table) -> list[str]:
    """List the columns whose cells can be hidden, most gaps first, but after them what is mostly empty."""
    frame = table.frame
    names = [
        name for name in frame.columns
        if table.kinds[name] in {"number", "category"} and frame[name].count() >= LEAST_KNOWN
        and len(frame[name].value_counts()) > 1
    ]  # fmt: skip
    gaps = {name: float(frame[name].isna().mean()) for name in names}
    return sorted(names, key=lambda name: (name == table.target, gaps[name] > MOSTLY, -gaps[name]))


def _show_found(found: ImputingComparison, key: str) -> None:
    """Draw each way of hiding: its sentence, its chart and its leaderboard."""
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for mechanism, sentence in zip(_list_mechanisms(found), found.sentences, strict=True):
            rows = [row for row in found.recoveries if row.mechanism == mechanism]
            with st.container():
                show_chart(recovery_chart(rows), f"{key}_{mechanism}", ROW_HEIGHT * len(rows) + FRAME_HEIGHT)
                st.markdown(f"{escape(sentence)}.")
                _show_table(rows)
    for note in found.notes:
        st.caption(f":material/info: {escape(note)}")
    st.caption("Filled cells are guesses: every filling shrinks the spread or the ties between columns. A step of "
               "*Clean* does the filling, and can mark what was missing.")  # fmt: skip


def _list_mechanisms(found: ImputingComparison) -> list[str]:
    """List the ways of hiding in the order in which they were tried."""
    return list(dict.fromkeys(row.mechanism for row in found.recoveries))


def recovery_chart(rows: list[Recovery]) -> Chart:
    """Draw each method's error, or the share it recovers, with its interval.

    Examples
    --------
    >>> row = Recovery("age", "MCAR", "", "mean", "rmse", 1.0, 0.9, 1.1, 50, "best")
    >>> recovery_chart([row]).title
    'Mean comes closest where cells are hidden at random'
    """
    best = next(row for row in rows if row.verdict == "best")
    level = [row for row in rows if row.verdict.startswith("does not differ")]
    driver = f"hidden more often where {best.driver} is high" if best.driver else HOW["MCAR"]
    lead = f"{best.method} comes closest" if not level else f"{best.method} leads but cannot be told from the next"
    title = f"{lead[:1].upper()}{lead[1:]} where cells are {driver}"
    ordered = sorted(rows, key=lambda row: row.value if row.metric == "rmse" else -row.value)
    mark = Mark(
        "points",
        np.array([row.value for row in ordered]),
        np.array([row.method for row in ordered], dtype=object),
        low=np.array([row.low for row in ordered]),
        high=np.array([row.high for row in ordered]),
        size=11.0,
    )
    label = "Error in standard deviations (lower is better)" if best.metric == "rmse" else "Share of cells recovered"
    told = ", ".join(f"{row.method} {row.value:.2f}" for row in ordered)
    is_share = best.metric == "accuracy"
    x_range = (-0.03, 1.03) if is_share else None
    return Chart(title, label, "", (mark,), alt=f"{title}: {told}.", x_percent=is_share, x_range=x_range)


def _show_table(rows: list[Recovery]) -> None:
    """Draw the leaderboard of one way of hiding."""
    frame = pd.DataFrame(
        {
            "Method": [row.method for row in rows],
            "Score": [f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})" for row in rows],
            "Verdict": [VERDICTS.get(row.verdict.partition(" (")[0], row.verdict) for row in rows],
            "Difference": [row.verdict.partition(" (difference ")[2].removesuffix(")") for row in rows],
        }
    )
    name = "Error" if rows[0].metric == "rmse" else "Recovered"
    config = {
        "Score": st.column_config.TextColumn(f"{name}, 95% interval"),
        "Method": st.column_config.TextColumn(pinned=True),
    }
    st.dataframe(frame, hide_index=True, column_config=config, alt=f"Fillings compared on {rows[0].n:,} hidden cells")
    st.caption(f"{rows[0].n:,} hidden cells.")


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_fillable(sha256: str, target: str | None, _table: Table) -> list[str]:  # noqa: ARG001 — the key
    """List the columns whose cells can be hidden once."""
    return list_fillable(_table)


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_fills(sha256: str, column: str, target: str | None, _table: Table) -> ImputingComparison:  # noqa: ARG001 — the key
    """Compare the fillings of one column once."""
    return compare_imputations(_table, (column,))


drop_with_session("fills", load_fillable, load_fills)
