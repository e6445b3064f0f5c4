"""Recurrent cells by hand: the plain one and the LSTM, forward and backward through time.

A plain cell keeps h_t = tanh(W x_t + U h_{t-1} + b). Going back, the slope meets U and tanh' at every step and fades or
explodes. An LSTM keeps a second state c_t = f·c_{t-1} + i·g that is passed on by a gate f alone; h_t = o·tanh(c_t).

Method: Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735; forget gate of Gers et al. 2000,
https://doi.org/10.1162/089976600300015015; gates in torch.nn.LSTM's order (i, f, g, o), whose weights can be put in.
Bengio et al. 1994, https://doi.org/10.1109/72.279181, on why the slope fades.

Left out: peepholes, projections, several layers (they are stacked by running one cell after another).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Array = NDArray[np.floating[Any]]
Kind = Literal["rnn", "lstm"]
N_GATES = {"rnn": 1, "lstm": 4}


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The weights of a cell.

    Parameters
    ----------
    kind : str
        ``rnn`` or ``lstm``.
    inputs : array of shape (n_gates · units, size)
    hidden : array of shape (n_gates · units, units)
    bias : array of shape (n_gates · units,)
        Torch keeps two; this is their sum.
    """

    kind: Kind
    inputs: Array
    hidden: Array
    bias: Array

    @property
    def units(self) -> int:
        """Return the length of the state."""
        return int(self.hidden.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What a cell did, kept for the way back.

    Parameters
    ----------
    states : array of shape (n, steps, units)
        The state after each step; a masked step repeats the one before.
    before : array of shape (n, steps, units)
        The state each step began with.
    gates : array of shape (n, steps, n_gates · units)
    cells, cells_before : arrays of shape (n, steps, units)
        The LSTM's second state after and before each step; empty for the plain cell.
    """

    states: Array
    before: Array
    gates: Array
    cells: Array
    cells_before: Array


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """How the loss changes with what a cell received, its weights and its states.

    Parameters
    ----------
    x : array of shape (n, steps, size)
    inputs, hidden, bias : arrays
        Shaped as the cell's weights.
    states : array of shape (n, steps, units)
        With each state, by all ways that lead on from it.
    """

    x: Array
    inputs: Array
    hidden: Array
    bias: Array
    states: Array


def make_cell(kind: Kind, size: int, units: int, seed: int = 0, scale: float | None = None) -> Cell:
    """Draw a cell's weights: uniform within ±``scale``, 1 / √units by default; an LSTM's forget bias is 1.

    Examples
    --------
    >>> make_cell("lstm", 3, 5).hidden.shape
    (20, 5)
    """
    if kind not in N_GATES or min(size, units) < 1:
        message = f"kind is {kind!r}, size {size}, units {units}; take rnn or lstm, and 1 or more of each"
        raise DataError(message)
    rng, reach = np.random.default_rng(seed), scale or units**-0.5
    rows = N_GATES[kind] * units
    bias = np.zeros(rows)
    if kind == "lstm":
        # Jozefowicz et al. 2015: begin by remembering.
        bias[units : 2 * units] = 1.0
    return Cell(kind, rng.uniform(-reach, reach, (rows, size)), rng.uniform(-reach, reach, (rows, units)), bias)


def run_cell(cell: Cell, x: Array, mask: NDArray[np.bool_] | None = None) -> Trace:
    """Run a cell over sequences, from a state of zeros.

    Parameters
    ----------
    x : array of shape (n, steps, size)
    mask : bool array of shape (n, steps), optional
        False where a sequence is over: the state is kept.

    Raises
    ------
    DataError
        If the inputs are not of the cell's size.

    Examples
    --------
    >>> one = Cell("rnn", np.array([[1.0]]), np.array([[0.5]]), np.zeros(1))
    >>> run_cell(one, np.array([[[1.0], [0.0]]])).states.round(3).ravel().tolist()
    [0.762, 0.363]
    """
    if x.ndim != 3 or x.shape[2] != cell.inputs.shape[1]:  # noqa: PLR2004 — sequences, steps, numbers
        message = f"the input has shape {x.shape}; it must be (sequences, steps, {cell.inputs.shape[1]})"
        raise DataError(message)
    n, steps, _ = x.shape
    fed = x @ cell.inputs.T + cell.bias  # (n, steps, n_gates * units)
    trace = _make_trace(cell, fed, n, steps)
    state: Array = np.zeros((n, cell.units), fed.dtype)
    second = state
    turned = np.ascontiguousarray(cell.hidden.T)
    for step in range(steps):
        trace.before[:, step] = state
        total = fed[:, step] + state @ turned
        if cell.kind == "rnn":
            trace.gates[:, step] = fresh = np.tanh(total)
        else:
            trace.cells_before[:, step] = second
            fresh, following = _step_lstm(total, second, trace.gates[:, step])
            second = following if mask is None else np.where(mask[:, step, None], following, second)
            trace.cells[:, step] = second
        state = fresh if mask is None else np.where(mask[:, step, None], fresh, state)
        trace.states[:, step] = state
    return trace


def _make_trace(cell: Cell, fed: Array, n: int, steps: int) -> Trace:
    """Make room for what a run keeps."""
    shape = (n, steps, cell.units)
    cells = shape if cell.kind == "lstm" else (n, 0, cell.units)
    return Trace(*(np.empty(each, fed.dtype) for each in (shape, shape, fed.shape, cells, cells)))


def _step_lstm(total: Array, second: Array, gates: Array) -> tuple[Array, Array]:
    """Take one step: fill in the four gates; return the state and the second state."""
    units = second.shape[1]
    # One tanh for all four: s(x) = (1 + tanh(x / 2)) / 2.
    scaled = 0.5 * total
    scaled[:, 2 * units : 3 * units] *= 2
    np.tanh(scaled, out=gates)
    for place in (0, 1, 3):
        part = gates[:, place * units : (place + 1) * units]
        part += 1
        part *= 0.5
    keep, forget, new, out = (gates[:, place * units : (place + 1) * units] for place in range(4))
    following = forget * second + keep * new
    return out * np.tanh(following), following


def carry_back(cell: Cell, x: Array, trace: Trace, slopes: Array, mask: NDArray[np.bool_] | None = None) -> Slopes:
    """Carry slopes at the states back through time.

    Parameters
    ----------
    x : array of shape (n, steps, size)
        What the cell ran over.
    trace : Trace
    slopes : array of shape (n, steps, units)
        How the loss changes with each state directly.
    mask : bool array of shape (n, steps), optional
        The one that it ran with.
    """
    n, steps, _ = x.shape
    state = second = np.zeros((n, cell.units), slopes.dtype)
    raw = np.zeros_like(trace.gates)
    states = np.empty_like(trace.states)
    for step in reversed(range(steps)):
        state = states[:, step] = slopes[:, step] + state
        held, kept = (0.0, 0.0) if mask is None else (state * ~mask[:, step, None], second * ~mask[:, step, None])
        if mask is not None:
            state, second = state * mask[:, step, None], second * mask[:, step, None]
        if cell.kind == "rnn":
            raw[:, step] = state * (1 - trace.gates[:, step] ** 2)
        else:
            raw[:, step], second = _step_back(trace, step, state, second)
        state, second = raw[:, step] @ cell.hidden + held, second + kept
    flat = raw.reshape(n * steps, -1)
    return Slopes(
        raw @ cell.inputs, flat.T @ x.reshape(n * steps, -1),
        flat.T @ trace.before.reshape(n * steps, -1), flat.sum(axis=0), states,
    )  # fmt: skip


def _step_back(trace: Trace, step: int, state: Array, second: Array) -> tuple[Array, Array]:
    """Go one step back in an LSTM; return the slopes before the gates' curves and at the second state before."""
    units = state.shape[1]
    keep, forget, new, out = (trace.gates[:, step, place * units : (place + 1) * units] for place in range(4))
    bent = np.tanh(trace.cells[:, step])
    total = second + state * out * (1 - bent**2)
    raw = np.concatenate(
        [
            total * new * keep * (1 - keep),
            total * trace.cells_before[:, step] * forget * (1 - forget),
            total * keep * (1 - new**2),
            state * bent * out * (1 - out),
        ],
        axis=1,
    )
    return raw, total * forget
