"""What if one value of one case were different: the answer along a column, and the single changes that turn it.

Left out: the form of the case (``live``, ``cases``); the search itself (``core.evaluation.what_if``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.evaluation.attribution.result import Ask
from core.evaluation.what_if import Change, SeenColumn, find_changes, vary_chart
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard

HEIGHT = 320


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """One case that may be asked about again with other values.

    Parameters
    ----------
    key : str
        Changes with the run.
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    case : DataFrame of shape (1, n_columns)
    seen : tuple of SeenColumn
        What training saw of each column that may be varied, the most important first; see ``find_seen``.
    threshold : float, optional
        Where the answer turns; None asks for no turning.
    fixed : tuple of str
        Columns that nobody can change: drawn, but never proposed.
    answer : str
        What the answer is, with its unit.
    turned : (str, str)
        What the answer says below the threshold and from it on.
    show : callable
        Writes an answer.
    """

    key: str
    ask: Ask
    case: pd.DataFrame
    seen: tuple[SeenColumn, ...]
    threshold: float | None = 0.5
    fixed: tuple[str, ...] = ()
    answer: str = "Probability"
    turned: tuple[str, str] = ("below the threshold", "above it")
    show: Callable[[float], str] = show_number


def show_what_if(what_if: WhatIf, key: str) -> None:
    """Draw the answer along one column of a case and, where there is a threshold, what would turn it."""
    if not what_if.seen:
        st.info("No column of this case can be varied: training saw no value of any.", icon=":material/tune:")
        return
    show_curve(what_if, key)
    if what_if.threshold is not None:
        with guard():
            show_changes(what_if, key)


@st.fragment
@guard()
def show_curve(what_if: WhatIf, key: str) -> None:
    """Draw the answer along a column of one's choice."""
    columns = {each.name: each for each in what_if.seen}
    name = st.selectbox("Vary", list(columns), format_func=escape, key=f"{key}_column_{what_if.key[:8]}", width=320,
                        persist_state="session")  # fmt: skip
    labels = {"answer": what_if.answer}
    chart = vary_chart(what_if.ask, what_if.case, columns[name], what_if.threshold, labels)
    show_chart(chart, f"{key}_curve", HEIGHT)
    st.caption("Everything else of the case stays as it is. A model's answer to another value is not what would happen "
               "if the value were changed.")  # fmt: skip


def show_changes(what_if: WhatIf, key: str) -> None:
    """Draw the nearest change of each single column that turns the answer."""
    st.markdown("**Single changes that would turn the answer**")
    threshold = 0.5 if what_if.threshold is None else what_if.threshold
    free = tuple(each for each in what_if.seen if each.name not in what_if.fixed)
    changes = find_changes(what_if.ask, what_if.case, free, threshold)
    if not changes:
        st.info(f"No single change to a value that training saw takes the answer across {threshold:g}.",
                icon=":material/lock:")  # fmt: skip
        return
    st.markdown(escape(say_nearest(changes, what_if)))
    percent = st.column_config.ProgressColumn(
        "How far", format="%.0f%%", min_value=0.0, max_value=100.0,
        help="Of a number: share of the seen rows passed over. Of a level: share of the seen rows that do not hold it.",
    )  # fmt: skip
    st.dataframe(lay_out_changes(changes, what_if.show), hide_index=True, column_config={"How far": percent},
                 key=f"{key}_changes", alt=f"{len(changes)} single changes that turn the answer")  # fmt: skip
    kept = [name for name in what_if.fixed if any(each.name == name for each in what_if.seen)]
    if kept:
        st.caption(f"Not proposed, as nobody can change it: {escape(', '.join(kept))}.")


def say_nearest(changes: Sequence[Change], what_if: WhatIf) -> str:
    """Say the nearest change in a sentence."""
    first = changes[0]
    side = what_if.turned[first.answer_after >= first.answer_before]
    return (
        f"Nearest: {first.column} {write_value(first.after)} instead of {write_value(first.before)} gives "
        f"{what_if.show(first.answer_after)} instead of {what_if.show(first.answer_before)}: {side}."
    )


def lay_out_changes(changes: Sequence[Change], show: Callable[[float], str] = show_number) -> pd.DataFrame:
    """Lay changes out as the table on screen, nearest first.

    Examples
    --------
    >>> lay_out_changes([Change("age", 30.0, 50.0, 0.3, 0.5, 0.2)]).to_numpy().tolist()
    [['age', '30', '50', '0.5', 20.0]]
    """
    rows: list[Mapping[str, Any]] = [
        {
            "Column": each.column,
            "Now": write_value(each.before),
            "Would be": write_value(each.after),
            "Answer then": show(each.answer_after),
            "How far": 100 * each.distance,
        }
        for each in changes
    ]
    return pd.DataFrame(rows, columns=["Column", "Now", "Would be", "Answer then", "How far"])


def write_value(value: object) -> str:
    """Write a value of a case: numbers with sensible digits, a gap in words.

    Examples
    --------
    >>> write_value(30.0), write_value("male"), write_value(None)
    ('30', 'male', 'missing')
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # of one value
        return "missing"
    return show_number(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
