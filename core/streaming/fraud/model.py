"""A trained model as one read-only value: its scorers, what each week said of them, figures, and scored payments.

``score`` takes a batch of a stream; ``reasons`` says of one payment which parts of it make it suspicious, by occlusion
(Zeiler and Fergus 2014, arXiv:1311.2901): how far the probability falls when a part is set to what is usual.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.leaderboard import LeaderboardRow, Measure, Verdict
from core.evaluation.metrics import KNOWN_METRICS, SPLITS
from core.hub.contract import Reason, Scores
from core.hub.errors import NotTrainedError
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.models import Scorer, widen
from core.streaming.fraud.paired import Pair, compare_pairs, resample_precision, tell_pair
from core.streaming.fraud.recipe import BASELINE, BLEND, Recipe

PARTS: Mapping[str, tuple[str, ...]] = {
    "amount": ("amount",),
    "time of the payment": ("during_weekend", "during_night"),
    "how often the customer pays": tuple(name for name in FEATURES if name.startswith("customer_nb")),
    "what the customer pays": tuple(name for name in FEATURES if name.startswith("customer_avg")),
    "how busy the terminal is": tuple(name for name in FEATURES if name.startswith("terminal_nb")),
    "known frauds at the terminal": tuple(name for name in FEATURES if name.startswith("terminal_risk")),
}
"""Features that are set to their usual value together, because they tell of one thing."""
Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Features of shape (n, 15) to probabilities of shape (n,)."""
DECIDING = "average_precision"
_PLACES = {name: place for place, name in enumerate(FEATURES)}
_COUNT, _MEAN = _PLACES["customer_nb_tx_30day"], _PLACES["customer_avg_amount_30day"]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The payments of the first test week, and what every model said of them.

    Parameters
    ----------
    ids, days, customers : int64 arrays of shape (n,)
    amounts : float64 array of shape (n,)
    fraud : bool array of shape (n,)
    scenario : int8 array of shape (n,)
    shares : mapping of model to float64 array of shape (n,)
    """

    ids: NDArray[np.int64]
    days: NDArray[np.int64]
    customers: NDArray[np.int64]
    amounts: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    scenario: NDArray[np.int8]
    shares: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Source:
    """What was learnt from.

    Parameters
    ----------
    name, sha256 : str
        Of the payments.
    file : str
        The table that a run leaves to be made again; empty for simulated payments.
    train_days : (int, int)
        First and last day that the shipped scorers learnt from, since ``transactions.EPOCH``.
    n_train, n_frauds : int
        Payments and frauds of those days.
    target : str
        The label's column in a table of one's own.
    """

    name: str
    sha256: str
    file: str
    train_days: tuple[int, int]
    n_train: int
    n_frauds: int
    target: str = ""

    @property
    def class_counts(self) -> Mapping[str, int]:
        """Payments of each class that were learnt from."""
        return {"genuine": self.n_train - self.n_frauds, "fraud": self.n_frauds}


@dataclass(frozen=True, slots=True, eq=False)
class FraudModel:
    """Everything a run leaves behind that is needed to score, compare and explain.

    Parameters
    ----------
    scorers : mapping of str to Scorer
        Fitted on the first training week, so that all later weeks are new to them.
    weights : mapping of str to float
        Of the blend, by model.
    best : str
        The model that the validation weeks chose.
    alert_from : float
        Probability from which a payment raises an alert: on the validation weeks as many cards a day reached it as
        investigators can look at.
    usual : float64 array of shape (15,)
        Median of each feature over the training payments.
    valid, test : mapping of metric to mapping of model to array of shape (n_weeks,)
        ``roc_auc``, ``average_precision`` and ``card_precision_at_k``.
    ceiling : float
        Card precision of one who knows every fraud of the first test week.
    """

    recipe: Recipe
    source: Source
    scorers: Mapping[str, Scorer]
    weights: Mapping[str, float]
    best: str
    alert_from: float
    usual: NDArray[np.float64]
    valid: Mapping[str, Mapping[str, NDArray[np.float64]]]
    test: Mapping[str, Mapping[str, NDArray[np.float64]]]
    ceiling: float
    held_out: HeldOut
    fit_s: Mapping[str, float]
    notes: tuple[str, ...] = ()
    scores: Scores = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, best first by average precision over the validation weeks, the baseline last."""
        means = {name: float(values.mean()) for name, values in self.valid["average_precision"].items()}
        return tuple(sorted(means, key=lambda name: (name == BASELINE, name != self.best, -means[name])))

    def score(self, features: NDArray[np.float64], name: str | None = None) -> NDArray[np.float64]:
        """Return the probability of fraud of payments.

        Parameters
        ----------
        features : float64 array of shape (n, 15)
            Columns as ``features.FEATURES``, also as ``online`` makes them.
        name : str, optional
            Which model; the best one when it is not given.

        Returns
        -------
        float64 array of shape (n,)

        Raises
        ------
        NotTrainedError
            If the run has no model of that name.
        """
        chosen = self.best if name is None else name
        if chosen not in self.scorers and chosen != BLEND:
            message = f"there is no trained {chosen}; this run has {', '.join(self.names)}"
            raise NotTrainedError(message)
        return ask_scorers(self.scorers, self.weights, chosen, widen(self.recipe, np.atleast_2d(features)))

    def reasons(self, row: NDArray[np.float64]) -> tuple[Reason, ...]:
        """Say how much of a payment's probability hangs on each part of it, strongest first.

        The amount is set to the mean of the customer's other payments, every other part to the median of training.

        Parameters
        ----------
        row : float64 array of shape (15,)
        """
        return explain_payment(self.score, self.usual, row)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its figures and intervals as in ``scores`` and, in words, whether it differs from the best.

        Verdicts are of the average precision of the first test week, which comes first; see ``paired``.
        """
        held, weeks = self.held_out, self.test["average_precision"]
        shares = {name: held.shares[name] for name in self.names}
        found = resample_precision(held.fraud, held.customers, shares, self.recipe.seed)
        pairs, floor = compare_pairs(found, self.best), compare_pairs(found, BASELINE)
        ahead = {name: (int((weeks[self.best] > weeks[name]).sum()), len(weeks[name])) for name in pairs}
        rows = [
            LeaderboardRow(
                model=name,
                metrics=self._list_measures(name),
                fit_s=self.fit_s.get(name, 0.0),
                verdict=_judge(pairs.get(name)),
                is_baseline=name == BASELINE,
                is_best=name == self.best,
                beats_baseline=name != BASELINE and floor[name].differs and floor[name].difference < 0,
                sentence="" if name == self.best else tell_pair(self.best, name, pairs[name], ahead[name]),
            )
            for name in self.names
        ]
        return tuple(sorted(rows, key=lambda row: (not row.is_best, row.is_baseline, -float(found[row.model][0]))))

    def _list_measures(self, name: str) -> dict[str, Measure]:
        """Take one model's figures out of the scores, the deciding one first."""
        measures = {
            f"{row.split}_{row.metric}": Measure(row.value, row.low, row.high)
            for row in self.scores
            if row.model == name and row.metric in KNOWN_METRICS and row.split in SPLITS
        }
        first = f"test_{DECIDING}"
        return dict(sorted(measures.items(), key=lambda each: (each[0] != first, not each[0].startswith("test"))))


def _judge(pair: Pair | None) -> Verdict:
    """Turn a comparison with the best into the table's word."""
    if pair is None:
        return "best"
    return "worse" if pair.differs and pair.difference > 0 else "not distinguishable from best"


def ask_scorers(
    scorers: Mapping[str, Scorer], weights: Mapping[str, float], name: str, x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Ask one model, or the weighted mean of several, about rows as ``models.widen`` gives them; shape (n,)."""
    if name != BLEND:
        return scorers[name].score(x)
    parts = [weight * scorers[each].score(x) for each, weight in weights.items() if weight]
    return np.asarray(np.sum(parts, axis=0))


def explain_payment(score: Score, usual: NDArray[np.float64], row: NDArray[np.float64]) -> tuple[Reason, ...]:
    """Say how far a payment's probability falls when each part of it is set to what is usual; see `FraudModel.reasons`.

    Examples
    --------
    >>> row = np.array([300.0, 0, 0, 1, 300, 7, 80, 30, 60, 1, 0, 7, 0, 30, 0])
    >>> reason = explain_payment(lambda rows: rows[:, 0] / 1_000, np.zeros(15), row)[0]
    >>> reason.name, reason.value, round(reason.effect, 3)
    ('amount', '300.00', 0.248)
    """
    asked = np.tile(np.asarray(row, dtype=np.float64), (len(PARTS) + 1, 1))
    for place, features in enumerate(PARTS.values(), 1):
        columns = [_PLACES[name] for name in features]
        asked[place, columns] = _find_usual_amount(usual, row) if features == ("amount",) else usual[columns]
    shares = score(asked)
    falls = (shares[0] - shares[1:]).tolist()
    found = [Reason(name, _show_part(name, row), fall, "probability") for name, fall in zip(PARTS, falls, strict=True)]
    return tuple(sorted(found, key=lambda reason: (-abs(reason.effect), reason.name)))


def _find_usual_amount(usual: NDArray[np.float64], row: NDArray[np.float64]) -> float:
    """Return the mean of the customer's other payments, or the median amount where there are none."""
    count = float(row[_COUNT])
    return float(max((count * row[_MEAN] - row[0]) / (count - 1), 0.0)) if count > 1 else float(usual[0])


def _show_part(name: str, row: NDArray[np.float64]) -> str:
    """Write what a part of a payment is, for a reader."""
    values = dict(zip(FEATURES, np.asarray(row).tolist(), strict=True))
    if name == "amount":
        return f"{values['amount']:,.2f}"
    if name == "time of the payment":
        day = "weekend" if values["during_weekend"] else "weekday"
        return f"{day}, {'night' if values['during_night'] else 'day'}"
    shown = [values[feature] for feature in PARTS[name]]
    pattern = "{:.0%}" if "known frauds" in name else "{:,.2f}" if "what" in name else "{:,.0f}"
    return " / ".join(pattern.format(value) for value in shown) + " in 1 / 7 / 30 days"
