"""The two-way LSTM with attention in NumPy: words to a probability, and back from it to what each word did.

Each word's vector goes through one LSTM forwards and another backwards. Attention scores every word's two states with
e_t = q · tanh(A s_t + a); softmax over the words makes weights of it, the weighted sum of the states is the text, and
one dense layer reads it.

Method: Schuster & Paliwal 1997, https://doi.org/10.1109/78.650093; attention pooling of Yang et al. 2016,
https://doi.org/10.18653/v1/N16-1174, words only. Trained in PyTorch (``bilstm_training``), run and differentiated here.

Left out: several layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError
from core.text.sentiment.recurrent import Array, Cell, Trace, carry_back, run_cell

WEIGHTS = ("forward_inputs", "forward_hidden", "forward_bias", "backward_inputs", "backward_hidden", "backward_bias",
           "attend", "attend_bias", "query", "dense", "dense_bias")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """All weights.

    Parameters
    ----------
    ahead, back : Cell
        The LSTM that reads forwards and the one that reads backwards.
    attend : array of shape (n_attend, 2 · units)
    attend_bias, query : arrays of shape (n_attend,)
    dense : array of shape (2 · units,)
    dense_bias : array of shape (1,)
    """

    ahead: Cell
    back: Cell
    attend: Array
    attend_bias: Array
    query: Array
    dense: Array
    dense_bias: Array


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """One run of the network.

    Parameters
    ----------
    logits : array of shape (n,)
    attention : array of shape (n, steps)
        Shares that add up to 1, 0 where a text is over.
    states : array of shape (n, steps, 2 · units)
    bent : array of shape (n, steps, n_attend)
        tanh(A s + a).
    traces : the two cells' traces, the second in reading order of the turned text
    """

    logits: Array
    attention: Array
    states: Array
    bent: Array
    traces: tuple[Trace, Trace]


def find_turned(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return, for each place, the place it has when each text is read backwards; padding stays at the end.

    Examples
    --------
    >>> find_turned(np.array([[True, True, False]])).tolist()
    [[1, 0, 2]]
    """
    steps = np.arange(mask.shape[1])
    length = mask.sum(axis=1, keepdims=True)
    return np.where(mask, length - 1 - steps, steps)


def run_network(network: Network, x: Array, mask: NDArray[np.bool_]) -> Pass:
    """Run the network over word vectors.

    Parameters
    ----------
    x : array of shape (n, steps, size)
    mask : bool array of shape (n, steps)
        True where a word stands; each row begins with one.
    """
    turned = find_turned(mask)[..., None]
    ahead = run_cell(network.ahead, x, mask)
    back = run_cell(network.back, np.take_along_axis(x, turned, axis=1), mask)
    states = np.concatenate([ahead.states, np.take_along_axis(back.states, turned, axis=1)], axis=2)
    bent = np.tanh(states @ network.attend.T + network.attend_bias)
    scores = np.where(mask, bent @ network.query, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    attention = powers / powers.sum(axis=1, keepdims=True)
    pooled = np.einsum("nt,ntu->nu", attention, states)
    return Pass(pooled @ network.dense + network.dense_bias[0], attention, states, bent, (ahead, back))


def find_input_slopes(network: Network, x: Array, mask: NDArray[np.bool_]) -> Array:
    """Return how each text's logit changes with each number of its word vectors.

    Parameters
    ----------
    x : array of shape (n, steps, size)
    mask : bool array of shape (n, steps)

    Returns
    -------
    array of shape (n, steps, size)
        Zero where a text is over.
    """
    done = run_network(network, x, mask)
    weights = done.attention[..., None]
    # What a word's states add directly, then what they change through its share of the attention.
    direct = done.states @ network.dense  # (n, steps)
    score = done.attention * (direct - (done.attention * direct).sum(axis=1, keepdims=True))
    through = (score[..., None] * network.query * (1 - done.bent**2)) @ network.attend
    slopes = (weights * network.dense + through) * mask[..., None]
    units, turned = network.ahead.units, find_turned(mask)[..., None]
    ahead = carry_back(network.ahead, x, done.traces[0], slopes[..., :units], mask).x
    reversed_x = np.take_along_axis(x, turned, axis=1)
    reversed_slopes = np.take_along_axis(slopes[..., units:], turned, axis=1)
    back = carry_back(network.back, reversed_x, done.traces[1], reversed_slopes, mask).x
    return np.asarray(ahead + np.take_along_axis(back, turned, axis=1))


def network_to_arrays(network: Network) -> dict[str, Array]:
    """Return all weights by name."""
    cells = [part for cell in (network.ahead, network.back) for part in (cell.inputs, cell.hidden, cell.bias)]
    rest = [network.attend, network.attend_bias, network.query, network.dense, network.dense_bias]
    return dict(zip(WEIGHTS, [*cells, *rest], strict=True))


def network_from_arrays(arrays: Mapping[str, Array]) -> Network:
    """Put weights by name together.

    Raises
    ------
    ArtifactError
        If one is missing, not finite, or their shapes do not fit together.
    """
    missing = [name for name in WEIGHTS if name not in arrays]
    if missing:
        message = f"the stored BiLSTM lacks {missing[0]}; train it again"
        raise ArtifactError(message)
    held = [np.asarray(arrays[name], np.float32) for name in WEIGHTS]
    network = Network(Cell("lstm", *held[:3]), Cell("lstm", *held[3:6]), *held[6:])
    rows, size = held[0].shape if held[0].ndim == 2 else (0, 0)  # noqa: PLR2004 — a matrix
    units, n_attend = rows // 4, len(np.atleast_1d(held[6]))
    shapes = [(rows, size), (rows, units), (rows,)] * 2
    shapes += [(n_attend, 2 * units), (n_attend,), (n_attend,), (2 * units,), (1,)]
    wrong = [n for n, part, shape in zip(WEIGHTS, held, shapes, strict=True) if part.shape != shape or rows % 4]
    wrong += [name for name, part in zip(WEIGHTS, held, strict=True) if not np.isfinite(part).all()]
    if wrong:
        message = f"the stored BiLSTM's {wrong[0]} is damaged; train it again"
        raise ArtifactError(message)
    return network
