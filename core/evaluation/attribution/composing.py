"""Rows made of one case and one background row: the question behind every explanation that replaces columns.

A coalition keeps some columns of the case and takes the others from a background row (the interventional value
function of Janzing, Minorics and Blöbaum 2020, arXiv:1910.13413). Values are coded as whole numbers, so that equal
composed rows are found quickly and the model is asked about each only once: where a background row agrees with
the case in a column, half of the coalitions coincide. Rows are asked about in bounded lots.

Left out: conditional distributions, which would keep columns plausible together at the price of a model of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.result import Ask
from core.hub.errors import DataError

MAX_ASKED = 65_536
"""Rows that a model is asked about at once: some 50 MB once one-hot coded."""
MAX_CELLS = 4_194_304
"""Cells of composed rows that are held at once."""
MAX_KEY = 2**62


class Composer:
    """Composes rows of cases and background rows, and asks about the different ones.

    Parameters
    ----------
    ask : callable
        From rows of ``x``'s columns to (n_rows,) finite numbers.
    x : DataFrame of shape (n_rows, n_columns)
        Cases to explain, original columns.
    background : DataFrame of shape (n_background, any)
        Rows that stand for "not knowing"; other columns than those of ``x`` are passed over.

    Raises
    ------
    DataError
        If either has no rows, or the background lacks a column.

    Examples
    --------
    >>> x, background = pd.DataFrame({"a": [1.0], "b": [5.0]}), pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 0.0]})
    >>> composer = Composer(lambda rows: rows["a"] + rows["b"], x, background)
    >>> composer.answer(0, np.array([[False, False], [False, True]])).tolist()
    [[0.0, 5.0], [1.0, 6.0]]
    """

    def __init__(self, ask: Ask, x: pd.DataFrame, background: pd.DataFrame) -> None:
        check_frames(x, background)
        self.columns = tuple(str(name) for name in x.columns)
        self.n_background, self.n_rows = len(background), len(x)
        self._ask = ask
        self._names = list(x.columns)
        coded = [_code_column(background[name], x[name]) for name in x.columns]
        self._levels = [levels for levels, _ in coded]
        codes = np.stack([each for _, each in coded], axis=1)
        self.background_codes, self.codes = codes[: len(background)], codes[len(background) :]

    def answer(self, case: int, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Answer one case with only some of its columns kept.

        Parameters
        ----------
        case : int
            Place of the case.
        kept : bool array of shape (n_coalitions, n_columns) or (n_background, n_coalitions, n_columns)
            Which columns keep the case's value; the others take the background row's.

        Returns
        -------
        array of shape (n_background, n_coalitions)
        """
        n_coalitions, n_columns = kept.shape[-2:]
        lot = max(1, MAX_CELLS // (n_coalitions * n_columns))
        found = []
        for start in range(0, self.n_background, lot):
            rows = self.background_codes[start : start + lot, None, :]
            masks = kept[start : start + lot] if kept.ndim == 3 else kept[None]  # noqa: PLR2004 one mask a draw
            composed = np.where(masks, self.codes[case], rows).reshape(-1, n_columns)
            found.append(self.ask_codes(composed).reshape(-1, n_coalitions))
        return np.concatenate(found)

    def ask_codes(self, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Ask about coded rows, each different one once; shape (n,) from (n, n_columns)."""
        first, inverse = _find_different(codes, [len(levels) for levels in self._levels])
        parts = [
            ask_rows(self._ask, self.make_frame(codes[first[start : start + MAX_ASKED]]))
            for start in range(0, len(first), MAX_ASKED)
        ]
        return np.concatenate(parts)[inverse]

    def make_frame(self, codes: NDArray[np.int64]) -> pd.DataFrame:
        """Turn coded rows into rows of the original columns."""
        values = {name: self._levels[j].take(codes[:, j]) for j, name in enumerate(self._names)}
        return pd.DataFrame(values, copy=False)


def check_frames(x: pd.DataFrame, background: pd.DataFrame) -> None:
    """Refuse cases or a background that cannot be composed.

    Raises
    ------
    DataError
        If either has no rows, or the background lacks a column.
    """
    for name, frame in (("rows to explain", x), ("background rows", background)):
        if len(frame) == 0:
            message = f"the number of {name} is 0; give at least 1"
            raise DataError(message)
    absent = [str(name) for name in x.columns if name not in background.columns]
    if absent or x.shape[1] == 0:
        what = f"lacks {', '.join(absent)}" if absent else "has no column to explain"
        message = f"the background {what}; give rows with the columns of the model"
        raise DataError(message)


def ask_rows(ask: Ask, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Ask about rows and check that there is one finite number for each.

    Raises
    ------
    DataError
        If an answer is missing or infinite.
    ValueError
        If the answers are not one number a row.
    """
    answers = np.asarray(ask(rows), dtype=np.float64)
    if answers.shape != (len(rows),):
        message = f"the answers have shape {answers.shape}; it must be ({len(rows)},)"
        raise ValueError(message)
    n_bad = int((~np.isfinite(answers)).sum())
    if n_bad:
        message = f"the answer is not a finite number in {n_bad} of {len(rows)} rows; explain a model that answers each"
        raise DataError(message)
    return answers


def _code_column(background: pd.Series, x: pd.Series) -> tuple[pd.Series | NDArray[np.generic], NDArray[np.int64]]:
    """Return the different values of a column, missing being one, and the code of each row, background first."""
    if isinstance(background.dtype, pd.CategoricalDtype):
        unseen = x.astype(object).dropna()
        levels = background.cat.categories.union(pd.Index(unseen[~unseen.isin(background.cat.categories)]), sort=False)
        kind = pd.CategoricalDtype(levels, ordered=False)
        background, x = background.astype(object).astype(kind), x.astype(object).astype(kind)
    elif x.dtype != background.dtype and x.isna().all():
        x = x.astype(background.dtype)  # a lone gap says nothing of its column's kind
    pool = pd.concat([background, x], ignore_index=True)
    codes, _ = pd.factorize(pool, use_na_sentinel=False)
    first = _find_first(codes)
    values = pool.array if isinstance(pool.dtype, pd.api.extensions.ExtensionDtype) else pool.to_numpy()
    return values.take(first), codes.astype(np.int64)


def _find_first(codes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return where each code first occurs, for codes numbered in the order of their appearance."""
    first = np.empty(codes.max() + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def _find_different(codes: NDArray[np.int64], sizes: Sequence[int]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return where each different row first occurs, and which of them each row is, from one number a row."""
    keys, span = np.zeros(len(codes), dtype=np.int64), 1
    for j, size in enumerate(sizes):
        if span * size > MAX_KEY:  # number anew what has been seen, so that the key stays a whole number of 64 bits
            keys = pd.factorize(keys)[0].astype(np.int64)
            span = int(keys.max()) + 1
        keys = keys * size + codes[:, j]
        span *= size
    inverse = pd.factorize(keys)[0].astype(np.int64)
    return _find_first(inverse), inverse
