"""Let the head learn alone before the encoder moves, so that its first gradients do not spoil what the encoder knows.

A random head sends large wrong gradients into layers that know a hundred languages; a head that already answers sends
small ones, and what the encoder knows of languages that it does not see is bent less (Kumar et al. 2022,
https://arxiv.org/abs/2202.10054). The head alone is a linear problem, solved to the end by L-BFGS.

Left out: choosing the penalty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.text._shared.fine_tuning import pad_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from core.text._shared.bert_graph import Array, BertShape
    from core.text.multilingual.mixing import Lessons

MOST_TEXTS, BATCH = 4_800, 64
PENALTY = 1e-3
"""Of the squares of the head's weights, for vectors brought to a spread of 1."""
NEUTRAL, HIDDEN = 1, -1e4


def learn_head(
    weights: Mapping[str, Array], shape: BertShape, lessons: Lessons, ids: Sequence[Sequence[int]], seed: int
) -> dict[str, Array]:
    """Fit the head alone.

    Parameters
    ----------
    ids : sequence of sequences of int
        Token numbers of each text; some thousands of them are drawn.

    Returns
    -------
    dict of name to array
        All weights; only those of the head are new.
    """
    rows = np.random.default_rng(seed).permutation(len(ids))[:MOST_TEXTS]
    vectors = read_vectors(weights, shape, [ids[row] for row in rows])
    kernel, bias = fit_head(vectors, lessons.targets[rows], lessons.two[rows])
    return {**weights, "head.w": kernel, "head.b": bias}


def read_vectors(weights: Mapping[str, Array], shape: BertShape, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return the vector (n, width) that the head reads of each text."""
    import torch

    from core.text._shared.torch_bert import make_bert

    net = make_bert(weights, shape).eval()
    found = np.zeros((len(ids), weights["head.w"].shape[1]), np.float32)
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            numbers, mask = pad_inputs([torch.tensor(ids[row], dtype=torch.int64) for row in rows])
            hidden = net.climb(net.enter(net.find_words(numbers)), mask, 0, net.n_layers)
            found[rows] = net.pool(hidden.float(), mask).numpy()
    return found


def fit_head(vectors: NDArray[np.float32], targets: NDArray[np.float32], two: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Fit a head's kernel (3, width) and bias (3,) to targets (n, 3); where ``two``, neutral is left out.

    Examples
    --------
    >>> vectors = np.array([[1, 5], [-1, 5], [1, 5], [-1, 5]], np.float32)
    >>> targets = np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1], [1, 0, 0]], np.float32)
    >>> kernel, bias = fit_head(vectors, targets, np.ones(4, bool))
    >>> (vectors @ kernel.T + bias).argmax(axis=1).tolist()
    [2, 0, 2, 0]
    """
    from scipy.optimize import minimize

    middle, spread = vectors.mean(axis=0), max(float(vectors.std(axis=0).mean()), 1e-6)
    x = ((vectors - middle) / spread).astype(np.float64)
    hidden = np.where(two[:, None] & (np.arange(targets.shape[1]) == NEUTRAL), HIDDEN, 0.0)
    size = (targets.shape[1], x.shape[1])

    def lose(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        kernel, bias = values[: -size[0]].reshape(size), values[-size[0] :]
        shares = _find_log_shares(x @ kernel.T + bias + hidden)
        gap = (np.exp(shares) - targets) / len(x)
        loss = -(targets * shares).sum() / len(x) + PENALTY * (kernel**2).sum()
        return float(loss), np.concatenate([(gap.T @ x + 2 * PENALTY * kernel).ravel(), gap.sum(axis=0)])

    found: Any = minimize(lose, np.zeros(size[0] * (size[1] + 1)), jac=True, method="L-BFGS-B").x
    kernel = found[: -size[0]].reshape(size) / spread
    return kernel.astype(np.float32), (found[-size[0] :] - kernel @ middle).astype(np.float32)


def _find_log_shares(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of softmax."""
    moved = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)))
