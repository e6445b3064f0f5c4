"""Charts of scores as plain values; each title is the finding, worked out from the numbers it shows.

``pages/kit`` draws them on screen and ``core.evaluation.report`` on paper. Left out: colours and layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.calibration import reliability_table
from core.evaluation.curves import Curve, precision_recall_points, roc_points
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import check_probabilities, encode_labels
from core.evaluation.leaderboard import LeaderboardRow
from core.evaluation.metrics import find_metric, open_sentence, show_metric
from core.hub.charts import Chart, Mark, Role
from core.hub.errors import DataError

SHARES = (0.0, 1.0)
N_WORST = 3
ALPHA = 0.05
LEAST_TO_TELL = 50  # rows; fewer would hide all but a gross gap
PERFECT = 0.9995  # prints as 1.000


def roc_chart(y: object, probabilities: object, classes: Sequence[object]) -> Chart:
    """Draw hits against false alarms, one curve per class (the second class when there are two).

    Parameters
    ----------
    y : array of shape (n,)
        True classes.
    probabilities : array of shape (n, n_classes)

    Raises
    ------
    DataError
        If all rows are of one class.

    Examples
    --------
    >>> roc_chart(["a", "b", "c"], np.eye(3), "abc").title
    'Every class is ranked perfectly: area 1.000'
    """
    curves = _pick_curves(roc_points(y, probabilities, classes))
    worst = min(curves, key=lambda curve: curve.area)
    title = f"{open_sentence(worst.label)} is hardest to rank: area {worst.area:.3f}"
    if worst.area >= PERFECT:
        title = "Every class is ranked perfectly: area 1.000"
    elif len(curves) == 1:
        title = f"A row of {worst.label} is ranked above another {worst.area:.0%} of the time"
    chance = Mark("line", np.array(SHARES), np.array(SHARES), "chance", "baseline", dash=True)
    areas = ", ".join(f"{curve.label} {curve.area:.3f}" for curve in curves)
    return Chart(
        title,
        "Share of other rows raised by mistake",
        "Share of the class's rows found",
        (chance, *_mark_curves(curves, classes, "steps")),
        alt=f"ROC curves. Areas: {areas}; chance is 0.5.",
        x_range=SHARES,
        y_range=(0.0, 1.02),
        square=True,
    )


def precision_recall_chart(y: object, probabilities: object, classes: Sequence[object]) -> Chart:
    """Draw precision against recall, one curve per class (the second class when there are two).

    Raises
    ------
    DataError
        If all rows are of one class.

    Examples
    --------
    >>> precision_recall_chart(["no", "yes"], [[0.2, 0.8], [0.3, 0.7]], ("no", "yes")).title
    'Yes is found with average precision 0.500, where chance gives 0.500'
    """
    curves = _pick_curves(precision_recall_points(y, probabilities, classes))
    worst = min(curves, key=lambda curve: curve.area)
    title = f"{open_sentence(worst.label)} is {'hardest to find:' if len(curves) > 1 else 'found with'}"
    title += f" average precision {worst.area:.3f}, where chance gives {worst.share:.3f}"
    if worst.area >= PERFECT:
        title = "Every class is found without a false alarm: average precision 1.000"
    chance = Mark("line", np.array(SHARES), np.full(2, worst.share), f"chance, {worst.label}", "baseline", dash=True)
    areas = ", ".join(f"{curve.label} {curve.area:.3f}" for curve in curves)
    return Chart(
        title,
        "Recall: share of the class's rows found",
        "Precision: share of finds that are right",
        (chance, *_mark_curves(curves, classes, "line")),
        alt=f"Precision and recall. Average precision: {areas}.",
        x_range=SHARES,
        y_range=(0.0, 1.02),
        square=True,
    )


def confusion_chart(matrix: np.ndarray, classes: Sequence[object]) -> Chart:
    """Draw how often each class (down) gets each answer (across).

    Parameters
    ----------
    matrix : array of int of shape (n_classes, n_classes)
        Rows are true classes; see ``core.evaluation.classification.confusion``.

    Examples
    --------
    >>> counts = np.array([[50, 0, 0], [0, 48, 2], [0, 1, 49]])
    >>> confusion_chart(counts, ("setosa", "versicolor", "virginica")).title
    'Versicolor and virginica are confused: 3 of 100'
    """
    names = np.array([str(name) for name in classes], dtype=object)
    errors = matrix - np.diag(np.diag(matrix))
    both = np.triu(errors + errors.T)
    a, b = (int(i) for i in np.unravel_index(int(np.argmax(both)), both.shape))
    title = f"{open_sentence(names[a])} and {names[b]} are confused: {both[a, b]} of {matrix[[a, b]].sum()}"
    if not errors.any():
        title = f"All {matrix.sum()} rows are answered right"
    ranked = np.argsort(-errors, axis=None, kind="stable")[:N_WORST]
    told = [(int(i) // len(names), int(i) % len(names)) for i in ranked if errors.flat[i]]
    worst = ", ".join(f"{errors[i, j]} of {names[i]} taken for {names[j]}" for i, j in told)
    cells = Mark("heatmap", names, names, z=matrix.astype(np.float64), text=tuple(str(n) for n in matrix.flat))
    right = f"{np.trace(matrix)} of {matrix.sum()} rows are answered right"
    return Chart(title, "Answer", "True class", (cells,), alt=f"{right}{'; ' if worst else ''}{worst}.", square=True)


def calibration_chart(y: object, probabilities: object, classes: Sequence[object], n_bins: int = 10) -> Chart:
    """Draw how often the answer is right against how sure the model says it is.

    Parameters
    ----------
    y : array of shape (n,)
        True classes.
    probabilities : array of shape (n, n_classes)
    n_bins : int
        Raising it shows finer gaps and wider intervals.

    Examples
    --------
    >>> y = ["a"] * 60 + ["b"] * 40
    >>> calibration_chart(y, np.tile([[0.9, 0.1]], (100, 1)), "ab").title
    'The model is too sure of itself: it says 90.0% and is right in 60.0% of 100 rows'
    """
    codes = encode_labels(y, classes)
    shares = check_probabilities(probabilities, len(codes), len(classes))
    table = reliability_table(codes, shares, n_bins)
    n_right = int((shares.argmax(axis=1) == codes).sum())
    stated = float(shares.max(axis=1).mean())
    finding = _say_calibration(stated, n_right, table)
    title = f"{finding}: it says {stated:.1%} and is right in {n_right / len(codes):.1%} of {len(codes)} rows"
    bins = "; ".join(f"says {row.confidence:.0%}, right {row.right:.0%} of {row.n}" for row in table.itertuples())
    ideal = Mark("line", np.array(SHARES), np.array(SHARES), "as stated", "baseline", dash=True)
    x, right, ends = table["confidence"].to_numpy(), table["right"].to_numpy(), table[["low", "high"]].to_numpy()
    found = Mark("points", x, right, "share right, 95% interval", "main", low=ends[:, 0], high=ends[:, 1], size=10.0)
    return Chart(
        title,
        "Stated probability of the answer",
        "Share of answers that are right",
        (ideal, found),
        alt=f"Reliability by confidence: {bins}.",
        x_range=(max(0.0, 1 / len(classes) - 0.05), 1.02),
        y_range=(0.0, 1.02),
        x_percent=True,
        y_percent=True,
    )


def _say_calibration(stated: float, n_right: int, table: pd.DataFrame) -> str:
    """Say whether stated confidence holds on average and at each level, allowing for the number of levels."""
    n_rows = int(table["n"].sum())
    low, high = wilson_interval(n_right, n_rows)
    if not low <= stated <= high:
        return "The model is too sure of itself" if stated > high else "The model is right more often than it says"
    level = 1 - ALPHA / len(table)  # Bonferroni
    for n, right, confidence in table[["n", "right", "confidence"]].to_numpy(dtype=np.float64):
        low, high = wilson_interval(round(right * n), int(n), level)
        if not low <= confidence <= high:
            return "Stated confidence holds on average, not at each level"
    few = n_rows < LEAST_TO_TELL
    return "Too few rows to tell whether stated confidence holds" if few else "Stated confidence holds"


def leaderboard_chart(rows: Sequence[LeaderboardRow], metric: str = "accuracy") -> Chart:
    """Draw each model's score with its interval, best on top, the baseline as a dashed line.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        Best first, with the baseline among them.
    metric : str
        A key of their ``metrics``.

    Raises
    ------
    ValueError
        If there are no rows, or they lack the metric.

    Examples
    --------
    >>> from core.evaluation.leaderboard import Candidate, make_leaderboard
    >>> folds = {"LDA": [0.98, 0.96, 1.0, 0.97], "kNN": [0.97, 0.96, 0.98, 0.95], "majority": [0.3, 0.34, 0.33, 0.36]}
    >>> models = [Candidate(n, {"accuracy": np.array(v)}, is_baseline=n == "majority") for n, v in folds.items()]
    >>> leaderboard_chart(make_leaderboard(models, 120, 40)).title
    'LDA leads with 0.978; kNN cannot be told apart from it'
    """
    if not rows or metric not in rows[0].metrics:
        message = f"there is no {metric} to draw; the first row has {', '.join(rows[0].metrics) if rows else 'nothing'}"
        raise ValueError(message)
    names = np.array([row.model for row in rows], dtype=object)
    ends = np.array([[getattr(row.metrics[metric], end) for row in rows] for end in ("value", "low", "high")])
    marks: list[Mark] = []
    roles: tuple[tuple[Role, str], ...] = (("main", "best"), ("muted", "other models"), ("baseline", "baseline"))
    for role, text in roles:
        keep = np.array([_find_role(row) == role for row in rows])
        if keep.any():
            values, low, high = ends[:, keep]
            marks.append(Mark("points", values, names[keep], text, role, low=low, high=high, size=11.0))
    floor = next((row.metrics[metric].value for row in rows if row.is_baseline), None)
    if floor is not None:
        marks.append(Mark("line", np.full(2, floor), names[[0, -1]], role="baseline", dash=True))
    told = "; ".join(f"{row.model} {row.metrics[metric].value:.3f}" for row in rows)
    better = "higher" if find_metric(metric).higher_is_better else "lower"
    is_bound = not any(row.metrics[metric].is_spread for row in rows)
    reach = "95% interval" if is_bound else "resampling spread, no bound on new rows"
    label = f"{show_metric(metric)}, {reach} ({better} is better)"
    return Chart(_say_leader(rows, metric), label, "", tuple(marks), alt=f"{show_metric(metric)}: {told}.")


def fold_chart(fold_scores: Mapping[str, np.ndarray], metric: str = "accuracy") -> Chart:
    """Draw the score of each fold as a point, with the median and the middle half of each model.

    Parameters
    ----------
    fold_scores : mapping of model to array of shape (n_folds,)
        The same folds for each.

    Examples
    --------
    >>> fold_chart({"LDA": np.array([0.98, 0.96, 1.0]), "tree": np.array([0.95, 0.97, 0.98])}).title
    'LDA is best or level in 2 of 3 folds'
    """
    known = find_metric(metric)
    scores = {name: np.asarray(values, dtype=np.float64) for name, values in fold_scores.items()}
    sign = 1.0 if known.higher_is_better else -1.0
    best = max(scores, key=lambda name: float(sign * scores[name].mean()))
    table = sign * np.stack(list(scores.values()))  # (n_models, n_folds)
    n_ahead = int((sign * scores[best] >= table.max(axis=0)).sum())
    names = np.array(list(scores), dtype=object)
    quartiles = np.quantile(sign * table, [0.25, 0.5, 0.75], axis=1)
    dots = Mark("points", (sign * table).ravel(), np.repeat(names, table.shape[1]), "one fold", "muted", size=5.0)
    middle = Mark(
        "points", quartiles[1], names, "median and middle half", "main", low=quartiles[0], high=quartiles[2], size=11.0
    )
    told = "; ".join(
        f"{name} {low:.3f} to {high:.3f}" for name, low, high in zip(names, *quartiles[[0, 2]], strict=True)
    )
    title = f"{open_sentence(best)} is best or level in {n_ahead} of {table.shape[1]} folds"
    return Chart(title, known.title, "", (dots, middle), alt=f"Middle half of the folds: {told}.")


def _pick_curves(curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """Keep one curve when there are two classes (they mirror each other); refuse when there is none."""
    if not curves:
        message = "the rows are all of one class; a curve needs at least two classes"
        raise DataError(message)
    return curves[1:] if len(curves) == 2 else curves  # noqa: PLR2004 two classes


def _mark_curves(
    curves: tuple[Curve, ...], classes: Sequence[object], kind: Literal["line", "steps"]
) -> tuple[Mark, ...]:
    """Make a mark of each curve, in its class's colour."""
    places = {str(name): index for index, name in enumerate(classes)}
    return tuple(
        Mark(kind, curve.x, curve.y, f"{curve.label} {curve.area:.3f}", "class", places[curve.label])
        for curve in curves
    )


def _find_role(row: LeaderboardRow) -> Role:
    """Say in which colour a model stands."""
    if row.is_baseline:
        return "baseline"
    return "main" if row.is_best else "muted"


def _say_leader(rows: Sequence[LeaderboardRow], metric: str) -> str:
    """State who leads in a metric and, where it is the best model, who cannot be told apart from it."""
    known = find_metric(metric)
    sign = 1.0 if known.higher_is_better else -1.0
    best = next(row for row in rows if row.is_best)
    leader = max(rows, key=lambda row: sign * row.metrics[metric].value)
    value, own = (row.metrics[metric].value for row in (leader, best))
    if best.is_baseline:
        return f"No model beats the baseline, {best.model} with {own:.3f}"
    if own != value:
        title = known.title if known.title[1].isupper() else known.title.lower()
        first = open_sentence(leader.model)
        return f"{first} has the best {title}, {value:.3f}; {best.model}, best overall, has {own:.3f}"
    level = [row.model for row in rows if not row.is_best and row.verdict != "worse"]
    told = "every other model is measurably worse"
    if level:
        told = f"{level[0] if len(level) == 1 else f'{len(level)} others'} cannot be told apart from it"
    return f"{open_sentence(best.model)} leads with {own:.3f}; {told}"
