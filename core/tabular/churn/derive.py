"""Columns made out of a customer's own row, the same for training, one case, a batch and the script to take away.

Nothing here is fitted: each row is changed by itself. A total that is missing where the tenure is 0 is 0, since nothing
was billed yet; where a table bills by several charges, their sum is added.

Left out: everything that needs other rows, which the pipelines fit inside each fold.
"""

from __future__ import annotations

import pandas as pd

TENURE, TOTAL = "tenure", "total_charges"
CHARGE_END, BILL = "_charge", "charges_together"
LEAST_CHARGES = 2


def find_charges(names: list[str]) -> list[str]:
    """Name the columns that bill a part of a customer's use.

    Examples
    --------
    >>> find_charges(["total_day_charge", "total_eve_charge", "monthly_charges"])
    ['total_day_charge', 'total_eve_charge']
    """
    found = [name for name in names if name.endswith(CHARGE_END)]
    return found if len(found) >= LEAST_CHARGES else []


def derive_columns(x: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """Return rows with what follows from each alone.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_features)
        Feature columns as the table has them.
    numbers : list of str
        Those that are numbers.

    Returns
    -------
    DataFrame of shape (n_rows, n_features or n_features + 1)

    Examples
    --------
    >>> derive_columns(pd.DataFrame({"tenure": [0.0, 2.0], "total_charges": [None, 90.0]}), ["tenure", "total_charges"])
       tenure  total_charges
    0     0.0            0.0
    1     2.0           90.0
    """
    made = x.copy()
    if TENURE in numbers and TOTAL in numbers:
        made[TOTAL] = made[TOTAL].mask(made[TOTAL].isna() & (made[TENURE] == 0), 0.0).astype(float)
    charges = find_charges(numbers)
    if charges:
        made[BILL] = made[charges].sum(axis=1, skipna=False)
    return made
