"""Several arms and several outcomes at once: whether the choice among categories depends on the arm.

Pearson's chi-square of the table of counts, with Cramér's V for its strength and, of each cell, the adjusted residual
(S. J. Haberman 1973, https://doi.org/10.2307/2529686), which is normal where nothing depends on the arm. A chi-square
has no direction, so it says that the arms differ and never that one is better: it stands beside a plan and decides
nothing.

Left out: ordered categories, for which ranks serve (``ranks``); exact tests of small counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.table import Table
from core.experimentation.ab_testing.columns import MAX_ARMS, check_column, find_columns, name_arms
from core.experimentation.ab_testing.proportions import ChiSquare, chi_square_test
from core.experimentation.ab_testing.recipe import Recipe
from core.hub.charts import Chart, Mark, Role
from core.hub.errors import DataError

LEAST_EXPECTED, ALPHA = 5.0, 0.05
ROLES: tuple[Role, ...] = ("main", "second", "third", "good")


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """Counts of each arm's units by category, and the test that the arms are alike.

    Parameters
    ----------
    counts : DataFrame of int, shape (n_arms, n_categories)
    residuals : DataFrame of float, shape (n_arms, n_categories)
        Beyond 2 in either direction a cell differs more than chance makes it, one cell looked at.
    least_expected : float
        Smallest count that a cell would have if the arms were alike.
    """

    arm: str
    metric: str
    counts: pd.DataFrame
    found: ChiSquare
    residuals: pd.DataFrame
    least_expected: float

    @property
    def sentence(self) -> str:
        """What the test says."""
        says = "differs between the arms" if self.found.p_value <= ALPHA else "is not shown to differ between the arms"
        shown = f"chi-square {self.found.statistic:.4g} on {self.found.df}, p = {self.found.p_value:.2g}"
        return f"{self.metric} {says} ({shown}, Cramér's V {self.found.cramers_v:.3f})."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside it."""
        if self.least_expected >= LEAST_EXPECTED:
            return ()
        text = (
            f"A cell would hold {self.least_expected:.1f} units if the arms were alike; under {LEAST_EXPECTED:g} the "
            "p-value is rough: join rare categories."
        )
        return (text,)


def compare_categories(table: Table, plan: Recipe) -> Categories:
    """Compare a column of categories between all arms of a table.

    Parameters
    ----------
    plan : Recipe
        ``arm`` and ``metric`` name the columns, ``first`` and ``second`` two arms where only those are wanted; a unit
        of several rows is refused.

    Raises
    ------
    DataError
        If there are not 2 to 20 arms and 2 to 20 categories, or a unit has several rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"arm": ["a"] * 60 + ["b"] * 60, "plan": (["S"] * 3 + ["M"] * 2 + ["L"]) * 20})
    >>> kinds = {"arm": "category", "plan": "category"}
    >>> found = compare_categories(Table(frame, "mine", "upload", "", kinds), Recipe(arm="arm", metric="plan"))
    >>> found.counts.to_numpy().tolist(), found.found.df, round(found.found.p_value, 3)
    ([[10, 20, 30], [10, 20, 30]], 2, 1.0)
    """
    places = find_columns(table, plan)
    check_column(table, places.metric)
    if places.unit and table.frame[places.unit].dropna().duplicated().any():
        message = f"a {places.unit} has several rows, and a chi-square counts each unit once; keep one row of each"
        raise DataError(message)
    arms, values = name_arms(table.frame[places.arm]), name_arms(table.frame[places.metric])
    if plan.first and plan.second:
        arms = arms.where(arms.isin([plan.first, plan.second]))
    counts = pd.crosstab(arms, values)
    for name, n in ((places.arm, counts.shape[0]), (places.metric, counts.shape[1])):
        if not 2 <= n <= MAX_ARMS:  # noqa: PLR2004 two can be compared
            message = f"{name} has {n:,} different values; a chi-square needs 2 to {MAX_ARMS}"
            raise DataError(message)
    table_of_counts = counts.to_numpy(dtype=np.float64)
    rows, columns = (table_of_counts.sum(axis=axis, keepdims=True) for axis in (1, 0))
    total = table_of_counts.sum()
    expected = rows * columns / total
    # The variance of a cell is smaller than its expectation, since the margins are given.
    residuals = (table_of_counts - expected) / np.sqrt(expected * (1 - rows / total) * (1 - columns / total))
    return Categories(
        places.arm, places.metric, counts, chi_square_test(table_of_counts),
        pd.DataFrame(residuals, index=counts.index, columns=counts.columns), float(expected.min()),
    )  # fmt: skip


def list_categories(found: Categories) -> pd.DataFrame:
    """List each cell: arm, category, units, share of the arm, adjusted residual."""
    shares = found.counts.div(found.counts.sum(axis=1), axis=0)
    rows = [
        (arm, category, int(found.counts.loc[arm, category]), float(shares.loc[arm, category]),
         float(found.residuals.loc[arm, category]))
        for arm in found.counts.index
        for category in found.counts.columns
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "category", "units", "share", "residual"])


def categories_chart(found: Categories) -> Chart:
    """Draw the share of each category by arm."""
    shares = found.counts.div(found.counts.sum(axis=1), axis=0)
    names = np.array([str(each) for each in found.counts.columns], dtype=object)
    marks = tuple(
        Mark("points", names, shares.loc[arm].to_numpy(dtype=np.float64), str(arm), ROLES[place % len(ROLES)])
        for place, arm in enumerate(shares.index)
    )
    top = min(1.0, 1.15 * float(shares.to_numpy().max()))
    size = found.residuals.abs().to_numpy()
    row, column = divmod(int(size.argmax()), size.shape[1])
    title = found.sentence.rstrip(".")
    if found.found.p_value <= ALPHA:
        title += f"; farthest off is {names[column]} with {shares.index[row]}, {size.max():.1f} standard errors"
    return Chart(title, found.metric, "Share of the arm", marks, f"{title}.", y_percent=True, y_range=(0.0, top))
