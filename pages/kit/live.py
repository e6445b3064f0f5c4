"""One case live: a form's values, the answer and its reasons, redrawn together as a value moves.

Left out: what explains the case, which the project brings; many methods at once (``attribution``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.evaluation.attribution import Attribution, local_chart, path_chart
from pages.kit.attribution import HEIGHT, Show, bracket_label, write_share
from pages.kit.cases import Answerer, show_case_form
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard

BARS, WAY = "Bars", "Way from the base"


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A case whose answer and reasons follow its form.

    Parameters
    ----------
    answerer : Answerer
        Its form, models and rows to start from; it is not asked.
    explain : callable
        ``explain(values, model) -> Attribution`` of one row with its answer, in under 0.3 s.
    refuse : callable
        ``refuse(values, model)`` says in a sentence why there is no answer; empty where there is one.
    write : callable
        ``write(column, value)`` writes a value beside its column's name.
    show : callable
        Writes the answer and its parts.
    label : str
        What the answer is.
    more : callable, optional
        ``more((values, model), key)`` draws below what else is to be said of the case, a refused one included.
    """

    answerer: Answerer
    explain: Callable[[Mapping[str, Any], str], Attribution]
    refuse: Callable[[Mapping[str, Any], str], str] = lambda _values, _model: ""
    write: Callable[[str, Any], str] = lambda _column, value: f"= {value}"
    show: Show = write_share
    label: str = "Probability"
    more: Callable[[tuple[Mapping[str, Any], str], str], None] | None = None


@st.fragment
def show_live(live: Live, key: str) -> None:
    """Draw a form and, beside it, the answer and its reasons; moving a value redraws this part alone."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        values = show_case_form(live.answerer, key)
    if values is None:
        return
    with right, guard():
        model = st.selectbox("Who answers", live.answerer.models, format_func=capitalise,
                             key=f"{key}_model_{live.answerer.key[:8]}")  # fmt: skip
        refused = live.refuse(values, model)
        asked = values, model
        if refused:
            st.warning(escape(refused), icon=":material/block:", title="No answer for this case")
        else:
            _show_answer(live, live.explain(*asked), asked, key)
        if live.more is not None:
            live.more(asked, key)


def _show_answer(live: Live, found: Attribution, asked: tuple[Mapping[str, Any], str], key: str) -> None:
    """Draw an answer, how far it is from the one first shown, and its reasons."""
    values, model = asked
    answer = float((found.sums if found.answers is None else found.answers)[0])
    first = st.session_state.setdefault(f"{key}_first_{live.answerer.key[:8]}_{model}", answer)
    moved = "the case first shown"
    if answer != first:  # a minus of ASCII is what the arrow goes by
        moved = f"{'-' if answer < first else '+'}{live.show(abs(answer - first))} from {moved}"
    st.metric(live.label, live.show(answer), moved, delta_color="off",
              delta_arrow="auto" if answer != first else "off")  # fmt: skip
    view = st.segmented_control("Reasons as", [BARS, WAY], default=BARS, required=True, key=f"{key}_view", wrap=True)
    texts = {name: live.write(name, values[name]) for name in found.columns if name in values}
    draw = local_chart if view == BARS else path_chart
    show_chart(bracket_label(draw(found, 0, texts, live.show), live.show), f"{key}_reasons", HEIGHT)
