"""Why a trial ended as it did: what it could have found, chance's own effects, the resamples, and the lot's balance.

Left out: segments (``segments``) and the figures of the lessons (``figures``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.multiplicity import holm
from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.data import Data
from core.experimentation.ab_testing.estimates import find_critical, summarise
from core.experimentation.ab_testing.means import welch_test
from core.experimentation.ab_testing.trials import TRIALS
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

N_DRAWN, N_BINS, N_POINTS = 2_000, 41, 121
MAX_DRAWS = 40_000_000  # values drawn in all: under a second
BLOCK = 2_000_000
LARGE = 0.1
"""A standardised difference from which arms are said to be unlike (P. C. Austin 2009, doi:10.1002/sim.3697)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a look of this size could find.

    Parameters
    ----------
    error : float
        Standard error of the effect.
    critical : float
        Standard errors from 0 at which this look decides, corrected for looking where the plan says so.
    least : float
        True effect that is found with the plan's power, in the metric's unit.
    """

    error: float
    critical: float
    least: float


def find_look_reach(found: Analysis) -> Reach:
    """Say which effect this look finds with the power that the plan asks for.

    Raises
    ------
    DataError
        If the test has no standard error.

    Examples
    --------
    >>> from core.experimentation.ab_testing.analysis import analyse
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> reach = find_look_reach(analyse(None, Recipe()))
    >>> round(reach.critical, 2), round(reach.least, 4)
    (1.96, 0.0218)
    """
    verdict = found.verdict
    error = verdict.error
    if not error > 0:
        message = f"{verdict.test} has no standard error, so its power is not known; choose Welch t or z"
        raise DataError(message)
    plain = find_critical(1 - found.plan.alpha, verdict.df, found.plan.sided)
    width = max(end for end in (verdict.high - verdict.effect, verdict.effect - verdict.low) if math.isfinite(end))
    is_one_look = found.plan.monitoring == "one look"
    critical = plain if is_one_look or not math.isfinite(width) else max(plain, width / error)
    wanted = find_critical(found.plan.power, math.inf, "greater")
    return Reach(error, critical, (critical + wanted) * error)


def power_chart(found: Analysis) -> Chart:
    """Draw the chance that this look finds an effect, by the true effect."""
    from scipy.special import ndtr

    reach = find_look_reach(found)
    far = max(1.6 * reach.least, 1.2 * abs(found.verdict.effect))
    effects = np.linspace(0, far, N_POINTS)
    power = ndtr(effects / reach.error - reach.critical) + ndtr(-effects / reach.error - reach.critical)
    title = (
        f"With {found.n:,} units an effect of {reach.least:.3g} is found {100 * found.plan.power:.3g} times in 100; "
        f"{abs(found.verdict.effect):.3g} was seen"
    )
    seen = np.full(2, abs(found.verdict.effect))
    marks = (
        Mark("line", effects, power, "power of this look"),
        Mark("line", np.full(2, reach.least), np.array([0.0, found.plan.power]), "least effect found", "second"),
        Mark("line", seen, np.array([0.0, 1.0]), "seen", "baseline", dash=True),
    )
    return Chart(title, f"True effect on {found.plan.metric}", "Power", marks, f"{title}.", y_percent=True)


def null_chart(found: Analysis) -> Chart:
    """Draw where the effect stands among those of trials without an effect."""
    verdict, reach = found.verdict, find_look_reach(found)
    far = max(4.0, 1.15 * abs(verdict.effect) / reach.error)
    z = np.linspace(-far, far, 2 * N_POINTS + 1)
    density = _find_density(z, verdict.df)
    title = (
        f"The effect is {abs(verdict.effect) / reach.error:.2f} standard errors from 0; "
        f"this look decides from {reach.critical:.2f} on"
    )
    top = float(density.max())
    seen = np.full(2, verdict.effect)
    edge = reach.critical * reach.error
    marks = (
        Mark("band", z * reach.error, density, "if there were no effect", "muted", low=np.zeros(len(z)), high=density),
        Mark("line", seen, np.array([0.0, top]), "this trial"),
        Mark("line", np.full(2, edge), np.array([0.0, top]), "decides", "baseline", dash=True),
        Mark("line", np.full(2, -edge), np.array([0.0, top]), "", "baseline", dash=True),
    )
    return Chart(title, f"Effect on {found.plan.metric}", "Density", marks, f"{title}.")


def _find_density(z: np.ndarray, df: float) -> np.ndarray:
    """Return the density of Student's t, or the normal's where the degrees of freedom are infinite."""
    if not math.isfinite(df):
        return np.asarray(np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return np.asarray(np.exp(scale - (df + 1) / 2 * np.log1p(z**2 / df)))


def draw_differences(data: Data, seed: int = 0) -> np.ndarray:
    """Draw the difference of the means of resamples of each arm, sorted.

    Raises
    ------
    DataError
        If the metric is a ratio, whose units cannot be resampled one by one here.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> found = draw_differences(load(Recipe(trial="lalonde")))
    >>> len(found), bool(1600 < found.mean() < 2000)
    (2000, True)
    """
    _check_plain(data)
    rng = np.random.default_rng(seed)
    n_drawn = max(200, min(N_DRAWN, MAX_DRAWS // len(data.y)))
    means = []
    for arm in (data.first, data.second):
        size = max(1, BLOCK // len(arm))
        parts = [
            arm[rng.integers(0, len(arm), size=(min(size, n_drawn - start), len(arm)))].mean(axis=1)
            for start in range(0, n_drawn, size)
        ]
        means.append(np.concatenate(parts))
    return np.sort(means[0] - means[1])


def draw_lots(data: Data, seed: int = 0) -> np.ndarray:
    """Draw the arms anew many times and return each difference of the means, sorted: what the lot alone does.

    Raises
    ------
    DataError
        If the metric is a ratio.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> bool(abs(draw_lots(load(Recipe(trial="lalonde"))).mean()) < 100)
    True
    """
    _check_plain(data)
    rng, y, n = np.random.default_rng(seed), data.y, int(data.is_first.sum())
    n_drawn = max(200, min(N_DRAWN, MAX_DRAWS // len(y)))
    sums = np.array([rng.permutation(y)[:n].sum() for _ in range(n_drawn)])
    return np.sort(sums / n - (y.sum() - sums) / (len(y) - n))


def _check_plain(data: Data) -> None:
    """Refuse a ratio."""
    if data.kind == "ratio":
        message = f"{data.plan.metric} is a ratio over units, which is not resampled here; choose a metric of one value"
        raise DataError(message)


def resample_chart(data: Data, found: Analysis) -> Chart:
    """Draw the effects of resamples beside the interval."""
    drawn = draw_differences(data, data.plan.seed)
    low, high = (float(np.quantile(drawn, share)) for share in (data.plan.alpha / 2, 1 - data.plan.alpha / 2))
    title = (
        f"{100 * (1 - data.plan.alpha):.4g}% of {len(drawn):,} resamples have an effect between {low:.4g} and "
        f"{high:.4g}; the {found.plain.test} says {found.plain.low:.4g} to {found.plain.high:.4g}"
    )
    return _draw_histogram(drawn, float(found.plain.effect), title, data.plan.metric, "resamples")


def lot_chart(data: Data, found: Analysis) -> Chart:
    """Draw the effects of arms that are drawn anew, where by construction nothing has an effect."""
    drawn = draw_lots(data, data.plan.seed)
    effect = float(found.plain.effect)
    as_far = int((np.abs(drawn) >= abs(effect) * (1 - 1e-12)).sum())
    title = f"Arms drawn anew differ as much as these in {as_far:,} of {len(drawn):,} lots"
    return _draw_histogram(drawn, effect, title, data.plan.metric, "lots")


def _draw_histogram(drawn: np.ndarray, effect: float, title: str, metric: str, name: str) -> Chart:
    """Draw a histogram with the effect seen as a line."""
    counts, edges = np.histogram(drawn, bins=_find_edges(drawn))
    middles = (edges[1:] + edges[:-1]) / 2
    marks = (
        Mark("bars", middles, counts.astype(float), name, "muted"),
        Mark("line", np.full(2, effect), np.array([0.0, float(counts.max())]), "this trial"),
    )
    return Chart(title, f"Effect on {metric}", f"Number of {name}", marks, f"{title}.")


def _find_edges(drawn: np.ndarray) -> np.ndarray:
    """Return the edges of a histogram's bins; of values on a grid, as shares are, each holds as many steps."""
    low, high = float(drawn[0]), float(drawn[-1])
    steps = np.diff(np.unique(np.round(drawn, 12)))
    if not len(steps) or len(steps) > len(drawn) / 3:
        return np.linspace(low, max(high, low + 1e-12), N_BINS + 1)
    step = float(steps.min())
    width = step * math.ceil((high - low) / step / N_BINS)
    return np.asarray(low - step / 2 + width * np.arange(math.ceil((high - low) / width) + 2))


def check_balance(data: Data) -> pd.DataFrame:
    """Compare the arms in every other number that was measured before assignment, as far as that is known.

    Returns
    -------
    DataFrame
        column, first, second (means), difference (in standard deviations), p (Welch, Holm-adjusted); largest first.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> check_balance(load(Recipe(trial="lalonde")))["column"].tolist()[:2]
    ['no_degree', 'hispanic']
    """
    rows = [row for name in _list_covariates(data) if (row := _compare_column(data, name)) is not None]
    columns = ["column", "first", "second", "difference", "p"]
    frame = pd.DataFrame(rows, columns=columns)
    if len(frame):
        frame["p"] = holm(frame["p"].to_numpy())
    return frame.sort_values("difference", key=np.abs, ascending=False, ignore_index=True)


def _list_covariates(data: Data) -> list[str]:
    """Name the number columns that could have been measured before assignment."""
    plan, table = data.plan, data.table
    used = {plan.metric, plan.arm, plan.unit, plan.denominator}
    if table.origin == "bundled":
        used |= set(TRIALS[plan.trial].after)
    return [name for name in table.frame.columns if table.kinds[name] == "number" and name not in used]


def _compare_column(data: Data, name: str) -> tuple[str, float, float, float, float] | None:
    """Compare one column between the arms; None where it is one value or too few."""
    try:
        sums, known = data.sum_column(name)
    except DataError:
        return None  # text, or infinite values: alerts say so where the table is explored
    has = known > 0
    arms = [(sums[has & arm] / known[has & arm]) for arm in (data.is_first, ~data.is_first)]
    if min(map(len, arms)) < 2:  # noqa: PLR2004 a spread needs two
        return None
    first, second = map(summarise, arms)
    spread = math.sqrt((first.variance + second.variance) / 2)
    if not spread > 0:
        return None
    return name, first.mean, second.mean, (first.mean - second.mean) / spread, welch_test(first, second).p_value


def balance_chart(frame: pd.DataFrame) -> Chart:
    """Draw the differences of the arms before assignment."""
    worst = frame.iloc[0]
    n_large = int((frame["difference"].abs() > LARGE).sum())
    title = (
        f"The arms are alike in all {len(frame)} columns: none differs by over {LARGE:g} standard deviations"
        if not n_large
        else f"{n_large} of {len(frame)} columns differ by over {LARGE:g} standard deviations, {worst['column']} most"
    )
    names = frame["column"].to_numpy(dtype=object)[::-1]
    values = frame["difference"].to_numpy(dtype=np.float64)[::-1]
    marks = (
        Mark("points", values, names, "first minus second arm"),
        *(Mark("line", np.full(len(names), at), names, "", "baseline", dash=True) for at in (-LARGE, LARGE)),
    )
    return Chart(title, "Difference in standard deviations", "", marks, f"{title}.")
