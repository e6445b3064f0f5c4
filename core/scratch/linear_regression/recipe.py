"""What decides a run: which ways of fitting, their settings, and how the rows are split.

The bundled data are those of B. Efron et al. 2004, Least angle regression, doi:10.1214/009053604000000067.

Left out: choosing columns and searching for settings; nothing is tuned, so nothing can leak from the rows that judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed
from core.scratch.linear_regression.descent import Schedule
from core.scratch.linear_regression.inference import Robust

SLUG, BUNDLED = "linear_regression", "diabetes"
BASELINE = "mean"

ModelName = Literal[
    "QR",
    "normal equations",
    "SVD",
    "ridge",
    "batch descent",
    "mini-batch descent",
    "stochastic descent",
    "scikit-learn",
]
MODELS: tuple[str, ...] = get_args(ModelName)
DESCENTS: Mapping[str, Literal["all rows", "mini-batch", "one row"]] = {
    "batch descent": "all rows",
    "mini-batch descent": "mini-batch",
    "stochastic descent": "one row",
}
EXACT = ("QR", "normal equations", "SVD", "scikit-learn")
"""These solve one and the same problem, so they differ in rounding only."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on a table with a number to predict.

    Parameters
    ----------
    models : tuple of str
        Ways of fitting to compare; the mean of the training rows is always added as the baseline.
    target : str
        The column to predict; empty takes the table's own.
    test_share : float
        Share (0–1) of the rows kept for the final score.
    n_folds, n_repeats : int
        Cross-validation of the training rows.
    coverage : float
        How often (0–1) a prediction interval is to hold the true value.
    errors : str
        ``classical`` supposes that every row scatters alike; HC0 to HC3 do not.
    ridge : float
        λ on standardised columns: raising it pulls the coefficients towards zero.
    rate, momentum, schedule, epochs, batch_size, patience
        Of gradient descent; see ``descent.Walk``.
    """

    models: Annotated[tuple[ModelName, ...], Label("Ways of fitting", "The mean is always added as the baseline.")] = (
        MODELS  # type: ignore[assignment]
    )
    target: Annotated[str, Label("Column to predict", "Empty takes the column chosen for the table.")] = ""
    test_share: Annotated[float, Range(0.1, 0.5, 0.05), Label("Test share", "Rows kept for the final score.")] = 0.2
    n_folds: Annotated[int, Range(2, 10, 1), Label("Folds", "Parts of each cross-validation.")] = 5
    n_repeats: Annotated[int, Range(1, 20, 1), Label("Repeats", "More repeats give steadier comparisons.")] = 2
    coverage: Annotated[
        float, Range(0.5, 0.99, 0.01), Label("Coverage", "How often an interval must hold the true value.")
    ] = 0.95
    errors: Annotated[Robust, Label("Standard errors", "HC3 allows for rows that scatter unequally.")] = "classical"
    ridge: Annotated[
        float, Range(0.001, 10_000.0, log=True), Label("λ of ridge", "Larger pulls the coefficients towards zero.")
    ] = 10.0
    rate: Annotated[
        float,
        Range(0.01, 3.0, 0.01),
        Label("Learning rate", "1 is the longest step that never jumps past the bottom; from 2 on it may run away."),
    ] = 1.0
    momentum: Annotated[
        float, Range(0.0, 0.99, 0.01), Label("Momentum", "Share of the last step that is added to the next.")
    ] = 0.9
    schedule: Annotated[Schedule, Label("Schedule", "How the rate shrinks over the epochs.")] = "cosine"
    epochs: Annotated[int, Range(1, 5_000, 1), Label("Epochs", "Passes over the rows.")] = 400
    batch_size: Annotated[int, Range(2, 512, 1), Label("Mini-batch", "Rows of one step.")] = 32
    patience: Annotated[
        int, Range(0, 100, 1), Label("Patience", "Epochs without a gain before it stops early; 0 never does.")
    ] = 0
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One patient of the diabetes study; the defaults are a typical one."""

    age: Annotated[float, Range(19, 79, 1), Label("Age", "", "years")] = 50.0
    sex: Annotated[float, Range(1, 2, 1), Label("Sex", "1 or 2, as the study codes it; it does not say which.")] = 1.0
    bmi: Annotated[float, Range(18.0, 42.2, 0.1), Label("Body mass index", "", "kg/m²")] = 25.7
    blood_pressure: Annotated[float, Range(62, 133, 1), Label("Blood pressure", "Average.", "mm Hg")] = 93.0
    total_cholesterol: Annotated[float, Range(97, 301, 1), Label("Total cholesterol", "", "mg/dl")] = 186.0
    ldl: Annotated[float, Range(41.6, 242.4, 0.1), Label("LDL", "", "mg/dl")] = 113.0
    hdl: Annotated[float, Range(22, 99, 1), Label("HDL", "", "mg/dl")] = 48.0
    cholesterol_ratio: Annotated[float, Range(2.0, 9.09, 0.01), Label("Total cholesterol over HDL")] = 4.0
    log_triglycerides: Annotated[float, Range(3.25, 6.11, 0.01), Label("Log of triglycerides")] = 4.62
    glucose: Annotated[float, Range(58, 124, 1), Label("Blood sugar", "", "mg/dl")] = 91.0


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(),
    "full": Recipe(n_folds=10, n_repeats=10),
}
