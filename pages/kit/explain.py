"""The Explain tab of a table model: why it answered one held-out row so, and which columns it leans on in general.

Left out: the reasons themselves, which the project works out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.hub.charts import Chart
from pages.kit.cases import Answerer
from pages.kit.charts import show_chart
from pages.kit.compare import Outcome, choose_model, find_answers
from pages.kit.errors import escape, guard
from pages.kit.results import show_prediction

MAX_CHOICES = 200


@st.fragment
def show_reasons(outcome: Outcome, answerer: Answerer, key: str) -> None:
    """Explain one held-out row; the one that the model is least sure of comes first."""
    st.subheader("Why this answer?", anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        model = choose_model(outcome, f"{key}_reasons_model")
        chosen = _choose_row(outcome, model, key)
    with right, guard():
        if chosen is not None:
            values = outcome.rows.iloc[chosen].to_dict()
            show_prediction(answerer.answer(values, model), f"{key}_reasons")
    with left:
        st.caption(
            "A bar is how much of the answer's probability is lost when that value is replaced by the typical one of "
            "the training rows. Columns stand in for one another, so the bars need not add up."
        )


def _choose_row(outcome: Outcome, model: str, key: str) -> int | None:
    """Let a person choose a held-out row without gaps, the least sure first, and show what it holds."""
    answers, sure = find_answers(outcome, model), outcome.probabilities[model].max(axis=1)
    whole = outcome.rows.notna().all(axis=1).to_numpy()
    order = [int(place) for place in np.argsort(sure, kind="stable") if whole[place]][:MAX_CHOICES]
    if not order:
        st.info("Every held-out row has a gap; fill one in on *Try it* instead.", icon=":material/info:")
        return None

    def write(place: int) -> str:
        mark = "right" if answers[place] == outcome.y[place] else f"is {outcome.y[place]}"
        return escape(f"row {outcome.rows.index[place] + 1}: {answers[place]} {sure[place]:.0%}, {mark}")

    chosen = st.selectbox(
        "Held-out row, least sure first", order, format_func=write, key=f"{key}_row_{outcome.key[:8]}"
    )
    shown = {escape(name): escape(_round(value)) for name, value in outcome.rows.iloc[chosen].items()}
    st.table(shown, border="horizontal", alt="The values of the chosen row")
    return int(chosen)


def _round(value: object) -> str:
    """Write a number with at most four digits, and a day without a time."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).removesuffix(" 00:00:00")


@st.fragment
def show_importance(outcome: Outcome, measure: Callable[[str], Chart], key: str) -> None:
    """Draw which columns a model leans on, measured on the held-out rows."""
    st.subheader("Which columns does a model lean on?", anchor=False)
    model = choose_model(outcome, f"{key}_importance_model")
    with guard():
        show_chart(measure(model), f"{key}_importance", height=240)
    st.caption(
        "Permutation importance: one column's values are shuffled among the held-out rows, which breaks its link to "
        "the class, and the accuracy is measured again. Intervals are over the held-out rows."
    )
