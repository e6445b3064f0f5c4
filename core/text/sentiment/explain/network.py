"""A BERT classifier followed forwards in NumPy, with every step kept, so that it can be followed back again.

The same numbers as the encoder's ONNX file holds, the same operations in the same order: embeddings of word, position
and type; layers of attention and two dense ones, each added to its input and normalised (J. Devlin et al. 2019,
arXiv:1810.04805); GELU by the error function (D. Hendrycks and K. Gimpel 2016, arXiv:1606.08415). ONNX Runtime gives
answers faster but no slopes, and a training library is not wanted where people are served.

8-bit files are read as the 32-bit numbers that they stand for. What goes into a kernel stays 32-bit here, so logits
differ a little from those of the 8-bit file.

Left out: the way back (``backward``); dropout, which only training has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.text._shared.bert_graph import HIDDEN_SCORE, BertShape, count_layers, read_graph

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LayerTrace:
    """What a layer worked out, kept for the way back: n texts, t pieces, h heads."""

    into: Floats
    query: Floats
    key: Floats
    value: Floats
    attention: Floats
    mixed: Floats
    middle: Floats
    grown: Floats
    scaled: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One way forwards through the network.

    Parameters
    ----------
    logits : array of shape (n, n_classes)
    pooled : array of shape (n, width)
    pooling : array of shape (n, t)
        The share of each piece's last vector in ``pooled``.
    """

    logits: Floats
    pooled: Floats
    pooling: Floats
    layers: tuple[LayerTrace, ...]
    scaled: tuple[Floats, Floats]

    @property
    def margins(self) -> Floats:
        """Log-odds of "positive", the last class, against the first, shape (n,)."""
        return self.logits[:, -1] - (self.logits[:, 0] if self.logits.shape[1] > 1 else 0)

    @property
    def attention(self) -> Floats:
        """All layers' attention, shape (n_layers, n, h, t, t); a row adds up to 1."""
        return np.stack([layer.attention for layer in self.layers])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The numbers of a BERT classifier and what they do not say themselves.

    Parameters
    ----------
    weights : mapping of name to array
        Named as ``core.text._shared.bert_graph`` says; kernels are (out, in).
    shape : BertShape
    """

    weights: Mapping[str, Floats]
    shape: BertShape

    @classmethod
    def open(cls, onnx: bytes) -> Network:
        """Read the network out of an encoder's ONNX file.

        Raises
        ------
        ArtifactError
            If the bytes are no such file.
        """
        return cls(*read_graph(onnx))

    @property
    def n_layers(self) -> int:
        """Number of layers."""
        return count_layers(self.weights)

    def change(self, weights: Mapping[str, Floats]) -> Network:
        """Return the network with some weights replaced."""
        return replace(self, weights={**self.weights, **weights})

    def embed(self, ids: Ids) -> Floats:
        """Look up the vector of each piece, before its place is added, shape (n, t, width)."""
        return np.asarray(self.weights["emb.word"][ids])

    def run(self, words: Floats, mask: Ids) -> Trace:
        """Follow piece vectors through the network.

        Parameters
        ----------
        words : array of shape (n, t, width)
            As ``embed`` gives them; points between them are what integrated gradients asks about.
        mask : array of shape (n, t)
            1 for a piece, 0 for padding.
        """
        w, first = self.weights, self.shape.first_position
        # a vector for what the piece is, one for where it stands, one for which text it is in
        summed = words + w["emb.pos"][first : first + words.shape[1]] + w["emb.type"].reshape(-1, words.shape[2])[0]
        x, scaled = self._normalise("emb.ln", summed)
        hidden = np.where(mask[:, None, None, :] > 0, 0, HIDDEN_SCORE).astype(x.dtype)  # (n, 1, 1, t)
        layers = []
        for place in range(self.n_layers):
            x, layer = self._run_layer(f"l{place}", x, hidden)
            layers.append(layer)
        share = (mask / mask.sum(axis=1, keepdims=True)).astype(x.dtype)
        if self.shape.pooling == "first":
            share = np.zeros_like(share)
            share[:, 0] = 1
        pooled = (share[:, :, None] * x).sum(axis=1)
        return Trace(self.dense("head", pooled), pooled, share, tuple(layers), scaled)

    def dense(self, name: str, x: Floats) -> Floats:
        """Multiply by a kernel and add its bias."""
        return x @ self.weights[f"{name}.w"].T + self.weights[f"{name}.b"]

    def _run_layer(self, name: str, x: Floats, hidden: Floats) -> tuple[Floats, LayerTrace]:
        """Follow one layer: (n, t, width) in and out."""
        query, key, value = (split_heads(self.dense(f"{name}.{part}", x), self.shape.n_heads) for part in "qkv")
        # how much each piece takes from each other: (n, h, t, t)
        scores = query @ key.swapaxes(2, 3) / np.sqrt(query.shape[3], dtype=x.dtype) + hidden
        scores = np.exp(scores - scores.max(axis=3, keepdims=True))
        attention = scores / scores.sum(axis=3, keepdims=True)
        mixed = join_heads(attention @ value)
        middle, first = self._normalise(f"{name}.aln", x + self.dense(f"{name}.ao", mixed))
        grown = self.dense(f"{name}.fi", middle)
        out, second = self._normalise(f"{name}.oln", middle + self.dense(f"{name}.fo", gelu(grown)))
        return out, LayerTrace(x, query, key, value, attention, mixed, middle, grown, (first, second))

    def _normalise(self, name: str, x: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
        """Bring each vector to mean 0 and variance 1, then scale and shift it; keep what the way back needs."""
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + x.dtype.type(self.shape.epsilon))
        scaled = centred / spread
        return scaled * self.weights[f"{name}.w"] + self.weights[f"{name}.b"], (scaled, spread)


def split_heads(x: Floats, n_heads: int) -> Floats:
    """Part vectors into heads: (n, t, width) to (n, h, t, width / h)."""
    n, t, width = x.shape
    return x.reshape(n, t, n_heads, width // n_heads).swapaxes(1, 2)


def join_heads(x: Floats) -> Floats:
    """Put heads together again: (n, h, t, width / h) to (n, t, width)."""
    n, h, t, part = x.shape
    return x.swapaxes(1, 2).reshape(n, t, h * part)


def gelu(x: Floats) -> Floats:
    """Let a number through as far as it is likely to be the larger: x times the normal distribution's share below x.

    Examples
    --------
    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.1587, 0.0, 0.8413]
    """
    return x * share_below(x)


def share_below(x: Floats) -> Floats:
    """Return the share of a standard normal distribution below x."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x))
