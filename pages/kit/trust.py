"""How far explanations can be believed: agreement of methods, stability over refits, and deletion.

Left out: the explanations themselves (``attribution``) and the tests (``core.evaluation.attribution``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.attribution import (
    Agreement,
    agree_all,
    agreement_chart,
    deletion_chart,
    say_stability,
    stability_chart,
)
from core.evaluation.leaderboard import Measure
from pages.kit.attribution import HEIGHT, Reasons, bracket_label, choose_method
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.tabs import Part, show_views
from pages.kit.uploads import drop_with_session


def show_trust(reasons: Reasons, key: str) -> None:
    """Draw three tests of explanations: agreement of methods, stability over refits, and deletion."""
    views: dict[str, Part] = {
        "Do methods agree?": partial(_show_agreement, reasons, f"{key}_agreement"),
        "Would a refit say the same?": partial(_show_stability, reasons, f"{key}_stability"),
        "Does the answer hang on them?": partial(_show_deletion, reasons, f"{key}_deletion"),
    }
    show_views(views, f"{key}_trust")


def _show_agreement(reasons: Reasons, key: str) -> None:
    """Draw how alike every two methods order the columns, with the figures of each pair."""
    if len(reasons.found) < 2:  # noqa: PLR2004 — one method agrees with itself
        st.info("Agreement takes two methods; this run was explained by fewer.", icon=":material/balance:")
        return
    pairs = load_agreements(reasons.key, reasons)
    show_chart(agreement_chart(pairs), f"{key}_matrix", HEIGHT)
    largest = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(lay_out_pairs(pairs), hide_index=True, column_config={"Largest gap": largest},
                 alt="How far every two methods agree, with 95% intervals")  # fmt: skip
    n_rows = pairs[0].n_rows
    st.caption(f"Means over {n_rows} cases with 95% intervals. Rank: correlation of the columns' order by size. First "
               "three: share that both name. Signs: share of the first three with the same sign. Largest gap: of any "
               "effect, in the unit of the answer.")  # fmt: skip


def lay_out_pairs(pairs: Sequence[Agreement]) -> pd.DataFrame:
    """Write the figures of each pair of methods as a table."""
    rows = [
        (f"{each.first} and {each.second}", *map(write_span, (each.rank, each.top, each.signs)), each.largest)
        for each in pairs
    ]
    return pd.DataFrame(rows, columns=["Methods", "Rank", "First three", "Signs", "Largest gap"])


def write_span(measure: Measure) -> str:
    """Write a figure with its interval, where it has one.

    Examples
    --------
    >>> write_span(Measure(0.5, 0.25, 0.75)), write_span(Measure(0.5, float("nan"), float("nan")))
    ('0.50 (0.25 to 0.75)', '0.50')
    """
    if np.isnan(measure.low):
        return "–" if np.isnan(measure.value) else f"{measure.value:.2f}"
    return f"{measure.value:.2f} ({measure.low:.2f} to {measure.high:.2f})"


@st.fragment
@guard()
def _show_stability(reasons: Reasons, key: str) -> None:
    """Draw how far one method's reasons change when the model is fitted again."""
    if not reasons.stabilities:
        st.info("No refit of this model was explained, so its reasons have no stability.", icon=":material/repeat:")
        return
    found = reasons.stabilities[choose_method(list(reasons.stabilities), key, "Explained by")]
    st.markdown(escape(say_stability(found)))
    show_chart(bracket_label(stability_chart(found)), f"{key}_chart", HEIGHT)
    titles = {"column": "Column", "effect": "Mean size", "spread": "Spread", "same_sign": "Same sign"}
    config = {"Mean size": st.column_config.NumberColumn(format="%.4g"),
              "Spread": st.column_config.NumberColumn(format="%.4g", help="Standard deviation over the refits"),
              "Same sign": st.column_config.NumberColumn(format="percent", help="Share of refits")}  # fmt: skip
    alt = f"Each column's effects by {found.method}, and their spread over {found.n_refits} refits"
    st.dataframe(found.columns.rename(columns=titles), hide_index=True, column_config=config, alt=alt)


@st.fragment
@guard()
def _show_deletion(reasons: Reasons, key: str) -> None:
    """Draw how early the answer moves when columns are replaced in one method's order, and every method's gain."""
    if not reasons.deletions:
        st.info("No deletion test was run for this model.", icon=":material/backspace:")
        return
    found = reasons.deletions[choose_method(list(reasons.deletions), key, "Order by")]
    show_chart(deletion_chart(found), f"{key}_chart", HEIGHT)
    gains = {capitalise(method): write_span(each.gain) for method, each in reasons.deletions.items()}
    st.table(gains, border="horizontal", alt="Area that each method's order gains over random orders")
    st.caption(f"Area that each order gains over random ones on {found.n_rows} cases, with a 95% interval: above 0 the "
               "method finds what the answer hangs on.")  # fmt: skip


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_agreements(key: str, _reasons: Reasons) -> tuple[Agreement, ...]:  # noqa: ARG001 — the key
    """Compare every two methods of a run once."""
    return agree_all(list(_reasons.found.values()))


drop_with_session("trust", load_agreements)
