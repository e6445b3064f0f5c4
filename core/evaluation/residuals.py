"""What the misses of a model that answers numbers look like: against the answers, their spread, their shape, by group.

Charts: residuals against fitted values, scale–location (the root of the absolute standardised residual), the normal
Q–Q plot, and residuals by group. Tests: Koenker's studentised form of the Breusch–Pagan test of even spread (T. S.
Breusch and A. R. Pagan 1979, doi:10.2307/1911963; R. Koenker 1981, doi:10.1016/0304-4076(81)90062-2), and the
Jarque–Bera test of normal shape (doi:10.1016/0165-1765(80)90024-5). With thousands of rows both find what no eye would:
read the sizes beside the p-values.

Left out: leverage, which needs a model's columns (``core.scratch.linear_regression``); mending what is found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.regression import check_numbers
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

MAX_POINTS, N_BANDS, LEAST_ROWS, TINY = 1_500, 12, 3, 1e-300


@dataclass(frozen=True, slots=True)
class SpreadTest:
    """A test's statistic and p-value, and what it found in a sentence."""

    statistic: float
    p: float
    sentence: str


def find_residuals(y: object, answers: object) -> tuple[np.ndarray, np.ndarray]:
    """Return residuals (truth minus answer) and the same in standard deviations, each of shape (n_rows,).

    Raises
    ------
    DataError
        As ``regression.number_scores``, or with fewer than three rows.

    Examples
    --------
    >>> found, standardised = find_residuals([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])
    >>> found.tolist(), standardised.round(3).tolist()
    ([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0])
    """
    truth, fitted = check_numbers(y, answers)
    if len(truth) < LEAST_ROWS:
        message = f"the number of rows is {len(truth)}; residuals are judged from {LEAST_ROWS} on"
        raise DataError(message)
    residuals = truth - fitted
    spread = float(residuals.std(ddof=1))
    return residuals, residuals / (spread or 1.0)


def find_uneven_spread(y: object, answers: object) -> SpreadTest:
    """Test whether misses spread more at some answers than at others: n R² of squared residuals on answers, χ² with 1.

    Examples
    --------
    >>> x = np.linspace(1, 10, 400)
    >>> noise = np.random.default_rng(0).normal(size=400)
    >>> find_uneven_spread(x + noise * x, x).p < 0.001 < find_uneven_spread(x + noise, x).p
    True
    """
    from scipy.stats import chi2

    residuals, _ = find_residuals(y, answers)
    fitted, squares = np.asarray(answers, dtype=float), residuals**2
    if fitted.std() == 0 or squares.std() == 0:
        return SpreadTest(0.0, 1.0, "The spread cannot be tested: all answers or all misses are equal")
    statistic = float(len(fitted) * np.corrcoef(fitted, squares)[0, 1] ** 2)
    p = float(chi2.sf(statistic, 1))
    order = np.argsort(fitted, kind="stable")
    third = max(1, len(order) // 3)
    low, high = (float(residuals[part].std()) for part in (order[:third], order[-third:]))
    ratio = high / low if low else float("inf")
    told = f"the highest third of the answers misses {ratio:.2f} times as widely as the lowest"
    found = "Spread is uneven" if p < 0.05 else "No uneven spread is found"  # noqa: PLR2004
    sentence = f"{found} ({_show_p(p)}): {told}"
    return SpreadTest(statistic, p, sentence)


def find_odd_shape(y: object, answers: object) -> SpreadTest:
    """Test whether misses are shaped as a normal distribution: Jarque and Bera's, from skewness and excess kurtosis.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=500)
    >>> find_odd_shape(noise, np.zeros(500)).p > 0.05 > find_odd_shape(noise**3, np.zeros(500)).p
    True
    """
    from scipy.stats import chi2, kurtosis, skew

    residuals, _ = find_residuals(y, answers)
    if residuals.std() == 0:
        return SpreadTest(0.0, 1.0, "The shape cannot be tested: all misses are equal")
    lean, tails = float(skew(residuals)), float(kurtosis(residuals))
    statistic = len(residuals) / 6 * (lean**2 + tails**2 / 4)
    p = float(chi2.sf(statistic, 2))
    shape = "Misses are not normal" if p < 0.05 else "Misses may be normal"  # noqa: PLR2004
    return SpreadTest(statistic, p, f"{shape} ({_show_p(p)}): skewness {lean:.2f}, excess kurtosis {tails:.1f}")


def residual_chart(y: object, answers: object, unit: str = "") -> Chart:
    """Draw residuals against answers, with their mean in bands of answers.

    Examples
    --------
    >>> residual_chart([1.0, 2.0, 3.0, 4.0], [1.1, 1.9, 3.2, 3.8]).x_label
    'Answer'
    """
    residuals, _ = find_residuals(y, answers)
    fitted = np.asarray(answers, dtype=float)
    middles, means = _average_bands(fitted, residuals)
    worst = float(np.abs(means).max())
    title = f"Mean residual stays within {worst:.3g}{_space(unit)} of zero in {len(means)} bands of answers"
    marks = (
        _draw_points(fitted, residuals),
        Mark("line", np.array([fitted.min(), fitted.max()]), np.zeros(2), "no miss", "baseline", dash=True),
        Mark("line", middles, means, "mean of a band"),
    )
    return Chart(title, f"Answer{_bracket(unit)}", f"Truth minus answer{_bracket(unit)}", marks, alt=f"{title}.")


def scale_location_chart(y: object, answers: object, unit: str = "") -> Chart:
    """Draw the root of the absolute standardised residual against answers; a level line is an even spread.

    Examples
    --------
    >>> scale_location_chart([1.0, 2.0, 3.0, 4.0], [1.1, 1.9, 3.2, 3.8]).y_label
    'Root of the absolute standardised residual'
    """
    _, standardised = find_residuals(y, answers)
    fitted, roots = np.asarray(answers, dtype=float), np.sqrt(np.abs(standardised))
    middles, means = _average_bands(fitted, roots)
    title = find_uneven_spread(y, answers).sentence
    marks = (_draw_points(fitted, roots), Mark("line", middles, means, "mean of a band"))
    label = "Root of the absolute standardised residual"
    return Chart(title, f"Answer{_bracket(unit)}", label, marks, alt=f"{title}.")


def q_q_chart(y: object, answers: object) -> Chart:
    """Draw the ranked standardised residuals against normal quantiles; on the line they would be normal.

    Examples
    --------
    >>> q_q_chart([1.0, 2.0, 3.0, 4.0], [1.1, 1.9, 3.2, 3.8]).x_label
    'Normal quantile'
    """
    from scipy.stats import norm

    _, standardised = find_residuals(y, answers)
    ranked = np.sort(standardised)
    normal = norm.ppf((np.arange(1, len(ranked) + 1) - 0.5) / len(ranked))
    kept = _thin_ends(len(ranked))
    ends = np.array([normal[0], normal[-1]])
    title = find_odd_shape(y, answers).sentence
    marks = (
        Mark("line", ends, ends, "normal", "baseline", dash=True),
        Mark("points", normal[kept], ranked[kept], "rows", size=4.0),
    )
    return Chart(title, "Normal quantile", "Standardised residual", marks, alt=f"{title}.")


def list_groups(y: object, answers: object, groups: object) -> pd.DataFrame:
    """Measure residuals by group.

    Returns
    -------
    DataFrame of shape (n_groups, 5)
        group, n, median (of the residuals), low and high (their quartiles), largest median first.

    Examples
    --------
    >>> list_groups([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], ["a", "a", "b"])["median"].tolist()
    [3.0, 1.5]
    """
    residuals, _ = find_residuals(y, answers)
    by = pd.Series(residuals).groupby(np.asarray(groups, dtype=object))
    frame = pd.DataFrame({"n": by.size(), "median": by.median(), "low": by.quantile(0.25), "high": by.quantile(0.75)})
    frame = frame.rename_axis("group").reset_index()
    return frame.sort_values(["median", "group"], ascending=[False, True], ignore_index=True)


def group_chart(y: object, answers: object, groups: object, unit: str = "") -> Chart:
    """Draw each group's median residual with its middle half; a group away from zero is answered too low or too high.

    Examples
    --------
    >>> group_chart([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], ["a", "a", "b"]).title
    'b is answered too low most: half of its rows by more than 3'
    """
    frame = list_groups(y, answers, groups)
    worst = frame.iloc[int(frame["median"].abs().argmax())]
    side = "low" if worst["median"] >= 0 else "high"
    title = f"{worst['group']} is answered too {side} most: half of its rows by more than {abs(worst['median']):.3g}"
    values = [frame[name].to_numpy(dtype=float) for name in ("median", "low", "high")]
    mark = Mark("points", values[0], frame["group"].to_numpy(dtype=object), low=values[1], high=values[2])
    label = f"Truth minus answer, median and middle half{_bracket(unit)}"
    return Chart(title + _space(unit), label, "", (mark,), alt=f"{title}{_space(unit)}.")


def _draw_points(x: np.ndarray, y: np.ndarray) -> Mark:
    """Draw rows as points, at most as many as a screen can show, drawn evenly along the answers."""
    order = np.argsort(x, kind="stable")
    kept = order[_thin(len(order))]
    return Mark("points", x[kept], y[kept], "rows", "muted", size=4.0)


def _thin(n_rows: int) -> np.ndarray:
    """Choose positions evenly, at most ``MAX_POINTS``."""
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, MAX_POINTS)).astype(int))


def _thin_ends(n_rows: int) -> np.ndarray:
    """Choose positions evenly, and all of the hundred at both ends, where a Q–Q plot speaks."""
    ends = np.arange(min(100, n_rows))
    return np.unique(np.concatenate([_thin(n_rows), ends, n_rows - 1 - ends]))


def _average_bands(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average y in bands of equally many x."""
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, min(N_BANDS, max(1, len(order) // 2)))
    return np.array([x[part].mean() for part in parts]), np.array([y[part].mean() for part in parts])


def _space(unit: str) -> str:
    """Put a space before a unit, where there is one."""
    return f" {unit}" if unit else ""


def _bracket(unit: str) -> str:
    """Put a unit in brackets, where there is one."""
    return f" ({unit})" if unit else ""


def _show_p(p: float) -> str:
    """Write a p-value; one too small for a float is said to be below the least."""
    return f"p {p:.2g}" if p > 0 else f"p below {TINY:g}"
