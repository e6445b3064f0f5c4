"""From a run on passengers to the explanations that the kit draws: held-out ones by four methods, put to the test.

A run without studies explained none; then a dozen are explained by enumeration when they are first asked for.

Left out: one passenger under the form (``passengers``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.evaluation.attribution import Attribution
from core.tabular import titanic
from core.tabular.titanic.answers import show_value
from pages.kit.attribution import Reasons, write_share
from pages.kit.compare import capitalise
from pages.kit.models import name_run
from pages.kit.trust import show_trust
from pages.kit.uploads import drop_with_session

N_SHOWN = 12
REFITS = (
    "Error bars: the middle 95% of 30 refits of the model on bootstraps of its training rows, each against 30 training "
    "rows of its own draw that stand for not knowing a column. They hold both sources of doubt; an effect may lie "
    "outside its bar, as a refit learns from fewer different passengers."
)
BACKGROUND = (
    "Error bars: 95% over the training rows that stand for not knowing a column; the full recipe refits instead."
)


def make_reasons(model: titanic.Model, own: Table, *, is_bounded: bool) -> Reasons:
    """Gather what methods say of held-out passengers.

    Parameters
    ----------
    is_bounded : bool
        Only the passengers that refits explained again, with error bars from these.
    """
    found, key = model.studies.explanations, name_run(model)
    if found is None:
        order = np.argsort(-model.held_out.shares[model.best], kind="stable")
        places = order[:: max(1, len(order) // N_SHOWN)][:N_SHOWN]  # from the surest to have lived to the least
        held = _find_held(model, own, places)
        exact = load_exact(key, model, held)
        return _name_cases(Reasons(key, (), {exact.method: exact}, bars=BACKGROUND), model, held, places)
    if is_bounded:
        bounded = {method: found.bound(method) for method in found.refits}
        places = found.places[: next(iter(bounded.values())).n_rows]
        return _name_cases(Reasons(key, (), bounded, bars=REFITS), model, _find_held(model, own, places), places)
    stable = {method: found.measure(method) for method in found.refits}
    whole = Reasons(key, (), found.found, stabilities=stable, deletions=found.deletions)
    return _name_cases(whole, model, _find_held(model, own, found.places), found.places)


def show_belief(model: titanic.Model, own: Table, key: str) -> None:
    """Draw the tests of a run's explanations, the sums first."""
    found = model.studies.explanations
    if found is not None:
        with st.grid(2, min_column_width=200, gap="small"):
            for label, value, limit in (
                ("SHAP misses the answer by at most", found.additivity, "1e-6"),
                ("SHAP differs from exact Shapley by at most", found.exactness, "0.02"),
            ):
                st.metric(label, f"{value:.0e}", f"wanted: {limit} or less", delta_color="off", delta_arrow="off",
                          border=True)  # fmt: skip
        _, *sentences = titanic.describe_explanations(found)
        st.markdown("\n".join(f"- {capitalise(each)}" for each in sentences))
    show_trust(make_reasons(model, own, is_bounded=False), key)


def _find_held(model: titanic.Model, own: Table, places: np.ndarray) -> pd.DataFrame:
    """Return held-out passengers, indexed by their place in the table."""
    rows: pd.DataFrame = own.frame.reset_index(drop=True).iloc[model.held_out.ids[places]][list(titanic.COLUMNS)]
    return rows


def _name_cases(reasons: Reasons, model: titanic.Model, held: pd.DataFrame, places: np.ndarray) -> Reasons:
    """Name explained passengers by their row, name and fate, and write their values."""
    fates = np.where(model.held_out.y[places] == "Yes", "lived", "died")
    names = tuple(
        f"Row {place + 1} · {name} · {fate}" for place, name, fate in zip(held.index, held["name"], fates, strict=True)
    )
    texts = tuple({name: show_value(value) for name, value in row.items()} for _, row in held.iterrows())
    return replace(reasons, names=names, texts=texts, show=write_share, rows=held.reset_index(drop=True))


@st.cache_resource(max_entries=4, scope="session", show_spinner="Explaining…")
def load_exact(key: str, _model: titanic.Model, _held: pd.DataFrame) -> Attribution:  # noqa: ARG001 — the key
    """Explain some passengers by enumeration once, where a run explained none."""
    parts = [titanic.explain_case(_model, _held.iloc[[at]].reset_index(drop=True)) for at in range(len(_held))]
    stacked = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("values", "low", "high", "answers")
        if getattr(parts[0], name) is not None
    }
    return replace(parts[0], **stacked)


drop_with_session("passenger_reasons", load_exact)
