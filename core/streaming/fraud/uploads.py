"""From an uploaded table to payments that the same features and models take; what cannot be used is put aside.

A row is put in quarantine with a reason (the first that applies) instead of being guessed at: no or an unreadable time,
no customer or terminal, an amount that is no number or outside 0 to a billion, a label that is neither yes nor no, an
id seen before. Rows out of order are put in order and counted. Customers and terminals get numbers; of their names,
what looks like a card number is kept by its last four digits only (PCI DSS 4.0, requirement 3.4).

Left out: reading the values (``upload_values``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import count_of, cut, list_names, show_value
from core.datasets.table import Table
from core.hub.errors import DataError
from core.streaming.fraud.transactions import Transactions, make_transactions
from core.streaming.fraud.upload_columns import Columns, find_columns
from core.streaming.fraud.upload_values import (
    Reasons,
    check_ids,
    mask_card,
    read_amounts,
    read_labels,
    read_names,
    read_times,
    refuse_leaps,
)


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """Payments of one's own.

    Parameters
    ----------
    transactions : Transactions
        In order of time, numbered from 0; customers and terminals are positions in the two tuples of names.
    labelled : bool
        Whether the table says which payments are frauds; without it there is nothing to train or measure on.
    rows : int64 array of shape (n,)
        The table's row of each payment, from 0.
    quarantine : tuple of (int, str)
        Row of the table, from 0, and reason.
    notes : tuple of str
        One sentence for each thing a reader must know.
    """

    transactions: Transactions
    labelled: bool
    columns: Columns
    rows: NDArray[np.int64]
    customers: tuple[str, ...]
    terminals: tuple[str, ...]
    quarantine: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]

    def count_reasons(self) -> dict[str, int]:
        """Count the rows in quarantine by reason, the most frequent first."""
        return dict(Counter(reason for _, reason in self.quarantine).most_common())


def load_upload(table: Table, chosen: Columns | None = None) -> Upload:
    """Read payments from a table.

    Raises
    ------
    DataError
        If a needed column is missing, or no row can be used.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [60, 5, 7], "customer": ["a", "b", "a"], "terminal": ["t"] * 3})
    >>> kinds = {"time": "number", "customer": "category", "terminal": "category", "amount": "number"}
    >>> upload = load_upload(Table(frame.assign(amount=[9.5, 3.0, -1.0]), "mine", "upload", "", kinds))
    >>> upload.transactions.amount.tolist(), upload.count_reasons()
    ([3.0, 9.5], {'the amount is negative; refunds are not payments': 1})
    """
    columns = find_columns(table, chosen)
    read = _read(table.frame, columns)
    kept = np.flatnonzero(read.reasons == "")
    if not len(kept):
        message = (
            f"none of the {count_of(len(table.frame), 'row')} can be used ({_count(read.reasons)}); mend the table"
        )
        raise DataError(message)
    order = kept[np.argsort(read.seconds[kept], kind="stable")]
    customers, customer_names = _number(table.frame[columns.customer].iloc[order])
    terminals, terminal_names = _number(table.frame[columns.terminal].iloc[order])
    labels = None if read.fraud is None else read.fraud[order]
    return Upload(
        make_transactions(np.arange(len(order)), read.seconds[order], customers, terminals, read.amount[order], labels),
        labelled=labels is not None,
        columns=columns,
        rows=order,
        customers=customer_names,
        terminals=terminal_names,
        quarantine=tuple((int(row), str(read.reasons[row])) for row in np.flatnonzero(read.reasons != "")),
        notes=(*table.notes, *_make_notes(table, columns, read.reasons, read.seconds[kept])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """The values of all rows, and what is against some of them."""

    seconds: NDArray[np.int64]
    amount: NDArray[np.float64]
    fraud: NDArray[np.bool_] | None
    reasons: Reasons


def _read(frame: pd.DataFrame, columns: Columns) -> _Read:
    """Read every column in the order in which reasons count."""
    reasons = np.full(len(frame), "", dtype=object)
    seconds = read_times(frame[columns.time], reasons)
    read_names(frame[columns.customer], "customer", reasons)
    read_names(frame[columns.terminal], "terminal", reasons)
    amount = read_amounts(frame[columns.amount], reasons)
    fraud = read_labels(frame[columns.fraud], reasons) if columns.fraud else None
    if columns.id:
        check_ids(frame[columns.id], reasons)
    refuse_leaps(seconds, reasons)
    return _Read(seconds, amount, fraud, reasons)


def _number(column: pd.Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return positions in the tuple of names, shape (n,), and the names, card numbers masked."""
    codes, names = pd.factorize(column)
    return codes.astype(np.int64), tuple(mask_card(show_value(each)) for each in names)


def _count(reasons: Reasons) -> str:
    """Write the reasons with their numbers of rows."""
    counted = Counter(reasons[reasons != ""].tolist()).most_common()
    return "; ".join(f"{count_of(n, 'row')}: {reason}" for reason, n in counted)


def _note_copies(frame: pd.DataFrame, columns: Columns, reasons: Reasons) -> str:
    """Say how many usable rows say the same as an earlier one, where no id tells whether they are the same payment."""
    told = [columns.time, columns.customer, columns.terminal, columns.amount]
    n = 0 if columns.id else int(frame.loc[reasons == "", told].duplicated().sum())
    verb = "repeats" if n == 1 else "repeat"
    alike = f"{count_of(n, 'row')} {verb} an earlier one in time, customer, terminal and amount"
    return f"{alike}; without a column of ids each is taken for a payment of its own" if n else ""


def _make_notes(table: Table, columns: Columns, reasons: Reasons, seconds: NDArray[np.int64]) -> tuple[str, ...]:
    """Say what was ignored, put aside and put in order."""
    unknown = [cut(str(name)) for name in table.frame.columns if name not in columns.list_named()]
    n_wrong = int((reasons != "").sum())
    n_late = int((seconds < np.maximum.accumulate(seconds)).sum())
    notes = (
        f"not used, because the features do not know them: {list_names(unknown)}" if unknown else "",
        f"{count_of(n_wrong, 'row')} of {len(reasons):,} put in quarantine ({_count(reasons)})" if n_wrong else "",
        f"{count_of(n_late, 'row')} came after a later one and were put in order of time" if n_late else "",
        _note_copies(table.frame, columns, reasons),
        "" if columns.fraud else "no column says which payments are frauds: they can be scored, not learnt from",
    )
    return tuple(note for note in notes if note)
