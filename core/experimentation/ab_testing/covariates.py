"""Covariates of a plan: each is checked to be from before the assignment, and then takes out what it explains.

Left out: the adjustment's arithmetic (``cuped``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import count_of
from core.experimentation.ab_testing.cuped import Adjusted, adjust
from core.experimentation.ab_testing.data import Data
from core.experimentation.ab_testing.recipe import list_names
from core.experimentation.ab_testing.trials import TRIALS
from core.hub.errors import DataError


def adjust_data(data: Data) -> Adjusted | None:
    """Adjust by the plan's covariates after checking when they were measured; None where the plan names none.

    Raises
    ------
    DataError
        If a covariate was measured after assignment, or the test cannot be adjusted.

    Examples
    --------
    >>> from core.experimentation.ab_testing.data import load
    >>> from core.experimentation.ab_testing.recipe import Recipe
    >>> found = adjust_data(load(Recipe(trial="lalonde", covariates="re74, re75")))
    >>> round(found.reduction, 3)
    0.009
    """
    plan = data.plan
    names = list_names(plan.covariates)
    if not names:
        return None
    if data.kind == "ratio" or plan.test not in {"auto", "Welch t"}:
        message = "covariates adjust a mean or a share by Welch's t; set the test to auto, or leave the covariates out"
        raise DataError(message)
    check_when(data, names)
    columns = []
    for name in names:
        sums, known = data.sum_column(name)
        columns.append(np.divide(sums, known, out=np.full(len(sums), np.nan), where=known > 0))
    return adjust(data.y, data.is_first, np.column_stack(columns), names, 1 - plan.alpha, plan.sided)


def check_when(data: Data, names: tuple[str, ...]) -> None:
    """Refuse a covariate that is known, or dated, to have been measured after assignment.

    Raises
    ------
    DataError
        Naming the covariate, and the remedy.
    """
    plan = data.plan
    after = TRIALS[plan.trial].after if data.table.origin == "bundled" else ()
    late = [name for name in names if name in after or name == plan.metric]
    if late:
        message = f"{late[0]} was measured after assignment, so the treatment may have moved it; leave it out"
        raise DataError(message)
    if not (plan.assigned_at and plan.measured_at):
        return
    frame = data.table.frame.iloc[data.rows]
    assigned, measured = (_read_dates(frame, name) for name in (plan.assigned_at, plan.measured_at))
    n_late = int((measured >= assigned).sum())
    if n_late:
        rows = count_of(n_late, "row")
        message = f"{names[0]} was measured at or after assignment in {rows} ({plan.measured_at}); leave it out"
        raise DataError(message)


def _read_dates(frame: pd.DataFrame, name: str) -> pd.Series:
    """Read a column of dates; one that cannot be read proves nothing, so it is refused and not passed over."""
    found = pd.to_datetime(frame[name], errors="coerce", utc=True, format="mixed")
    bad = found.isna() & frame[name].notna()
    if bad.any() or found.isna().all():
        example = f"holds {str(frame[name][bad].iloc[0])[:40]!r}, which is no date" if bad.any() else "holds no date"
        message = f"{name} {example}; mend it, since it must prove that the covariates came before assignment"
        raise DataError(message)
    return found
