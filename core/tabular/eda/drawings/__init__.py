"""The same question drawn by Seaborn and by Matplotlib, and as code to copy for these and for Plotly.

Left out: charts on a page, which the kit draws in Plotly from ``core.hub.charts``.
"""

from core.tabular.eda.drawings.plots import Library, Look, Plot, PlotKind, check_plot, prepare
from core.tabular.eda.drawings.rendering import draw
from core.tabular.eda.drawings.snippets import write_code, write_table

__all__ = ["Library", "Look", "Plot", "PlotKind", "check_plot", "draw", "prepare", "write_code", "write_table"]
