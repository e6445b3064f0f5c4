"""Trees as plain arrays: asked for many rows at once in NumPy, stored as npz, equal to scikit-learn's own answer.

scikit-learn spends some milliseconds on a forest however few rows it is asked about, which a stream cannot afford; here
a batch goes down all trees together, a level at a time. A leaf points to itself, so a row may take more steps than its
way is long.

Left out: growing trees, which scikit-learn does; missing values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 2_048
"""Rows that go down together: few enough that their nodes stay in the processor's cache."""
WHOLE = ("feature", "left", "right", "roots")
"""Arrays of whole numbers."""
STEPS_AT_ONCE = 4
"""Steps after which rows that have reached their leaf are left alone: leaves lie far nearer than the deepest one."""


@dataclass(frozen=True, eq=False)
class Trees:
    """Nodes of all trees, one after another.

    Parameters
    ----------
    feature, left, right : int64 arrays of shape (n_nodes,)
        The column a node asks about and where rows go that are at most the threshold, or above it.
    threshold, value : float64 arrays of shape (n_nodes,)
        The value of each node; only a leaf's is read.
    roots : int64 array of shape (n_trees,)
    depth : int
        Steps from a root to the deepest leaf.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    roots: NDArray[np.int64]
    depth: int

    @cached_property
    def children(self) -> NDArray[np.int64]:
        """Right and left of each node in turn, so that one look finds the next node; shape (2 n_nodes,)."""
        return np.column_stack([self.right, self.left]).ravel()

    def average(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over the trees of each row's leaf value.

        Parameters
        ----------
        x : array of shape (n, n_columns)
            Compared as float32, as scikit-learn does.

        Returns
        -------
        float64 array of shape (n,)
        """
        narrow = np.ascontiguousarray(x, dtype=np.float32)
        parts = [self._average(narrow[at : at + ROWS_AT_ONCE]) for at in range(0, len(narrow), ROWS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _average(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Take one batch down all trees."""
        flat, width = x.ravel(), x.shape[1]
        base = np.repeat(np.arange(len(x)) * width, len(self.roots))
        leaf = np.tile(self.roots, len(x))
        moving, node = np.arange(len(leaf)), leaf
        for step in range(1, self.depth + 1):
            goes_left = flat.take(base + self.feature.take(node)) <= self.threshold.take(node)
            node = self.children.take(2 * node + goes_left)
            if step % STEPS_AT_ONCE == 0:
                leaf[moving] = node
                still = np.flatnonzero(self.left.take(node) != node)
                moving, node, base = moving[still], node[still], base[still]
        leaf[moving] = node
        return np.asarray(self.value[leaf].reshape(len(x), -1).mean(axis=1))


def make_trees(grown: Iterable[tuple[Any, NDArray[np.float64]]]) -> Trees:
    """Lay scikit-learn's trees out as arrays.

    Parameters
    ----------
    grown : iterable of (tree, values)
        Each estimator's ``tree_`` and the value of each of its nodes, shape (node_count,).

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> x, y = np.arange(8.0).reshape(-1, 1), np.array([0, 0, 0, 1, 1, 5, 5, 5.0])
    >>> fitted = DecisionTreeRegressor(max_depth=2).fit(x, y)
    >>> trees = make_trees([(fitted.tree_, fitted.tree_.value[:, 0, 0])])
    >>> bool((trees.average(x) == fitted.predict(x)).all())
    True
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    roots, depth, start = [], 0, 0
    for tree, values in grown:
        here = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        parts["feature"].append(np.where(leaf, 0, tree.feature))
        parts["threshold"].append(np.where(leaf, np.inf, tree.threshold))
        parts["left"].append(np.where(leaf, here, tree.children_left) + start)
        parts["right"].append(np.where(leaf, here, tree.children_right) + start)
        parts["value"].append(values)
        roots.append(start)
        depth, start = max(depth, int(tree.max_depth)), start + tree.node_count
    joined = {name: np.concatenate(each) for name, each in parts.items()}
    whole = {name: joined[name].astype(np.int64) for name in ("feature", "left", "right")}
    return Trees(**whole, threshold=joined["threshold"], value=joined["value"],
                 roots=np.array(roots, dtype=np.int64), depth=depth)  # fmt: skip


def trees_to_arrays(trees: Trees) -> dict[str, NDArray[Any]]:
    """Name the arrays of trees, for npz; 32 bits are enough for their numbers."""
    whole = {name: getattr(trees, name).astype(np.int32) for name in WHOLE}
    return whole | {"threshold": trees.threshold, "value": trees.value, "depth": np.array(trees.depth)}


def trees_from_arrays(arrays: dict[str, NDArray[Any]]) -> Trees:
    """Build trees from what :func:`trees_to_arrays` gave, after a check that no node points outside.

    Raises
    ------
    ValueError
        If a node points outside the arrays.
    """
    n_nodes, depth = len(arrays["value"]), int(arrays["depth"])
    pointers = np.concatenate([arrays["left"], arrays["right"], arrays["roots"]])
    if pointers.min(initial=0) < 0 or pointers.max(initial=0) >= n_nodes or arrays["feature"].min(initial=0) < 0:
        message = f"a node points outside the {n_nodes} nodes of the stored trees"
        raise ValueError(message)
    whole = {name: arrays[name].astype(np.int64) for name in WHOLE}
    return Trees(**whole, threshold=arrays["threshold"], value=arrays["value"], depth=depth)
