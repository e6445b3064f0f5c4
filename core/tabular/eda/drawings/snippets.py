"""The code of each picture, complete and ready to run, for Plotly, Seaborn and Matplotlib.

Column names are written as Python strings by ``repr``: whatever they hold, they stay data. In Matplotlib and Seaborn
mathematics in names is switched off.

Left out: the project's colours; the code takes each library's own.
"""

from __future__ import annotations

from core.datasets.table import Table
from core.tabular.eda.drawings.plots import Library, Plot

PICTURE = {"plotly": "picture.html", "seaborn": "picture.png", "matplotlib": "picture.png"}
_PYPLOT = """import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
"""
_HEADS: dict[Library, str] = {
    "plotly": "import pandas as pd\nimport plotly.express as px\n",
    "seaborn": f"{_PYPLOT}import pandas as pd\nimport seaborn as sns\n",
    "matplotlib": f"{_PYPLOT}import numpy as np\nimport pandas as pd\n",
}
_ORDER = """from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

r = frame[columns].corr().fillna(0)
distance = 1 - r.abs().to_numpy()
tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
r = r.iloc[leaves_list(tree), leaves_list(tree)]
"""


def write_code(plot: Plot, library: Library, file: str = "table.csv") -> str:
    """Write the code of a picture.

    Parameters
    ----------
    file : str
        The CSV file that the code reads, as :func:`write_table` writes it: UTF-8, with the classes as text.

    Returns
    -------
    str
        A whole script; it saves ``picture.html`` (Plotly) or ``picture.png``.

    Examples
    --------
    >>> print(write_code(Plot("box", ("size",), "kind"), "plotly"))
    import pandas as pd
    import plotly.express as px
    <BLANKLINE>
    frame = pd.read_csv('table.csv', encoding="utf-8", keep_default_na=False, na_values=[""], dtype={'kind': str})
    column = 'size'
    by = 'kind'
    figure = px.box(frame, x=column, y=by, color=by)
    figure.write_html("picture.html")
    <BLANKLINE>
    """
    single = plot.kind in {"histogram", "box", "violin"}
    columns = f"column = {plot.columns[0]!r}" if single else f"columns = {list(plot.columns)!r}"
    classes = "" if plot.by is None else f", dtype={{{plot.by!r}: str}}"
    reading = f'frame = pd.read_csv({file!r}, encoding="utf-8", keep_default_na=False, na_values=[""]{classes})'
    lines = [_HEADS[library], reading, columns]
    if plot.kind in {"histogram", "box", "violin", "pairs"}:
        lines.append(f"by = {plot.by!r}")
        lines += [] if plot.by is None else _as_text(library)
    if library != "plotly":
        lines.append('plt.rcParams["text.parse_math"] = False  # a name is a name, also with a dollar sign')
    grouped = "" if plot.by is None else "_by"
    body = _BODIES[library].get(f"{plot.kind}{grouped}") or _BODIES[library][plot.kind]
    return "\n".join([*lines, body.strip("\n"), _END[library], ""])


def write_table(table: Table) -> bytes:
    r"""Write the very table that a picture was drawn from as the CSV file that its code reads.

    No cell is changed against spreadsheets that run formulas, since the code must find names and classes as they are.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> write_table(load_table("iris")).decode().splitlines()[1]
    '5.1,3.5,1.4,0.2,setosa'
    """
    return str(table.frame.to_csv(index=False, lineterminator="\r\n")).encode("utf-8", errors="replace")


def _as_text(library: Library) -> list[str]:
    """Make classes text where the library would take numbers for a scale."""
    return [] if library == "plotly" else ["frame = frame.dropna(subset=[by]).astype({by: str})"]


_END: dict[Library, str] = {
    "plotly": 'figure.write_html("picture.html")',
    "seaborn": 'plt.savefig("picture.png", dpi=150, bbox_inches="tight")',
    "matplotlib": 'plt.savefig("picture.png", dpi=150, bbox_inches="tight")',
}
_PLOTLY = {
    "histogram": 'figure = px.histogram(frame, x=column, marginal="rug")',
    "histogram_by": """
figure = px.histogram(frame, x=column, color=by, barmode="overlay", histnorm="probability density")
""",
    "box": "figure = px.box(frame, x=column)",
    "box_by": "figure = px.box(frame, x=column, y=by, color=by)",
    "violin": "figure = px.violin(frame, x=column, box=True)",
    "violin_by": "figure = px.violin(frame, x=column, y=by, color=by, box=True)",
    "pairs": "figure = px.scatter_matrix(frame, dimensions=columns, color=by)",
    "heatmap": f'{_ORDER}figure = px.imshow(r, zmin=-1, zmax=1, color_continuous_scale="RdBu", text_auto=".2f")',
    "missing": 'figure = px.imshow(frame[columns].isna().astype(int), aspect="auto", zmin=0, zmax=1)',
}
_SEABORN = {
    "histogram": "sns.histplot(frame, x=column, kde=True)",
    "histogram_by": """
sns.histplot(frame, x=column, hue=by, kde=True, stat="density", common_norm=False, element="step")
""",
    "box": "sns.boxplot(frame, x=column)",
    "box_by": "sns.boxplot(frame, x=column, y=by, hue=by)",
    "violin": 'sns.violinplot(frame, x=column, cut=0, inner="quart")',
    "violin_by": 'sns.violinplot(frame, x=column, y=by, hue=by, cut=0, inner="quart")',
    "pairs": "sns.pairplot(frame, vars=columns, hue=by)",
    "heatmap": f'{_ORDER}sns.heatmap(r, vmin=-1, vmax=1, cmap="RdBu", annot=True, fmt=".2f")',
    "missing": "sns.heatmap(frame[columns].isna(), vmin=0, vmax=1, cbar=False, yticklabels=False)",
}
_NAME_AXES = "axes.set_xlabel(column)\naxes.set_ylabel(by)"
_MATPLOTLIB = {
    "histogram": """
figure, axes = plt.subplots()
axes.hist(frame[column].dropna(), bins="auto")
axes.set_xlabel(column)
axes.set_ylabel("Rows")
""",
    "histogram_by": """
figure, axes = plt.subplots()
edges = np.histogram_bin_edges(frame[column].dropna(), "auto")
for name, part in frame.groupby(by):
    axes.hist(part[column].dropna(), bins=edges, density=True, histtype="stepfilled", alpha=0.4, label=name)
axes.set_xlabel(column)
axes.set_ylabel("Density")
axes.legend(title=by)
""",
    "box": 'figure, axes = plt.subplots()\naxes.boxplot(frame[column].dropna(), orientation="horizontal")\n'
    "axes.set_xlabel(column)",
    "box_by": f"""
figure, axes = plt.subplots()
parts = {{name: part[column].dropna() for name, part in frame.dropna(subset=[column]).groupby(by)}}
axes.boxplot(list(parts.values()), tick_labels=list(parts), orientation="horizontal")
{_NAME_AXES}
""",
    "violin": 'figure, axes = plt.subplots()\naxes.violinplot(frame[column].dropna(), orientation="horizontal", '
    "showmedians=True)\naxes.set_xlabel(column)",
    "violin_by": f"""
figure, axes = plt.subplots()
parts = {{name: part[column].dropna() for name, part in frame.dropna(subset=[column]).groupby(by)}}
axes.violinplot(list(parts.values()), orientation="horizontal", showmedians=True)
axes.set_yticks(range(1, len(parts) + 1), list(parts))
{_NAME_AXES}
""",
    "pairs": """
figure, grid = plt.subplots(len(columns), len(columns), figsize=(9, 9), squeeze=False)
groups = [("", frame)] if by is None else frame.groupby(by)
for name, part in groups:
    for row, second in enumerate(columns):
        for place, first in enumerate(columns):
            axes = grid[row, place]
            if row == place:
                axes.hist(part[first].dropna(), alpha=0.4, label=name)
            else:
                axes.scatter(part[first], part[second], s=6, alpha=0.7)
            axes.set_xlabel(first if row == len(columns) - 1 else "")
            axes.set_ylabel(second if place == 0 else "")
if by is not None:
    grid[0, 0].legend(title=by)
""",
    "heatmap": f"""
{_ORDER}figure, axes = plt.subplots()
image = axes.imshow(r, cmap="RdBu", vmin=-1, vmax=1)
figure.colorbar(image)
axes.set_xticks(range(len(r)), r.columns, rotation=40, ha="right")
axes.set_yticks(range(len(r)), r.columns)
for (row, column), value in np.ndenumerate(r):
    axes.text(column, row, f"{{value:.2f}}", ha="center", va="center")
""",
    "missing": """
figure, axes = plt.subplots()
axes.imshow(frame[columns].isna(), aspect="auto", interpolation="nearest", vmin=0, vmax=1)
axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right")
axes.set_ylabel("Row")
""",
}
_BODIES: dict[Library, dict[str, str]] = {"plotly": _PLOTLY, "seaborn": _SEABORN, "matplotlib": _MATPLOTLIB}
