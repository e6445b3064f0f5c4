"""How well each neighbourhood is priced, and where it lies: the figures of a map, all of rows that were held out.

Left out: the ground below the points; a map of streets would come from another host.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.conformal_numbers import check_coverage
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.housing.model import Model
from core.tabular.housing.scoring import FORM_SPLIT, LEAST_SALES, find_held

Figure = Literal["median error", "price per square foot", "coverage"]
PLACE = ("longitude", "latitude")
AREA = "gr_liv_area"
N_BANDS = 3
COLUMNS: dict[str, str] = {
    "median error": "median_ape",
    "price per square foot": "price_per_sq_ft",
    "coverage": "coverage",
}


def list_neighbourhoods(model: Model, name: str | None = None, split: str = "cv") -> pd.DataFrame:
    """Measure every group of the run.

    Parameters
    ----------
    split : str
        ``cv``, or ``cv_form`` where only the form's columns are known of each held-out house.

    Returns
    -------
    DataFrame of shape (n_groups, 10)
        group, n, longitude and latitude (medians; missing in other tables), median_price, price_per_sq_ft (median, of
        living area; missing in other tables), median_ape, median_error (signed, a share of the price: above 0 where
        answers are too low), coverage, low and high (Wilson's interval), mean_width (of the interval, share of the
        answer), most sales first.
    """
    chosen, held = name or model.best, model.held_out
    found, reaches = (held.form, held.form_reach) if split == FORM_SPLIT else (held.answers, held.reach)
    answers = model.to_price(chosen, found[chosen])
    lines = pd.DataFrame({"group": held.groups, "price": held.y, "share": (held.y - answers) / held.y})
    for column in (*PLACE, AREA):
        lines[column] = model.x[column].to_numpy(dtype=float) if model.is_ames else np.nan
    reach = reaches[chosen]
    lines["width"] = 2 * np.sinh(reach) if model.source.is_log else 2 * reach / np.abs(answers)
    lines["absolute"], lines["per_sq_ft"] = lines["share"].abs(), lines["price"] / lines[AREA]
    by = lines.groupby("group")
    frame = pd.DataFrame(
        {
            "n": by.size(),
            "longitude": by["longitude"].median(),
            "latitude": by["latitude"].median(),
            "median_price": by["price"].median(),
            "price_per_sq_ft": by["per_sq_ft"].median(),
            "median_ape": by["absolute"].median(),
            "median_error": by["share"].median(),
            "mean_width": by["width"].mean(),
        }
    )
    coverage = check_coverage(find_held(model, chosen, split), held.groups).set_index("group").drop(columns="n")
    return (
        frame.join(coverage)
        .rename_axis("group")
        .reset_index()
        .sort_values(["n", "group"], ascending=[False, True], ignore_index=True)
    )


def map_chart(model: Model, figure: Figure = "median error", name: str | None = None) -> Chart:
    """Draw the neighbourhoods where they lie, in three bands of a figure; larger points have more sales.

    Raises
    ------
    DataError
        If the run is not about houses whose place is known.
    """
    if not model.is_ames:
        message = f"{model.source.name} has no longitude and latitude of sales; a map needs both"
        raise DataError(message)
    frame = list_neighbourhoods(model, name)
    frame = frame[frame["n"] >= (LEAST_SALES if figure == "coverage" else 1)]
    values = frame[COLUMNS[figure]].to_numpy(dtype=float)
    edges = np.quantile(values, np.linspace(0, 1, N_BANDS + 1))
    band = np.clip(np.searchsorted(edges[1:-1], values, side="left"), 0, N_BANDS - 1)
    marks = [
        _draw_band(frame, band == place, figure, (edges[place], edges[place + 1]), place) for place in range(N_BANDS)
    ]
    title = _write_title(frame, figure)
    return Chart(title, "Longitude", "Latitude", tuple(mark for mark in marks if len(mark.x)), alt=f"{title}.")


def _draw_band(frame: pd.DataFrame, chosen: np.ndarray, figure: Figure, ends: tuple[float, float], place: int) -> Mark:
    """Draw the neighbourhoods of one band."""
    part = frame[chosen]
    show = _show_money if figure == "price per square foot" else _show_share
    text = tuple(
        f"{str(row.group).replace('_', ' ')}: {show(float(getattr(row, COLUMNS[figure])))}, {row.n} sales"
        for row in part.itertuples()
    )
    size = float(8 + 8 * np.sqrt(part["n"].mean() / 100)) if len(part) else 8.0
    x, y = (part[name].to_numpy(dtype=float) for name in PLACE)
    name = f"{show(ends[0])} to {show(ends[1])}"
    return Mark("points", x, y, name, "class", index=place, text=text, size=size)


def _write_title(frame: pd.DataFrame, figure: Figure) -> str:
    """State what the map shows."""
    column = COLUMNS[figure]
    low, high = frame.loc[frame[column].idxmin()], frame.loc[frame[column].idxmax()]
    show = _show_money if figure == "price per square foot" else _show_share
    what = {
        "median error": "Half of the prices miss by less than",
        "price per square foot": "Half of the houses cost, a square foot, less than",
        "coverage": "Intervals hold",
    }[figure]
    names = (str(each["group"]).replace("_", " ") for each in (low, high))
    values = (show(float(each[column])) for each in (low, high))
    (first, last), (least, most) = names, values
    return f"{what} {least} in {first} and {most} in {last}"


def _show_share(value: float) -> str:
    """Write a share as percent."""
    return f"{100 * value:.1f}%"


def _show_money(value: float) -> str:
    """Write an amount in dollars."""
    return f"${value:,.0f}"
