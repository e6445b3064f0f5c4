"""Try it, for a project that predicts a number: one case by a form, with its interval and every line's answer.

Left out: many cases in a file, which ``cases.show_batch`` draws from the same parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction
from core.hub.fields import FieldSpec
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.forms import show_form
from pages.kit.models import name_run
from pages.kit.results import show_prediction

ROW_HEIGHT, FRAME_HEIGHT = 30, 110


@dataclass(frozen=True, slots=True, eq=False)
class NumberAnswerer:
    """What a trained run that predicts a number offers to be asked; see ``cases.Answerer``."""

    key: str
    target: str
    fields: tuple[FieldSpec, ...]
    models: tuple[str, ...]
    answer: Callable[[Mapping[str, Any], str], Prediction]
    answer_all: Callable[[Mapping[str, Any]], Mapping[str, float]]
    needed: Mapping[str, NeededColumn]
    answer_table: Callable[[Table, str], pd.DataFrame]


def make_answerer(project: ModuleType, model: Any) -> NumberAnswerer:
    """Gather what a run can be asked; the baseline is not."""
    return NumberAnswerer(
        key=name_run(model),
        target=model.schema.target,
        fields=project.schema_fields(model),
        models=tuple(name for name in model.names if name != project.BASELINE),
        answer=partial(project.predict_case, model),
        answer_all=partial(project.predict_all_models, model),
        needed=project.find_needed(model),
        answer_table=partial(project.predict_table, model),
    )


@st.fragment
def show_number_case(answerer: NumberAnswerer, key: str) -> None:
    """Draw the form of one case and, beside it, the answer with its interval and reasons."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("**One case** · move a value and watch the answer")
        values = show_form(answerer.fields, key=f"{key}_{answerer.key[:8]}", columns=1)
    if values is None:
        return
    with right, guard():
        name = st.selectbox("Who answers", answerer.models, key=f"{key}_model_{answerer.key[:8]}",
                            format_func=capitalise)  # fmt: skip
        found = answerer.answer(values, name)
        show_prediction(found, f"{key}_answer")
        for note in found.details.get("notes", ()):
            st.warning(escape(note), icon=":material/open_in_full:")
        st.caption("The effects add up: the mean answer of the training rows and every bar make this answer.")
        answers = answerer.answer_all(values)
        show_chart(answers_chart(answers, answerer.target), f"{key}_all", ROW_HEIGHT * len(answers) + FRAME_HEIGHT)


def answers_chart(answers: Mapping[str, float], target: str) -> Chart:
    """Draw every model's answer for one case.

    Examples
    --------
    >>> answers_chart({"QR": 10.0, "ridge": 12.0, "mean": 20.0}, "price").title
    'Answers reach from 10 to 20'
    """
    values = np.array(list(answers.values()))
    names = np.array(list(answers), dtype=object)
    title = f"Answers reach from {show_number(values.min())} to {show_number(values.max())}"
    told = ", ".join(f"{name} {show_number(value)}" for name, value in answers.items())
    return Chart(title, target, "", (Mark("points", values, names, size=11.0),), alt=f"{title}: {told}.")
