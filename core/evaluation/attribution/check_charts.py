"""Charts of how far explanations can be believed: agreement of methods, stability over refits, deletion curves.

Left out: the explanations themselves (``charts``); colours and layout.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.attribution.agreement import Agreement
from core.evaluation.attribution.faithfulness import Curve, Deletion
from core.evaluation.attribution.stability import Stability
from core.evaluation.metrics import open_sentence
from core.hub.charts import Chart, Mark, Role

MAX_SHOWN = 20


def agreement_chart(agreements: Sequence[Agreement]) -> Chart:
    """Draw how far every two methods order the columns alike, as a matrix.

    Parameters
    ----------
    agreements : sequence of Agreement
        Every pair once, as ``agree_all`` returns them.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> from core.evaluation.attribution.agreement import agree
    >>> from core.evaluation.attribution.result import Attribution
    >>> one, two = (Attribution(name, ("a", "b"), np.array([[2.0, 1.0]]), 0.0) for name in ("SHAP", "LIME"))
    >>> agreement_chart([agree(one, two)]).title
    'SHAP and LIME order the columns most unlike: rank correlation 1.00, and 100% of the first reasons are shared'
    """
    if not agreements:
        message = "there is no pair of methods to draw; compare at least two"
        raise ValueError(message)
    names = list(dict.fromkeys(name for each in agreements for name in (each.first, each.second)))
    matrix = np.eye(len(names))
    for each in agreements:
        i, j = names.index(each.first), names.index(each.second)
        matrix[i, j] = matrix[j, i] = each.rank.value
    worst = min(agreements, key=lambda each: each.rank.value)
    title = f"{open_sentence(worst.first)} and {worst.second} order the columns most unlike: rank correlation "
    title += f"{worst.rank.value:.2f}, and {worst.top.value:.0%} of the first reasons are shared"
    where = np.array(names, dtype=object)
    cells = Mark("heatmap", where, where, z=matrix, text=tuple(f"{value:.2f}" for value in matrix.flat))
    told = "; ".join(_say_pair(each) for each in agreements)
    return Chart(title.replace("-", "−"), "", "", (cells,), alt=f"{title}. {told}.", square=True)


def _say_pair(each: Agreement) -> str:
    """Say one pair's agreement with its interval."""
    return (
        f"{each.first} and {each.second}: rank correlation {each.rank.value:.2f} ({each.rank.low:.2f} to "
        f"{each.rank.high:.2f}), same first three {each.top.value:.0%}, largest difference {each.largest:.3g}"
    )


def stability_chart(stability: Stability) -> Chart:
    """Draw each column's mean effect with its spread over refits.

    Examples
    --------
    >>> from core.evaluation.attribution.result import Attribution
    >>> from core.evaluation.attribution.stability import measure_stability
    >>> refits = [Attribution("SHAP", ("a", "b"), np.array([[2.0 + i, 1.0]]), 0.0) for i in range(3)]
    >>> stability_chart(measure_stability(refits)).title
    'Over 3 refits the first reason stays in 100% of rows; a changes most, by 1 from refit to refit'
    """
    table = stability.columns.head(MAX_SHOWN)
    effect, spread = (table[name].to_numpy(dtype=float) for name in ("effect", "spread"))
    names = table["column"].to_numpy(dtype=object)
    widest = int(spread.argmax())
    title = f"Over {stability.n_refits} refits the first reason stays in {1 - stability.changed_rows:.0%} of rows; "
    title += f"{names[widest]} changes most, by {spread[widest]:.2g} from refit to refit"
    mark = Mark("points", effect, names, low=np.maximum(effect - spread, 0.0), high=effect + spread, size=11.0)
    label = f"Mean size of the effect, {stability.method}, with its spread over refits"
    told = "; ".join(f"{name} {a:.3g} ± {b:.2g}" for name, a, b in zip(names, effect, spread, strict=True))
    return Chart(title, label, "", (mark,), alt=f"{title}. {told}.")


def deletion_chart(deletion: Deletion) -> Chart:
    """Draw how far the answer has moved as columns are replaced, by the explanation's order and by others.

    Examples
    --------
    >>> import pandas as pd
    >>> from core.evaluation.attribution.faithfulness import delete_columns
    >>> from core.evaluation.attribution.result import Attribution
    >>> rng = np.random.default_rng(0)
    >>> x, background = (pd.DataFrame(rng.normal(size=(20, 3)), columns=list("abc")) for _ in range(2))
    >>> by_hand = Attribution("SHAP", ("a", "b", "c"), np.tile([3.0, 2.0, 1.0], (20, 1)), 0.0)
    >>> deletion_chart(delete_columns(lambda rows: rows["a"].to_numpy(), x, background, by_hand)).title[:52]
    'SHAP finds what the answer hangs on: its order moves'
    """
    gain, method = deletion.gain, open_sentence(deletion.method)
    title = f"{method} cannot be told from a random order: the area gained is {gain.value:.2f}"
    if gain.low > 0:
        title = f"{method} finds what the answer hangs on: its order moves it earlier than random orders do, "
        title += f"area +{gain.value:.2f}"
    elif gain.high < 0:
        title = f"{method} misleads: random orders move the answer earlier, area {gain.value:.2f}"
    if np.isfinite(gain.low):
        title += f" ({gain.low:.2f} to {gain.high:.2f})"
    curves: tuple[tuple[str, Role, Curve], ...] = (
        ("by size of effect", "main", deletion.chosen),
        ("random order", "baseline", deletion.random),
        ("least effect first", "muted", deletion.reverse),
    )
    marks = [mark for label, role, curve in curves for mark in _draw_curve(curve, label, role)]
    told = "; ".join(f"{label} area {curve.area.value:.2f}" for label, _, curve in curves)
    return Chart(
        title.replace("-", "−"),
        "Columns replaced by a background row's",
        "Move of the answer, share of the whole",
        tuple(marks),
        alt=f"{title}. {told}.",
    )


def _draw_curve(curve: Curve, label: str, role: Role) -> tuple[Mark, ...]:
    """Make the line of a curve and, where there are several rows, the band of its interval."""
    steps: NDArray[np.float64] = np.arange(len(curve.moved), dtype=np.float64)
    line = Mark("line", steps, curve.moved, label, role, dash=role == "baseline")
    if not np.isfinite(curve.low).all():
        return (line,)
    return Mark("band", steps, curve.moved, role=role, low=curve.low, high=curve.high), line
