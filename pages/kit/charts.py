"""Charts on a page: the finding as the title, the figure with the same sentence for a screen reader, and its data.

Left out: what to draw (``core.hub.charts``) and how Plotly is told so (``pages/kit/figures.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from pages.kit.errors import escape
from pages.kit.figures import make_figure, make_legend

HEIGHT = 360


def show_chart(chart: Chart, key: str, height: int = HEIGHT) -> None:
    """Draw a chart with its title, its figure and a button for its data.

    Parameters
    ----------
    key : str
        Unique on the page; keep it stable over reruns, so that the figure is updated and not built again.
    height : int
        Least height of the figure in pixels.
    """
    name = re.sub(r"[^a-z0-9]+", "-", chart.title.lower()).strip("-")[:60] or "chart"
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(f"**{escape(chart.title)}**", width="stretch")
            with st.popover(":material/download:", type="tertiary", help="Take this chart away", key=f"{key}_data"):
                _show_takeaway(chart, name, key)
        image = {"format": "png", "scale": 2, "filename": name}
        config = {"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": image}
        st.plotly_chart(make_figure(chart, height), key=key, config=config, alt=chart.alt or chart.title)


def show_small_chart(chart: Chart, key: str, height: int) -> None:
    """Draw one of many charts that stand side by side: a title of one line, the rest of it below, and no buttons."""
    title, _, rest = chart.title.partition(" · ")
    with st.container(gap="xsmall"):
        st.markdown(f"**{escape(title)}**  \n:small[{escape(rest or title)}]")
        figure = make_figure(chart, height)
        st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=chart.alt or chart.title)


def show_legend(marks: Sequence[Mark], key: str) -> None:
    """Draw the names of marks with their colours and shapes: one legend for many charts."""
    names = ", ".join(mark.name for mark in marks)
    st.plotly_chart(make_legend(marks), key=key, config={"displayModeBar": False}, alt=f"Classes: {names}")


def _show_takeaway(chart: Chart, name: str, key: str) -> None:
    """Offer the marks of a chart as a table file, and say where its picture is."""
    st.download_button(
        "CSV of every mark",
        lambda: chart_to_csv(chart),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}_csv",
        on_click="ignore",
        icon=":material/table:",
    )
    st.caption("For a picture (PNG), point at the chart and press its camera.")


def chart_to_csv(chart: Chart) -> bytes:
    """Write the marks of a chart as CSV in which no cell can be read as a formula."""
    from core.datasets.export import to_csv

    return to_csv(chart_frame(chart))


def chart_frame(chart: Chart) -> pd.DataFrame:
    """Gather the marks of a chart in one table, a row for each point or cell.

    Returns
    -------
    DataFrame
        Columns ``series``, the two axis labels, and where any mark has them ``low``, ``high``, ``value``, ``text``.

    Examples
    --------
    >>> line = Mark("line", np.arange(2), np.array([0.5, 0.7]), "score")
    >>> list(chart_frame(Chart("Scores rise", "step", "score", (line,))).columns)
    ['series', 'step', 'score']
    """
    labels = [chart.x_label or "x", chart.y_label or "y"]
    if labels[0] == labels[1]:
        labels = [f"{labels[0]} (x)", f"{labels[1]} (y)"]
    frames = [_mark_frame(mark, labels) for mark in chart.marks]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["series", *labels])


def _mark_frame(mark: Mark, labels: list[str]) -> pd.DataFrame:
    """Write one mark as rows."""
    x, y = np.asarray(mark.x), np.asarray(mark.y)
    columns: dict[str, object] = {"series": mark.name or mark.kind}
    if mark.kind in {"heatmap", "surface"} and mark.z is not None:
        columns |= {labels[0]: np.tile(x, len(y)), labels[1]: np.repeat(y, len(x)), "value": np.ravel(mark.z)}
    else:
        columns |= {labels[0]: x, labels[1]: y}
    columns |= {name: np.asarray(edge) for name, edge in (("low", mark.low), ("high", mark.high)) if edge is not None}
    if mark.text:
        columns["text"] = list(mark.text)
    return pd.DataFrame(columns)
