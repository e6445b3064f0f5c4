"""Which columns of an uploaded table are the time, the card, the terminal, the amount and, if it is there, the label.

Names that the field's public data sets use are known: the handbook's, those of simulated card logs and of mobile money.
What is found is shown to a person, who may name another column for each. The names of the four that must be there stand
in the registry, so that Home offers the page for such a table.

Left out: guessing from values: two columns of numbers do not say which of them is the card.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.datasets.fixes.wording import cut, list_names
from core.datasets.mapping import NeededColumn, map_columns
from core.datasets.table import ColumnKind, Table
from core.hub.contract import TableNeeds
from core.hub.errors import DataError
from core.hub.registry import find_project

_NEEDS = find_project("fraud").needs or TableNeeds()
REQUIRED = _NEEDS.columns
_KINDS: dict[str, ColumnKind] = {"time": "date", "customer": "category", "terminal": "category", "amount": "number"}
_NEEDED = {
    name: NeededColumn(name, _KINDS[name], synonyms=synonyms)
    for name, synonyms in zip(REQUIRED, _NEEDS.synonyms, strict=True)
} | {
    "fraud": NeededColumn(
        "fraud", "category",
        synonyms=(
            "tx_fraud", "is_fraud", "fraudulent", "fraud_label", "fraud_flag", "label", "class", "betrug", "fraude",
        ),
    ),
    "id": NeededColumn(
        "id", "category", synonyms=("transaction_id", "tx_id", "trans_num", "trans_id", "transaction_number", "uuid")
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of a table's columns; an empty one is to be found, and ``fraud`` and ``id`` may stay empty."""

    time: str = ""
    customer: str = ""
    terminal: str = ""
    amount: str = ""
    fraud: str = ""
    id: str = ""

    def list_named(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return tuple(name for each in fields(self) if (name := getattr(self, each.name)))


def find_columns(table: Table, chosen: Columns | None = None) -> Columns:
    """Find the columns of payments in a table; those that ``chosen`` names are kept.

    Raises
    ------
    DataError
        If a named column is not there or is named twice, or a needed one is neither named nor found.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"TX_DATETIME": ["2018-04-01"], "cc_num": [1], "merchant": ["m"], "amt": [2.5]})
    >>> kinds = {"TX_DATETIME": "date", "cc_num": "number", "merchant": "category", "amt": "number"}
    >>> find_columns(Table(frame, "mine", "upload", "", kinds))
    Columns(time='TX_DATETIME', customer='cc_num', terminal='merchant', amount='amt', fraud='', id='')
    """
    columns = guess_columns(table, chosen)
    missing = [name for name in REQUIRED if not getattr(columns, name)]
    if missing:
        there = list_names([cut(str(name)) for name in table.frame.columns])
        message = (
            f"the table has no column for {list_names(missing)}; it has {there}: say which column it is, or upload "
            "payments with time, customer, terminal and amount"
        )
        raise DataError(message)
    return columns


def guess_columns(table: Table, chosen: Columns | None = None) -> Columns:
    """Find what columns of payments a table has; those that ``chosen`` names are kept, those not found are empty.

    Raises
    ------
    DataError
        If a named column is not there or is named twice.
    """
    chosen = chosen or Columns()
    _check_chosen(table, chosen)
    open_names = {name: each for name, each in _NEEDED.items() if not getattr(chosen, name)}
    free = table.frame.drop(columns=list(chosen.list_named()))
    rest = Table(free, table.name, table.origin, table.sha256, {name: table.kinds[name] for name in free.columns})
    found = dict(map_columns(rest, open_names).found)
    return Columns(**{name: getattr(chosen, name) or found.get(name, "") for name in _NEEDED})


def _check_chosen(table: Table, chosen: Columns) -> None:
    """Refuse a choice of columns that are not there or that serve twice."""
    names = chosen.list_named()
    for name in names:
        if name not in table.frame.columns:
            message = f"there is no column {cut(name)!r}; choose one of the table's"
            raise DataError(message)
        if names.count(name) > 1:
            message = f"column {cut(name)!r} is chosen {names.count(name)} times; a column can serve once"
            raise DataError(message)
