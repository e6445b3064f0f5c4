"""What three rules call far out: which rows each would take away, how far they agree, and what that would change.

Left out: the rules, which are ``core.tabular.eda.cleaning.outliers``; taking rows away, a step of the cleaning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.association import find_numbers
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.cleaning.outliers import (
    LIMITS,
    METHODS,
    OutlierComparison,
    Outliers,
    compare_outliers,
    find_outliers,
)
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

MOST_FIRST, MAX_POINTS, N_ROWS = 6, 1_500, 200
LEAST_WIDTH = 380
NAMES = {"iqr": "IQR", "z": "z", "isolation forest": "Isolation forest"}
ABOUT = {
    "iqr": "Beyond 1.5 widths of the middle half, outside of it (Tukey's fences).",
    "z": "More than 3 standard deviations from the mean.",
    "isolation forest": "The 1% of rows that random cuts set apart soonest; it always names its share.",
}
RANGES = {"iqr": (0.5, 5.0, 0.1), "z": (1.5, 6.0, 0.1), "isolation forest": (0.002, 0.2, 0.002)}
LIMIT_LABELS = {"iqr": "Widths", "z": "Deviations", "isolation forest": "Share of rows"}


@st.fragment
def show_outliers(table: Table, key: str) -> None:
    """Draw the three rules over some number columns, then one of them with its limit."""
    names = find_numbers(table)
    if not names:
        st.info("No number column varies in this table.", icon=":material/scatter_plot:")
        return
    columns = tuple(st.multiselect("Number columns", names, default=names[:MOST_FIRST],
                                   key=f"{key}_columns_{table.sha256[:8]}"))  # fmt: skip
    if not columns:
        st.info("Choose at least one column.", icon=":material/arrow_upward:")
        return
    with guard():
        with st.spinner("Applying the three rules…"):
            found = load_comparison(table.sha256, columns, table)
        _show_rules(found)
        st.markdown(f"{escape(found.sentence[:1].upper() + found.sentence[1:])}. None of the rules says that a value "
                    "is wrong: a skewed column has values beyond any fence.")  # fmt: skip
        with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
            with st.container():
                show_chart(overlap_chart(found), f"{key}_overlap", 260)
            with st.container():
                show_chart(counts_chart(found), f"{key}_counts", 260)
        st.subheader("One rule, with a limit of your own", anchor=False)
        _show_rule(table, columns, key)


def _show_rules(found: OutlierComparison) -> None:
    """Draw what each rule would take away as a figure."""
    with st.grid(len(found.found), min_column_width=200, gap="small"):
        for each in found.found:
            share = each.rows.mean()
            st.metric(NAMES[each.method], f"{int(each.rows.sum()):,} rows", f"{share:.1%} of all", delta_color="off",
                      delta_arrow="off", border=True, help=ABOUT[each.method])  # fmt: skip


def overlap_chart(found: OutlierComparison) -> Chart:
    """Draw how many rows every two rules both name."""
    names = np.array([NAMES[str(name)] for name in found.overlap.index], dtype=object)
    counts = found.overlap.to_numpy()
    title = f"All three rules name {found.n_all:,} of the {found.n_any:,} rows that any names"
    mark = Mark("heatmap", names, names, z=counts, text=tuple(f"{count:,}" for count in counts.ravel()))
    return Chart(title, "", "", (mark,), alt=f"{title}.")


def counts_chart(found: OutlierComparison) -> Chart:
    """Draw how many values of each column lie beyond the two fences."""
    fenced = [each for each in found.found if each.counts]
    totals = {name: max(each.counts[name] for each in fenced) for name in fenced[0].counts}
    most = max(totals, key=lambda name: totals[name])
    title = (
        f"{most} has most values beyond a fence: {totals[most]:,}" if totals[most] else "No value lies beyond a fence"
    )
    marks = tuple(
        Mark("bars", np.array(list(each.counts.values()), dtype=float), np.array(list(each.counts), dtype=object),
             NAMES[each.method], role)
        for each, role in zip(fenced, ("main", "second"), strict=True)
    )  # fmt: skip
    return Chart(title, "Values beyond the fences", "", marks, alt=f"{title}.")


def _show_rule(table: Table, columns: tuple[str, ...], key: str) -> None:
    """Draw one rule: what it would remove, what that changes, and the rows themselves."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control("Rule", METHODS, default="iqr", required=True, format_func=NAMES.get,
                                      key=f"{key}_rule", wrap=True)  # fmt: skip
        low, high, step = RANGES[method]
        limit = st.slider(LIMIT_LABELS[method], low, high, LIMITS[method], step, key=f"{key}_limit_{method}", width=320,
                          format="%.1f" if step >= 0.1 else "percent")  # fmt: skip # noqa: PLR2004 — a share has finer steps
    found = load_outliers(table.sha256, columns, method, float(limit), table)
    sentence = found.sentence.replace(found.method, NAMES[found.method], 1)
    st.markdown(f"{escape(sentence)}.")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(rows_chart(table, columns, found), f"{key}_rows")
        with st.container():
            st.caption("Mean and standard deviation with those rows and without")
            st.dataframe(
                found.effect, hide_index=True, column_config=describe_effect(), alt="Effect of removing the rows"
            )
            st.caption(f"The rows (the first {N_ROWS} at most)")
            st.dataframe(
                number_rows(table, found),
                height=180,
                hide_index=True,
                alt="Rows that the rule names",
                placeholder="",
            )
    st.caption("*Clean* has both steps: drop, clip or blank beyond the fences, or drop what the forest sets apart.")


def rows_chart(table: Table, columns: tuple[str, ...], found: Outliers) -> Chart:
    """Draw the rows that a rule names among the others: two columns, or one against its place in the table."""
    n_rows = int(found.rows.sum())
    pair = found.pair or columns[:2]
    y = table.numbers(pair[-1])
    x = table.numbers(pair[0]) if len(pair) > 1 else np.arange(1.0, len(y) + 1)
    known = np.isfinite(x) & np.isfinite(y)
    title = f"{NAMES[found.method]} names {n_rows:,} of {len(y):,} rows"
    marks = []
    for name, rows, role, size in (("kept", ~found.rows, "muted", 6.0), ("named", found.rows, "bad", 9.0)):
        places = thin(np.flatnonzero(rows & known))
        marks.append(Mark("points", x[places], y[places], name, role, size=size))  # type: ignore[arg-type]
    return Chart(title, pair[0] if len(pair) > 1 else "Row", pair[-1], tuple(marks), alt=f"{title}.")


def thin(places: np.ndarray) -> np.ndarray:
    """Keep at most 1,500 places, evenly.

    Examples
    --------
    >>> len(thin(np.arange(10_000))), len(thin(np.arange(7)))
    (1500, 7)
    """
    if len(places) <= MAX_POINTS:
        return places
    return places[np.linspace(0, len(places) - 1, MAX_POINTS).astype(int)]


def number_rows(table: Table, found: Outliers) -> pd.DataFrame:
    """Return the first rows that a rule names, each with its number from 1."""
    places = np.flatnonzero(found.rows)[:N_ROWS]
    rows = table.frame.iloc[places].copy()
    rows.insert(0, "row" if "row" not in rows else "row (number)", places + 1, allow_duplicates=True)
    return rows


def describe_effect() -> dict[str, object]:
    """Name the columns of an effect and give them digits."""
    number = st.column_config.NumberColumn
    words = {"mean": "Mean", "deviation": "SD", "skewness": "Skewness"}
    config: dict[str, object] = {"column": st.column_config.TextColumn("Column", pinned=True)}
    for name, word in words.items():
        config |= {f"{name} {when}": number(f"{word} {sign}", format="%.4g")
                   for when, sign in (("before", "with"), ("after", "without"))}  # fmt: skip
    return config


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_comparison(sha256: str, columns: tuple[str, ...], _table: Table) -> OutlierComparison:  # noqa: ARG001 — the key
    """Apply the three rules once."""
    return compare_outliers(_table, columns)


@st.cache_data(max_entries=32, scope="session", show_spinner=False)
def load_outliers(sha256: str, columns: tuple[str, ...], method: str, limit: float, _table: Table) -> Outliers:  # noqa: ARG001 — the key
    """Apply one rule with one limit once."""
    return find_outliers(_table, columns, method, limit)


drop_with_session("outliers", load_comparison, load_outliers)
