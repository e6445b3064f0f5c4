"""Why a model answers as it does, on the ten columns that a passenger has, and how far the reasons can be believed.

Four methods explain the same held-out passengers: Shapley values by enumeration of all 1,024 coalitions, the shap
package, LIME, and permutation of one column at a time. 30 refits on bootstraps of the training rows, each against a
background of its own draw, give their error bars, which so hold both what the model owes to its rows and what a reason
owes to the rows that stand for not knowing a column. Agreement between methods, stability over the refits and deletion
put them to the test. One live passenger is explained by enumeration against a small background.

A model reads of a name its title and, with the ticket, the party; of a cabin its deck. Before a question, each is
cut to what is read of it (:func:`condense`): the effects stay the same and equal questions are asked once.

Left out: effects of made features, which nobody can change by themselves; error bars of a live passenger, as 30 refits
take too long for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.attribution import (
    Agreement,
    Ask,
    Attribution,
    Deletion,
    Stability,
    agree,
    agree_all,
    delete_columns,
    draw_refits,
    exact_shapley,
    lime_values,
    measure_stability,
    permutation_values,
    shap_values,
)
from core.hub.progress import Progress
from core.tabular.titanic.features import NO_DECK, Fates, engineer, find_decks, find_titles, keep_known
from core.tabular.titanic.pipelines import find_parties, find_shares, fit_pipeline
from core.tabular.titanic.recipe import CLASSES, COLUMNS, Recipe

EXACT, SHAP, LIME, PERMUTATION = "exact Shapley", "SHAP", "LIME", "permutation"
N_EXPLAINED, N_REFITTED, N_REFITS = 48, 12, 30
"""Held-out passengers that are explained, those of them that refits explain again, and the refits."""
N_METHODS = 4
N_BACKGROUND, LIME_SAMPLES = 30, 2_000
"""Training rows that stand for not knowing a column, live, here and for each refit; and LIME's draws."""
ENDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Explanations:
    """What four methods say of held-out passengers, and what refits of the model make of it.

    Parameters
    ----------
    model : str
        Which model is explained.
    places : int array of shape (n_rows,)
        Places of the passengers among the held-out rows.
    found : mapping of method to Attribution
        Effects on the probability of having lived.
    refits : mapping of method to array of shape (n_refits, n_refitted, 10)
        Effects on the first ``n_refitted`` of the passengers by models refitted on bootstraps.
    deletions : mapping of method to Deletion
    """

    model: str
    places: np.ndarray
    found: Mapping[str, Attribution]
    refits: Mapping[str, np.ndarray]
    deletions: Mapping[str, Deletion]

    def bound(self, method: str) -> Attribution:
        """Return a method's effects on the refitted passengers, with the middle 95% of the refits as error bars.

        An effect may lie outside its bar: a refit learns from fewer different passengers than the model that answers.
        """
        low, high = np.quantile(self.refits[method], ENDS, axis=0)
        return replace(self.found[method].take(range(len(low))), low=low, high=high)

    def count_outside(self, method: str) -> tuple[int, int]:
        """Count the effects that lie outside their error bars, and all that have one: every one that is not zero."""
        refits = self.refits[method]
        low, high = np.quantile(refits, ENDS, axis=0)
        effects = np.stack([self.found[method].row(place) for place in range(len(low))])
        outside, told = (effects < low) | (effects > high), (effects != 0) | (refits != 0).any(axis=0)
        return int((outside & told).sum()), int(told.sum())

    def measure(self, method: str) -> Stability:
        """Measure how stable a method's reasons are over the refits."""
        return measure_stability(self._list_refits(method))

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """How far every two methods agree."""
        return agree_all(list(self.found.values()))

    @property
    def additivity(self) -> float:
        """The largest gap between base plus SHAP values and the answer; rounding alone when all is well."""
        shap = self.found[SHAP]
        answers = shap.sums if shap.answers is None else shap.answers
        return float(np.abs(shap.sums - answers).max())

    @property
    def exactness(self) -> float:
        """The largest difference between a SHAP value and the enumerated one."""
        return agree(self.found[SHAP], self.found[EXACT]).largest

    def _list_refits(self, method: str) -> list[Attribution]:
        """Write the refits of a method as explanations."""
        return [Attribution(method, COLUMNS, values, 0.0) for values in self.refits[method]]


def condense(frame: pd.DataFrame, parties: Fates | None) -> pd.DataFrame:
    """Cut names, cabins and tickets down to what a model reads of them; no answer changes.

    Examples
    --------
    >>> values = ["3", "Kelly, Mr. James", "male", 34.5, 0.0, 0.0, "330911", 7.8, "F G73", "Q"]
    >>> row = pd.DataFrame([values], columns=COLUMNS)
    >>> condense(row, None)[["name", "ticket", "cabin"]].values.tolist()
    [[', Mr.', '', 'G']]
    """
    decks = find_decks(frame["cabin"])
    known = keep_known(frame, parties or {})
    names = known["name"] + ", " + find_titles(frame["name"]) + "."
    return frame.assign(name=names, ticket=known["ticket"], cabin=decks.where(decks != NO_DECK, np.nan))


def make_ask(pipeline: Any, parties: Fates | None) -> Ask:
    """Make the question that is explained: the probability of having lived, from rows of the ten columns."""

    def ask(rows: pd.DataFrame) -> np.ndarray:
        return find_shares(pipeline, engineer(rows, parties))

    return ask


def draw_background(x: pd.DataFrame, n_rows: int, seed: int) -> pd.DataFrame:
    """Draw training rows that stand for not knowing a column."""
    places = np.random.default_rng(seed).choice(len(x), min(n_rows, len(x)), replace=False)
    return x.iloc[np.sort(places)].reset_index(drop=True)


def explain_live(ask: Ask, case: pd.DataFrame, x: pd.DataFrame, parties: Fates | None, seed: int) -> Attribution:
    """Explain one passenger by enumeration against a few training rows, quickly enough to follow a slider.

    Parameters
    ----------
    case : DataFrame of shape (1, 10)
    x : DataFrame of shape (n_train, 10)
        Rows to draw the background from.
    """
    background = draw_background(x, N_BACKGROUND, seed)
    own, others = (condense(each, parties) for each in (case, background))
    return exact_shapley(ask, own, others, seed)


def explain_held_out(
    pipeline: Any,
    name: str,
    recipe: Recipe,
    rows: tuple[pd.DataFrame, np.ndarray, pd.DataFrame],
    progress: Progress,
) -> Explanations:
    """Explain held-out passengers by four methods, and put the methods to the test.

    Parameters
    ----------
    rows : (DataFrame of shape (n_train, 10), object array of shape (n_train,), DataFrame of shape (n_test, 10))
        Training passengers, their fates, and the held-out passengers, whose fates are not needed.
    """
    x, y, x_test = rows
    places = np.random.default_rng(recipe.seed).permutation(len(x_test))[:N_EXPLAINED]
    parties = find_parties(recipe, x, y)
    cases = condense(x_test.iloc[places].reset_index(drop=True), parties)
    background = condense(draw_background(x, N_BACKGROUND, recipe.seed), parties)
    ask = make_ask(pipeline, parties)
    found = {}
    for method, explain in _METHODS.items():
        found[method] = explain(ask, cases, background, recipe.seed)
        progress.advance()
    deletions = {method: delete_columns(ask, cases, background, each, recipe.seed) for method, each in found.items()}
    refits = _refit(name, recipe, (x, y), cases.iloc[:N_REFITTED], progress)
    return Explanations(name, places, found, refits, deletions)


def _refit(
    name: str,
    recipe: Recipe,
    where: tuple[pd.DataFrame, np.ndarray],
    cases: pd.DataFrame,
    progress: Progress,
) -> dict[str, np.ndarray]:
    """Fit the model again on bootstraps of the training rows and explain the same passengers by every method.

    Each refit has a background of its own draw, as large as the one of the model that answers.
    """
    x, y = where
    known = find_parties(recipe, x, y)  # those of a refit are among them
    values: dict[str, list[np.ndarray]] = {method: [] for method in _REFIT_METHODS}
    for number, drawn in enumerate(draw_refits(len(x), N_REFITS, recipe.seed), start=1):
        once = np.unique(drawn)  # a passenger who was drawn twice is no companion of their own
        parties = find_parties(recipe, x.iloc[once], y[once])
        z = engineer(x.iloc[drawn], parties, y[drawn] == CLASSES[1])
        ask = make_ask(fit_pipeline(name, recipe, z, y[drawn]), parties)
        background = condense(draw_background(x, N_BACKGROUND, recipe.seed + number), known)
        for method, explain in _REFIT_METHODS.items():
            values[method].append(explain(ask, cases, background, recipe.seed).values)
        progress.advance()
    return {method: np.stack(each) for method, each in values.items()}


Explain = Callable[[Ask, pd.DataFrame, pd.DataFrame, int], Attribution]


def _explain_by_lime(ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int) -> Attribution:
    """Explain by LIME, with as many draws for a refit as for the model that answers."""
    return lime_values(ask, x, background, seed, LIME_SAMPLES)


_METHODS: Mapping[str, Explain] = {
    EXACT: exact_shapley,
    SHAP: shap_values,
    LIME: _explain_by_lime,
    PERMUTATION: permutation_values,
}
_REFIT_METHODS: Mapping[str, Explain] = {
    **_METHODS,
    SHAP: lambda ask, x, background, seed: shap_values(ask, x, background, seed, n_blocks=1),
}
"""The same effects; of SHAP without its own error bars, which nobody would see."""


def describe_explanations(found: Explanations) -> tuple[str, ...]:
    """Say which reasons can be believed: do methods agree, do refits keep them, does deletion confirm them."""
    agreements: Sequence[Agreement] = found.agreements
    least = min(agreements, key=lambda each: each.rank.value)
    stable = {method: found.measure(method) for method in found.refits}
    gains = {method: each.gain for method, each in found.deletions.items()}
    best = max(gains, key=lambda method: gains[method].value)
    adds = (
        f"SHAP adds up to the answer to {found.additivity:.1g} and differs from enumeration by "
        f"{found.exactness:.1g} at most."
    )
    agrees = (
        f"{least.first} and {least.second} agree least of all pairs: rank correlation {least.rank.value:.2f}, the "
        f"same three largest columns in {least.top.value:.0%}."
    )
    stays = tuple(
        f"{method}: over {each.n_refits} refits the largest reason is another in {each.other_first.value:.0%} of "
        f"cases; rank correlation of two refits {each.rank.value:.2f}."
        for method, each in stable.items()
    )
    outside = tuple(found.count_outside(method) for method in found.refits)
    n_outside, n_bars = (sum(counts) for counts in zip(*outside, strict=True))
    bars = (
        f"{n_outside:,} of {n_bars:,} effects ({n_outside / n_bars:.0%}) lie outside the middle 95% of their refits: "
        "a refit learns from fewer different passengers than the model that answers."
    )
    holds = (
        f"Deleting columns in the order of {best} moves the answer earliest, {gains[best].value:.2f} ahead of a "
        f"random order (95% interval {gains[best].low:.2f} to {gains[best].high:.2f})."
    )
    return adds, agrees, *stays, bars, holds
