"""Alerts about rows: repeated, empty, and rows with missing values.

Left out: filling gaps, which belongs inside a model's training folds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import count_of, cut, list_names, share_of

MANY_COPIES = 0.05  # share of repeated rows from which the note becomes a warning
MOSTLY_MISSING = 0.5  # share of missing cells from which a column is better left out
MAX_DROPPED = 0.2  # dropping incomplete rows is offered up to this share of the table


def find_duplicates(profile: Profile) -> list[Alert]:
    """Report rows equal to an earlier one in every column."""
    n_copies = int(find_repeated(profile.table.frame).sum())
    if not n_copies:
        return []
    many = n_copies >= MANY_COPIES * profile.n_rows
    verb, it = ("repeats an earlier one", "it") if n_copies == 1 else ("repeat earlier ones", "them")
    advice = (
        "copies in both training and test make scores too good" if many else f"keep {it} if cases may really be equal"
    )
    counted = f"{n_copies:,} of {count_of(profile.n_rows, 'row')} ({share_of(n_copies, profile.n_rows)})"
    sentence = f"{counted} {verb}; {advice}."
    fix = Fix("drop_duplicates", (), (), f"Drop {count_of(n_copies, 'repeated row')}")
    return [Alert("duplicate_rows", "warning" if many else "note", (), sentence, fix)]


def find_repeated(frame: pd.DataFrame) -> np.ndarray:
    """Mark every row that equals an earlier one; missing equals missing.

    Columns are hashed one after the other and rows that are already alone are let go, so a table with a measured
    column is done after a few; what is left is compared exactly.

    Returns
    -------
    array of bool, shape (n_rows,)

    Examples
    --------
    >>> find_repeated(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]})).tolist()
    [False, True, False]
    """
    rows, _ = find_twins(frame)
    marked = np.zeros(len(frame), dtype=bool)
    marked[rows] = frame.iloc[rows].duplicated().to_numpy()
    return marked


def find_twins(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that equal another row, but for a clash of 64-bit hashes.

    Returns
    -------
    rows : array of int, shape (n_twins,)
        Their positions, in order.
    hashes : array of uint64, shape (n_twins,)
        Equal for equal rows.

    Examples
    --------
    >>> find_twins(pd.DataFrame({"a": [1, 2, 1], "b": ["x", "x", "x"]}))[0].tolist()
    [0, 2]
    """
    rows = np.arange(len(frame))
    hashes = np.zeros(len(frame), dtype="uint64")
    numbers_first = sorted(frame.columns, key=lambda name: frame[name].dtype.kind != "f")
    for name in numbers_first:
        column = pd.util.hash_pandas_object(frame[name].iloc[rows], index=False).to_numpy()
        # 64-bit FNV prime: mixes the columns so that their order counts.
        hashes = hashes * np.uint64(1_099_511_628_211) + column
        alike = pd.Series(hashes).duplicated(keep=False).to_numpy()
        rows, hashes = rows[alike], hashes[alike]
        if not len(rows):
            break
    return rows, hashes


def find_empty(profile: Profile) -> list[Alert]:
    """Report rows without any value."""
    if min(profile.missing.values(), default=0) == 0:
        return []
    n_empty = int(profile.table.frame.isna().all(axis=1).sum())
    if not n_empty or n_empty == profile.n_rows:
        return []
    sentence = f"{count_of(n_empty, 'row')} without any value."
    return [
        Alert(
            "empty_rows",
            "warning",
            (),
            sentence,
            Fix("drop_empty_rows", (), (), f"Drop {count_of(n_empty, 'empty row')}"),
        )
    ]


def find_missing(profile: Profile) -> list[Alert]:
    """Report missing values of the features: columns that mostly lack them, then the rows that lack any other."""
    gaps = {
        name: profile.missing[name] for name in profile.table.features if 0 < profile.missing[name] < profile.n_rows
    }
    mostly = [name for name, n_gaps in gaps.items() if n_gaps > MOSTLY_MISSING * profile.n_rows]
    some = [name for name in sorted(gaps, key=lambda name: -gaps[name]) if name not in mostly]
    found = []
    if mostly:
        shown = list_names([f"{cut(name)} ({share_of(gaps[name], profile.n_rows)})" for name in mostly])
        label = f"Drop {cut(mostly[0])}" if len(mostly) == 1 else f"Drop {len(mostly)} columns"
        sentence = f"Most values are missing in {shown}."
        found.append(
            Alert("mostly_missing", "warning", tuple(mostly), sentence, Fix("drop_column", tuple(mostly), (), label))
        )
    return found + ([_write_missing(profile, gaps, some)] if some else [])


def _write_missing(profile: Profile, gaps: dict[str, int], names: list[str]) -> Alert:
    """Say how many values are missing, where, and in how many rows."""
    total = sum(gaps[name] for name in names)
    n_rows = int(profile.table.frame[names].isna().any(axis=1).sum())
    shown = list_names([f"{cut(name)} ({gaps[name]:,})" for name in names])
    sentence = (
        f"{count_of(total, 'missing value')} in {shown}, "
        f"in {n_rows:,} of {count_of(profile.n_rows, 'row')} ({share_of(n_rows, profile.n_rows)})."
    )
    few = n_rows <= MAX_DROPPED * profile.n_rows
    fix = Fix("drop_missing_rows", tuple(names), (), f"Drop {count_of(n_rows, 'incomplete row')}") if few else None
    return Alert("missing", "note", tuple(names), sentence, fix)
