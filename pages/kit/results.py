"""One answer of a model: what it says, how sure it is, what else it cannot rule out, and why.

A refusal is an answer of its own kind: it is said first, and no class is named beside it.

Left out: tables of many answers, which a page shows with ``st.dataframe`` and ``downloads``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction, Reason
from core.hub.scores import show_number
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.wording import show_value

MOST_DIGITS = 12
TENTHS = {0.9: "nine cases of ten", 0.1: "one case in ten"}
ROW_HEIGHT, FRAME_HEIGHT, LEGEND_HEIGHT = 34, 80, 40


def show_prediction(prediction: Prediction, key: str, unit: str = "") -> None:
    """Draw the card of one answer.

    Parameters
    ----------
    prediction : Prediction
        Its probabilities stand in the order of the classes, which decides their colours.
    unit : str
        Unit of a numeric answer.
    """
    with st.container(border=True):
        if prediction.refused:
            st.warning(escape(prediction.refused), icon=":material/block:", title="No answer for this case")
            st.caption(f"Asked: {escape(prediction.model)}")
            return
        st.metric(f"{escape(prediction.model)} says", escape(write_answer(prediction, unit)))
        sentence = describe_certainty(prediction, unit)
        if sentence:
            st.markdown(escape(sentence))
        if prediction.probabilities:
            chart = probability_chart(prediction.probabilities)
            show_chart(chart, f"{key}_probabilities", ROW_HEIGHT * len(prediction.probabilities) + FRAME_HEIGHT)
        if prediction.reasons:
            height = ROW_HEIGHT * len(prediction.reasons) + FRAME_HEIGHT + LEGEND_HEIGHT
            show_chart(
                reasons_chart(prediction.reasons, is_number=not prediction.probabilities), f"{key}_reasons", height
            )


def write_answer(prediction: Prediction, unit: str = "") -> str:
    """Write the answer with its unit.

    Examples
    --------
    >>> write_answer(Prediction("setosa", "LDA")), write_answer(Prediction(181_250.0, "Ridge"), "USD")
    ('setosa', '181,250 USD')
    """
    answer = prediction.answer
    return show_value(answer, unit) if isinstance(answer, (int, float)) else str(answer)


def describe_certainty(prediction: Prediction, unit: str = "") -> str:
    """Say the interval or the prediction set in one sentence; empty where the model gives neither.

    Examples
    --------
    >>> describe_certainty(Prediction("b", "LDA", candidates=("a", "b"), coverage=0.9))
    'The 90% set holds a or b: in nine cases of ten a set made this way holds the true class.'
    """
    if prediction.interval is not None:
        low, high = (show_value(end, unit) for end in prediction.interval)
        share = "its interval" if prediction.coverage is None else f"{prediction.coverage:.0%} coverage"
        return f"With {share} the true value lies between {low} and {high}."
    if prediction.coverage is None:
        return ""
    least = _find_least(prediction)
    if not prediction.candidates:
        return _describe_empty(prediction, prediction.coverage, least)
    *first, last = prediction.candidates
    names = f"{', '.join(first)} or {last}" if first else f"only {last}"
    promise = f"in {_count_cases(prediction.coverage)} a set made this way holds the true class"
    sentence = f"The {prediction.coverage:.0%} set holds {names}: {promise}."
    always = [name for name in prediction.candidates if name in least and least[name] is None]
    if always:
        sentence += f" {', '.join(always)}: in every set, as too few calibration rows tell when it may go."
    return sentence


def _find_least(prediction: Prediction) -> Mapping[str, float | None]:
    """Return the share from which each class is in the set, where the project gives them."""
    found = prediction.details.get("least_shares", {})
    return found if isinstance(found, Mapping) else {}


def _describe_empty(prediction: Prediction, coverage: float, least: Mapping[str, float | None]) -> str:
    """Say why no class is in the set, with the two shares that decide about the likeliest."""
    best = max(prediction.probabilities, key=prediction.probabilities.__getitem__, default=str(prediction.answer))
    needed = least.get(best)
    why = "no class gets as large a share as the true class gets on nearly all calibration rows"
    if needed is not None:
        asked, got = _write_apart(needed, prediction.probabilities[best])
        calibrated = f"on at least {coverage:.0%} of the calibration rows"
        why = f"{calibrated} of {best} it got at least {asked}, here it gets {got}"
        if prediction.details.get("guarantee") == "overall":
            why = f"{calibrated} the true class got at least {asked}, here the likeliest, {best}, gets {got}"
    return (
        f"The {coverage:.0%} set is empty: {why}. The promise lets about {_count_cases(1 - coverage)} go; {best} stays "
        "the likeliest."
    )


def _write_apart(first: float, second: float) -> tuple[str, str]:
    """Write two shares with as many digits as it takes to tell them apart."""
    pairs = ((f"{first:.{digits}%}", f"{second:.{digits}%}") for digits in range(1, MOST_DIGITS))
    return next((pair for pair in pairs if pair[0] != pair[1]), (f"{first:.1%}", f"{second:.1%}"))


def _count_cases(share: float) -> str:
    """Write a share as cases.

    Examples
    --------
    >>> _count_cases(0.9), _count_cases(1 - 0.9), _count_cases(0.85)
    ('nine cases of ten', 'one case in ten', '85 cases of 100')
    """
    if round(share, 6) in TENTHS:
        return TENTHS[round(share, 6)]
    return f"{100 * share:.3g} cases of 100"


def probability_chart(probabilities: Mapping[str, float]) -> Chart:
    """Draw a bar for each class, in the class's own colour."""
    best = max(probabilities, key=lambda name: probabilities[name])
    marks = tuple(
        Mark("bars", np.array([share]), np.array([name], dtype=object), role="class", index=place)
        for place, (name, share) in enumerate(probabilities.items())
    )
    title = f"{best} gets {probabilities[best]:.1%} of the probability"
    alt = f"{title}. " + ", ".join(f"{name} {share:.1%}" for name, share in probabilities.items())
    return Chart(title, "Probability", "", marks, alt=alt, x_range=(0.0, 1.0), x_percent=True)


def reasons_chart(reasons: Sequence[Reason], *, is_number: bool = False) -> Chart:
    """Draw a bar for each reason: for and against a class, or raising and lowering a number."""
    first = max(reasons, key=lambda reason: abs(reason.effect))
    said = ("raises the answer", "lowers it") if is_number else ("for the answer", "against it")
    against = "for" if first.effect >= 0 else "against"
    marks = []
    for role, name, keep in (("main", said[0], 1), ("second", said[1], -1)):
        chosen = [reason for reason in reasons if np.copysign(1, reason.effect) == keep]
        if chosen:
            names = np.array([f"{reason.name} = {reason.value}" for reason in chosen], dtype=object)
            marks.append(Mark("bars", np.array([reason.effect for reason in chosen]), names, name, role))
    title = f"{first.name} speaks most strongly {against} the answer"
    if is_number:
        moves = "raises" if first.effect >= 0 else "lowers"
        title = f"{first.name} {moves} the answer most, by {show_number(abs(first.effect))}"
    unit = f" ({first.unit})" if first.unit else ""
    return Chart(title, f"Effect{unit}", "", tuple(marks), alt=title)
