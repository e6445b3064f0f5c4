"""From raw cells to an answer, in the open: what was repaired, which columns are made, and the fitted pipeline drawn.

Left out: finding what is wrong and making columns, which a project does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.table import Table
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.explore import load_chart
from pages.kit.what_if import write_value

MOST_LEVELS = 12
INK = {"light": "#31333F", "dark": "#FAFAFA"}
LINE = "#808495"


def show_repairs(repairs: pd.DataFrame, n_rows: int, n_kept: int, code: str) -> None:
    """Draw what was wrong with a table and what was done.

    Parameters
    ----------
    repairs : DataFrame
        column, found, done, rows.
    n_rows, n_kept : int
        Rows before and after.
    code : str
        Python that lists the same.
    """
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric("Findings", len(repairs), border=True)
        st.metric("Columns concerned", repairs["column"].nunique(), border=True)
        st.metric("Rows dropped", f"{n_rows - n_kept:,}", border=True)
    titles = {"column": "Column", "rows": "Rows", "found": "What was wrong", "done": "What was done"}
    shown = repairs.assign(
        rows=[f"{n:,}" for n in repairs["rows"]],
        **{name: repairs[name].map(escape) for name in ("column", "found", "done")},
    )
    st.table(shown[list(titles)].rename(columns=titles), border="horizontal", hide_index=True,
             alt=f"{len(repairs)} findings with what was done")  # fmt: skip
    st.caption("Counted in this very table, before any split. No repair looks at the answer, and whatever is filled in "
               "comes from the rows that a model trains on, inside its pipeline.")  # fmt: skip
    show_code(code)


@st.fragment
@guard()
def show_made(raw: pd.DataFrame, made: Table, made_from: Mapping[str, Sequence[str]], key: str) -> None:
    """Draw the made columns of one row beside the raw ones they come from, and how a made column tells the classes.

    Parameters
    ----------
    raw : DataFrame
        Rows as the project reads them; what stands in ``name`` names them, where there is such a column.
    made : Table
        The same rows with the made columns and the target.
    made_from : mapping of made column to raw columns
    """
    names = raw["name"] if "name" in raw.columns else pd.Series("", raw.index)
    columns = [name for name in made_from if name in made.frame.columns]
    place = st.selectbox("Row", range(len(raw)), format_func=lambda at: f"Row {at + 1} · {names.iloc[at]}",
                         key=f"{key}_row_{made.sha256[:8]}")  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**As the table has it**")
        shown = {escape(name): escape(write_value(value)) for name, value in raw.iloc[place].items()}
        st.table(shown, border="horizontal", alt="The raw columns of the chosen row")
    with right:
        st.markdown("**Made of it, from this row alone**")
        lines = {escape(name): _tell_made(name, place, (raw, made.frame), made_from[name]) for name in columns}
        st.table(lines, border="horizontal", alt="The made columns of the chosen row")
        column = st.selectbox("How does a made column tell the classes?", columns, key=f"{key}_made_{made.sha256[:8]}")
        show_chart(load_chart(made.sha256, "distribution", (column, made.target), made), f"{key}_spread")


def _tell_made(name: str, place: int, frames: tuple[pd.DataFrame, pd.DataFrame], sources: Sequence[str]) -> str:
    """Write a made value and the raw ones behind it."""
    raw, made = frames
    told = ", ".join(f"{each} {write_value(raw[each].iloc[place])}" for each in sources)
    return f"**{escape(write_value(made[name].iloc[place]))}** :gray[:small[from {escape(told)}]]"


def show_code(code: str) -> None:
    """Fold away the lines that give the same figures again."""
    with st.expander("Reproduce these numbers", icon=":material/replay:"):
        st.code(code, language="python", wrap_lines=True)


@st.fragment
@guard()
def show_pipelines(pipelines: Mapping[str, Any], names: Sequence[str], made: Mapping[str, str], key: str) -> None:
    """Draw one fitted pipeline step by step, and what each step learnt from the training rows.

    Parameters
    ----------
    pipelines : mapping of name to fitted pipeline
        Of a ``ColumnTransformer`` and an estimator.
    made : mapping of step to text
        What is done before it, row by row: the raw columns, then what makes columns of them.
    """
    name = st.selectbox("Pipeline of", list(names), format_func=capitalise, key=f"{key}_name", width=280)
    preparation, last = find_steps(pipelines[name])
    ink = INK["dark" if st.context.theme.type == "dark" else "light"]
    st.graphviz_chart(draw_steps(preparation, f"{last}\n{name}", made, ink), width="content")
    st.markdown("**What each column's steps learnt from the training rows**")
    st.dataframe(
        list_learnt(preparation), hide_index=True, height="content", alt=f"What the preparation of {name} learnt"
    )
    st.caption("One ColumnTransformer and one model, fitted together on the training rows of each fold and stored "
               "together: a value is filled, coded and scaled in answering exactly as it was in training.")  # fmt: skip


def find_steps(pipeline: Any) -> tuple[Any, str]:
    """Return the fitted ColumnTransformer of a pipeline and the name of its last step's class."""
    whole = getattr(pipeline, "preparation", pipeline)
    last = "LightGBM trees" if whole is not pipeline else type(whole.steps[-1][1]).__name__
    return whole.named_steps["prepare"], last


def draw_steps(preparation: Any, last: str, made: Mapping[str, str], ink: str) -> str:
    """Write a pipeline in the language of Graphviz: what happens to rows first, a branch for each kind of column.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> empty = SimpleNamespace(transformers_=[])
    >>> draw_steps(empty, "model", {"raw": "10 columns"}, "#000000").count("->")
    1
    """
    style = f'fontname="sans-serif" fontsize=13 fontcolor="{ink}" color="{LINE}"'
    lines = [f'digraph {{ bgcolor="transparent"; nodesep=0.4; ranksep=0.35; node [shape=box style=rounded {style}];',
             f'edge [color="{LINE}"];']  # fmt: skip
    firsts = list(made)
    lines += [f"f{at} [label={_quote(name, made[name])}];" for at, name in enumerate(firsts)]
    lines += [f"f{at} -> f{at + 1};" for at in range(len(firsts) - 1)]
    branches = [(name, steps, columns) for name, steps, columns in preparation.transformers_ if name != "remainder"]
    for branch, (name, steps, columns) in enumerate(branches):
        texts = [f"{len(columns)} {name}\n{_wrap(columns)}", *(_tell_step(step) for _, step in steps.steps)]
        lines += [f"b{branch}_{at} [label={_quote(text)}];" for at, text in enumerate(texts)]
        lines += [f"b{branch}_{at} -> b{branch}_{at + 1};" for at in range(len(texts) - 1)]
        lines += [f"f{len(firsts) - 1} -> b{branch}_0;", f"b{branch}_{len(texts) - 1} -> last;"]
    lines += [f"f{len(firsts) - 1} -> last;"] if not branches else []
    return "\n".join([*lines, f"last [label={_quote(last)} penwidth=2];", "}"])


def _quote(*texts: str) -> str:
    """Write texts as a label, their lines one below the other."""
    return '"' + "\n".join(texts).replace("\\", "\\\\").replace('"', "'").replace("\n", "\\n") + '"'


def _wrap(columns: Sequence[str], width: int = 2) -> str:
    """Write names in lines of a few."""
    return ",\n".join(", ".join(columns[at : at + width]) for at in range(0, len(columns), width))


def _tell_step(step: Any) -> str:
    """Say in a few words what a step does."""
    kind = type(step).__name__
    if kind == "SimpleImputer":
        if step.strategy == "constant":
            return "SimpleImputer\na gap is a level"
        return f"SimpleImputer\n{step.strategy}{' and flags' if step.add_indicator else ''}"
    if kind == "OneHotEncoder":
        return f"OneHotEncoder\nlevels below {step.min_frequency}\nrows are one"
    return f"{kind}\nmean 0, deviation 1" if kind == "StandardScaler" else kind


def list_learnt(preparation: Any) -> pd.DataFrame:
    """List what the fitted steps of each column learnt: fills, means and levels.

    Returns
    -------
    DataFrame
        Columns Column, Kind, Learnt.
    """
    rows = []
    for name, steps, columns in preparation.transformers_:
        if name == "remainder":
            continue
        for place, column in enumerate(columns):
            told = [_tell_learnt(step, place) for _, step in steps.steps]
            rows.append((column, name, "; ".join(each for each in told if each)))
    return pd.DataFrame(rows, columns=["Column", "Kind", "Learnt"])


def _tell_learnt(step: Any, place: int) -> str:
    """Say what a fitted step learnt of the column at a place."""
    kind = type(step).__name__
    if kind == "SimpleImputer" and step.strategy != "constant":
        flag = " and flags" if step.indicator_ is not None and place in step.indicator_.features_ else ""
        return f"fills{flag} a gap with {show_number(float(step.statistics_[place]))}"
    if kind == "StandardScaler":
        return f"mean {show_number(float(step.mean_[place]))}, deviation {show_number(float(step.scale_[place]))}"
    if kind != "OneHotEncoder":
        return ""
    rare = step.infrequent_categories_[place]
    gone = set() if rare is None else set(rare)
    kept = [str(level) for level in step.categories_[place] if level not in gone][:MOST_LEVELS]
    return f"levels {', '.join(kept)}" + (f"; one for {', '.join(map(str, rare))}" if gone else "")
