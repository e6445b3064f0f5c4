"""Drawings of the lessons: each takes a few numbers that a person moves and returns a chart.

Left out: the words (``lessons``) and the charts of a trained model (``model_charts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.streaming.fraud.anomaly import expect_path, fit_isolation
from core.streaming.fraud.features import make_features
from core.streaming.fraud.protocol import Protocol, list_starts, measure_card_precision, rank_scores
from core.streaming.fraud.ratios import RATIOS, add_ratios
from core.streaming.fraud.transactions import DAY_S, make_transactions

SEED = 7
N_PAYMENTS = 4_000


@dataclass(frozen=True, slots=True)
class RankControl:
    """How rare frauds are, and how well they are told."""

    share: Annotated[float, Range(0.002, 0.5, 0.002), Label("Share of frauds")] = 0.008
    skill: Annotated[float, Range(0.0, 4.0, 0.1), Label("Skill", "Spreads between the two means.")] = 2.0


def draw_rank(control: RankControl) -> Chart:
    """Draw how the ROC area and average precision move with the share of frauds while the skill stays."""
    shares = np.unique(np.append(np.geomspace(0.002, 0.5, 12), control.share))
    found = np.array([_rank_at(float(share), control.skill) for share in shares])
    at = int(np.argmin(np.abs(shares - control.share)))
    title = f"ROC area {found[at, 0]:.2f}, average precision {found[at, 1]:.2f} at {shares[at]:.1%} frauds"
    marks = (
        Mark("line", shares, found[:, 0], "ROC area", "second"),
        Mark("line", shares, found[:, 1], "average precision"),
        Mark("points", shares[[at]], found[at, 1:], "", size=12),
    )
    return Chart(title, "Share of frauds", "Figure", marks, alt=f"{title}.", x_log=True, y_range=(0.0, 1.0))


def _rank_at(share: float, skill: float) -> tuple[float, float]:
    """Return both figures of normal scores of two classes, one point of score for each of equal chances."""
    n_frauds = max(round(N_PAYMENTS * share), 2)
    rng = np.random.default_rng(SEED)
    fraud = np.arange(N_PAYMENTS) < n_frauds
    score = rng.normal(size=N_PAYMENTS) + skill * fraud
    area, average = rank_scores(fraud, score, np.ones((1, N_PAYMENTS)))[:, 0].tolist()
    return float(area), float(average)


@dataclass(frozen=True, slots=True)
class CardsControl:
    """How many cards are compromised a day and looked at."""

    compromised: Annotated[int, Range(1, 200, 1), Label("Compromised a day")] = 40
    looked_at: Annotated[int, Range(5, 200, 5), Label("Cards looked at")] = 100


def draw_cards(control: CardsControl) -> Chart:
    """Draw card precision of a good ranking and of a perfect one as more cards are looked at."""
    n_cards, rng = 1_000, np.random.default_rng(SEED)
    bad = np.arange(n_cards) < control.compromised
    payments = make_transactions(range(n_cards), [0] * n_cards, range(n_cards), [0] * n_cards, [1.0] * n_cards, bad)
    rows, score = np.arange(n_cards), rng.normal(size=n_cards) + 2.0 * bad
    sizes = np.arange(5, 201, 5)
    good, best = (
        np.array([measure_card_precision(payments, rows, each, int(size))[0] for size in sizes])
        for each in (score, bad.astype(float))
    )
    at = int(np.argmin(np.abs(sizes - control.looked_at)))
    title = f"Of {sizes[at]} cards {good[at]:.0%} are compromised; the most possible is {best[at]:.0%}"
    marks = (
        Mark("line", sizes, best, "every fraud known", "good", dash=True),
        Mark("line", sizes, good, "a good ranking"),
        Mark("points", sizes[[at]], good[[at]], "", size=12),
    )
    return Chart(title, "Cards looked at in a day", "Card precision", marks, alt=f"{title}.", y_range=(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class DelayControl:
    """How long it takes until a fraud is known."""

    delay_days: Annotated[int, Range(1, 21, 1), Label("Delay", "", "days")] = 7


def draw_delay(control: DelayControl) -> Chart:
    """Draw a terminal's known risk over the days after it is compromised: it lags by the delay."""
    days = np.arange(60)
    bad_from, bad_until = 15, 43
    seconds = np.repeat(days * DAY_S, 3) + np.tile([20_000, 40_000, 60_000], len(days))
    fraud = (seconds // DAY_S >= bad_from) & (seconds // DAY_S < bad_until)
    count = len(seconds)
    payments = make_transactions(range(count), seconds, range(count), [0] * count, [50.0] * count, fraud)
    risk = make_features(payments, control.delay_days)[2::3, 12]
    missed = int((fraud.reshape(-1, 3)[:, 0] & (risk < 0.5)).sum())  # noqa: PLR2004 - more likely genuine than not
    title = f"Known {control.delay_days} days late, the risk stays low on {missed} of {bad_until - bad_from} bad days"
    marks = (
        Mark("steps", days, fraud.reshape(-1, 3)[:, 0].astype(float), "truth", "baseline", dash=True),
        Mark("line", days, risk, "risk as known, 7 days"),
    )
    return Chart(title, "Day", "Share of frauds at the terminal", marks, alt=f"{title}.", y_range=(0.0, 1.05))


@dataclass(frozen=True, slots=True)
class RatioControl:
    """By how much a thief overspends."""

    factor: Annotated[float, Range(1.0, 10.0, 0.5), Label("Amount times", "5 in the simulation.")] = 5.0


def draw_ratios(control: RatioControl) -> Chart:
    """Draw how well the amount, and its ratio to the customer's mean, tell stolen cards from others."""
    rng = np.random.default_rng(SEED)
    mean = rng.uniform(5, 100, N_PAYMENTS)
    fraud = np.arange(N_PAYMENTS) < N_PAYMENTS // 50
    amount = np.abs(rng.normal(mean, mean / 2)) * np.where(fraud, control.factor, 1.0)
    features = np.zeros((N_PAYMENTS, 15))
    features[:, 0], features[:, 7] = amount, 30
    features[:, 8] = (29 * mean + amount) / 30
    ratio = add_ratios(features)[:, 15 + RATIOS.index("amount_to_other_avg")]
    ones = np.ones((1, N_PAYMENTS))
    values = np.array([rank_scores(fraud, each, ones)[1, 0] for each in (amount, ratio)])
    title = f"Average precision {values[0]:.2f} by the amount, {values[1]:.2f} by its ratio to the customer's mean"
    names = np.array(["amount", "amount / mean of others"], dtype=object)
    return Chart(title, "Average precision", "", (Mark("bars", values, names),), alt=f"{title}.", x_range=(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class IsolationControl:
    """Where a point lies, in spreads from the middle."""

    distance: Annotated[float, Range(0.0, 6.0, 0.25), Label("Distance", "In standard deviations.")] = 3.0


def draw_isolation(control: IsolationControl) -> Chart:
    """Draw how unusual an isolation forest finds points the farther out they lie."""
    forest = fit_isolation(np.random.default_rng(SEED).normal(size=(256, 2)), SEED)
    places = np.arange(0.0, 6.01, 0.25)
    scores = forest.score(np.column_stack([places, np.zeros(len(places))]))
    at = int(np.argmin(np.abs(places - control.distance)))
    usual = float(expect_path(np.array([256.0]))[0])
    title = f"At {places[at]:g} standard deviations the score is {scores[at]:.2f}; a half is usual"
    marks = (
        Mark("line", places, scores, "score"),
        Mark("line", places[[0, -1]], np.full(2, 0.5), f"mean path {usual:.1f} cuts", "baseline", dash=True),
        Mark("points", places[[at]], scores[[at]], "", size=12),
    )
    return Chart(title, "Distance from the middle", "Isolation score", marks, alt=f"{title}.", y_range=(0.3, 1.0))


@dataclass(frozen=True, slots=True)
class WeekControl:
    """How many weeks validate and test, and how long frauds stay unknown."""

    n_weeks: Annotated[int, Range(1, 6, 1), Label("Weeks of each")] = 4
    delay_days: Annotated[int, Range(1, 14, 1), Label("Delay", "", "days")] = 7


def draw_weeks(control: WeekControl) -> Chart:
    """Draw when each validation and test week learns, waits and scores."""
    protocol = Protocol(delay_days=control.delay_days)
    valid, test = list_starts(115, control.n_weeks, control.n_weeks, protocol)
    marks = []
    for row, start in enumerate((*valid, *test)):
        scored, role = start + 7 + control.delay_days, "second" if row < len(valid) else "main"
        name = {0: "validation", len(valid): "test"}.get(row, "")
        level = np.full(2, float(row + 1))
        marks += [
            Mark("line", np.array([start, start + 7.0]), level, "learns" if row == 0 else "", "muted"),
            Mark("line", np.array([scored, scored + 7.0]), level, name, role),  # type: ignore[arg-type]
        ]
    ends, begins = valid[-1] + 13 + control.delay_days, test[0] + 7 + control.delay_days
    title = f"Validation ends on day {ends}, before the first test week begins on day {begins}"
    return Chart(title, "Day since 2018-04-01", "Fit", tuple(marks), alt=f"{title}.")
