"""Train and test rows, drawn once from a seed before anything is fitted.

Classes keep their shares on both sides; rows of one group (a person, a film, a device) are never on two sides. Labels
of float type are numbers to predict and are not stratified.

Method: scikit-learn's splitters; for groups with classes the best of 64 seeded group splits is taken.

Left out: splits in time, which belong to forecasting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.hub.errors import DataError

N_CANDIDATES = 64
MISSING_CLASS_COST = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row numbers of one split, each sorted, with no row in both.

    Parameters
    ----------
    train, test : array of int
        Positions in the table, from 0.
    """

    train: np.ndarray
    test: np.ndarray


def split_rows(y: object, test_share: float, seed: int, groups: object | None = None) -> Split:
    """Hold out a share of the rows.

    Parameters
    ----------
    y : array of shape (n,)
        Class labels, or float numbers (then rows are drawn without regard to them).
    test_share : float
        Between 0 and 1, both excluded; with groups it is met as nearly as whole groups allow.
    groups : array of shape (n,), optional
        Rows of one group stay on one side.

    Raises
    ------
    DataError
        If a class or a group is too small to be on both sides.

    Examples
    --------
    >>> split = split_rows(["a"] * 10 + ["b"] * 10, 0.2, seed=0)
    >>> len(split.train), len(split.test)
    (16, 4)
    """
    from sklearn.model_selection import train_test_split

    if not 0 < test_share < 1:
        message = f"test_share is {test_share:g}; it must lie between 0 and 1"
        raise DataError(message)
    codes = _encode_target(y)
    if groups is not None:
        return _split_groups(codes, _encode_groups(groups, 2), len(np.asarray(y)), test_share, seed)
    n_rows = len(np.asarray(y))
    _check_both_sides(codes, n_rows, test_share)
    parts = train_test_split(np.arange(n_rows), test_size=test_share, random_state=seed, stratify=codes)
    return Split(np.sort(parts[0]), np.sort(parts[1]))


def make_folds(y: object, n_folds: int, n_repeats: int, seed: int, groups: object | None = None) -> tuple[Split, ...]:
    """Cut the rows into ``n_folds`` parts, ``n_repeats`` times over; each part is tested once per repeat.

    Parameters
    ----------
    n_folds : int
        At least 2; raising it leaves more rows to train on and costs a fit each.
    n_repeats : int
        Raising it steadies the mean; repeat ``i`` is drawn from ``seed + i``.

    Raises
    ------
    DataError
        If there are fewer rows in a class, or fewer groups, than folds.

    Examples
    --------
    >>> folds = make_folds(["a", "b"] * 10, n_folds=5, n_repeats=2, seed=0)
    >>> len(folds), folds[0].test.tolist()
    (10, [5, 8, 13, 16])
    """
    if n_folds < 2 or n_repeats < 1:  # noqa: PLR2004 two parts are the fewest
        message = f"n_folds is {n_folds} and n_repeats {n_repeats}; they must be at least 2 and 1"
        raise DataError(message)
    codes = _encode_target(y)
    n_rows = len(np.asarray(y))
    members = None if groups is None else _encode_groups(groups, n_folds)
    if members is None:
        _check_fold_sizes(codes, n_rows, n_folds)
    splits: list[Split] = []
    for repeat in range(n_repeats):
        splits += [Split(train, test) for train, test in _fold_once(codes, members, n_rows, n_folds, seed + repeat)]
    if any(len(split.test) == 0 or len(split.train) == 0 for split in splits):
        message = f"n_folds is {n_folds}; the groups are too few or too uneven for it, so choose fewer folds"
        raise DataError(message)
    return tuple(splits)


def _fold_once(
    codes: np.ndarray | None, groups: np.ndarray | None, n_rows: int, n_folds: int, seed: int
) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Cut once, by the splitter that fits."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    settings = {"n_splits": n_folds, "shuffle": True, "random_state": seed}
    rows = np.zeros(n_rows)
    if groups is not None and codes is not None and np.bincount(codes).min() >= n_folds:
        return StratifiedGroupKFold(**settings).split(rows, codes, groups)  # type: ignore[no-any-return]
    if groups is not None:
        return GroupKFold(**settings).split(rows, groups=groups)  # type: ignore[no-any-return]
    if codes is not None:
        return StratifiedKFold(**settings).split(rows, codes)  # type: ignore[no-any-return]
    return KFold(**settings).split(rows)  # type: ignore[no-any-return]


def _encode_target(y: object) -> np.ndarray | None:
    """Turn the classes of a target into numbers; None when it is a float number."""
    target = np.asarray(y)
    if target.ndim != 1 or len(target) == 0:
        message = f"the target has shape {target.shape}; it must be one column with at least one row"
        raise DataError(message)
    missing = np.asarray(pd.isna(target))
    if missing.any():
        message = f"the target is missing in {int(missing.sum())} rows; drop those rows first"
        raise DataError(message)
    return None if target.dtype.kind == "f" else np.asarray(pd.factorize(target)[0])


def _encode_groups(groups: object, least: int) -> np.ndarray:
    """Turn groups into numbers and check that there are enough."""
    codes = np.asarray(pd.factorize(np.asarray(groups), use_na_sentinel=False)[0])
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    if n_groups < least:
        message = f"the number of groups is {n_groups}; at least {least} are needed, so choose fewer folds"
        raise DataError(message)
    return codes


def _check_both_sides(codes: np.ndarray | None, n_rows: int, test_share: float) -> None:
    """Refuse a split that would leave a side empty, or a class out of training or testing."""
    n_test = int(np.ceil(n_rows * test_share))
    n_classes = 1 if codes is None else int(codes.max()) + 1
    if n_test < n_classes or n_rows - n_test < n_classes:
        message = f"{n_rows} rows leave {n_test} to test; each side needs at least {n_classes}, so change test_share"
        raise DataError(message)
    smallest = n_rows if codes is None else int(np.bincount(codes).min())
    if smallest < 2:  # noqa: PLR2004 one row on each side
        message = "the smallest class has 1 row; it must have at least 2, so merge it with another or drop it"
        raise DataError(message)


def _check_fold_sizes(codes: np.ndarray | None, n_rows: int, n_folds: int) -> None:
    """Refuse more folds than the smallest class has rows."""
    smallest = n_rows if codes is None else int(np.bincount(codes).min())
    if smallest < n_folds:
        what = "table" if codes is None else "smallest class"
        message = f"the {what} has {smallest} rows; {n_folds} folds need {n_folds}, so choose fewer folds"
        raise DataError(message)


def _split_groups(codes: np.ndarray | None, groups: np.ndarray, n_rows: int, test_share: float, seed: int) -> Split:
    """Take the seeded group split whose size and class shares come nearest to what was asked."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(n_splits=N_CANDIDATES, test_size=test_share, random_state=seed)
    candidates = list(splitter.split(np.zeros(n_rows), groups=groups))
    costs = [_split_cost(codes, train, test, test_share) for train, test in candidates]
    if min(costs) >= MISSING_CLASS_COST:
        message = "a class occurs in too few groups to be trained on without them; merge it with another or drop it"
        raise DataError(message)
    train, test = candidates[int(np.argmin(costs))]
    return Split(np.sort(train), np.sort(test))


def _split_cost(codes: np.ndarray | None, train: np.ndarray, test: np.ndarray, test_share: float) -> float:
    """Add up how far a split is from the wanted size and from equal class shares."""
    cost = abs(len(test) / (len(train) + len(test)) - test_share)
    if codes is None:
        return float(cost)
    n_classes = int(codes.max()) + 1
    in_train, in_test = (np.bincount(codes[rows], minlength=n_classes) for rows in (train, test))
    cost += np.abs(in_train / len(train) - in_test / len(test)).sum()
    return float(cost) + MISSING_CLASS_COST * int((in_train == 0).sum())
