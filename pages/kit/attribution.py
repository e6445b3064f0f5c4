"""Why a model answers so, by several methods side by side: one case's effects on one scale, and all cases' together.

Left out: how far methods can be believed (``trust``); one case under a form (``live``); the explanations and their
charts (``core.evaluation.attribution``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import streamlit as st

from core.evaluation.attribution import (
    Attribution,
    Deletion,
    Stability,
    importance_chart,
    local_chart,
    path_chart,
    strip_chart,
)
from core.hub.charts import Chart
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard

LEAST_WIDTH, HEIGHT, MARGIN = 360, 280, 0.06
Show = Callable[[float], str]


def write_share(value: float) -> str:
    """Write a probability, or a part of one, as percent.

    Examples
    --------
    >>> write_share(0.177), write_share(-0.05)
    ('17.7%', '−5.0%')
    """
    return f"{value:.1%}".replace("-", "−")


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """What several methods say of the same cases.

    Parameters
    ----------
    key : str
        Changes with the run.
    names : tuple of str
        What each explained case is called, in the order of the rows.
    found : mapping of method to Attribution
        All of the same rows and columns; the method to believe first comes first.
    texts : sequence of mapping of column to text
        Each case's values as they stand beside the columns; empty shows none.
    show : callable
        Writes an amount of the answer: ``0.31`` or ``31.0%``.
    bars : str
        What the error bars are, in one sentence.
    stabilities : mapping of method to Stability
    deletions : mapping of method to Deletion
    rows : DataFrame of shape (n_cases, n_columns), optional
        The explained rows, whose values colour the chart of all of them.
    """

    key: str
    names: tuple[str, ...]
    found: Mapping[str, Attribution]
    texts: Sequence[Mapping[str, str]] = ()
    show: Show = show_number
    bars: str = ""
    stabilities: Mapping[str, Stability] = field(default_factory=dict)
    deletions: Mapping[str, Deletion] = field(default_factory=dict)
    rows: pd.DataFrame | None = None


@st.fragment
@guard()
def show_reasons_side_by_side(reasons: Reasons, key: str) -> None:
    """Draw one case's effects by each chosen method, then the way from the base to its answer."""
    if not reasons.names or not reasons.found:
        st.info("No case of this run has been explained.", icon=":material/help:")
        return
    place = 0
    if len(reasons.names) > 1:
        place = st.selectbox("Case", range(len(reasons.names)), format_func=lambda at: escape(reasons.names[at]),
                             key=f"{key}_case_{reasons.key[:8]}")  # fmt: skip
    methods = list(reasons.found)
    chosen = st.pills("Explained by", methods, selection_mode="multi", default=methods, wrap=True,
                      format_func=capitalise, key=f"{key}_methods_{reasons.key[:8]}")  # fmt: skip
    kept = {method: reasons.found[method] for method in methods if method in chosen}
    if not kept:
        st.info("Choose at least one method.", icon=":material/arrow_upward:")
        return
    st.markdown(escape(say_first(kept, place)))
    texts = reasons.texts[place] if reasons.texts else None
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for number, chart in enumerate(draw_on_one_scale(kept, place, texts, reasons.show).values()):
            with st.container():
                show_chart(chart, f"{key}_bars_{number}", HEIGHT)
    if reasons.bars:
        st.caption(escape(reasons.bars))
    method = choose_method(list(kept), f"{key}_way", "Way from the base to the answer, by")
    show_chart(bracket_label(path_chart(kept[method], place, texts, reasons.show), reasons.show), f"{key}_path", HEIGHT)


def draw_on_one_scale(
    found: Mapping[str, Attribution], place: int, texts: Mapping[str, str] | None, show: Show
) -> dict[str, Chart]:
    """Draw one case's effects by each method, all on the scale of the widest.

    Examples
    --------
    >>> import numpy as np
    >>> small, large = (Attribution("x", ("a",), np.array([[size]]), 0.0) for size in (1.0, 9.0))
    >>> [chart.x_range for chart in draw_on_one_scale({"s": small, "l": large}, 0, None, str).values()]
    [(-0.54, 9.54), (-0.54, 9.54)]
    """
    ends = [end for each in found.values() for end in (each.low, each.high) if end is not None]
    parts = [*(each.row(place) for each in found.values()), *(end[place] for end in ends)]
    low, high = min(0.0, *(float(part.min()) for part in parts)), max(0.0, *(float(part.max()) for part in parts))
    gap = MARGIN * (high - low) or MARGIN
    return {
        method: replace(bracket_label(local_chart(each, place, texts, show), show), x_range=(low - gap, high + gap))
        for method, each in found.items()
    }


def bracket_label(chart: Chart, show: Show | None = None) -> Chart:
    """Put the end of a long axis label in brackets, before which it breaks; shares get an axis in percent.

    Examples
    --------
    >>> bracket_label(Chart("A finding", "Effect on the answer, SHAP, 95% error bars", "", ())).x_label
    'Effect on the answer (SHAP, 95% error bars)'
    """
    head, comma, rest = chart.x_label.partition(", ")
    label = f"{head} ({rest})" if comma else chart.x_label
    return replace(chart, x_label=label, x_percent=chart.x_percent or show is write_share)


def say_first(found: Mapping[str, Attribution], place: int) -> str:
    """Say which column each method names first for a case.

    Examples
    --------
    >>> import numpy as np
    >>> one = Attribution("SHAP", ("sex", "age"), np.array([[0.3, -0.1]]), 0.4)
    >>> say_first({"SHAP": one, "LIME": one}, 0)
    'All 2 methods name sex as the first reason.'
    """
    firsts: dict[str, list[str]] = {}
    for method, each in found.items():
        firsts.setdefault(each.columns[each.order[place, 0]], []).append(method)
    if len(firsts) == 1:
        who = f"All {len(found)} methods name" if len(found) > 1 else f"{next(iter(found))} names"
        return f"{who} {next(iter(firsts))} as the first reason."
    told = ", ".join(f"{column} by {' and '.join(methods)}" for column, methods in firsts.items())
    return f"The methods differ on the first reason: {told}."


@st.fragment
@guard()
def show_overall(reasons: Reasons, key: str) -> None:
    """Draw which columns move the answers of all explained cases, by a method of one's choice."""
    if not reasons.found:
        st.info("No case of this run has been explained.", icon=":material/help:")
        return
    found = reasons.found[choose_method(list(reasons.found), f"{key}_overall", "Explained by")]
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(bracket_label(importance_chart(found, reasons.show), reasons.show), f"{key}_importance", HEIGHT)
        if reasons.rows is not None:
            with st.container():
                show_chart(bracket_label(strip_chart(found, reasons.rows), reasons.show), f"{key}_strip", HEIGHT)


def choose_method(methods: list[str], key: str, label: str) -> str:
    """Let a person choose one method where there are several; the first comes first."""
    if len(methods) == 1:
        return methods[0]
    chosen = st.segmented_control(label, methods, default=methods[0], required=True, format_func=capitalise, wrap=True,
                                  key=f"{key}_{len(methods)}_{methods[0]}")  # fmt: skip
    return chosen if chosen in methods else methods[0]
