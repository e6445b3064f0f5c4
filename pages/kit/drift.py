"""Watching a model: drift by column, whether new rows can be told from old ones, and how well it does without labels.

Left out: the measures (``core.evaluation.drift``, ``label_free``) and the rows, which a project brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.evaluation.drift import MILD, STRONG
from core.evaluation.label_free import Estimate
from core.evaluation.leaderboard import Measure
from core.hub.charts import Chart, Mark, Role
from pages.kit import uploads
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.matching import show_match
from pages.kit.slow import load_on_demand

LEAST_WIDTH, HEIGHT, MOST_BARS = 360, 260, 25
FIGURES = {"roc_auc": "ROC AUC", "accuracy": "Accuracy", "precision": "Precision", "recall": "Recall"}
REHEARSAL, OWN = "Rehearsal", "New rows"


class Watched(Protocol):
    """What new rows say of a model."""

    @property
    def drift(self) -> pd.DataFrame:
        """As ``core.evaluation.drift.find_drift`` gives it."""

    @property
    def told_apart(self) -> Measure:
        """ROC area of a classifier that tells new rows from old ones."""

    @property
    def expected(self) -> Estimate:
        """Scores that are expected without labels."""

    @property
    def truth(self) -> Mapping[str, float]:
        """What came true, under the names of ``Estimate``; empty where nobody knows."""

    @property
    def reference_auc(self) -> float:
        """ROC area on the rows that were learnt from."""


@dataclass(frozen=True, slots=True, eq=False)
class Monitor:
    """Ways to watch a model.

    Parameters
    ----------
    key : str
        Changes with the run.
    rehearse : callable
        ``rehearse() -> Watched`` on a part of the data that was shifted on purpose; some seconds.
    watch : callable
        ``watch(table) -> Watched`` of new rows.
    needed : mapping of feature to NeededColumn
        What the new rows must bring.
    about : str
        How the rehearsal shifts the rows, in a sentence.
    """

    key: str
    rehearse: Callable[[], Watched]
    watch: Callable[[Table], Watched]
    needed: Mapping[str, NeededColumn]
    about: str = ""


@st.fragment
@guard()
def show_monitor(monitor: Monitor, key: str) -> None:
    """Draw a rehearsal whose truth is known, or what a file of new rows says."""
    view = st.segmented_control(
        "Watch", [REHEARSAL, OWN], default=REHEARSAL, required=True, key=f"{key}_view", wrap=True
    )
    if view == REHEARSAL:
        if monitor.about:
            st.caption(escape(monitor.about))
        label = "Rehearse a shift"
        found = load_on_demand(label, (monitor.key,), monitor.rehearse, f"{key}_rehearsal")
    else:
        st.caption("New rows with the columns of the table that was learnt from. Their outcome is not needed; where "
                   "the file has it, the truth is drawn beside the estimate.")  # fmt: skip
        table = uploads.show_reader(f"{key}_rows", "Upload new rows")
        if table is None or not show_match(table, monitor.needed):
            return
        found = load_on_demand("Watch these rows", (monitor.key, table.sha256), lambda: monitor.watch(table),
                               f"{key}_rows_watch")  # fmt: skip
    if found is not None:
        show_watch(found, f"{key}_{view}")


def show_watch(watched: Watched, key: str) -> None:
    """Draw drift by column, the joint test, and the estimate beside the truth."""
    st.markdown(escape(say_told_apart(watched.told_apart)))
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(drift_chart(watched.drift), f"{key}_drift", HEIGHT)
        with st.container():
            show_chart(estimate_chart(watched), f"{key}_estimate", HEIGHT)
            st.caption("The estimate takes the probabilities at their word. It sees that other rows come; it cannot "
                       "see that the same rows behave otherwise.")  # fmt: skip
    with st.expander("Every column in words", type="compact"):
        show_columns(watched.drift)


def show_columns(drift: pd.DataFrame) -> None:
    """Draw the index and the test of every column."""
    titles = {"column": "Column", "psi": "Index", "p_holm": "Adjusted p", "sentence": "In words"}
    config = {"Index": st.column_config.NumberColumn(format="%.3f", help="Population stability index"),
              "Adjusted p": st.column_config.NumberColumn(format="%.3f", help="After Holm"),
              "In words": st.column_config.TextColumn(width="large")}  # fmt: skip
    st.dataframe(drift[list(titles)].rename(columns=titles), hide_index=True, column_config=config,
                 alt=f"Drift of {len(drift)} columns, the largest first")  # fmt: skip


def say_told_apart(area: Measure) -> str:
    """Say what the joint test of all columns found.

    Examples
    --------
    >>> say_told_apart(Measure(0.52, 0.48, 0.56))
    'Taken together, new rows cannot be told from old ones: ROC AUC 0.520 (0.480 to 0.560), where 0.5 is a guess.'
    """
    can = "can" if area.low > 0.5 else "cannot"  # noqa: PLR2004 — a guess
    span = f"{area.value:.3f} ({area.low:.3f} to {area.high:.3f})"
    return f"Taken together, new rows {can} be told from old ones: ROC AUC {span}, where 0.5 is a guess."


def drift_chart(drift: pd.DataFrame) -> Chart:
    """Draw the stability index of each column beside the readings 0.1 and 0.25."""
    n_drifts, first = int(drift["drifts"].sum()), drift.iloc[0]
    title = f"None of {len(drift)} columns has drifted; {first['column']} moved most, index {first['psi']:.3f}"
    if n_drifts:
        most = drift[drift["drifts"]].iloc[0]
        have = "has" if n_drifts == 1 else "have"
        title = f"{n_drifts} of {len(drift)} columns {have} drifted, {most['column']} most: index {most['psi']:.3f}"
    shown = drift.head(MOST_BARS)
    names, values = shown["column"].to_numpy(dtype=object), shown["psi"].to_numpy(dtype=float)
    drifts = shown["drifts"].to_numpy(dtype=bool)
    kinds: tuple[tuple[str, Role, np.ndarray], ...] = (
        ("drifted strongly", "bad", drifts & (values >= STRONG)),
        ("drifted mildly", "second", drifts & (values < STRONG)),
        ("not drifted", "muted", ~drifts),
    )
    readings = (MILD, STRONG) if drifts.any() else (MILD,)
    # The first mark holds every name, so that bars keep the order of their index.
    marks = [Mark("line", np.full(len(names), at), names, role="baseline", dash=True) for at in readings]
    marks += [Mark("bars", values[there], names[there], name, role) for name, role, there in kinds if there.any()]
    told = "; ".join(f"{name} {value:.3f}" for name, value in zip(names, values, strict=True))
    label = f"Population stability index (mild from {MILD:g}, strong from {STRONG:g})"
    return Chart(title, label, "", tuple(marks), f"{title}. {told}.")


def estimate_chart(watched: Watched) -> Chart:
    """Draw each score that is expected without labels, with what came true where it is known."""
    known = {name: getattr(watched.expected, name) for name in FIGURES}
    found = {name: each for name, each in known.items() if np.isfinite(each.value)}
    names = np.array([FIGURES[name] for name in found], dtype=object)
    value, low, high = (np.array([getattr(each, end) for each in found.values()]) for end in ("value", "low", "high"))
    marks = [Mark("points", value, names, "expected", "main", low=low, high=high, size=11.0)]
    area = watched.expected.roc_auc.value
    title = f"A ROC AUC of {area:.3f} is expected, against {watched.reference_auc:.3f} on the rows learnt from"
    if watched.truth:
        truth = np.array([watched.truth.get(name, np.nan) for name in found])
        marks.append(Mark("points", truth, names, "came true", "class", 1, size=11.0))
        title = f"A ROC AUC of {area:.3f} was expected without labels and {watched.truth['roc_auc']:.3f} came true"
    told = "; ".join(f"{name} {one:.3f}" for name, one in zip(names, value, strict=True))
    return Chart(title, "Score, 95% interval", "", tuple(marks), f"{title}. Expected: {told}.")
