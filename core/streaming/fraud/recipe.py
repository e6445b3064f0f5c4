"""What decides a run: a frozen Recipe, one payment as Inputs, and the shipped recipes.

Every setting of a model was settled on validation weeks, which end before the first test week begins; the weights of
the blend are chosen on such weeks by the run itself. No test week had a say.

Left out: a search over these settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from core.hub.contract import Label, Range, Seed
from core.streaming.fraud.simulator import Simulation

SLUG = "fraud"
BASELINE, BLEND = "amount alone", "blend"
"""The baseline ranks payments by their amount; the blend averages models with weights from the validation weeks."""
ModelName = Literal[
    "logistic regression", "depth-2 tree", "random forest", "extra trees", "gradient boosting", "isolation forest",
    "distance",
]  # fmt: skip
MODELS: tuple[str, ...] = get_args(ModelName)
UNSUPERVISED = ("isolation forest", "distance")
"""Detectors that learn what is usual; labels only turn their score into a probability."""
Depth = Literal["2", "3", "4", "6"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run on payments.

    Parameters
    ----------
    models : tuple of str
        Models to compare; the baseline is always added, and the blend where there are several.
    with_ratios : bool
        Whether ratios of the fifteen features are added to them (``ratios``); the handbook has none.
    n_customers, n_terminals, n_days, data_seed : int
        Of the simulation, where no table is brought; the full recipe's are the handbook's own.
    train_day : int
        First day of the first training week, counted from the first day of the data; 0 takes the latest that leaves
        room for all test weeks.
    train_days, delay_days, test_days : int
        Days that are learnt from, days until a fraud is known, and days that are scored.
    n_test, n_valid : int
        Test weeks, and validation weeks before them that choose the blend's weights and the alarm's height.
    top_k : int
        Cards that investigators can look at in a day.
    """

    models: Annotated[
        tuple[ModelName, ...], Label("Models", "The amount alone and the models' blend are always added.")
    ] = MODELS  # type: ignore[assignment]
    with_ratios: Annotated[bool, Label("With ratios", "Adds ratios of the fifteen features.")] = True
    n_customers: Annotated[int, Range(100, 20_000, 100), Label("Customers simulated")] = 5_000
    n_terminals: Annotated[int, Range(100, 40_000, 100), Label("Terminals simulated")] = 10_000
    n_days: Annotated[int, Range(25, 366, 1), Label("Days simulated")] = 183
    data_seed: Annotated[int, Range(0, 1_000, 1), Label("Seed of the simulation", "0: the published data.")] = 0
    train_day: Annotated[int, Range(0, 340, 1), Label("First training day", "0: the latest that fits.")] = 115
    train_days: Annotated[int, Range(2, 60, 1), Label("Days to learn from")] = 7
    delay_days: Annotated[int, Range(1, 30, 1), Label("Days until a fraud is known")] = 7
    test_days: Annotated[int, Range(1, 30, 1), Label("Days of a test week")] = 7
    n_test: Annotated[int, Range(2, 8, 1), Label("Test weeks")] = 4
    n_valid: Annotated[int, Range(1, 8, 1), Label("Validation weeks", "They choose the blend's weights.")] = 4
    top_k: Annotated[int, Range(1, 1_000, 1), Label("Cards a day", "That investigators can look at.")] = 100
    logistic_c: Annotated[float, Range(0.001, 100.0, log=True), Label("C of logistic regression")] = 1.0
    forest_trees: Annotated[int, Range(5, 300, 5), Label("Trees of each forest", "More is steadier, slower.")] = 60
    forest_leaf: Annotated[int, Range(1, 100, 1), Label("Least rows of a leaf")] = 3
    boosting_depth: Annotated[Depth, Label("Depth of boosting")] = "4"
    boosting_rate: Annotated[float, Range(0.005, 0.5, log=True), Label("Learning rate of boosting")] = 0.03
    boosting_rounds: Annotated[int, Range(10, 1_000, 10), Label("Rounds of boosting")] = 200
    seed: Seed = 0

    @property
    def simulation(self) -> Simulation:
        """The payments that are simulated where no table is brought."""
        crowd = self.n_customers, self.n_terminals, self.n_days
        return Simulation(*crowd, seed=self.data_seed)


@dataclass(frozen=True, slots=True)
class Inputs:
    """One payment by its fifteen features. The defaults are a payment five times the customer's usual one."""

    amount: Annotated[float, Range(0.0, 100_000.0, 0.01), Label("Amount")] = 190.0
    during_weekend: Annotated[bool, Label("At a weekend")] = False
    during_night: Annotated[bool, Label("At night", "Before seven o'clock.")] = False
    customer_nb_tx_1day: Annotated[int, Range(1, 10_000, 1), Label("Customer's payments, 1 day")] = 2
    customer_avg_amount_1day: Annotated[float, Range(0.0, 100_000.0, 0.01), Label("Their mean, 1 day")] = 110.0
    customer_nb_tx_7day: Annotated[int, Range(1, 10_000, 1), Label("Customer's payments, 7 days")] = 14
    customer_avg_amount_7day: Annotated[float, Range(0.0, 100_000.0, 0.01), Label("Their mean, 7 days")] = 55.0
    customer_nb_tx_30day: Annotated[int, Range(1, 10_000, 1), Label("Customer's payments, 30 days")] = 60
    customer_avg_amount_30day: Annotated[float, Range(0.0, 100_000.0, 0.01), Label("Their mean, 30 days")] = 40.0
    terminal_nb_tx_1day: Annotated[int, Range(0, 100_000, 1), Label("Terminal's payments, 1 day")] = 1
    terminal_risk_1day: Annotated[float, Range(0.0, 1.0, 0.01), Label("Share of frauds, 1 day")] = 0.0
    terminal_nb_tx_7day: Annotated[int, Range(0, 100_000, 1), Label("Terminal's payments, 7 days")] = 6
    terminal_risk_7day: Annotated[float, Range(0.0, 1.0, 0.01), Label("Share of frauds, 7 days")] = 0.0
    terminal_nb_tx_30day: Annotated[int, Range(0, 100_000, 1), Label("Terminal's payments, 30 days")] = 27
    terminal_risk_30day: Annotated[float, Range(0.0, 1.0, 0.01), Label("Share of frauds, 30 days")] = 0.0


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(
        models=("logistic regression", "depth-2 tree", "random forest", "gradient boosting", "isolation forest"),
        n_customers=600,
        n_terminals=1_200,
        n_days=60,
        train_day=0,
        n_test=2,
        n_valid=2,
        top_k=20,
        forest_trees=20,
        boosting_rounds=60,
        boosting_rate=0.08,
    ),
    "full": Recipe(),
}
