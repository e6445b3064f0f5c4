"""Trees of arrays walked by LightGBM's compiled loop, which a handful of payments pays no start-up for.

A walk in NumPy takes a step of all rows at once and some microseconds for each step, however few the rows are: a third
of a millisecond for one payment, and a stream is mostly asked about few. So the arrays are written in LightGBM's own
text (https://lightgbm.readthedocs.io/en/stable/Parameters.html, ``precise_float_parser``) and asked through it. Rows
are compared as float32, as in ``trees``; the leaves are the same and their mean differs in its last digit at most.

Left out: storing that text; it is made of the arrays, in a tenth of a second, when a model is first asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.streaming.fraud.trees import Trees

if TYPE_CHECKING:
    import lightgbm

_UNREAD = ("split_gain", "decision_type", "internal_value", "internal_weight", "internal_count")
"""What a file must have of each inner node and this use does not need; decision 0 is a number without gaps."""


class NativeTrees:
    """Trees that LightGBM asks.

    Parameters
    ----------
    trees : Trees
        Laid out by ``trees.make_trees``: one tree after another, each from its root on.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from core.streaming.fraud.trees import make_trees
    >>> x, y = np.arange(8.0).reshape(-1, 1), np.array([0, 0, 0, 1, 1, 5, 5, 5.0])
    >>> fitted = DecisionTreeRegressor(max_depth=2).fit(x, y)
    >>> NativeTrees(make_trees([(fitted.tree_, fitted.tree_.value[:, 0, 0])])).average(x).tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0, 5.0, 5.0, 5.0]
    """

    def __init__(self, trees: Trees) -> None:
        self._n_columns = int(trees.feature.max(initial=0)) + 1
        self._booster = _load(_write_text(trees, self._n_columns))

    def average(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over the trees of each row's leaf value; rows (n, n_columns) to shape (n,)."""
        if not len(x):
            return np.empty(0)
        narrow = np.asarray(x[:, : self._n_columns], dtype=np.float32).astype(np.float64)
        return np.asarray(self._booster.predict(narrow, num_threads=1), dtype=np.float64)


def _load(text: str) -> lightgbm.Booster:
    """Read a model's text."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def _write_text(trees: Trees, n_columns: int) -> str:
    """Write trees as the text of a model whose answer is the mean of its trees."""
    ends = [*trees.roots[1:].tolist(), len(trees.value)]
    parts = [
        _write_tree(trees, *span, number) for number, span in enumerate(zip(trees.roots.tolist(), ends, strict=True))
    ]
    head = {
        "version": "v4", "num_class": "1", "num_tree_per_iteration": "1", "label_index": "0",
        "max_feature_idx": str(n_columns - 1), "objective": "regression",
    }  # fmt: skip
    tail = {
        "feature_names": _join(f"column_{place}" for place in range(n_columns)),
        "feature_infos": _join(["none"] * n_columns),
        "tree_sizes": _join(len(part) for part in parts),
    }
    body = "".join(parts)
    return (
        f"tree\n{_write_pairs(head)}average_output\n{_write_pairs(tail)}\n{body}end of trees\n\n"
        "parameters:\n[precise_float_parser: 1]\nend of parameters\n"
    )


def _write_tree(trees: Trees, begin: int, end: int, number: int) -> str:
    """Write the tree of one span of nodes: inner nodes are numbered from 0 up, leaves from -1 down."""
    left, right = trees.left[begin:end] - begin, trees.right[begin:end] - begin
    is_leaf = left == np.arange(end - begin)
    if end - begin == 1:  # a tree that never asks becomes one whose two answers are the same
        return _describe(number, [0], [0.0], ([-1], [-2]), trees.value[[begin, begin]].tolist())
    code = np.where(is_leaf, ~(np.cumsum(is_leaf) - 1), np.cumsum(~is_leaf) - 1)
    inner = np.flatnonzero(~is_leaf)
    return _describe(
        number,
        trees.feature[begin + inner].tolist(),
        trees.threshold[begin + inner].tolist(),
        (code[left[inner]].tolist(), code[right[inner]].tolist()),
        trees.value[begin:end][is_leaf].tolist(),
    )


def _describe(
    number: int,
    features: list[int],
    thresholds: list[float],
    children: tuple[list[int], list[int]],
    values: list[float],
) -> str:
    """Write one tree by its lists; Python writes a float with as many digits as tell it from every other."""
    zeros = dict.fromkeys(_UNREAD, _join([0] * len(features)))
    return f"Tree={number}\n" + _write_pairs({
        "num_leaves": str(len(values)), "num_cat": "0", "split_feature": _join(features),
        "threshold": _join(map(repr, thresholds)), **zeros, "left_child": _join(children[0]),
        "right_child": _join(children[1]), "leaf_value": _join(map(repr, values)),
        "leaf_weight": _join([0] * len(values)), "leaf_count": _join([0] * len(values)), "is_linear": "0",
        "shrinkage": "1",
    }) + "\n\n"  # fmt: skip


def _join(values: Iterable[object]) -> str:
    """Write values with a space between them."""
    return " ".join(map(str, values))


def _write_pairs(pairs: dict[str, str]) -> str:
    """Write a line for each name and its value."""
    return "".join(f"{name}={value}\n" for name, value in pairs.items())
