"""What a house's raw columns are turned into, row by row, and which of them speak of one thing.

The figures of a row depend on that row alone, so that nothing can leak from one row to another: training, a single
price, a file and the API all pass through :func:`add_features`. The columns are those of D. De Cock 2011,
doi:10.1080/10691898.2011.11889627.

Left out: everything that is fitted (imputation, levels, scaling), which happens inside each fold (``pipelines``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

QUALITY = {"Poor": 1.0, "Fair": 2.0, "Typical": 3.0, "Good": 4.0, "Excellent": 5.0}
CONDITION = {
    "Very_Poor": 1.0, "Poor": 2.0, "Fair": 3.0, "Below_Average": 4.0, "Average": 5.0, "Above_Average": 6.0,
    "Good": 7.0, "Very_Good": 8.0, "Excellent": 9.0, "Very_Excellent": 10.0,
}  # fmt: skip
EXPOSURE = {"No_Basement": 0.0, "No": 1.0, "Mn": 2.0, "Av": 3.0, "Gd": 4.0}
RANKED: Mapping[str, Mapping[str, float]] = {
    "overall_cond": CONDITION,
    "exter_cond": QUALITY,
    "bsmt_cond": QUALITY,
    "heating_qc": QUALITY,
    "garage_cond": QUALITY,
    "bsmt_exposure": EXPOSURE,
}
"""Levels that have an order, as numbers; a house without the thing, or a level nobody knows, counts 0."""
FIRST_YEAR = 2006
REPLACED = ("first_flr_sf", "bsmt_full_bath", "bsmt_half_bath", *RANKED)
"""Raw columns that are given up for what is made of them."""
NEEDED = (
    "lot_frontage", "lot_area", "total_bsmt_sf", "bsmt_unf_sf", "gr_liv_area", "first_flr_sf", "year_built",
    "year_remod_add", "year_sold", "mo_sold", "full_bath", "half_bath", "bsmt_full_bath", "bsmt_half_bath",
    "neighborhood", "longitude", "latitude", "sale_condition", *RANKED,
)  # fmt: skip
"""Columns without which a table is not one of houses in Ames."""

_TOPICS: Mapping[str, tuple[str, ...]] = {
    "living area": ("gr_liv_area", "second_flr_sf", "log_living_area", "total_area", "log_total_area"),
    "basement": (
        "total_bsmt_sf", "bsmt_unf_sf", "bsmtfin_sf_2", "bsmtfin_type_1", "bsmtfin_type_2", "bsmt_finished_sf",
        "bsmt_cond_rank", "bsmt_exposure_rank",
    ),
    "rooms": ("totrms_abvgrd", "bedroom_abvgr", "kitchen_abvgr"),
    "bathrooms": ("full_bath", "half_bath", "baths"),
    "age": ("year_built", "age"),
    "remodelling": ("year_remod_add", "years_since_remodel"),
    "condition": ("overall_cond_rank", "exter_cond_rank", "functional"),
    "neighbourhood and place": ("neighborhood", "longitude", "latitude", "condition_1", "condition_2"),
    "zoning": ("ms_zoning",),
    "type and style": ("ms_subclass", "bldg_type", "house_style"),
    "lot": (
        "lot_frontage", "lot_area", "log_lot_area", "lot_shape", "lot_config", "land_contour", "land_slope", "alley",
        "street", "utilities", "paved_drive", "fence",
    ),
    "garage": ("garage_type", "garage_finish", "garage_cars", "garage_area", "garage_cond_rank"),
    "heating and electrics": ("heating", "heating_qc_rank", "central_air", "electrical"),
    "outside and roof": (
        "exterior_1st", "exterior_2nd", "mas_vnr_type", "mas_vnr_area", "foundation", "roof_style", "roof_matl",
    ),
    "fireplaces": ("fireplaces",),
    "porch, deck and pool": (
        "wood_deck_sf", "open_porch_sf", "enclosed_porch", "three_season_porch", "screen_porch", "pool_area", "pool_qc",
        "misc_feature", "misc_val",
    ),
    "sale": ("mo_sold", "year_sold", "sale_type", "sale_condition", "months_since_2006"),
}  # fmt: skip
TOPIC_OF: Mapping[str, str] = {name: topic for topic, names in _TOPICS.items() for name in names}
"""What each column speaks of; a column that is not here speaks for itself."""


def is_ames(names: Iterable[object]) -> bool:
    """Say whether a table's columns are those of the Ames sales.

    Examples
    --------
    >>> is_ames(["rooms", "price"]), is_ames(NEEDED)
    (False, True)
    """
    return set(NEEDED).issubset(names)


def add_features(x: pd.DataFrame) -> pd.DataFrame:
    """Turn raw columns into the ones that models take; a table of other columns is returned as it is.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_raw)
        As ``core.tabular._shared.schema.to_features`` gives it: float64 or str objects, missing is NaN.

    Returns
    -------
    DataFrame of shape (n_rows, n_made)
        Areas in square feet and as logs, ages at the sale in years, bathrooms with halves, ranks for ordered levels;
        a lot_frontage of 0 is unknown, as the data's author says.

    Examples
    --------
    >>> row = dict.fromkeys(NEEDED, 1.0) | dict.fromkeys(RANKED, "Good") | {"year_built": 1990.0, "year_sold": 2008.0}
    >>> made = add_features(pd.DataFrame([row]))
    >>> made["age"].tolist(), made["baths"].tolist(), made["overall_cond_rank"].tolist()
    ([18.0], [3.0], [7.0])
    """
    if not is_ames(x.columns):
        return x
    return pd.DataFrame(make_columns({str(name): values.to_numpy() for name, values in x.items()}), index=x.index)


def make_columns(raw: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Do what :func:`add_features` does on columns as arrays of shape (n_rows,): what a single price has time for."""
    if not is_ames(raw):
        return raw
    made = {name: values for name, values in raw.items() if name not in REPLACED}
    living, basement, frontage = (raw[name] for name in ("gr_liv_area", "total_bsmt_sf", "lot_frontage"))
    sold = raw["year_sold"]
    made["lot_frontage"] = np.where(frontage > 0, frontage, np.nan)
    made["bsmt_finished_sf"] = np.maximum(basement - raw["bsmt_unf_sf"], 0.0)
    made["total_area"] = living + basement
    made["log_living_area"] = _log(living)
    made["log_total_area"] = _log(living + basement)
    made["log_lot_area"] = _log(raw["lot_area"])
    made["age"] = sold - raw["year_built"]
    made["years_since_remodel"] = sold - raw["year_remod_add"]
    made["months_since_2006"] = 12 * (sold - FIRST_YEAR) + raw["mo_sold"]
    made["baths"] = raw["full_bath"] + raw["bsmt_full_bath"] + 0.5 * (raw["half_bath"] + raw["bsmt_half_bath"])
    made |= {f"{name}_rank": rank_levels(raw[name], ranks) for name, ranks in RANKED.items()}
    return made


def rank_levels(values: Iterable[object], ranks: Mapping[str, float]) -> np.ndarray:
    """Turn ordered levels into numbers, shape (n_rows,); what is not ranked counts 0.

    Examples
    --------
    >>> rank_levels(["Good", "No_Garage"], QUALITY).tolist()
    [4.0, 0.0]
    """
    return np.array([ranks.get(str(value), 0.0) for value in values], dtype=float)


def _log(values: np.ndarray) -> np.ndarray:
    """Take logs; what is not above 0 has none."""
    positive = np.where(values > 0, values, np.nan)
    return np.asarray(np.log(positive))


def find_topic(column: str) -> str:
    """Name what a column speaks of.

    Examples
    --------
    >>> find_topic("log_lot_area"), find_topic("my own column")
    ('lot', 'my own column')
    """
    return TOPIC_OF.get(column, column)
