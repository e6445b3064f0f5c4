"""SHAP values of the original columns by the shap package (S. Lundberg and S.-I. Lee 2017, arXiv:1705.07874).

Columns are handed to it as whole-number codes of their values, categories and gaps among them, and decoded before
the model is asked, so a category is one column and not a bundle of zeros and ones. Up to 12 columns its ``Exact``
explainer enumerates; past that its ``Permutation`` explainer walks antithetic orders. Either adds up to the answer.

The background is cut into blocks that are explained apart: their mean is the explanation by the whole background, and
their spread gives the error bars. Two traps are avoided: by default the package explains by 100 sampled background
rows, and it takes numbers closer than 0.001% for equal.

Left out: TreeExplainer and LinearExplainer, which explain coded columns of one kind of model.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.composing import Composer
from core.evaluation.attribution.result import LEVEL, Ask, Attribution
from core.evaluation.attribution.shapley import MAX_COLUMNS

N_BLOCKS = 5
N_ORDERS = 10
"""Orders of each block past 12 columns, each walked there and back."""


def shap_values(
    ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int = 0, n_blocks: int = N_BLOCKS
) -> Attribution:
    """Explain each row by the shap package, on the original columns.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    x : DataFrame of shape (n_rows, n_columns)
        Rows to explain.
    background : DataFrame of shape (n_background, any)
        Rows that stand for "not knowing", all of them used.
    seed : int
        Of the blocks and, past 12 columns, of the orders.
    n_blocks : int
        Blocks of the background; 1 gives no error bars and is quickest.

    Returns
    -------
    Attribution
        Exact up to 12 columns; adds up to the answer in any case. Error bars are Student's 95% interval over the
        blocks; past 12 columns they hold the noise of the orders as well.

    Raises
    ------
    DataError
        If there are no rows, the background lacks a column, or an answer is not a finite number.

    Examples
    --------
    >>> x, background = pd.DataFrame({"a": [1.0], "b": ["y"]}), pd.DataFrame({"a": [0.0, 0.0], "b": ["n", "n"]})
    >>> found = shap_values(lambda rows: rows["a"] * (rows["b"] == "y") + rows["a"], x, background)
    >>> found.values.round(6).tolist()
    [[1.5, 0.5]]
    """
    composer = Composer(ask, x, background)
    shap = _import_shap()
    order = np.random.default_rng(seed).permutation(composer.n_background)
    blocks = np.array_split(order, max(1, min(n_blocks, composer.n_background)))
    shares = np.array([len(block) for block in blocks]) / composer.n_background
    with _kept_random_state():
        found = [_explain_block(shap, composer, composer.background_codes[block], seed) for block in blocks]
    values, bases = np.stack([each[0] for each in found]), np.array([each[1] for each in found])
    mean = np.tensordot(shares, values, axes=1)
    low, high = _bound_mean(mean, values, shares)
    answers = composer.ask_codes(composer.codes)
    return Attribution("SHAP", composer.columns, mean, float(shares @ bases), low, high, answers)


def _explain_block(
    shap: Any, composer: Composer, background: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.float64], float]:
    """Explain every row by one block of the background: values of shape (n_rows, n_columns), and the base."""

    def answer(codes: NDArray[np.float64]) -> NDArray[np.float64]:
        return composer.ask_codes(codes.astype(np.int64))

    n_columns = len(composer.columns)
    masker = shap.maskers.Independent(background.astype(np.float64), max_samples=len(background))
    rows = composer.codes.astype(np.float64)
    if n_columns <= MAX_COLUMNS:
        explained = shap.explainers.Exact(answer, masker)(rows, batch_size=2**n_columns, silent=True)
    else:
        explainer = shap.explainers.Permutation(answer, masker, seed=seed)
        n_steps = 2 * n_columns + 1
        explained = explainer(rows, max_evals=N_ORDERS * n_steps, batch_size=n_steps, silent=True)
    return np.asarray(explained.values, dtype=np.float64), float(np.ravel(explained.base_values)[0])


def _bound_mean(
    mean: NDArray[np.float64], values: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Bound the mean over the blocks by Student's t; nothing where there is one block."""
    from scipy.stats import t

    n_blocks = len(shares)
    if n_blocks == 1:
        return None, None
    spread = np.sqrt(np.tensordot(shares, (values - mean) ** 2, axes=1) / (n_blocks - 1))
    half = t.ppf((1 + LEVEL) / 2, n_blocks - 1) * spread
    return mean - half, mean + half


@lru_cache(maxsize=1)
def _import_shap() -> Any:
    """Import the shap package with its loops left in plain Python.

    Compiling them takes ten seconds or more at the first explanation of each process and saves a few hundredths of
    one afterwards: the time goes into asking the model.
    """
    import numba

    config: Any = numba.config
    before, config.DISABLE_JIT = config.DISABLE_JIT, 1
    with warnings.catch_warnings():
        # Its colour maps set their ends by methods that Matplotlib is about to retire; nothing here draws by them.
        warnings.filterwarnings("ignore", "The set_(bad|over|under) function", PendingDeprecationWarning)
        try:
            import shap
        finally:
            config.DISABLE_JIT = before
    return shap


@contextmanager
def _kept_random_state() -> Iterator[None]:
    """Put NumPy's global random state back, which the package's explainers seed."""
    state = np.random.get_state()  # noqa: NPY002 the package draws from the global state
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002 see above
