"""From payments, simulated or one's own, to features and to the weeks that are learnt from and scored.

The full recipe's payments are the handbook's, simulated once and kept in the cache folder; a table of one's own needs a
column that says which payments were frauds.

Left out: reading a table's columns (``uploads``); the features themselves (``features``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.datasets.table import Table
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.streaming.fraud.features import make_features
from core.streaming.fraud.protocol import Protocol, Week, list_starts, split_week
from core.streaming.fraud.recipe import Recipe
from core.streaming.fraud.simulator import HANDBOOK, load_transactions, simulate
from core.streaming.fraud.transactions import Transactions
from core.streaming.fraud.uploads import load_upload


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Payments with their features, and the weeks of the protocol.

    Parameters
    ----------
    features : float64 array of shape (n, 15)
        Of every payment, each from the payments before it.
    valid, test : tuple of Week
        Validation weeks and test weeks, earliest first.
    sha256 : str
        Of what was learnt from; equal payments have one hash.
    table : Table, optional
        The upload they came from.
    label : str
        Its column that says which payments were frauds.
    """

    transactions: Transactions
    features: NDArray[np.float64]
    valid: tuple[Week, ...]
    test: tuple[Week, ...]
    protocol: Protocol
    name: str
    sha256: str
    table: Table | None = None
    label: str = ""
    notes: tuple[str, ...] = ()


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Simulate payments, or read one's own, and cut them into weeks.

    Parameters
    ----------
    table : Table, optional
        An upload with time, customer, terminal, amount and a label; None simulates.

    Raises
    ------
    DataError
        If the table says of no payment whether it was a fraud, or there are too few days or frauds for the weeks.

    Examples
    --------
    >>> data = load(Recipe(n_customers=300, n_terminals=600, n_days=55, train_day=0, n_test=2, n_valid=1))
    >>> data.features.shape == (len(data.transactions), 15), [week.start_day for week in data.test]
    (True, [27, 34])
    """
    validate_recipe(recipe)
    if table is None:
        is_handbook = recipe.simulation == HANDBOOK
        payments = load_transactions() if is_handbook else simulate(recipe.simulation)
        name = "the handbook's payments" if is_handbook else "simulated payments"
        return _cut(recipe, payments, name)
    upload = load_upload(table)
    if not upload.labelled:
        message = f"{table.name} does not say which payments were frauds; add a column such as fraud with yes or no"
        raise DataError(message)
    cut = _cut(recipe, upload.transactions, table.name)
    return replace(cut, table=table, label=upload.columns.fraud, notes=upload.notes)


def _cut(recipe: Recipe, payments: Transactions, name: str) -> Data:
    """Choose the weeks and compute the features."""
    protocol = Protocol(recipe.train_days, recipe.delay_days, recipe.test_days, recipe.top_k)
    valid, test = list_starts(_choose_start(recipe, payments, protocol), recipe.n_valid, recipe.n_test, protocol)
    first = int(payments.days.min())
    if valid.start < first:
        message = (
            f"the payments span {int(payments.days.max()) - first + 1} days; {recipe.n_valid} validation and "
            f"{recipe.n_test} test weeks need {protocol.span_days + test[-1] - valid.start}: ask for fewer weeks"
        )
        raise DataError(message)
    return Data(
        transactions=payments,
        features=make_features(payments, recipe.delay_days),
        valid=tuple(split_week(payments, start, protocol) for start in valid),
        test=tuple(split_week(payments, start, protocol) for start in test),
        protocol=protocol,
        name=name,
        sha256=hash_payments(payments),
    )


def _choose_start(recipe: Recipe, payments: Transactions, protocol: Protocol) -> int:
    """Return the first training day of the first test week; a table of one's own seldom has the one that is asked."""
    first, last = int(payments.days.min()), int(payments.days.max())
    latest = last + 1 - protocol.span_days - (recipe.n_test - 1) * protocol.test_days
    asked = first + recipe.train_day
    return asked if recipe.train_day > 0 and asked <= latest else latest


def hash_payments(payments: Transactions) -> str:
    """Hash payments and their labels: sha256, hex."""
    digest = hashlib.sha256()
    for column in payments.columns().values():
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
