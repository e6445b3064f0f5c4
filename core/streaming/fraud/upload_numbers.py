"""Numbers for the payments of a table that go over a stream: the same ones whatever file they come in.

Within one table a position does as a number. A stream takes many files, and the third customer of one is not that of
another; so a short whole number stays itself, and any other name is hashed. A card number is hashed too, since numbers
stand in messages and in the database (PCI DSS 4.0, requirement 3.4). A payment without an id is named by what it is and
by how many like it came before it in its file, so that a file sent twice is refused as a repeat.

Left out: a secret in the hash; who can list all card numbers can find them again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import show_value
from core.streaming.fraud.transactions import Transactions
from core.streaming.fraud.uploads import Upload

_SHORT = re.compile(r"0|[1-9][0-9]{0,10}")
"""Shorter than any card number."""
_LEAST_HASH = 2**61


def find_number(name: str) -> int:
    """Return the number of a name: itself where it is one of at most eleven digits, otherwise a hash from 2**61 on.

    Examples
    --------
    >>> find_number("596"), find_number("4111 1111 1111 1111") > 2**61, find_number("007") == find_number("7")
    (596, True, False)
    """
    if _SHORT.fullmatch(name):
        return int(name)
    return _LEAST_HASH + int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % _LEAST_HASH


def number_payments(frame: pd.DataFrame, upload: Upload) -> Transactions:
    """Return a table's payments with numbers that hold in every file.

    Parameters
    ----------
    frame : DataFrame
        The table that was read.
    upload : Upload
        What was read from it.
    """
    read, columns = upload.transactions, upload.columns
    customers, terminals = (_number(frame[name].iloc[upload.rows]) for name in (columns.customer, columns.terminal))
    named = replace(read, customer=customers, terminal=terminals)
    return replace(named, id=_number(frame[columns.id].iloc[upload.rows]) if columns.id else _name_payments(named))


def _number(column: Iterable[object]) -> NDArray[np.int64]:
    """Return the numbers of a column's names, shape (n,)."""
    codes, names = pd.factorize(pd.Series(column))
    return np.array([find_number(show_value(each).strip()) for each in names], dtype=np.int64)[codes]


def _name_payments(payments: Transactions) -> NDArray[np.int64]:
    """Return ids made of what each payment is, shape (n,)."""
    seen: Counter[str] = Counter()
    ids = []
    for each in payments.rows():
        name = f"{each.seconds} {each.customer} {each.terminal} {each.amount}"
        ids.append(find_number(f"{name} {seen[name]}"))
        seen[name] += 1
    return np.array(ids, dtype=np.int64)
