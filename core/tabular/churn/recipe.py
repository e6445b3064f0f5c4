"""What decides a run on customers who may leave: a frozen Recipe, one customer as Inputs, and the shipped recipes.

The boosting's depth, the weights of the average and every threshold are chosen by folds inside the training rows of
each fold, so no row that is scored has a say in them.

Boosting's other settings were settled once, after six tries on Telco's own folds whose ROC areas lay between 0.847 and
0.850: of the shipped figures that much is owed to rows that are scored. mlc_churn had no say.

Left out: a search over these settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed

SLUG, BUNDLED, SECOND = "churn", "telco_churn", "mlc_churn"
"""The project, its table, and the second table that it is checked on."""
BASELINE, RULE, AVERAGE = "churn rate", "one rule", "average"
SMOTED = " + SMOTE"
"""What the name of a model that trains on resampled rows ends with."""

ModelName = Literal["logistic regression", "random forest", "gradient boosting"]
MODELS: tuple[str, ...] = get_args(ModelName)
Depth = Literal["2", "3", "4", "6"]

SETTINGS_OF: Mapping[str, tuple[str, ...]] = {
    "logistic regression": ("logistic_c",),
    "random forest": ("forest_trees", "forest_leaf"),
    "gradient boosting": ("boosting_depths", "boosting_rate", "boosting_rounds"),
}
"""Which fields of the recipe each model listens to."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on a table of customers.

    Parameters
    ----------
    models : tuple of str
        Models to compare; the churn rate and one rule are always added, and their average where there are several.
    with_smote : bool
        Whether each model is also trained on rows that SMOTE evened out, inside each fold.
    target, positive : str
        The column that says who left, and the value of it that means so; empty takes the table's own.
    groups : str
        Columns by which fairness is judged, parted by commas; empty takes those of Telco that the table has.
    rule : str
        The column of the one-rule baseline; empty takes ``contract``, or else the best of each fold's training rows.
    n_folds, n_inner : int
        Folds that score, and folds inside their training rows that choose.
    boosting_depths : tuple of str
        Depths that the inner folds choose from.
    alarm_auc : float
        ROC area above which a leak is suspected: on Telco nobody knows so much about who leaves. It is a suspicion and
        no proof: mlc_churn, whose columns were made with the answer, goes beyond it without a leak.
    explain_rows : int
        Customers whose Shapley values are kept with the model; 0 keeps none.
    """

    models: Annotated[
        tuple[ModelName, ...], Label("Models", "The churn rate, one rule and the models' average are always added.")
    ] = MODELS  # type: ignore[assignment]
    with_smote: Annotated[bool, Label("With SMOTE", "Also trains each model on evened-out classes.")] = True
    target: Annotated[str, Label("Churn column", "Empty takes the column chosen for the table.")] = ""
    positive: Annotated[str, Label("Value that means: left", "Empty takes yes, true, 1 or the rarer value.")] = ""
    groups: Annotated[str, Label("Group columns", "For fairness, parted by commas; empty takes Telco's four.")] = ""
    rule: Annotated[str, Label("Column of the one rule", "Empty takes contract, or else the best column.")] = ""
    n_folds: Annotated[int, Range(2, 10, 1), Label("Folds", "Each scores one part of the rows.")] = 5
    n_inner: Annotated[int, Range(2, 10, 1), Label("Inner folds", "They choose depth, weights and thresholds.")] = 3
    logistic_c: Annotated[
        float, Range(0.001, 100.0, log=True), Label("C of logistic regression", "Larger trusts the data more.")
    ] = 1.0
    forest_trees: Annotated[int, Range(10, 500, 10), Label("Trees in the forest", "More is steadier and slower.")] = 150
    forest_leaf: Annotated[int, Range(1, 100, 1), Label("Least rows of a leaf", "More makes smoother shares.")] = 8
    boosting_depths: Annotated[
        tuple[Depth, ...], Label("Depths of boosting", "The inner folds choose one of these.")
    ] = ("2", "3", "4", "6")
    boosting_rate: Annotated[
        float, Range(0.005, 0.5, log=True), Label("Learning rate of boosting", "Smaller needs more rounds.")
    ] = 0.02
    boosting_rounds: Annotated[int, Range(10, 1_000, 10), Label("Rounds of boosting")] = 400
    alarm_auc: Annotated[
        float, Range(0.5, 1.0, 0.01), Label("Leak alarm", "A ROC area above this is suspected to be a leak.")
    ] = 0.87
    explain_rows: Annotated[
        int, Range(0, 400, 10), Label("Explained customers", "Shapley values kept with the model; 0 keeps none.")
    ] = 0
    seed: Seed = 0


YesNo = Literal["Yes", "No"]
PhoneExtra = Literal["Yes", "No", "No phone service"]
WebExtra = Literal["Yes", "No", "No internet service"]
Contract = Literal["Month-to-month", "One year", "Two year"]
Internet = Literal["DSL", "Fiber optic", "No"]
Payment = Literal["Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """One customer of Telco. The defaults are one in their first year on a monthly contract.

    Parameters
    ----------
    tenure : int
        Months since the customer joined; at 0 nothing was billed yet.
    monthly_charges, total_charges : float
        Dollars a month, and dollars billed so far.
    """

    tenure: Annotated[int, Range(0, 120, 1), Label("Tenure", "Months since joining.", "months")] = 9
    contract: Annotated[Contract, Label("Contract")] = "Month-to-month"
    monthly_charges: Annotated[float, Range(0.0, 250.0, 0.05), Label("Monthly charge", "", "$")] = 85.0
    total_charges: Annotated[float, Range(0.0, 20_000.0, 0.05), Label("Billed so far", "", "$")] = 765.0
    internet_service: Annotated[Internet, Label("Internet")] = "Fiber optic"
    payment_method: Annotated[Payment, Label("Payment")] = "Electronic check"
    paperless_billing: Annotated[YesNo, Label("Paperless billing")] = "Yes"
    phone_service: Annotated[YesNo, Label("Telephone")] = "Yes"
    multiple_lines: Annotated[PhoneExtra, Label("Several lines")] = "No"
    online_security: Annotated[WebExtra, Label("Online security")] = "No"
    online_backup: Annotated[WebExtra, Label("Online backup")] = "No"
    device_protection: Annotated[WebExtra, Label("Device protection")] = "No"
    tech_support: Annotated[WebExtra, Label("Technical support")] = "No"
    streaming_tv: Annotated[WebExtra, Label("Streamed television")] = "Yes"
    streaming_movies: Annotated[WebExtra, Label("Streamed films")] = "Yes"
    senior_citizen: Annotated[YesNo, Label("Aged 65 or over")] = "No"
    female: Annotated[YesNo, Label("Female")] = "Yes"
    partner: Annotated[YesNo, Label("With a partner")] = "No"
    dependents: Annotated[YesNo, Label("With dependents")] = "No"


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(
        models=("logistic regression", "gradient boosting"),
        n_inner=2,
        boosting_depths=("3",),
        boosting_rate=0.05,
        boosting_rounds=120,
    ),
    "full": Recipe(explain_rows=60),
}
