"""What decides a training run, and the ten columns of a passenger.

The settings of the models were chosen on folds of the 891 training rows and never on the held-out 418, so their
cross-validated accuracy is a little flattered; ``grids`` searches them again inside nested folds, which is not.

Left out: models beyond three; stacking them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed

SLUG = "titanic"
SEX_RULE, MAJORITY = "sex-only rule", "majority class"
BASELINES = (SEX_RULE, MAJORITY)
BASELINE = SEX_RULE
"""Women lived, men died: the floor that a model must beat to have learnt anything."""
ModelName = Literal["logistic regression", "random forest", "gradient boosting"]
MODELS: tuple[str, ...] = get_args(ModelName)
CLASSES = ("No", "Yes")
TARGET = "survived"
COLUMNS = ("pclass", "name", "sex", "age", "sibsp", "parch", "ticket", "fare", "cabin", "embarked")
"""What is known of a passenger before the ship sank. ``boat``, ``body`` and ``home_dest`` were written down after."""
N_KAGGLE_TRAIN = 891
"""The first rows of the bundled table are Kaggle's training rows, the other 418 its test rows."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on a table of passengers.

    Parameters
    ----------
    models : tuple of str
        Models to compare; both baselines are always added.
    test_share : float
        Share (0–1) of the passengers of an own table that is kept aside, whole tickets at a time. The bundled table
        keeps Kaggle's split.
    companions : str
        Whether the fates of a woman's or boy's party among the training passengers are a feature, the only one that
        looks at other rows.
    n_folds, n_repeats : int
        Stratified cross-validation of the training rows, by which models are compared.
    coverage : float
        How often (0–1) a prediction set must hold the truth.
    studies : bool
        Whether the grids, the remedies for imbalance and the explanations with error bars are worked out as well.
    """

    models: Annotated[tuple[ModelName, ...], Label("Models", "Both baselines are always added.")] = MODELS  # type: ignore[assignment]
    test_share: Annotated[
        float, Range(0.1, 0.5, 0.05), Label("Test share", "Of an own table; the bundled one keeps Kaggle's split.")
    ] = 0.3
    companions: Annotated[
        Literal["off", "fates"],
        Label("Companions", "Learn from the fates of the other women and boys of a party, or from no other passenger."),
    ] = "fates"
    n_folds: Annotated[int, Range(2, 10, 1), Label("Folds", "Parts of each cross-validation.")] = 10
    n_repeats: Annotated[int, Range(1, 10, 1), Label("Repeats", "More repeats give steadier comparisons.")] = 1
    coverage: Annotated[
        float, Range(0.5, 0.99, 0.01), Label("Coverage", "How often a prediction set must hold the truth.")
    ] = 0.9
    logistic_c: Annotated[
        float, Range(0.001, 100.0, log=True), Label("C of logistic regression", "Larger trusts the rows more.")
    ] = 1.0
    forest_trees: Annotated[int, Range(10, 300, 10), Label("Trees in the forest", "More is steadier and slower.")] = 100
    forest_leaf: Annotated[int, Range(1, 50, 1), Label("Rows in a leaf", "More is smoother.")] = 5
    forest_features: Annotated[
        float, Range(0.1, 1.0, 0.1), Label("Columns tried at a split", "Fewer makes the trees differ more.")
    ] = 0.7
    boosting_rounds: Annotated[int, Range(10, 500, 10), Label("Rounds of boosting")] = 100
    boosting_rate: Annotated[
        float, Range(0.01, 1.0, log=True), Label("Learning rate", "Smaller needs more rounds.")
    ] = 0.05
    boosting_leaves: Annotated[int, Range(2, 64, 1), Label("Leaves of a boosted tree")] = 16
    studies: Annotated[
        bool, Label("Studies", "Grids, remedies for imbalance, explanations with error bars: minutes.")
    ] = False
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One passenger, by what was known before the ship sank; the default is passenger 892, the first held-out one."""

    pclass: Annotated[Literal["1", "2", "3"], Label("Class", "1 was the dearest.")] = "3"
    name: Annotated[
        str,
        Label(
            "Name", "Surname, Title. First names: the title counts, and with the ticket the surname finds the party."
        ),
    ] = "Kelly, Mr. James"
    sex: Annotated[Literal["female", "male"], Label("Sex")] = "male"
    age: Annotated[float, Range(0.0, 120.0, 0.5), Label("Age", "Children under one are fractions.", "years")] = 34.5
    sibsp: Annotated[int, Range(0, 20, 1), Label("Siblings and spouses aboard")] = 0
    parch: Annotated[int, Range(0, 20, 1), Label("Parents and children aboard")] = 0
    ticket: Annotated[str, Label("Ticket", "May be shared by a party.")] = "330911"
    fare: Annotated[float, Range(0.0, 2000.0, 0.1), Label("Fare", "For the whole ticket.", "£")] = 7.8292
    cabin: Annotated[str, Label("Cabin", "Empty where it is not known; its letter is the deck.")] = ""
    embarked: Annotated[Literal["C", "Q", "S"], Label("Embarked", "Cherbourg, Queenstown (Cobh) or Southampton.")] = "Q"


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(n_folds=5, forest_trees=50),
    "full": Recipe(n_repeats=5, studies=True),
}
