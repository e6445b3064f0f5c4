"""A BERT encoder with a classifying head as an ONNX graph, written from its weights and read back into them.

Post-norm transformer (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): embeddings of word, position and type,
then layers of self-attention and a feed-forward net with GELU, each added to its input and normalised. One set of
names for all such nets: ``emb.word``, ``emb.pos``, ``emb.type``, ``emb.ln.{w,b}``, ``l0.{q,k,v,ao,fi,fo}.{w,b}``,
``l0.{aln,oln}.{w,b}``, ``head.{w,b}``. Kernels are (out, in) as torch keeps them.

With ``whole_numbers`` each output of a kernel and each word of the table is kept as 8-bit numbers with a scale of its
own, and what goes into a kernel is brought to 8 bits as it comes (Jacob et al. 2018, https://arxiv.org/abs/1712.05877).

Left out: decoders, relative positions, 8-bit attention products (they stay in 32 bits).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError
from core.text._shared.graph import CODES, SCALES, Array, Graph

__all__ = ["HIDDEN_SCORE", "Array", "BertShape", "Pooling", "count_layers", "quantise", "read_graph", "write_graph"]
__all__ += ["ATTENTION", "IDS", "LOGITS", "MASK", "POOLED"]

Pooling = Literal["first", "mean"]
OPSET, IR_VERSION = 20, 9
IDS, MASK, LOGITS, POOLED, ATTENTION = "ids", "mask", "logits", "pooled", "attention"
HIDDEN_SCORE = -1e4
"""Added to the score of padding: exp(-10,000) is 0 in 32 bits."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the weights alone do not say.

    Parameters
    ----------
    n_heads : int
        Attention heads of a layer; they part the width evenly.
    pooling : str
        What the head reads: the ``first`` token's vector, or the ``mean`` over the tokens that are not padding.
    first_position : int
        Row of the position table of the first token: 0 in BERT, 2 in XLM-R.
    epsilon : float
        Added to a variance before the root.
    """

    n_heads: int
    pooling: Pooling = "mean"
    first_position: int = 0
    epsilon: float = 1e-12


def count_layers(weights: Mapping[str, Array]) -> int:
    """Count the layers of a net by the names of its weights.

    Examples
    --------
    >>> count_layers({"l0.q.w": np.zeros((2, 2)), "l1.q.w": np.zeros((2, 2))})
    2
    """
    return sum(f"l{place}.q.w" in weights for place in range(len(weights)))


def write_graph(
    weights: Mapping[str, Array], shape: BertShape, *, whole_numbers: bool = False, by_token: bool = False
) -> bytes:
    """Write a net as ONNX.

    Parameters
    ----------
    weights : mapping of name to array
        As the module's text names them.
    whole_numbers : bool
        Whether kernels and the word table are kept in 8 bits: a quarter of the size, and faster.
    by_token : bool
        Whether what goes into an 8-bit kernel has a scale for each token: nearer to 32 bits, a third slower, and the
        same for a text alone and among others.

    Returns
    -------
    bytes
        Inputs ``ids`` and ``mask`` (n, t) int64. Outputs ``logits`` (n, k), ``pooled`` (n, width) and ``attention.0`` …
        (n, heads, t, t), one for each layer; each row of these sums to 1 over the tokens attended to.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = Graph(whole_numbers, by_token)
    n_layers = count_layers(weights)
    hidden = _add_embeddings(graph, weights, shape)
    padding = _add_padding(graph)
    for place in range(n_layers):
        hidden = _add_layer(
            graph, {name: weights[f"l{place}.{name}"] for name in _PARTS}, hidden, (place, padding), shape
        )
    pooled = _add_pooling(graph, hidden, shape.pooling)
    graph.add(
        "Gemm",
        [pooled, graph.keep("head.w", weights["head.w"]), graph.keep("head.b", weights["head.b"])],
        LOGITS,
        transB=1,
    )
    width, n_classes = weights["emb.word"].shape[1], len(weights["head.b"])
    outputs: list[tuple[str, list[Any]]] = [(LOGITS, ["n", n_classes]), (POOLED, ["n", width])]
    outputs += [(f"{ATTENTION}.{place}", ["n", shape.n_heads, "t", "t"]) for place in range(n_layers)]
    made = helper.make_graph(
        graph.nodes,
        "bert",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in (IDS, MASK)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(sizes)) for name, sizes in outputs],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    facts = {"n_heads": shape.n_heads, "pooling": shape.pooling, "first_position": shape.first_position}
    helper.set_model_props(model, {name: str(value) for name, value in (*facts.items(), ("epsilon", shape.epsilon))})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def read_graph(content: bytes) -> tuple[dict[str, Array], BertShape]:
    """Read the weights and the shape out of a graph; 8-bit weights come back as the 32-bit numbers that they stand for.

    Raises
    ------
    ArtifactError
        If the bytes are no graph of ``write_graph``.
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import numpy_helper

    try:
        model = onnx.load_from_string(content)
        facts = {each.key: each.value for each in model.metadata_props}
        shape = BertShape(
            int(facts["n_heads"]), facts["pooling"], int(facts["first_position"]), float(facts["epsilon"])
        )
    except (DecodeError, KeyError, ValueError) as error:
        message = f"the stored network is not a BERT that was written here ({type(error).__name__}); train it again"
        raise ArtifactError(message) from error
    stored = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    named = {name.removesuffix(CODES) for name in stored if _WEIGHT.match(name) and not name.endswith(SCALES)}
    return {name: _read_weight(name, stored) for name in sorted(named)}, shape


def _read_weight(name: str, stored: Mapping[str, NDArray[Any]]) -> Array:
    """Read one weight as 32-bit numbers, a kernel as (out, in)."""
    values = stored[name] if name in stored else stored[name + CODES].astype(np.float32) * stored[name + SCALES]
    is_kernel = name.startswith("l") and values.ndim == _KERNEL_RANK
    return np.ascontiguousarray(values.T if is_kernel else values, dtype=np.float32)


def quantise(content: bytes) -> bytes:
    """Write a stored net again with 8-bit weights: a quarter of the size, several times as fast on one core."""
    weights, shape = read_graph(content)
    return write_graph(weights, shape, whole_numbers=True)


_PARTS = tuple(f"{part}.{kind}" for part in ("q", "k", "v", "ao", "fi", "fo", "aln", "oln") for kind in ("w", "b"))
_KERNEL_RANK = 2
_WEIGHT = re.compile(r"(emb|head|l\d+)\.")


def _add_embeddings(graph: Graph, weights: Mapping[str, Array], shape: BertShape) -> str:
    """Add the sum of the vectors of word, position and type, normalised."""
    if graph.whole_numbers:
        codes, scales = graph.whole("emb.word", weights["emb.word"], 1)
        coded = graph.add("Cast", [graph.add("Gather", [codes, IDS], "emb.word.found")], "emb.word.cast", to=1)
        words = graph.add("Mul", [coded, graph.add("Gather", [scales, IDS], "emb.word.scale")], "emb.word.out")
    else:
        words = graph.add("Gather", [graph.keep("emb.word", weights["emb.word"]), IDS], "emb.word.out")
    first = np.array([shape.first_position], np.int64)
    starts = graph.keep("start", first)
    length = graph.add("Shape", [IDS], "length", start=1, end=2)
    stops = graph.add("Add", [length, starts], "stop")
    table = graph.keep("emb.pos", weights["emb.pos"])
    positions = graph.add("Slice", [table, starts, stops, graph.keep("rows", np.zeros(1, np.int64))], "emb.pos.out")
    placed = graph.add("Add", [words, positions], "emb.placed")
    # every token is of the first type: one text at a time
    typed = graph.add("Add", [placed, graph.keep("emb.type", weights["emb.type"][:1])], "emb.typed")
    return graph.normalise(typed, "emb.ln", (weights["emb.ln.w"], weights["emb.ln.b"]), shape.epsilon)


def _add_padding(graph: Graph) -> str:
    """Add what is added to scores: 0 at tokens, a large negative number at padding, of shape (n, 1, 1, t)."""
    seen = graph.add("Cast", [MASK], "seen", to=1)
    hidden = graph.add("Sub", [graph.keep("one", np.array(1, np.float32)), seen], "unseen")
    scored = graph.add("Mul", [hidden, graph.keep("hide", np.array(HIDDEN_SCORE, np.float32))], "hidden_score")
    return graph.add("Unsqueeze", [scored, graph.keep("score_axes", np.array([1, 2], np.int64))], "padding")


def _add_layer(graph: Graph, parts: Mapping[str, Array], source: str, place: tuple[int, str], shape: BertShape) -> str:
    """Add one layer: attention, then the feed-forward net, each added to its input and normalised."""
    layer = f"l{place[0]}"
    mixed = _add_attention(graph, parts, source, place, shape)
    out = graph.multiply(mixed, f"{layer}.ao", parts["ao.w"], parts["ao.b"])
    out = graph.add("Add", [out, source], f"{layer}.ao.sum")
    middle = graph.normalise(out, f"{layer}.aln", (parts["aln.w"], parts["aln.b"]), shape.epsilon)
    wide = graph.multiply(middle, f"{layer}.fi", parts["fi.w"], parts["fi.b"])
    wide = graph.add("Gelu", [wide], f"{layer}.fi.gelu")
    out = graph.multiply(wide, f"{layer}.fo", parts["fo.w"], parts["fo.b"])
    out = graph.add("Add", [out, middle], f"{layer}.fo.sum")
    return graph.normalise(out, f"{layer}.oln", (parts["oln.w"], parts["oln.b"]), shape.epsilon)


def _add_attention(
    graph: Graph, parts: Mapping[str, Array], source: str, place: tuple[int, str], shape: BertShape
) -> str:
    """Add softmax(q k / root of the head's width) v for every head; the shares are an output."""
    layer, width = f"l{place[0]}", parts["q.w"].shape[0]
    apart = graph.keep("heads", np.array([0, 0, shape.n_heads, width // shape.n_heads], np.int64))
    heads = {}
    for part in "qkv":
        flat = graph.multiply(source, f"{layer}.{part}", parts[f"{part}.w"], parts[f"{part}.b"])
        split = graph.add("Reshape", [flat, apart], f"{layer}.{part}.heads")
        order = [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]
        heads[part] = graph.add("Transpose", [split], f"{layer}.{part}.turned", perm=order)
    root = graph.keep("root", np.array(np.sqrt(width // shape.n_heads), np.float32))
    scores = graph.add("Div", [graph.add("MatMul", [heads["q"], heads["k"]], f"{layer}.raw"), root], f"{layer}.scores")
    shares = graph.add("Softmax", [graph.add("Add", [scores, place[1]], f"{layer}.masked")], f"{ATTENTION}.{place[0]}")
    mixed = graph.add(
        "Transpose",
        [graph.add("MatMul", [shares, heads["v"]], f"{layer}.mixed")],
        f"{layer}.mixed.turned",
        perm=[0, 2, 1, 3],
    )
    return graph.add("Reshape", [mixed, graph.keep("joined", np.array([0, 0, width], np.int64))], f"{layer}.mixed.flat")


def _add_pooling(graph: Graph, hidden: str, pooling: Pooling) -> str:
    """Add the one vector of a text: its first token's, or the mean over its tokens."""
    if pooling == "first":
        return graph.add("Gather", [hidden, graph.keep("first", np.array(0, np.int64))], POOLED, axis=1)
    last, middle = graph.keep("last_axis", np.array([2], np.int64)), graph.keep("middle_axis", np.array([1], np.int64))
    seen = graph.add("Unsqueeze", ["seen", last], "seen.column")
    total = graph.add("ReduceSum", [graph.add("Mul", [hidden, seen], "seen.hidden"), middle], "seen.sum", keepdims=0)
    count = graph.add("ReduceSum", [seen, middle], "seen.count", keepdims=0)
    return graph.add("Div", [total, count], POOLED)
