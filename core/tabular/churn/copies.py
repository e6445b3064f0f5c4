"""Rows that repeat others, so that none is ever learnt from in one fold and scored in it too.

Where hardly any row repeats another the folds are those of the rows, and a copy of a scored row is left out of the
training side. Where more than 1% do, equal rows are drawn as one, as long as enough of them differ.

Left out: rows that are nearly equal.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.splits import Split, make_folds

MAX_REPEATED = 0.01
"""Share of repeated rows up to which each row is drawn by itself."""


def is_repetitive(copies: np.ndarray) -> bool:
    """Say whether more than 1% of the rows repeat earlier ones."""
    return len(np.unique(copies)) < (1 - MAX_REPEATED) * len(copies)


def make_clean_folds(y: np.ndarray, n_folds: int, seed: int, copies: np.ndarray) -> tuple[Split, ...]:
    """Cut rows into stratified folds with no copy of a scored row on the training side.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
        Who left.
    copies : int array of shape (n_rows,)
        As ``number_rows`` gives it.

    Examples
    --------
    >>> y = np.tile([True, False], 150)
    >>> copies = np.r_[np.arange(299), 0]
    >>> folds = make_clean_folds(y, 5, 0, copies)
    >>> sorted(len(fold.train) for fold in folds)
    [239, 239, 240, 240, 240]
    """
    groups = copies if is_repetitive(copies) else None
    return tuple(_drop_copies(split, copies) for split in make_folds(y, n_folds, 1, seed, groups))


def _drop_copies(split: Split, copies: np.ndarray) -> Split:
    """Leave copies of test rows out of the training side."""
    return Split(split.train[~np.isin(copies[split.train], copies[split.test])], split.test)
