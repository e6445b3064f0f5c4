"""The charts of any table by a library of one's choice: Plotly's live ones, or a picture by Seaborn or Matplotlib.

Whichever draws, the code of the picture stands beside it, to be copied.

Left out: the pictures and their code, which are ``core.tabular.eda.drawings``.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.datasets.association import find_numbers
from core.datasets.table import Table
from core.tabular.eda.drawings import Library, Look, Plot, PlotKind, draw, write_code, write_table
from pages.kit.errors import escape, guard
from pages.kit.explore import show_columns, show_whole
from pages.kit.uploads import drop_with_session

LIBRARIES: dict[Library, str] = {"plotly": "Plotly", "seaborn": "Seaborn", "matplotlib": "Matplotlib"}
QUESTIONS: dict[PlotKind, str] = {
    "histogram": "How is a column spread?",
    "box": "Where do its quarters lie, and what lies far out?",
    "violin": "What shape has it in each class?",
    "pairs": "How do columns go together, row by row?",
    "heatmap": "Which columns rise together?",
    "missing": "Where are cells missing?",
}
ONE: tuple[PlotKind, ...] = ("histogram", "box", "violin")
MOST: dict[PlotKind, int] = {"pairs": 5, "heatmap": 40, "missing": 60}
N_PAIRS, MAX_CLASSES = 3, 20


def show_charts(table: Table, key: str, *, is_class: bool) -> None:
    """Draw the charts of a table.

    Parameters
    ----------
    is_class : bool
        Whether the target is a class, which colours the charts.
    """
    library = st.segmented_control("Drawn by", list(LIBRARIES), default="plotly", required=True, wrap=True,
                                   format_func=LIBRARIES.get, key=f"{key}_library")  # fmt: skip
    by = table.target if is_class else None
    if library != "plotly":
        show_picture(table, library, by, key)
        return
    show_columns(table, key, by)
    show_whole(table, key, by)
    code = st.expander("A picture as Plotly code", icon=":material/code:", key=f"{key}_code", on_change="rerun")
    if code.open:
        with code:
            show_picture(table, library, by, key)


@st.fragment
def show_picture(table: Table, library: Library, by: str | None, key: str) -> None:
    """Draw one question by a library, with its code; for Plotly the code alone, as its charts stand above."""
    plot = ask_plot(table, by, key)
    if plot is None:
        st.info("Choose a column; a pair takes two.", icon=":material/arrow_upward:")
        return
    with guard():
        if library != "plotly":
            is_narrow = st.toggle("For a narrow screen", key=f"{key}_narrow", value=is_phone(), persist_state="session",
                                  help="Draws the picture tall and with few words to a line.")  # fmt: skip
            with st.spinner(f"{LIBRARIES[library]} is drawing…"):
                picture = load_picture(table.sha256, plot, library, (find_theme(), is_narrow), table)
            question = f"{QUESTIONS[plot.kind]} Columns: {', '.join(plot.columns)}"
            st.image(picture, alt=question, width="stretch")
            name = f"{plot.kind}-{library}.png"
            st.download_button("Picture (PNG)", picture, name, "image/png", key=f"{key}_png", on_click="ignore",
                               icon=":material/image:")  # fmt: skip
        st.caption("The code of this picture. It reads table.csv: this very table as it is here, in UTF-8 with commas "
                   "between cells, whatever the file was that it came from.")  # fmt: skip
        st.download_button("table.csv", lambda: write_table(table), "table.csv", "text/csv", key=f"{key}_table",
                           on_click="ignore", icon=":material/table:")  # fmt: skip
        st.code(write_code(plot, library), language="python", wrap_lines=True)


def ask_plot(table: Table, by: str | None, key: str) -> Plot | None:
    """Ask what is to be drawn, of which columns, and by which classes; None where too few are chosen."""
    numbers, place = find_numbers(table), f"{key}_{table.sha256[:8]}"
    kinds = list(QUESTIONS) if len(numbers) > 1 else [*ONE, "missing"] if numbers else ["missing"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Question", kinds, format_func=QUESTIONS.get, key=f"{place}_kind", width=380)
        columns = _ask_columns(table, kind, numbers, place)
        classes = [name for name in table.frame.columns if _is_class(table, name)]
        level = None
        if kind in (*ONE, "pairs") and classes:
            start = classes.index(by) if by in classes else None
            level = st.selectbox("By class", classes, index=start, key=f"{place}_by_{by}", width=220,
                                 placeholder="None", format_func=escape)  # fmt: skip
    return Plot(kind, columns, level) if len(columns) >= (2 if kind in {"pairs", "heatmap"} else 1) else None


def _ask_columns(table: Table, kind: PlotKind, numbers: list[str], key: str) -> tuple[str, ...]:
    """Ask for the columns of a picture: one, or several."""
    if kind in ONE:
        return (st.selectbox("Column", numbers, key=f"{key}_one", format_func=escape, width=260),)
    names = numbers if kind != "missing" else [str(name) for name in table.frame.columns]
    first = names[: N_PAIRS if kind == "pairs" else MOST[kind]]
    return tuple(st.multiselect("Columns", names, default=first, max_selections=MOST[kind], key=f"{key}_{kind}"))


def _is_class(table: Table, name: str) -> bool:
    """Tell whether a column's classes can be told apart in a picture."""
    return table.kinds[name] == "category" and 1 < table.frame[name].nunique() <= MAX_CLASSES


def find_theme() -> Literal["light", "dark"]:
    """Return the theme that the page is seen in."""
    return "dark" if st.context.theme.type == "dark" else "light"


def is_phone() -> bool:
    """Tell from what the browser calls itself whether it is a phone's; the server does not learn the width."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_picture(
    sha256: str,  # noqa: ARG001 — the key
    plot: Plot,
    library: Library,
    look: tuple[Literal["light", "dark"], bool],
    _table: Table,
) -> bytes:
    """Draw a picture once: for a theme, and for a narrow screen or a wide one."""
    theme, is_narrow = look
    is_square = plot.kind in {"pairs", "heatmap"}
    if is_narrow:
        return draw(_table, plot, library, Look(theme=theme, width=3.8, height=4.4 if is_square else 4.0, dpi=220))
    return draw(_table, plot, library, Look(theme=theme, height=7.0 if is_square else 4.5))


drop_with_session("drawn", load_picture)
