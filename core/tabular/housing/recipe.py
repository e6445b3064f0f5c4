"""What decides a run: which models, logs or not, how columns are scaled, what the intervals promise; and one house.

Left out: searching for settings. Those of the boosted trees are usual ones (slow rate, small trees, columns drawn at
random); the weights of the blend are fitted on inner folds only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed

SLUG, BUNDLED = "housing", "ames"
BASELINE = "group median"
LARGE_SQ_FT = 4_000
"""Above it De Cock (2011) tells users to look first: five sales, three of them far below what their size would cost."""

ModelName = Literal["linear regression", "ridge", "lasso", "elastic net", "LightGBM", "blend"]
MODELS: tuple[str, ...] = get_args(ModelName)
LINEAR = ("linear regression", "ridge", "lasso", "elastic net")
BLENDED = ("ridge", "LightGBM")
Scaling = Literal["standard", "minmax", "none"]
Statistic = Literal["median", "mean"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on house sales, or on any table with a number to predict.

    Parameters
    ----------
    models : tuple of str
        Models to compare; the median of the row's group is always added as the baseline.
    target, group : str
        The column to predict, and the one within whose groups the intervals keep their promise; empty takes the table's
        own target, and the neighbourhood of houses (no group in other tables).
    log : str
        Whether models learn the log of the target: ``auto`` where every value is above 0 and the log leans less.
    scaling : str
        Of numbers, before the models see them.
    answer : str
        The median, which half of such houses would exceed, or the mean, by Duan's smearing. Both are always reported.
    leave_out_large : bool
        Whether the sales above 4,000 square feet are left out, as the author of the data advises.
    coverage : float
        How often (0–1) an interval must hold the price, within every group.
    n_folds : int
        Each row is answered once by models that did not see it.
    ridge, lasso : float
        Raising either pulls coefficients towards zero; lasso's is in standard deviations of the target, and elastic net
        shares it half and half between both kinds of penalty.
    boosting_rounds, boosting_rate, boosting_leaves
        Of LightGBM.
    studies : bool
        Whether logs, scaling, the author's rule and what a form leaves out are compared too; about two minutes.
    """

    models: Annotated[tuple[ModelName, ...], Label("Models", "The group's median is always added.")] = MODELS  # type: ignore[assignment]
    target: Annotated[str, Label("Column to predict", "Empty takes the column chosen for the table.")] = ""
    group: Annotated[str, Label("Group column", "Intervals keep their promise within each of its groups.")] = ""
    log: Annotated[Literal["auto", "on", "off"], Label("Log of the target", "Errors then count in percent.")] = "auto"
    scaling: Annotated[Scaling, Label("Scaling", "Of numbers, before the models see them.")] = "standard"
    answer: Annotated[Statistic, Label("Answer with", "The mean is corrected by Duan's smearing.")] = "median"
    leave_out_large: Annotated[bool, Label("Leave out sales above 4,000 sq ft", "As the data's author advises.")] = (
        False
    )
    coverage: Annotated[float, Range(0.5, 0.99, 0.01), Label("Coverage", "How often an interval holds the price.")] = (
        0.9
    )
    n_folds: Annotated[int, Range(2, 10, 1), Label("Folds", "Parts of the cross-validation.")] = 5
    ridge: Annotated[float, Range(0.001, 10_000.0, log=True), Label("λ of ridge", "Larger pulls to zero.")] = 10.0
    lasso: Annotated[float, Range(1e-6, 1.0, log=True), Label("λ of lasso", "Larger drops more columns.")] = 0.00125
    boosting_rounds: Annotated[int, Range(10, 1_500, 10), Label("Rounds of boosting")] = 600
    boosting_rate: Annotated[
        float, Range(0.01, 0.5, log=True), Label("Learning rate of boosting", "Smaller needs more rounds.")
    ] = 0.05
    boosting_leaves: Annotated[int, Range(2, 63, 1), Label("Leaves of a tree", "More fit finer, and noise too.")] = 15
    studies: Annotated[bool, Label("Compare logs, scaling and the rule", "About two minutes more.")] = False
    seed: Seed = 0


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(models=("linear regression", "ridge", "LightGBM"), boosting_rounds=150, boosting_rate=0.1),
    "full": Recipe(studies=True),
}
