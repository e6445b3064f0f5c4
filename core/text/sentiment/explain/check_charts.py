"""Charts of the checks: who names the planted word, whose order moves the answer, who notices a network of chance.

Left out: the checks themselves (``checks``); colours and layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.evaluation.leaderboard import Measure
from core.evaluation.metrics import open_sentence
from core.hub.charts import Chart, Mark
from core.text.sentiment.explain.erasure import Erasure
from core.text.sentiment.explain.randomised import STILL_ALIKE, Randomisation
from core.text.sentiment.explain.recovery import CHANCE, Recovery

Side = Literal["comprehensiveness", "sufficiency"]


def recovery_chart(found: Sequence[Recovery]) -> Chart:
    """Draw how well each method names the planted word, with its interval; 0.5 is chance.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> sure, weak, none = Measure(1.0, 1.0, 1.0), Measure(0.7, 0.6, 0.8), Measure(0.0, 0.0, 0.0)
    >>> recovery_chart([Recovery("occlusion", sure, sure, none, 9), Recovery("attention", weak, weak, none, 9)]).title
    'The planted word is named best by occlusion, AUC 1.00 over 9 texts, worst by attention, 0.70'
    """
    _refuse_none(found)
    ordered = sorted(found, key=lambda each: -each.auc.value)
    best, worst = ordered[0], ordered[-1]
    title = f"The planted word is named best by {best.method}, AUC {best.auc.value:.2f} over {best.n} texts"
    title += f", worst by {worst.method}, {worst.auc.value:.2f}" if len(ordered) > 1 else ""
    if len(ordered) > 1 and best.auc.value == worst.auc.value:
        title = f"All {len(ordered)} methods name the planted word alike: AUC {best.auc.value:.2f} over {best.n} texts"
    return _draw_measures(
        title, "AUC of the planted word, 95% interval", ordered, [each.auc for each in ordered], CHANCE
    )


def gains_chart(found: Sequence[Erasure], side: Side = "comprehensiveness") -> Chart:
    """Draw how much better than random orders each method's order is, with its interval.

    Raises
    ------
    ValueError
        If there is none.
    """
    _refuse_none(found)
    ordered = sorted(found, key=lambda each: -getattr(each, side).value)
    measures = [getattr(each, side) for each in ordered]
    n_good = sum(measure.low > 0 for measure in measures)
    title = f"{n_good} of {len(ordered)} methods beat random orders in {side}; {ordered[0].method} most, by "
    title += f"{measures[0].value:+.2f}".replace("-", "−")
    return _draw_measures(title, "Gain over random orders in probability, 95% interval", ordered, measures, 0.0)


def erasure_chart(found: Erasure, side: Side = "comprehensiveness") -> Chart:
    """Draw how far the probability of the answer falls as the words named first are left out, or kept alone.

    Parameters
    ----------
    side : str
        ``comprehensiveness`` leaves them out, ``sufficiency`` keeps them alone.
    """
    leaves_out = side == "comprehensiveness"
    own = found.without if leaves_out else found.kept
    random = found.random_without if leaves_out else found.random_kept
    gain: Measure = getattr(found, side)
    what = "left out" if leaves_out else "kept alone"
    title = f"{open_sentence(found.method)}: with the words named first {what} the answer falls by {own.mean():.2f}, "
    title += f"with random ones by {random.mean():.2f}"
    title += "" if gain.low > 0 else "; the two cannot be told apart" if gain.high >= 0 else "; random ones do better"
    shares = np.array(found.shares)
    marks = (
        Mark("line", shares, own, "words named first"),
        Mark("line", shares, random, "random words", "baseline", dash=True),
    )
    told = "; ".join(f"{share:.0%} of words {fall:.2f}" for share, fall in zip(shares, own, strict=True))
    return Chart(
        title.replace("-", "−"),
        f"Share of the words {what}",
        "Fall of the answer's probability",
        marks,
        alt=f"{title}. {told}. {found.n} texts.",
        x_percent=True,
    )


def randomised_chart(found: Sequence[Randomisation]) -> Chart:
    """Draw how like explanations stay to the first ones as more of the network is chance.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> parts = ("nothing", "head")
    >>> pair = [Randomisation(name, parts, np.array([1.0, end]), 5) for name, end in (("one", 0.1), ("two", 0.9))]
    >>> randomised_chart(pair).title
    'Two hardly notices that the whole network is chance'
    """
    _refuse_none(found)
    deaf = [each.method for each in found if not each.notices]
    title = f"All {len(found)} methods notice when the whole network is chance"
    if deaf:
        title = (
            f"{open_sentence(' and '.join(deaf))} hardly {'notices' if len(deaf) == 1 else 'notice'} that the whole "
        )
        title += "network is chance"
    parts = np.array(found[0].parts, dtype=object)
    marks = [Mark("line", parts, each.alike, each.method, "class", place) for place, each in enumerate(found)]
    limit = Mark("line", parts[[0, -1]], np.full(2, STILL_ALIKE), "still alike", "baseline", dash=True)
    told = "; ".join(f"{each.method} {each.alike[-1]:.2f}".replace("-", "−") for each in found)
    return Chart(
        title,
        "Replaced by chance, from the head down",
        "Rank correlation with the first explanation",
        (*marks, limit),
        alt=f"{title}. With all of it chance: {told}.",
    )


def _draw_measures(
    title: str, label: str, found: Sequence[Recovery | Erasure], measures: Sequence[Measure], zero: float
) -> Chart:
    """Draw a figure of each method with its interval, and what chance gives."""
    names = np.array([open_sentence(each.method) for each in found], dtype=object)
    values, low, high = np.array([(each.value, each.low, each.high) for each in measures]).T
    chance = Mark("line", np.full(2, zero), names[[0, -1]], "chance", "baseline", dash=True)
    points = Mark("points", values, names, "", "main", low=low, high=high, size=11.0)
    told = "; ".join(f"{name} {value:.2f}".replace("-", "−") for name, value in zip(names, values, strict=True))
    return Chart(title, label, "", (points, chance), alt=f"{title}. {told}.")


def _refuse_none(found: Sequence[object]) -> None:
    """Refuse to draw nothing."""
    if not found:
        message = "there is no method to draw; check at least one"
        raise ValueError(message)
