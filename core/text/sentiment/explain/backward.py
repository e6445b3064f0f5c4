"""The slope of a BERT classifier's answer with respect to each piece's vector, worked out by hand, without torch.

The chain rule, step by step from the logits back to the vectors that were looked up (D. Rumelhart, G. Hinton and
R. Williams 1986, https://doi.org/10.1038/323533a0). A test holds it to torch's own gradients. Whoever wants the slopes
of some kernels too, to train them, passes ``on_dense`` and gets what went in and the slope of what came out.

Left out: second derivatives; slopes of norms and tables, which are not trained here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.text.sentiment.explain.network import Floats, LayerTrace, Network, Trace, join_heads, share_below, split_heads

OnDense = Callable[[str, Floats, Floats], None]
"""``on_dense(name, into, slope)``: a dense part's input and the slope of its output, both of shape (…, width)."""


def find_slopes(network: Network, trace: Trace, logit_slopes: Floats, on_dense: OnDense | None = None) -> Floats:
    """Follow slopes back from the logits to the piece vectors.

    Parameters
    ----------
    trace : Trace
        Of the same network.
    logit_slopes : array of shape (n, n_classes)
        What is asked about as a weighting of the logits: (−1, 1) for the log-odds of the second of two classes.
    on_dense : callable, optional
        Is told the slopes of each dense part, the head's first.

    Returns
    -------
    array of shape (n, t, width)
    """
    tell = on_dense or _tell_nobody
    tell("head", trace.pooled, logit_slopes)
    pooled = logit_slopes @ network.weights["head.w"]
    # each piece has its share in the pooled vector
    slope: Floats = trace.pooling[:, :, None] * pooled[:, None, :]
    for place in reversed(range(len(trace.layers))):
        slope = _pass_layer(network, f"l{place}", trace.layers[place], slope, tell)
    return _pass_norm(network, "emb.ln", trace.scaled, slope)


def weigh_margin(network: Network, n: int) -> Floats:
    """Return the weighting of the logits that is the log-odds of "positive", shape (n, n_classes)."""
    bias = network.weights["head.b"]
    weighting = np.zeros((n, len(bias)), dtype=bias.dtype)
    weighting[:, 0] = -1
    weighting[:, -1] = 1
    return weighting


def _tell_nobody(*_: Any) -> None:
    """Listen to slopes that nobody wants."""


def _pass_layer(network: Network, name: str, layer: LayerTrace, slope: Floats, tell: OnDense) -> Floats:
    """Follow slopes back through a layer: (n, t, width) of what came out to that of what went in."""
    w = network.weights
    slope = _pass_norm(network, f"{name}.oln", layer.scaled[1], slope)
    below = share_below(layer.grown)
    tell(f"{name}.fo", layer.grown * below, slope)
    # GELU's slope: the share below x, and x times the normal density
    density = np.exp(-0.5 * layer.grown * layer.grown) / np.sqrt(2 * np.pi, dtype=slope.dtype)
    grown = (slope @ w[f"{name}.fo.w"]) * (below + layer.grown * density)
    tell(f"{name}.fi", layer.middle, grown)
    slope = slope + grown @ w[f"{name}.fi.w"]  # what was added has two ways back
    slope = _pass_norm(network, f"{name}.aln", layer.scaled[0], slope)
    tell(f"{name}.ao", layer.mixed, slope)
    return slope + _pass_attention(network, name, layer, slope @ w[f"{name}.ao.w"], tell)


def _pass_attention(network: Network, name: str, layer: LayerTrace, slope: Floats, tell: OnDense) -> Floats:
    """Follow slopes back through attention, from the mixed values to what went into the layer."""
    heads = split_heads(slope, network.shape.n_heads)
    value = layer.attention.swapaxes(2, 3) @ heads
    shares = heads @ layer.value.swapaxes(2, 3)  # (n, h, t, t)
    # softmax: a share can only rise by taking from the others
    scores = layer.attention * (shares - (shares * layer.attention).sum(axis=3, keepdims=True))
    scores = scores / np.sqrt(heads.shape[3], dtype=slope.dtype)
    total = np.zeros_like(slope)
    for part, each in (("q", scores @ layer.key), ("k", scores.swapaxes(2, 3) @ layer.query), ("v", value)):
        joined = join_heads(each)
        tell(f"{name}.{part}", layer.into, joined)
        total = total + joined @ network.weights[f"{name}.{part}.w"]
    return total


def _pass_norm(network: Network, name: str, kept: tuple[Floats, Floats], slope: Floats) -> Floats:
    """Follow slopes back through a layer normalisation: moving all of a vector, or scaling it, changes nothing."""
    scaled, spread = kept
    slope = slope * network.weights[f"{name}.w"]
    along = (slope * scaled).mean(axis=-1, keepdims=True)
    return np.asarray((slope - slope.mean(axis=-1, keepdims=True) - scaled * along) / spread)
