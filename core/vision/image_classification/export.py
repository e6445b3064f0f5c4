"""From a network in Keras to an ONNX graph, and back.

The graph is written layer by layer. Batch normalisation is folded into the convolution before it: a scale and a shift
of each filter (Jacob et al. 2018, arXiv:1712.05877, section 3.2). Where the largest of several neighbours is taken in
between, the size of the scale is folded and its sign kept apart, since the largest of negated numbers is the smallest.
A picture and its mirror go through as one batch and their answers are averaged at the end, inside the graph. Weights
are kept as 16-bit numbers and widened when the graph is loaded, so that all computing is in 32 bits.

Left out: 8-bit weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision._shared.onnx_weights import read_onnx_weights
from core.vision.image_classification.graph import Graph, Numbers

OPSET, IR_VERSION = 17, 8
PICTURE, LOGITS, EMBEDDING = "picture", "logits", "embedding"
KERNEL, BIAS, SIGN = ".kernel", ".bias", ".sign"
Array = NDArray[np.float32]
_BEFORE_FIRST = np.iinfo(np.int64).min
"""An end before the first element, for a slice that runs backwards."""


def export_network(network: Any, *, mirror: bool, numbers: Numbers = "float16") -> bytes:
    """Write a network as ONNX.

    Parameters
    ----------
    network : keras.Model
        From ``networks``: pictures of 0 to 1 to logits.
    mirror : bool
        Whether answers are the mean of a picture's and its mirror's.
    numbers : str
        Format of the stored weights.

    Returns
    -------
    bytes
        Input ``picture`` (n, height, width, n_channels). Outputs ``logits`` (n, n_classes), ``embedding`` (n, d), what
        the last layer reads, and under its layer's name every layer's maps (n, n_filters, height, width), with those of
        the mirrors behind them.
    """
    graph = Graph(network, numbers)
    graph.names[network.inputs[0].name] = _add_views(graph, mirror)
    for layer in network.layers[1:]:
        graph.names[layer.output.name] = _ADD[type(layer).__name__](graph, layer)
    _average(graph, graph.names[network.outputs[0].name], LOGITS, mirror)
    _average(graph, graph.find_inputs(find_dense(network))[0], EMBEDDING, mirror)
    return _write(graph)


def find_dense(network: Any) -> Any:
    """Return the last layer with weights."""
    return next(layer for layer in reversed(network.layers) if type(layer).__name__ == "Dense")


def _write(graph: Graph) -> bytes:
    """Put the graph into a checked file."""
    import onnx
    from onnx import TensorProto, helper

    network = graph.network
    width, n_classes = find_dense(network).kernel.shape
    shapes: dict[str, tuple[Any, ...]] = {PICTURE: ("n", *network.input_shape[1:])}
    shapes |= {LOGITS: ("n", n_classes), EMBEDDING: ("n", width)}
    for name in graph.maps:
        _, height, across, n_filters = network.get_layer(name).output.shape
        shapes[name] = ("views", n_filters, height, across)
    first, *others = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    made = helper.make_graph(graph.nodes, network.name, [first], others, graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mastery")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _add_views(graph: Graph, mirror: bool) -> str:
    """Put the mirrored pictures behind the pictures, and the channels before the rows."""
    views = PICTURE
    if mirror:
        # the width runs backwards, from its last element to before its first
        limits = {"starts": -1, "ends": _BEFORE_FIRST, "axes": 2, "steps": -1}
        ends = [graph.keep(name, np.array([value], np.int64)) for name, value in limits.items()]
        mirrored = graph.add("Slice", [PICTURE, *ends], "mirrored")
        views = graph.add("Concat", [PICTURE, mirrored], "views", axis=0)
    return graph.add("Transpose", [views], "channels_first", perm=[0, 3, 1, 2])


def _average(graph: Graph, name: str, output: str, mirror: bool) -> None:
    """Average the rows of the pictures and of their mirrors."""
    if not mirror:
        graph.add("Identity", [name], output)
        return
    views = [f"{output}.picture", f"{output}.mirror"]
    graph.add("Split", [name], *views, axis=0)
    graph.add("Mean", views, output)


def _add_convolution(graph: Graph, layer: Any) -> str:
    """Add a convolution with its normalisation folded in."""
    kernel, bias, sign = fold_normalisation(layer, graph.network)
    name, stem = layer.name, [*graph.find_inputs(layer)]
    stem.append(graph.keep(name + KERNEL, kernel.transpose(3, 2, 0, 1)))
    kept = graph.keep(name + BIAS, bias)
    size, same = layer.kernel_size, layer.padding == "same"
    pads = [(size[0] - 1) // 2, (size[1] - 1) // 2, size[0] // 2, size[1] // 2] if same else [0, 0, 0, 0]
    if (sign > 0).all():
        return graph.add("Conv", [*stem, kept], name, kernel_shape=size, pads=pads)
    graph.keep(name + SIGN, sign)
    return graph.add("Conv", stem, name, kernel_shape=size, pads=pads)


def fold_normalisation(layer: Any, network: Any) -> tuple[Array, Array, Array]:
    """Fold the normalisation that follows a convolution, perhaps behind a pooling, into kernel and bias.

    Returns
    -------
    kernel, bias, sign : arrays of shapes (height, width, n_in, n_out), (n_out,) and (n_out,)
        ``sign`` of the scales where a pooling lies between, else ones: then the kernel holds it.
    """
    kernel = np.asarray(layer.kernel, np.float64)
    bias = np.asarray(layer.bias, np.float64) if layer.use_bias else np.zeros(kernel.shape[-1])
    ones = np.ones(kernel.shape[-1], np.float32)
    found = _find_reader(network, layer)
    is_pooled = type(found).__name__ == "MaxPooling2D"
    found = _find_reader(network, found) if is_pooled else found
    if type(found).__name__ != "BatchNormalization":
        return kernel.astype(np.float32), bias.astype(np.float32), ones
    gamma, beta, mean, variance = (np.asarray(each, np.float64) for each in found.get_weights())
    scale = gamma / np.sqrt(variance + found.epsilon)
    shift = (beta + (bias - mean) * scale).astype(np.float32)
    if not is_pooled:
        return (kernel * scale).astype(np.float32), shift, ones
    return (kernel * np.abs(scale)).astype(np.float32), shift, np.where(scale < 0, -1, 1).astype(np.float32)


def _find_reader(network: Any, layer: Any) -> Any:
    """Return the first layer that reads a layer's output."""
    for other in network.layers[1:]:
        read = other.input if isinstance(other.input, list) else [other.input]
        if any(each.name == layer.output.name for each in read):
            return other
    return None


def _find_source(network: Any, layer: Any) -> Any:
    """Return the layer whose output a layer reads."""
    return next(other for other in network.layers if other.output.name == layer.input.name)


def _add_pooling(graph: Graph, layer: Any) -> str:
    """Add a pooling, and behind it the signs that could not pass it."""
    stem = graph.find_inputs(layer)
    source, size = _find_source(graph.network, layer), list(layer.pool_size)
    signed = next((each.name for each in graph.weights if each.name == source.name + SIGN), "")
    if not signed:
        is_normalised = type(_find_reader(graph.network, layer)).__name__ == "BatchNormalization"
        pooled = graph.add("MaxPool", stem, layer.name, kernel_shape=size, strides=size)
        return pooled if is_normalised else graph.show(pooled)
    pooled = graph.add("MaxPool", stem, f"{layer.name}.unsigned", kernel_shape=size, strides=size)
    sides = [graph.add("Unsqueeze", [graph.read(source.name + part), graph.keep_axes()], f"{source.name}{part}.map")
             for part in (SIGN, BIAS)]  # fmt: skip
    return graph.add("Add", [graph.add("Mul", [pooled, sides[0]], f"{layer.name}.signed"), sides[1]], layer.name)


def _add_activation(graph: Graph, layer: Any) -> str:
    """Add a rectifier, or x times its sigmoid."""
    (stem,) = graph.find_inputs(layer)
    if layer.activation.__name__ == "relu":
        return graph.show(graph.add("Relu", [stem], layer.name))
    gate = graph.add("Sigmoid", [stem], f"{layer.name}.gate")
    return graph.show(graph.add("Mul", [stem, gate], layer.name))


def _add_flatten(graph: Graph, layer: Any) -> str:
    """Add a flattening in Keras's order, channels last."""
    last = graph.add("Transpose", graph.find_inputs(layer), f"{layer.name}.channels_last", perm=[0, 2, 3, 1])
    return graph.add("Flatten", [last], layer.name, axis=1)


def _add_strongest(graph: Graph, layer: Any) -> str:
    """Add the largest value of each map."""
    strongest = graph.add("GlobalMaxPool", graph.find_inputs(layer), f"{layer.name}.map")
    return graph.add("Flatten", [strongest], layer.name, axis=1)


def _add_dense(graph: Graph, layer: Any) -> str:
    """Add a dense layer."""
    bias = np.asarray(layer.bias, np.float32) if layer.use_bias else np.zeros(layer.units, np.float32)
    kept = [graph.keep(layer.name + KERNEL, np.asarray(layer.kernel, np.float32)), graph.keep(layer.name + BIAS, bias)]
    return graph.add("Gemm", [*graph.find_inputs(layer), *kept], f"{layer.name}.dense")


def _add_scale(graph: Graph, layer: Any) -> str:
    """Add a multiplication by a constant."""
    scale = graph.keep(f"{layer.name}.scale", np.array(layer.scale, np.float32))
    return graph.add("Mul", [*graph.find_inputs(layer), scale], f"{layer.name}.scaled")


_ADD: Mapping[str, Callable[[Graph, Any], str]] = {
    "Conv2D": _add_convolution,
    "BatchNormalization": lambda graph, layer: graph.find_inputs(layer)[0],
    "Dropout": lambda graph, layer: graph.find_inputs(layer)[0],
    "MaxPooling2D": _add_pooling,
    "Activation": _add_activation,
    "Add": lambda graph, layer: graph.show(graph.add("Add", graph.find_inputs(layer), layer.name)),
    "Flatten": _add_flatten,
    "GlobalMaxPooling2D": _add_strongest,
    "Dense": _add_dense,
    "Rescaling": _add_scale,
}
"""How each kind of layer is written."""


def read_weights(content: bytes) -> dict[str, Array]:
    """Read the stored weights of an exported network, by layer and part (``convolution_11.kernel``)."""
    return read_onnx_weights(content)


def fill_network(network: Any, content: bytes) -> Any:
    """Put the stored weights of an exported network into one of the same shape in Keras, to check or train it further.

    Parameters
    ----------
    network : keras.Model
        Changed in place; its normalisations become the folded shifts and signs.
    content : bytes
        From :func:`export_network`.
    """
    weights, folded = read_weights(content), {}
    for layer in network.layers:
        kind = type(layer).__name__
        if kind in {"Conv2D", "Dense"}:
            kernel = weights[layer.name + KERNEL]
            kernel = kernel.transpose(2, 3, 1, 0) if kind == "Conv2D" else kernel
            layer.set_weights([kernel, weights[layer.name + BIAS]] if layer.use_bias else [kernel])
            folded[layer.output.name] = layer.name
        elif kind == "MaxPooling2D" and layer.input.name in folded:
            folded[layer.output.name] = folded[layer.input.name]
        elif kind == "BatchNormalization":
            source = folded[layer.input.name]
            bias = weights[source + BIAS]
            # a variance that the layer's own small term makes 1
            spread = np.full_like(bias, 1 - layer.epsilon)
            layer.set_weights([weights.get(source + SIGN, np.ones_like(bias)), bias, np.zeros_like(bias), spread])
    return network
