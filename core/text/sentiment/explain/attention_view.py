"""Where each head of each layer looks: as facts, as an overview of all heads, and as one head's own matrix.

Heads are known to have habits: many look at the marks that the encoder adds, or at the piece before or after (K. Clark
et al. 2019, arXiv:1906.04341); a habit is named where it takes half of a head's attention. A matrix larger than can be
read is made smaller by adding up columns and averaging rows, so that each row still adds up to 1.

Left out: drawing; what attention says of the answer (``attention``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.hub.errors import LimitError

Attention = NDArray[np.float32]
MAX_TOKENS = 256
MOST_CELLS = 48
"""Rows of a matrix that can be read; a tile of the overview has fewer."""
TILE = 10
HABIT = 0.5
HABITS = ("the added marks", "itself", "the piece before", "the piece after")
BROAD = "many pieces"


@dataclass(frozen=True, slots=True, eq=False)
class HeadFacts:
    """What each head does on one text.

    Parameters
    ----------
    habits : array of shape (n_layers, n_heads, 4)
        Share of attention that goes to the marks, to the piece itself, before and after it.
    breadth : array of shape (n_layers, n_heads)
        Entropy of attention as a share of the largest possible: 0 one piece, 1 all alike.
    """

    habits: NDArray[np.float64]
    breadth: NDArray[np.float64]

    @property
    def names(self) -> NDArray[np.object_]:
        """What each head looks at, shape (n_layers, n_heads)."""
        named = np.array([*HABITS, BROAD], dtype=object)
        strongest = self.habits.argmax(axis=2)
        return np.asarray(named[np.where(self.habits.max(axis=2) >= HABIT, strongest, len(HABITS))])


def describe_heads(attention: Attention) -> HeadFacts:
    """Measure the habits of each head.

    Parameters
    ----------
    attention : array of shape (n_layers, n_heads, t, t)
        The first and last piece are the added marks; a row adds up to 1.

    Raises
    ------
    LimitError
        If there are more than 256 pieces.

    Examples
    --------
    >>> before = np.eye(4, k=-1) + np.diag([1.0, 0, 0, 0])
    >>> describe_heads(before[None, None]).names.tolist()
    [['the piece before']]
    """
    _check(attention)
    t = attention.shape[-1]
    inner = attention[:, :, 1:-1] if t > 2 else attention  # noqa: PLR2004 two marks
    first = 1 if t > 2 else 0  # noqa: PLR2004 two marks
    rows = np.arange(inner.shape[2])
    columns = rows + first
    shares = [
        inner[..., [0, -1]].sum(axis=3).mean(axis=2),
        inner[:, :, rows, columns].mean(axis=2),
        inner[:, :, rows, np.maximum(columns - 1, 0)].mean(axis=2),
        inner[:, :, rows, np.minimum(columns + 1, t - 1)].mean(axis=2),
    ]
    safe = np.maximum(inner, np.finfo(np.float32).tiny)
    entropy = -(inner * np.log(safe)).sum(axis=3).mean(axis=2) / np.log(max(t, 2))
    return HeadFacts(np.stack(shares, axis=2).astype(np.float64), np.clip(entropy, 0, 1).astype(np.float64))


def shrink_matrix(matrix: NDArray[np.floating], most: int = MOST_CELLS) -> NDArray[np.float64]:
    """Make a matrix of attention small enough to be read, each row still adding up to what it did.

    Examples
    --------
    >>> shrink_matrix(np.eye(4), most=2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    t = len(matrix)
    if t <= most:
        return np.asarray(matrix, dtype=np.float64)
    edges = np.linspace(0, t, most + 1).astype(np.int64)
    summed = np.add.reduceat(matrix.astype(np.float64), edges[:-1], axis=1)
    return np.asarray(np.add.reduceat(summed, edges[:-1], axis=0) / np.diff(edges)[:, None])


def name_cells(pieces: Sequence[str], most: int = MOST_CELLS) -> NDArray[np.object_]:
    """Name rows and columns by their pieces, numbered so that no two are alike; of a shrunken matrix by their ends.

    Examples
    --------
    >>> name_cells(["[CLS]", "a", "a"]).tolist(), name_cells(["[CLS]", "a", "b", "c"], most=2).tolist()
    (['1 [CLS]', '2 a', '3 a'], ['1–2 [CLS] … a', '3–4 b … c'])
    """
    t = len(pieces)
    if t <= most:
        return np.array([f"{place} {piece}" for place, piece in enumerate(pieces, start=1)], dtype=object)
    edges = np.linspace(0, t, most + 1).astype(np.int64)
    spans = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return np.array([f"{a + 1}–{b} {pieces[a]} … {pieces[b - 1]}" for a, b in spans], dtype=object)


def head_chart(attention: Attention, pieces: Sequence[str], layer: int, head: int) -> Chart:
    """Draw one head's matrix: which pieces (across) each piece (down) takes from.

    Parameters
    ----------
    attention : array of shape (n_layers, n_heads, t, t)
    pieces : sequence of str, length t
    layer, head : int
        From 0.

    Raises
    ------
    LimitError
        If there are more than 256 pieces.
    """
    facts = describe_heads(attention)
    matrix, names = shrink_matrix(attention[layer, head]), name_cells(pieces)
    habit = facts.names[layer, head]
    title = f"Layer {layer + 1}, head {head + 1} looks mostly at {habit}"
    if habit != BROAD:
        title += f": {facts.habits[layer, head].max():.0%} of its attention"
    told = _say_strongest(matrix, names)
    cells = Mark("heatmap", names, names, "share of attention", z=matrix)
    return Chart(title, "Takes from", "Piece", (cells,), alt=f"{title}. {told}", square=True)


def heads_chart(attention: Attention) -> Chart:
    """Draw how broadly each head of each layer looks.

    Examples
    --------
    >>> heads_chart(np.full((2, 2, 4, 4), 0.25, np.float32)).title
    'Of 4 heads 4 look mostly at the added marks, and 0 at many pieces'
    """
    facts = describe_heads(attention)
    n_layers, n_heads = facts.breadth.shape
    names, counts = np.unique(facts.names.astype(str), return_counts=True)
    most = int(counts.argmax())
    n_broad = int((facts.names == BROAD).sum())
    title = f"Of {facts.breadth.size} heads {counts[most]} look mostly at {names[most]}"
    title += f", and {n_broad} at many pieces" if names[most] != BROAD else ""
    heads, layers = (
        np.array([f"{what} {place}" for place in range(1, n + 1)], dtype=object)
        for what, n in (("head", n_heads), ("layer", n_layers))
    )
    cells = Mark("heatmap", heads, layers, "breadth of attention, 0 one piece, 1 all alike", z=facts.breadth)
    told = "; ".join(f"{count} at {name}" for name, count in zip(names, counts, strict=True))
    return Chart(title, "Head", "Layer", (cells,), alt=f"{title}. Heads look mostly: {told}.")


def tiles_chart(attention: Attention) -> Chart:
    """Draw every head of every layer as a small tile of one picture, layers down and heads across.

    Raises
    ------
    LimitError
        If there are more than 256 pieces.
    """
    _check(attention)
    n_layers, n_heads, t, _ = attention.shape
    side = min(t, TILE)
    picture = np.full((n_layers * (side + 1) - 1, n_heads * (side + 1) - 1), np.nan)
    for layer in range(n_layers):
        for head in range(n_heads):
            tile = shrink_matrix(attention[layer, head], side)
            rows, columns = layer * (side + 1), head * (side + 1)
            # each tile on its own scale, so that broad heads show too
            picture[rows : rows + side, columns : columns + side] = tile / max(tile.max(), 1e-9)
    facts = describe_heads(attention)
    n_marks = int((facts.names == HABITS[0]).sum())
    title = f"{n_marks} of {facts.breadth.size} heads look mostly at the added marks: bright columns at a tile's edge"
    x, y = ((np.arange(n) - (side - 1) / 2) / (side + 1) + 1 for n in picture.shape[::-1])
    cells = Mark("heatmap", x, y, "share of the tile's largest", z=picture)
    return Chart(title, "Head", "Layer", (cells,), alt=f"{title}.")


def _say_strongest(matrix: NDArray[np.float64], names: NDArray[np.object_], n: int = 3) -> str:
    """Say which cells are largest."""
    largest = np.argsort(-matrix, axis=None, kind="stable")[:n]
    rows, columns = np.unravel_index(largest, matrix.shape)
    return "; ".join(f"{names[i]} takes {matrix[i, j]:.0%} from {names[j]}" for i, j in zip(rows, columns, strict=True))


def _check(attention: Attention) -> None:
    """Refuse more pieces than are drawn."""
    if attention.shape[-1] > MAX_TOKENS:
        message = (
            f"the text has {attention.shape[-1]} tokens; attention is shown for at most {MAX_TOKENS}: cut the text"
        )
        raise LimitError(message)
