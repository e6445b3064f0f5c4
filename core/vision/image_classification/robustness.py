"""How models fare when pictures get worse: noise, blur, rotation, light, contrast, shifts, covered parts, JPEG.

Each model answers the same seeded pictures at several strengths. Accuracy has Wilson's interval; two models are
compared on the very same pictures by McNemar's exact test at each strength, adjusted by Holm for how many there are.

Left out: the changes themselves (``picture_changes``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.comparison import ALPHA, mcnemar_test
from core.evaluation.intervals import wilson_interval
from core.evaluation.multiplicity import holm
from core.hub.errors import DataError
from core.vision.image_classification.picture_changes import STRENGTHS, UNITS, Images, change_pictures

if TYPE_CHECKING:
    import pandas as pd

    from core.hub.charts import Chart

Answer = Callable[[Images], NDArray[np.integer[Any]]]
"""From uint8 pictures (n, height, width, n_channels) to class numbers (n,)."""
N_PICTURES = 400
CLEAN = "as they are"


@dataclass(frozen=True, slots=True)
class Robustness:
    """One model under one change.

    Parameters
    ----------
    change : str
        One of ``STRENGTHS``, or ``as they are``.
    strength : float
        In the unit of ``UNITS``; 0 for pictures as they are.
    model : str
    accuracy, low, high : float
        With Wilson's 95% interval.
    n : int
        Pictures.
    p_adjusted : float
        Of McNemar's test against the first model, adjusted over all changes; 1 for the first model itself.
    differs : bool
        Whether that is under 0.05.
    """

    change: str
    strength: float
    model: str
    accuracy: float
    low: float
    high: float
    n: int
    p_adjusted: float = 1.0
    differs: bool = False


def choose_pictures(labels: NDArray[np.integer[Any]], n: int = N_PICTURES, seed: int = 0) -> NDArray[np.int64]:
    """Draw the rows of pictures to measure on, as many of each class as can be, ascending.

    Examples
    --------
    >>> rows = choose_pictures(np.arange(100) % 10, 20)
    >>> np.bincount(rows % 10).tolist()
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    classes = np.unique(labels)
    chosen = [order[labels[order] == each][: max(1, n // len(classes))] for each in classes]
    return np.sort(np.concatenate(chosen))


def measure_robustness(
    answers: Mapping[str, Answer],
    images: Images,
    labels: NDArray[np.integer[Any]],
    strengths: Mapping[str, tuple[float, ...]] = STRENGTHS,
    seed: int = 0,
    on_change: Callable[[str], None] | None = None,
) -> tuple[Robustness, ...]:
    """Measure models on the same pictures, made worse in every way.

    Parameters
    ----------
    answers : mapping of model to callable
        Each takes uint8 pictures and returns class numbers, such as
        ``lambda images: model.probabilities(images).argmax(axis=1)``. The first is what the others are compared with.
    images, labels : arrays of shape (n, height, width, n_channels) and (n,)
        Test pictures; ``choose_pictures`` draws 400.
    strengths : mapping of change to strengths
    seed : int
        Of the changes.
    on_change : callable, optional
        Called with the name of each change before it is measured.

    Returns
    -------
    tuple of Robustness
        For each change and strength, a row for each model.

    Raises
    ------
    DataError
        If there is no model or no picture, or labels differ in number.
    """
    if not answers or len(images) == 0 or len(images) != len(labels):
        message = f"there are {len(answers)} models, {len(images)} pictures and {len(labels)} labels; "
        raise DataError(message + "give at least one of each, and a label for each picture")
    cases = [(CLEAN, 0.0), *((change, each) for change, found in strengths.items() for each in found)]
    right: dict[tuple[str, float], dict[str, NDArray[np.bool_]]] = {}
    for change, strength in cases:
        if on_change is not None:
            on_change(change)
        worse = images if change == CLEAN else change_pictures(images, change, strength, seed)
        right[change, strength] = {name: np.asarray(answer(worse)) == labels for name, answer in answers.items()}
    return _compare(right, list(answers))


def _compare(
    right: Mapping[tuple[str, float], Mapping[str, NDArray[np.bool_]]], names: list[str]
) -> tuple[Robustness, ...]:
    """Turn who is right where into rows with intervals and tests."""
    tested = [(case, name) for case in right for name in names[1:]]
    adjusted = holm([mcnemar_test(right[case][names[0]], right[case][name]).p for case, name in tested])
    p_values = dict(zip(tested, adjusted.tolist(), strict=True)) if tested else {}
    rows = []
    for (change, strength), found in right.items():
        for name in names:
            hits, n = int(found[name].sum()), len(found[name])
            p = p_values.get(((change, strength), name), 1.0)
            low, high = wilson_interval(hits, n)
            rows.append(Robustness(change, strength, name, hits / n, low, high, n, p, p < ALPHA))
    return tuple(rows)


def robustness_frame(rows: tuple[Robustness, ...]) -> pd.DataFrame:
    """List the rows as a table: change, strength, unit, model, accuracy, low, high, p (Holm), differs."""
    import pandas as pd

    return pd.DataFrame(
        {
            "change": [row.change for row in rows],
            "strength": [row.strength for row in rows],
            "unit": [UNITS.get(row.change, "") for row in rows],
            "model": [row.model for row in rows],
            "accuracy": [row.accuracy for row in rows],
            "low": [row.low for row in rows],
            "high": [row.high for row in rows],
            "p_adjusted": [row.p_adjusted for row in rows],
            "differs": [row.differs for row in rows],
        }
    )


def robustness_chart(rows: tuple[Robustness, ...], change: str) -> Chart:
    """Draw accuracy against the strength of one change, each model with its intervals.

    Raises
    ------
    DataError
        If the change was not measured.
    """
    from core.hub.charts import Chart, Mark

    names = list(dict.fromkeys(row.model for row in rows))
    marks, falls = [], {}
    for place, name in enumerate(names):
        clean = next(row for row in rows if row.change == CLEAN and row.model == name)
        found = [row for row in rows if row.change == change and row.model == name]
        if not found:
            message = f"change is {change!r}; measured were {', '.join(dict.fromkeys(row.change for row in rows))}"
            raise DataError(message)
        harder = sorted(found, key=lambda row: row.strength, reverse=change in {"contrast", "jpeg"})
        ends = [f"{row.strength:g}" for row in harder]
        shown = [clean, *harder] if change != "brightness" else harder
        x = np.array(([CLEAN] if change != "brightness" else []) + ends)
        values = [np.array([getattr(row, part) for row in shown]) for part in ("accuracy", "low", "high")]
        marks.append(Mark("line", x, values[0], name, "class", place, low=values[1], high=values[2]))
        falls[name] = (clean.accuracy, min(row.accuracy for row in found))
    said = ", ".join(f"{name} {_tell_fall(*ends)}" for name, ends in falls.items())
    title = f"Under {change}, {said}"
    label = f"{change.capitalize()} ({UNITS[change]})"
    return Chart(title, label, "Accuracy", tuple(marks), alt=f"{title}.", y_percent=True, y_range=(0.0, 1.0))


def _tell_fall(top: float, bottom: float) -> str:
    """Say how far accuracy falls; where it rounds to the same or rises, that it stays.

    Examples
    --------
    >>> _tell_fall(0.93, 0.61), _tell_fall(0.93, 0.934)
    ('falls from 93% to 61%', 'stays at 93%')
    """
    return f"falls from {top:.0%} to {bottom:.0%}" if round(100 * bottom) < round(100 * top) else f"stays at {top:.0%}"
