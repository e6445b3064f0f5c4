"""Which words the answer hangs on, by its slopes: gradient × input, and integrated gradients.

Gradient × input takes the slope where the text is and goes along the whole vector (M. Denil, A. Demiraj and N. de
Freitas 2014, arXiv:1412.6815). Where the network is sure of itself it is flat, and slopes say little. Integrated
gradients average the slope along the straight way from a text of nothing to this one (M. Sundararajan, A. Taly and
Q. Yan 2017, arXiv:1703.01365): their effects add up to what the answer has moved, exactly for endlessly many steps. How
much is missing at a given number of steps, the completeness gap, is the proof of the calculation.

The average is the trapezoid rule with twice as many steps each time, until the gap is small; earlier points are kept,
so each number of steps costs only its new points.

Left out: slopes averaged over noise (SmoothGrad); ways that are not straight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from core.hub.errors import RecipeError
from core.text.sentiment.explain.backward import find_slopes, weigh_margin
from core.text.sentiment.explain.network import Floats
from core.text.sentiment.explain.reader import MAX_PIECES, BertReader, Reading
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import NOWHERE, sum_pieces

Start = Literal["mask", "pad", "zero"]
STARTS: tuple[Start, ...] = ("mask", "pad", "zero")
MAX_STEPS = 256
SMALL_GAP = 0.02
"""Share of the answer's move that may be missing before steps are no longer doubled."""


def gradient_times_input(reader: BertReader, text: str) -> WordEffects:
    """Multiply the slope of the answer with respect to each piece's vector by that vector.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    reading = reader.read(text)
    words = reader.network.embed(reading.ids[None])
    trace = reader.network.run(words, reading.mask)
    slopes = find_slopes(reader.network, trace, weigh_margin(reader.network, 1))
    values = sum_pieces((slopes * words)[0].sum(axis=1), reading.places, len(reading.words))
    return WordEffects("gradient × input", reading.words, values, answer=float(trace.margins[0]))


def integrated_gradients(
    reader: BertReader, text: str, max_steps: int = 64, start: Start = "mask", small_gap: float = SMALL_GAP
) -> WordEffects:
    """Average the slope along the way from a text of nothing to this one.

    Parameters
    ----------
    max_steps : int
        A power of two, 1 to 256; steps are doubled up to it. More make the gap smaller and cost in proportion.
    start : str
        What "nothing" is: each piece the encoder's own mark for a hidden one (``mask``), for padding (``pad``), or a
        vector of zeros (``zero``). Marks at the ends of a text stay.
    small_gap : float
        Share of the answer's move at which to stop; 0 goes on to ``max_steps``.

    Returns
    -------
    WordEffects
        ``steps`` holds each number of steps with its gap in log-odds.

    Raises
    ------
    RecipeError
        If a setting is out of range.
    DataError, LimitError
        If the text has no word, or more than 256.
    """
    _check(max_steps, start)
    reading = reader.read(text)
    end = reader.network.embed(reading.ids[None])
    begin = make_start(reader, reading, end, start)
    move = end - begin
    answers = reader.network.run(np.concatenate([begin, end]), np.repeat(reading.mask, 2, axis=0)).margins
    base, answer = (float(each) for each in answers)

    def add_slopes(places: Floats) -> Floats:
        return _sum_slopes(reader, reading, (begin, move), places)

    values, steps = average_slopes(add_slopes, move[0], answer - base, max_steps, small_gap)
    effects = sum_pieces(values, reading.places, len(reading.words))
    return WordEffects("integrated gradients", reading.words, effects, base, answer, adds_up=True, steps=steps)


def average_slopes(
    add_slopes: Callable[[Floats], Floats], move: Floats, whole: float, max_steps: int, small_gap: float
) -> tuple[Floats, tuple[tuple[int, float], ...]]:
    """Average slopes along a way by the trapezoid rule, doubling the steps until little is missing.

    Parameters
    ----------
    add_slopes : callable
        From places on the way, 0 its begin and 1 its end, to the sum of the slopes there, shape (t, width).
    move : array of shape (t, width)
        From begin to end.
    whole : float
        How far the answer moves.

    Returns
    -------
    array of shape (t,), tuple of (int, float)
        Each piece's effect; each number of steps and what was missing then.

    Examples
    --------
    >>> along = lambda places: np.array([[(2 * places).sum()]])  # the slope of a square
    >>> average_slopes(along, np.ones((1, 1)), 1.0, 8, 0.0)
    (array([1.]), ((1, 0.0),))
    """
    mean = add_slopes(np.array([0.0, 1.0])) / 2
    n_steps, steps = 1, []
    while True:
        values = (mean * move).sum(axis=1)
        steps.append((n_steps, float(abs(values.sum() - whole))))
        if n_steps >= max_steps or steps[-1][1] <= small_gap * abs(whole):
            return values, tuple(steps)
        middles = (np.arange(n_steps) + 0.5) / n_steps
        mean = mean / 2 + add_slopes(middles) / (2 * n_steps)
        n_steps *= 2


def make_start(reader: BertReader, reading: Reading, end: Floats, start: Start) -> Floats:
    """Return the vectors of a text of nothing as long as this one, shape (1, t, width)."""
    begin = end.copy()
    inner = reading.places != NOWHERE
    if start == "zero":
        begin[0, inner] = 0
    else:
        begin[0, inner] = reader.find_vector(f"[{start.upper()}]")
    return begin


def _sum_slopes(reader: BertReader, reading: Reading, way: tuple[Floats, Floats], places: Floats) -> Floats:
    """Add up the slopes at some points of the way, 0 its begin and 1 its end, shape (t, width)."""
    (begin, move), t = way, len(reading.ids)
    lot = max(1, MAX_PIECES // max(t, t * t // 128))
    total = np.zeros(begin.shape[1:], dtype=np.float64)
    for first in range(0, len(places), lot):
        part = places[first : first + lot].astype(begin.dtype)
        trace = reader.network.run(begin + part[:, None, None] * move, np.repeat(reading.mask, len(part), axis=0))
        total += find_slopes(reader.network, trace, weigh_margin(reader.network, len(part))).sum(axis=0)
    return total


def _check(max_steps: int, start: str) -> None:
    """Refuse settings out of range."""
    if not 1 <= max_steps <= MAX_STEPS or max_steps & (max_steps - 1):
        message = f"max_steps is {max_steps}; it must be a power of two from 1 to {MAX_STEPS}"
        raise RecipeError(message)
    if start not in STARTS:
        message = f"start is {start!r}; it must be one of {', '.join(STARTS)}"
        raise RecipeError(message)
