"""Is this row like the others? One row by a form or out of the table, and all rows of a file.

Left out: the judging, which the project does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.columns import show_date
from core.datasets.fixes.wording import count_of
from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.hub.contract import Prediction, Reason
from core.hub.fields import FieldSpec, make_key, recipe_to_json
from core.hub.scores import show_number
from pages.kit.cases import show_batch
from pages.kit.errors import escape, guard
from pages.kit.explore import make_date_config
from pages.kit.forms import show_typed_form
from pages.kit.uploads import drop_with_session

N_ROWS, N_ANSWERS = 50, 3
MAX_JUDGED = 20_000
SHARE_DIGITS = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class RowAnswerer:
    """What a file of rows is asked of; see ``cases.Answerer``."""

    key: str
    fields: tuple[FieldSpec, ...]
    models: tuple[str, ...]
    needed: Mapping[str, NeededColumn]
    answer_table: Callable[[Table, str], pd.DataFrame]


def show_rows_trial(project: ModuleType, model: Any, table: Table, slug: str) -> None:
    """Judge one row, then a file of rows."""
    fields = project.schema_fields(model)
    if not fields:
        st.info("Single rows cannot be judged here: the table has too few rows, or no column that varies.",
                icon=":material/block:")  # fmt: skip
        return
    key = make_key(model.source.sha256, str(model.schema.target), recipe_to_json(model.recipe))
    show_row(project, model, table, f"{slug}_row_{key[:8]}")
    _show_strangest(project, model, table, key)
    answer = partial(_answer_table, project, model)
    show_batch(RowAnswerer(key, fields, ("nearest rows",), project.find_needed(model), answer), f"{slug}_batch")


def _answer_table(project: ModuleType, model: Any, table: Table, _name: str) -> pd.DataFrame:
    """Judge every row of a table; the answers come first."""
    return move_first(project.predict_table(model, table), 0)


def move_first(answers: pd.DataFrame, n_before: int) -> pd.DataFrame:
    """Move the three columns of answers from the end to behind the first few.

    Examples
    --------
    >>> move_first(pd.DataFrame([[1, 2, "a", 0.5, ""]], columns=list("nxapo")), 1).columns.tolist()
    ['n', 'a', 'p', 'o', 'x']
    """
    places = range(answers.shape[1])
    order = [*places[:n_before], *places[-N_ANSWERS:], *places[n_before:-N_ANSWERS]]
    return answers.iloc[:, order]


@st.fragment
def show_row(project: ModuleType, model: Any, table: Table, key: str) -> None:
    """Draw the form of one row and, beside it, what is said of it; a move redraws only this."""
    form, said = st.columns([2, 3], gap="large")
    with form:
        st.markdown("**One row** · type a value, or start from a row of the table")
        values = _ask_row(project.schema_fields(model), project.find_usual(model), table, key)
    if values is None:
        return
    with said, guard():
        _show_answer(project.predict_case(model, values), model)


def _ask_row(
    fields: Sequence[FieldSpec], usual: Mapping[str, tuple[float, float]], table: Table, key: str
) -> dict[str, Any] | None:
    """Draw the form; a row of the table fills it in, and what that row lacks is left out."""
    place = st.number_input("Row of the table", 1, len(table.frame), None, 1, key=f"{key}_place",
                            placeholder="None: a typical row", help="Fills the form from that row.")  # fmt: skip
    start = {} if place is None else read_row(table, int(place) - 1, [spec.name for spec in fields])
    lacking = [] if place is None else [spec.name for spec in fields if spec.name not in start]
    unknown = st.multiselect("Not known", [spec.name for spec in fields], default=lacking, key=f"{key}_gaps_{place}",
                             help="A gap is not judged.", placeholder="Every value is known")  # fmt: skip
    asked = [widen(spec, start.get(spec.name)) for spec in fields if spec.name not in unknown]
    if not asked:
        st.info("Every value is unknown; nothing can be judged.", icon=":material/help:")
        return None
    return show_typed_form(asked, f"{key}_{place}", start, usual=usual)


def read_row(table: Table, place: int, names: Sequence[str]) -> dict[str, Any]:
    """Read the known cells of a row as a form takes them.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.5], "b": [None]})
    >>> read_row(Table(frame, "t", "upload", "", {"a": "number", "b": "number"}), 0, ["a", "b"])
    {'a': 1.5}
    """
    found: dict[str, Any] = {}
    for name in names:
        cell = table.frame[name].iloc[place]
        if pd.isna(cell):
            continue
        if table.kinds[name] == "date":
            found[name] = show_date(pd.Timestamp(cell).timestamp() / 86_400)
        else:
            found[name] = float(cell) if table.kinds[name] == "number" else str(cell)
    return found


def widen(spec: FieldSpec, value: Any) -> FieldSpec:
    """Widen a field so that a value of the table's own fits, be it ever so far out.

    Examples
    --------
    >>> widen(FieldSpec("age", "number", low=0.0, high=90.0), 120.0).high
    120.0
    """
    if spec.kind not in {"integer", "number"} or not isinstance(value, (int, float)):
        return spec
    low = value if spec.low is None else min(spec.low, value)
    high = value if spec.high is None else max(spec.high, value)
    return replace(spec, low=low, high=high)


def _show_answer(found: Prediction, model: Any) -> None:
    """Say whether the row is unusual, how rare that is, and which cells are odd."""
    with st.container(border=True):
        if found.refused:
            st.warning(escape(found.refused), icon=":material/block:", title="No answer for this row")
            return
        p_value, limit = found.details["p_value"], found.details["limit"]
        is_unusual = found.answer == "unusual"
        icon = ":orange[:material/priority_high:]" if is_unusual else ":green[:material/check_circle:]"
        st.markdown(f"### {icon} {str(found.answer).capitalize()}")
        st.markdown(describe_p(p_value, limit))
        if found.reasons:
            st.markdown("**Cells that stand out**")
            st.markdown("\n".join(f"- {describe_reason(reason, model)}" for reason in found.reasons))
        else:
            st.caption("No single cell is beyond its fences or rare; what may be strange is how they go together.")
        if found.details["not_judged"]:
            st.caption(
                f"Not judged, since not known: {', '.join(escape(name) for name in found.details['not_judged'])}."
            )
    st.caption(
        f"Judged by the distance to the nearest of {len(model.ids):,} rows of {escape(model.source.name)}. Of many "
        "columns one is often odd in an ordinary row, and no cell need be odd in a strange one."
    )


def describe_p(p_value: float, limit: float) -> str:
    """Say how often a row like those of the table is as strange.

    Examples
    --------
    >>> describe_p(0.25, 0.01).partition(";")[0]
    'Of rows like those of the table 25.0% are as far from the others, or farther (p = 0.25)'
    """
    share = f"{p_value:.1%}" if p_value >= SHARE_DIGITS else f"{p_value:.2%}"
    return (
        f"Of rows like those of the table {share} are as far from the others, or farther (p = {show_number(p_value)}); "
        f"at {limit:.1%} or less a row is called unusual."
    )


def describe_reason(reason: Reason, model: Any) -> str:
    """Say why a cell is odd, in words that may stand in Markdown."""
    cell = f"{escape(reason.name)} = {escape(reason.value)}"
    if reason.unit == "bits":
        return f"{cell}: fewer than one row in {2**reason.effect:,.0f} has it" if reason.effect else cell
    side = "above" if reason.effect > 0 else "below"
    column = next(each for each in model.schema.columns if each.name == reason.name)
    middle = show_date(column.median) if column.kind == "date" else show_number(column.median)
    return f"{cell}: {abs(reason.effect):.1f} robust standard deviations {side} the median of {middle}"


def _show_strangest(project: ModuleType, model: Any, table: Table, key: str) -> None:
    """List the strangest rows of the table once that is asked for."""
    panel = st.expander("The strangest rows of this table", icon=":material/sort:", key=f"strangest_{key[:8]}",
                        on_change="rerun")  # fmt: skip
    if not panel.open:
        return
    with panel, guard():
        if len(table.frame) > MAX_JUDGED:
            st.info(f"The table has {len(table.frame):,} rows; up to {MAX_JUDGED:,} are judged here. The file "
                    "unusual_rows.csv of the report has them all.", icon=":material/info:")  # fmt: skip
            return
        with st.spinner("Judging every row…"):
            rows = load_strangest(key, project, model, table)
        st.caption(f"{count_of(len(rows), 'row')} of {len(table.frame):,} called unusual, the strangest first. Type "
                   "its number above to see why.")  # fmt: skip
        shown = rows.head(N_ROWS)
        st.dataframe(shown, hide_index=True, column_config=make_date_config(shown), placeholder="",
                     alt="The rows that are least like the others")  # fmt: skip


@st.cache_data(max_entries=4, scope="session", show_spinner=False)
def load_strangest(key: str, _project: ModuleType, _model: Any, _table: Table) -> pd.DataFrame:  # noqa: ARG001 — the key
    """Judge every row of a table once."""
    return move_first(_project.list_unusual(_model, _table), 1)


drop_with_session("unusual", load_strangest)
