"""Why random folds, folds of tickets and the true hold-out differ, and which leads over the sex-only rule are real.

The differences are tested twice: exactly on the held-out rows (McNemar 1947), and by the corrected t-test on the folds
(Nadeau and Bengio 2003), each adjusted by Holm for the models compared.

Left out: a cause that the table cannot show, such as how Kaggle drew its split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.comparison import ALPHA, compare_all, corrected_t_test, mcnemar_test, show_difference, show_p
from core.evaluation.intervals import wilson_interval
from core.evaluation.leaderboard import fold_interval
from core.evaluation.multiplicity import holm
from core.evaluation.splits import Split
from core.hub.charts import Chart, Mark
from core.tabular.titanic.folds import Folds
from core.tabular.titanic.pipelines import answer_rows
from core.tabular.titanic.recipe import SEX_RULE


@dataclass(frozen=True, slots=True)
class Companions:
    """How far passengers have companions on their ticket among the rows that a model learns from.

    Parameters
    ----------
    in_random, in_ticket, in_test : float
        Share of the scored rows whose ticket is also in the training rows: random folds, folds of tickets, held-out.
    same_fate, by_chance : float
        How often two passengers on one ticket shared their fate among the training rows, and how often any two did.
    """

    in_random: float
    in_ticket: float
    in_test: float
    same_fate: float
    by_chance: float


def measure_companions(
    tickets: tuple[np.ndarray, np.ndarray], y: np.ndarray, random: Sequence[Split], grouped: Sequence[Split]
) -> Companions:
    """Count companions; ``tickets`` are of the training rows and of the held-out ones, ``y`` of the training rows."""
    train, test = tickets
    in_random, in_ticket = (
        float(np.mean([np.isin(train[split.test], train[split.train]).mean() for split in splits]))
        for splits in (random, grouped)
    )
    lived = pd.Series(y == "Yes").groupby(train)
    n, k = lived.size().to_numpy(), lived.sum().to_numpy()
    pairs = (n * (n - 1) / 2).sum()
    same = (k * (k - 1) / 2 + (n - k) * (n - k - 1) / 2).sum()
    share = float((y == "Yes").mean())
    alike = float(same / pairs) if pairs else float("nan")
    return Companions(in_random, in_ticket, float(np.isin(test, train).mean()), alike, share**2 + (1 - share) ** 2)


def describe_gap(
    model: str, folds: tuple[Folds, Folds], right: Mapping[str, np.ndarray], companions: Companions
) -> tuple[str, ...]:
    """Explain one model's three accuracies in computed words.

    Parameters
    ----------
    folds : (Folds, Folds)
        Random folds and folds of tickets.
    right : mapping of model to bool array of shape (n_test,)
        Which held-out rows each model has right.
    """
    random, grouped = (float(each.accuracy[model].mean()) for each in folds)
    floor = float(folds[0].accuracy[SEX_RULE].mean())
    test, test_floor = float(right[model].mean()), float(right[SEX_RULE].mean())
    low, high = wilson_interval(int(right[model].sum()), len(right[model]))
    gap, shared = random - test, floor - test_floor
    inside = "lies inside" if low <= random <= high else "lies outside"
    fall = f"the score falls by {show_difference(random - grouped)} points: so much it loses where a party is new to it"
    if random <= grouped:
        fall = f"the score does not fall ({show_difference(grouped - random)} points up): it did not lean on companions"
    found = (
        f"{_capitalise(model)} scores {random:.3f} on random folds, {grouped:.3f} on folds of whole tickets and "
        f"{test:.3f} on the {len(right[model])} held-out rows (95% interval {low:.3f} to {high:.3f}): the score of the "
        f"random folds {inside} that interval."
    )
    tickets = (
        f"In random folds {companions.in_random:.0%} of the scored passengers have a companion on their ticket in the "
        f"training side, in folds of tickets {companions.in_ticket:.0%}, among the held-out {companions.in_test:.0%}. "
        f"Two on one ticket shared their fate in {companions.same_fate:.0%} of pairs, any two in "
        f"{companions.by_chance:.0%}. From random folds to folds of tickets {fall}."
    )
    rows = (
        f"From random folds to the held-out rows {model} loses {show_difference(gap)} points. The sex-only rule, which "
        f"knows no companion and has nothing to overfit, loses {show_difference(shared)} on the same rows: that part "
        f"is the rows being harder. The other {show_difference(gap - shared)} are its own, chance among so few rows "
        "included."
    )
    return found, tickets, rows


def list_settings(
    names: Sequence[str], folds: tuple[Folds, Folds], right: Mapping[str, np.ndarray]
) -> dict[str, dict[str, tuple[float, float, float]]]:
    """List the accuracy of every model on random folds, on folds of tickets and on held-out rows: value, low, high."""
    found = {
        title: {name: fold_interval(each.accuracy[name], each.n_train, each.n_test) for name in names}
        for title, each in zip(("random folds", "folds of tickets"), folds, strict=True)
    }
    found["held-out rows"] = {
        name: (float(right[name].mean()), *wilson_interval(int(right[name].sum()), len(right[name]))) for name in names
    }
    return found


def gap_chart(names: Sequence[str], folds: tuple[Folds, Folds], right: Mapping[str, np.ndarray]) -> Chart:
    """Draw the three accuracies of every model side by side with their intervals."""
    labels = np.array(list(names), dtype=object)
    series = {title: list(spans.values()) for title, spans in list_settings(names, folds, right).items()}
    marks = tuple(
        Mark("points", *_place(spans, labels), title, "class", index, *_bound(spans), size=10.0)
        for index, (title, spans) in enumerate(series.items())
    )
    first, last = (float(np.mean([span[0] for span in series[title]])) for title in ("random folds", "held-out rows"))
    title = f"Random folds promise {show_difference(first - last)} points more than the held-out rows keep, on average"
    return Chart(title, "Accuracy", "", marks, alt=f"{title}.", x_percent=True)


def _place(spans: Sequence[tuple[float, float, float]], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give values across and labels down."""
    return np.array([span[0] for span in spans]), labels


def _bound(spans: Sequence[tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Give both ends of the intervals."""
    return np.array([span[1] for span in spans]), np.array([span[2] for span in spans])


def compare_with_floor(
    names: Sequence[str], folds: Folds, right: Mapping[str, np.ndarray], floor: str = SEX_RULE
) -> pd.DataFrame:
    """Test every model against a baseline on the held-out rows and on the folds.

    Returns
    -------
    DataFrame of shape (n_models, 10)
        model, only_model and only_floor (held-out rows that one alone has right), difference, low, high, p (of the
        held-out rows, Holm-adjusted), cv_difference, cv_p (of the folds, Holm-adjusted), and sentence.
    """
    others = [name for name in names if name != floor]
    exact = [mcnemar_test(right[name], right[floor]) for name in others]
    on_folds = [
        corrected_t_test(folds.accuracy[name] - folds.accuracy[floor], folds.n_train, folds.n_test) for name in others
    ]
    ps, cv_ps = (holm([test.p for test in tests]) for tests in (exact, on_folds))
    rows = []
    for place, name in enumerate(others):
        test, own = exact[place], on_folds[place]
        counts = int((right[name] & ~right[floor]).sum()), int((right[floor] & ~right[name]).sum())
        figures = (test.difference, test.low, test.high, float(ps[place]), own.difference, float(cv_ps[place]))
        rows.append((name, *counts, *figures, _say_test(name, floor, counts, figures)))
    columns = [
        "model",
        "only_model",
        "only_floor",
        "difference",
        "low",
        "high",
        "p",
        "cv_difference",
        "cv_p",
        "sentence",
    ]
    return pd.DataFrame(rows, columns=columns)


def _say_test(name: str, floor: str, counts: tuple[int, int], figures: tuple[float, ...]) -> str:
    """Say whether a difference is real, on the held-out rows and on the folds."""
    difference, low, high, p, cv_difference, cv_p = figures
    real = "is real" if p < ALPHA else "cannot be told from chance"
    cv_real = "is real" if cv_p < ALPHA else "cannot be told from chance"
    return (
        f"{_capitalise(name)} alone has {counts[0]} held-out rows right, the {floor} alone {counts[1]}: "
        f"{show_difference(difference)} points (95% interval {show_difference(low)} to {show_difference(high)}), "
        f"{show_p(p)}, which {real}; on the folds {show_difference(cv_difference)} points, {show_p(cv_p)}, "
        f"which {cv_real}."
    )


def describe_withheld(name: str, right: np.ndarray, withheld: np.ndarray) -> str:
    """Say what a model is worth as it is asked, where passengers unlike any get no answer; empty where all get one.

    Parameters
    ----------
    right, withheld : bool arrays of shape (n_rows,)
        Whose likelier fate is the true one, and who gets no answer.

    Examples
    --------
    >>> describe_withheld("the model", np.array([True, True, False]), np.array([False, True, False]))[:89]
    '1 of the 3 held-out passengers is unlike any that was learnt from and is given no answer.'
    >>> describe_withheld("the model", np.array([True]), np.array([False]))
    ''
    """
    n_rows, n_withheld, n_right = len(right), int(withheld.sum()), int((right & ~withheld).sum())
    if not n_withheld:
        return ""
    are = (
        "is unlike any that was learnt from and is"
        if n_withheld == 1
        else ("are unlike any that was learnt from and are")
    )
    spans = [
        "{:.1%} (95% interval {:.1%} to {:.1%})".format(n_right / n, *wilson_interval(n_right, n))
        for n in (n_rows, n_rows - n_withheld)
    ]
    return (
        f"{n_withheld} of the {n_rows} held-out passengers {are} given no answer. Asked as it is served, {name} is "
        f"right for {n_right} of all {n_rows}, {spans[0]}; of the {n_rows - n_withheld} it answers, for {spans[1]}. "
        f"The held-out score of {right.mean():.1%} counts the likelier fate of everyone."
    )


def find_right(y: np.ndarray, shares: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Say which rows each model has right, from its probabilities of having lived."""
    return {name: answer_rows(own) == y for name, own in shares.items()}


def compare_pairs(folds: Folds, best: str) -> tuple[str, ...]:
    """Say of every model whether it differs from the best on the folds."""
    return tuple(each.sentence for each in compare_all(folds.accuracy, folds.n_train, folds.n_test, best))


def _capitalise(text: str) -> str:
    """Open a sentence with a name."""
    return text[:1].upper() + text[1:]
