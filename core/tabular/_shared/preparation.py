"""A table's columns made ready for a model, in one scikit-learn ColumnTransformer.

Numbers: median imputed with a flag for the gap, then standardised. Categories: a gap is the level "missing", levels
rarer than 1% are grouped, the rest one-hot coded. Everything is fitted on the rows it is given and no others.

Left out: sparse matrices (one-hot columns are capped instead); features made out of text.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.tabular._shared.schema import MISSING, Schema

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

MAX_LEVELS_CODED, MAX_CODED = 20, 400
"""Most one-hot columns of one category column, and of all together: what keeps a wide table in memory."""
RARE_SHARE = 0.01


def make_preparation(schema: Schema, n_rows: int, *, scaled: bool = True) -> ColumnTransformer:
    """Make the unfitted preparation of a table's columns: numbers first, then their gaps' flags, then categories.

    Parameters
    ----------
    n_rows : int
        Training rows, of which a level must hold 1% (and at least two) to get a column of its own.
    scaled : bool
        Whether numbers are standardised.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    impute = ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True))
    numbers = Pipeline([impute, ("scale", StandardScaler())] if scaled else [impute])
    coder = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=max(2, math.ceil(RARE_SHARE * n_rows)),
        max_categories=max(2, min(MAX_LEVELS_CODED, MAX_CODED // max(1, len(schema.categories)))),
        sparse_output=False,
    )
    categories = Pipeline([("impute", SimpleImputer(strategy="constant", fill_value=MISSING)), ("code", coder)])
    parts = [("numbers", numbers, schema.numbers), ("categories", categories, schema.categories)]
    return ColumnTransformer([part for part in parts if part[2]], verbose_feature_names_out=False)
