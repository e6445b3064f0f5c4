"""The menu of every cleaning step, each with the form of its own fields, a preview, and the button that does it.

Left out: doing it (``cleaning_work``), and which columns and values are on offer (``core.tabular.eda.cleaning.forms``).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.hub.errors import HubError
from core.tabular.eda.cleaning import Step, apply_step, make_step, step_fields, step_kinds, step_title
from core.tabular.eda.cleaning.apply import measure_effect
from pages.kit.cleaning_work import Work, add_steps
from pages.kit.errors import escape, show_error
from pages.kit.explore import make_date_config
from pages.kit.forms import show_form

N_SHOWN, MOST_COLUMNS = 8, 4


def show_step_form(work: Work, key: str) -> None:
    """Draw the choice of a step, its form, what it would do, and the button that does it."""
    kinds = {step_title(kind): kind for kind in step_kinds()}
    title = st.selectbox("Step", list(kinds), key=f"{key}_kind")
    place = f"{key}_{kinds[title].__name__}_{work.table.sha256[:8]}"
    try:
        step = _ask_step(kinds[title], work.table, place)
        after = None if step is None else apply_step(work.table, step)
    except HubError as error:
        st.caption(f":material/info: {escape(error)}.")
        return
    if step is None or after is None:
        return
    st.markdown(f":material/visibility: **Preview** · {escape(measure_effect(work.table, after, step).sentence)}.")
    _show_preview(work.table, after)
    st.button("Do this step", key=f"{place}_add", type="primary", icon=":material/play_arrow:", on_click=add_steps,
              args=(work, (step,)))  # fmt: skip


def _ask_step(kind: type[Step], table: Table, key: str) -> Step | None:
    """Draw the form of a step; None where a value is wrong, which is then said."""
    column = st.session_state.get(f"{key}_column")
    specs = step_fields(kind, table, column if column in table.frame.columns else None)
    values: dict[str, Any] | None = show_form(specs, key=key, columns=2)
    if values is None:
        return None
    try:
        return make_step(kind, values, table)
    except HubError as error:
        show_error(error)
        return None


def _show_preview(before: Table, after: Table) -> None:
    """Draw the first cells that would change, or the first rows where rows or columns come and go."""
    frame = find_changes(before.frame, after.frame)
    if frame is None:
        frame, what = after.frame.head(N_SHOWN), "The first rows as they would be"
    else:
        what = "The first cells that would change"
    st.caption(what)
    st.dataframe(frame, hide_index=True, column_config=make_date_config(frame), alt=what, placeholder="")


def find_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame | None:
    """Lay the first cells that differ side by side; None where the rows or the columns are not the same.

    Examples
    --------
    >>> find_changes(pd.DataFrame({"a": [1.0, -999.0]}), pd.DataFrame({"a": [1.0, 5.0]})).to_dict("list")
    {'row': [2], 'a before': [-999.0], 'a after': [5.0]}
    """
    if len(before) != len(after) or list(before.columns) != list(after.columns):
        return None
    differs = {name: ~((before[name] == after[name]) | (before[name].isna() & after[name].isna())).fillna(value=False)
               for name in before.columns if not before[name].equals(after[name])}  # fmt: skip
    names = [name for name, rows in differs.items() if rows.any()][:MOST_COLUMNS]
    if not names:
        return None
    rows = pd.concat([differs[name] for name in names], axis=1).any(axis=1).to_numpy().nonzero()[0][:N_SHOWN]
    columns: dict[str, object] = {"row": rows + 1}
    for name in names:
        columns |= {f"{name} before": before[name].to_numpy()[rows], f"{name} after": after[name].to_numpy()[rows]}
    return pd.DataFrame(columns)
