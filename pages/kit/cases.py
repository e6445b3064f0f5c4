"""Try it: one case by a form, with every model's answer as it moves, and many cases by a file.

Left out: answering, which the project does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction
from core.hub.fields import FieldSpec
from pages.kit import uploads
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.explore import make_date_config
from pages.kit.forms import show_typed_form
from pages.kit.matching import show_match
from pages.kit.results import show_prediction

N_NEAREST = 5
MAX_ROWS = 1_000
LONGEST_ROW = 60


@dataclass(frozen=True, slots=True, eq=False)
class Answerer:
    """What a trained run offers to be asked.

    Parameters
    ----------
    key : str
        Changes with the run.
    fields : tuple of FieldSpec
        One for each feature of the table that was learnt from.
    start : mapping of feature to value
        The case that is shown first: a typical one.
    models : tuple of str
        Best first.
    answer : callable
        ``answer(values, model) -> Prediction``.
    answer_all : callable
        ``answer_all(values) -> {model: {class: share}}``.
    find_nearest : callable
        ``find_nearest(values, k) -> DataFrame``.
    needed : mapping of feature to NeededColumn
        What a file must bring, with the ranges seen in training.
    answer_table : callable
        ``answer_table(table, model) -> DataFrame``, a row for each row.
    rows : DataFrame, optional
        Whole rows of the table, indexed by their place from 0, that the form may be filled from.
    read_row : callable
        ``read_row(place) -> {feature: value}`` of such a row.
    read_form : callable
        ``read_form(values) -> values``: what the form's values are asked as.
    usual : mapping of field to (low, high), optional
        Where a slider ends, while its box takes all of the field's range.
    """

    key: str
    fields: tuple[FieldSpec, ...]
    start: Mapping[str, Any]
    models: tuple[str, ...]
    answer: Callable[[Mapping[str, Any], str], Prediction]
    answer_all: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, float]]]
    find_nearest: Callable[[Mapping[str, Any], int], pd.DataFrame]
    needed: Mapping[str, NeededColumn]
    answer_table: Callable[[Table, str], pd.DataFrame]
    rows: pd.DataFrame | None = None
    read_row: Callable[[int], Mapping[str, Any]] = dict
    read_form: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    usual: Mapping[str, tuple[float, float]] | None = None


@st.fragment
def show_case(answerer: Answerer, key: str) -> None:
    """Draw the form of one case and, beside it, what every model makes of it; moving a slider redraws only this."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        values = show_case_form(answerer, key)
    if values is None:
        return
    with right, guard():
        model = _choose_model(answerer, f"{key}_model")
        prediction = answerer.answer(values, model)
        show_prediction(prediction, f"{key}_answer")
    with guard():
        if prediction.refused:
            st.subheader("What each model would still say", anchor=False)
        show_chart(share_chart(answerer.answer_all(values)), f"{key}_all", height=260)
        _show_nearest(answerer.find_nearest(values, N_NEAREST))


def _choose_model(answerer: Answerer, key: str) -> str:
    """Let a person choose who answers; the best comes first."""
    return st.selectbox("Who answers", answerer.models, key=f"{key}_{answerer.key[:8]}", format_func=capitalise)


def show_case_form(answerer: Answerer, key: str) -> dict[str, Any] | None:
    """Draw the form of one case; None where a value is wrong."""
    st.markdown("**One case** · move or type a value and watch the answers")
    place = _choose_row(answerer, f"{key}_row_{answerer.key[:8]}")
    start = answerer.start if place is None else answerer.read_row(place)
    values = show_typed_form(answerer.fields, f"{key}_{answerer.key[:8]}_{place}", start, usual=answerer.usual)
    return None if values is None else answerer.read_form(values)


def _choose_row(answerer: Answerer, key: str) -> int | None:
    """Let a person fill the form from a row of the table; None leaves the case that is shown first."""
    if answerer.rows is None or answerer.rows.empty:
        return None
    told = {int(place): ", ".join(map(str, row)) for place, row in
            zip(answerer.rows.index[:MAX_ROWS], answerer.rows.head(MAX_ROWS).to_numpy(), strict=True)}  # fmt: skip
    place: int | None = st.selectbox(
        "Fill from a row", list(told), index=None, key=key, placeholder="Choose a row of the table",
        format_func=lambda row: f"Row {row + 1} · {told[row][:LONGEST_ROW]}",
    )  # fmt: skip
    return place


def share_chart(answers: Mapping[str, Mapping[str, float]]) -> Chart:
    """Draw every model's share for each class: a row a model, a colour a class.

    Examples
    --------
    >>> share_chart({"tree": {"a": 0.7, "b": 0.3}, "LDA": {"a": 0.9, "b": 0.1}}).title
    'All 2 models say a'
    """
    models = np.array(list(answers), dtype=object)
    classes = list(next(iter(answers.values())))
    marks = tuple(
        Mark("points", np.array([answers[model][name] for model in models]), models, name, "class", index, size=13.0)
        for index, name in enumerate(classes)
    )
    title = describe_votes(answers)
    return Chart(title, "Probability", "", marks, alt=f"{title}.", x_range=(-0.03, 1.03), x_percent=True)


def describe_votes(answers: Mapping[str, Mapping[str, float]]) -> str:
    """Say how many models name which class.

    Examples
    --------
    >>> describe_votes({"tree": {"a": 0.7, "b": 0.3}, "LDA": {"a": 0.2, "b": 0.8}})
    'The models disagree: a 1, b 1'
    """
    votes: dict[str, int] = {}
    for shares in answers.values():
        winner = max(shares, key=lambda name: shares[name])
        votes[winner] = votes.get(winner, 0) + 1
    if len(votes) == 1:
        return f"All {len(answers)} models say {next(iter(votes))}"
    counted = sorted(votes.items(), key=lambda pair: -pair[1])
    return "The models disagree: " + ", ".join(f"{name} {count}" for name, count in counted)


def _show_nearest(nearest: pd.DataFrame) -> None:
    """Draw the training rows that are most like the case."""
    st.markdown(f"**The {len(nearest)} most similar rows of the training data**")
    st.caption("By standardised distance, not the neighbours that vote.")
    distance = st.column_config.NumberColumn("Distance", format="%.2f", help="In standard deviations")
    config = make_date_config(nearest) | {"distance": distance}
    st.dataframe(nearest, hide_index=True, column_config=config, alt="The training rows nearest to this case")


@st.fragment
def show_batch(answerer: Answerer, key: str) -> None:
    """Answer every row of a file and give the answers back as a file; the page's own data stays as it is."""
    st.subheader("Many cases from a file", anchor=False)
    names = ", ".join(spec.name for spec in answerer.fields)
    st.caption(f"A table with the columns {escape(names)}. Case, separators and units in a name do not matter.")
    table = uploads.show_reader(f"{key}_batch")
    with guard():
        if table is not None and show_match(table, answerer.needed):
            model = _choose_model(answerer, f"{key}_batch_model")
            _show_answers(answerer.answer_table(table, model), table, key)


def _show_answers(answers: pd.DataFrame, table: Table, key: str) -> None:
    """Draw the answers of a file and offer them as CSV."""
    from core.datasets.export import safe_file_name, to_csv

    rows = answers.head(MAX_ROWS)
    st.dataframe(rows, hide_index=True, column_config=make_date_config(rows), alt=f"Answers for {len(answers)} rows")
    name = safe_file_name(f"{table.name.rsplit('.', 1)[0]}-answers", ".csv")
    what = f"{len(answers):,} rows with their answers"
    show_downloads([Download(name, to_csv(answers), what)], f"{key}_batch")
