"""A trained generator as ONNX, so that pictures are drawn without TensorFlow.

mapping    style only: ``code`` (n, latent), ``label`` (n,) → ``style`` (n, latent)
synthesis  style: ``styles`` (n, 5, latent), ``noise`` (n, N_NOISE) → ``picture`` (n, 28, 28) of 0 to 1;
           DCGAN: ``code`` (n, latent) → ``picture``

Between the two lies all that a page does: truncation moves styles towards a class's mean, mixing takes some layers'
styles from another code, and noise of zeros turns it off. Weights are stored in 16 bits; the graph that computes with
them equals the Keras network whose weights were rounded to 16 bits (:func:`round_weights`).

Left out: the discriminator, which nothing served needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision._shared.onnx_weights import read_onnx_weights
from core.vision.image_generation.graph import Graph, Numbers
from core.vision.image_generation.networks import Generator
from core.vision.image_generation.recipe import SIDE
from core.vision.image_generation.style import N_LAYERS, N_NOISE, StyledLayer, list_layers

MAPPING_FILE, SYNTHESIS_FILE = "mapping.onnx", "synthesis.onnx"
WEIGHT, KERNEL_AXES = "w", 4
"""First letter of a stored weight's name (constants begin with another), and axes of a convolution's filters."""


def round_weights(generator: Generator) -> None:
    """Round every weight to 16 bits in place, so that Keras draws what the stored file draws."""
    for each in generator.variables:
        each.assign(np.asarray(each).astype(np.float16).astype(np.float32))


def export_generator(generator: Generator, numbers: Numbers = "float16") -> dict[str, bytes]:
    """Write a generator's networks.

    Parameters
    ----------
    generator : Generator
        Of either kind; not changed.
    numbers : str
        Format of the stored weights.

    Returns
    -------
    dict of file name to bytes
        ``mapping.onnx`` (style only) and ``synthesis.onnx``.
    """
    if generator.mapping is None:
        return {SYNTHESIS_FILE: _export_dcgan(generator.synthesis, numbers)}
    return {
        MAPPING_FILE: _export_mapping(generator.mapping, numbers),
        SYNTHESIS_FILE: _export_synthesis(generator.synthesis, numbers),
    }


def fill_generator(generator: Generator, networks: Mapping[str, bytes]) -> None:
    """Put the stored weights of a style generator into one of the same shape in Keras, in place.

    Parameters
    ----------
    networks : mapping of file name to bytes
        From :func:`export_generator`.
    """
    stored = [*_list_weights(networks[MAPPING_FILE]), *_list_weights(networks[SYNTHESIS_FILE])]
    for place, each in zip(_list_places(generator), stored, strict=True):
        # Convolutions are stored with their channels before their sides; all else is only shaped otherwise.
        turned = each.transpose(2, 3, 1, 0) if each.ndim == len(place.shape) == KERNEL_AXES else each
        block = each[0].transpose(1, 2, 0) if place is generator.synthesis.get_layer("constant").block else turned
        place.assign(block.reshape(tuple(place.shape)))


def _list_weights(content: bytes) -> list[NDArray[np.float32]]:
    """List a file's weights in the order in which they were written."""
    found = read_onnx_weights(content)
    return [found[name] for name in sorted(found, key=lambda name: int(name.split("_")[1])) if name[0] == WEIGHT]


def _list_places(generator: Generator) -> list[Any]:
    """List a style generator's variables in the order in which they are written."""
    mapping, synthesis = generator.mapping, generator.synthesis
    maps = [each for each in mapping.layers if each.name.startswith("map_")]
    places = [mapping.get_layer("class").embeddings, *(part for each in maps for part in (each.kernel, each.bias))]
    places.append(synthesis.get_layer("constant").block)
    for layer in list_layers(1):
        style, convolution, finish = (
            synthesis.get_layer(f"{layer.name}_{part}") for part in ("style", "convolution", "finish")
        )
        places += [style.kernel, style.bias, convolution.kernel, finish.strength, finish.bias]
    style, convolution = (synthesis.get_layer(f"picture_{part}") for part in ("style", "convolution"))
    return [*places, style.kernel, style.bias, convolution.kernel]


def _export_mapping(network: Any, numbers: Numbers) -> bytes:
    """Write the mapping."""
    graph = Graph("mapping", numbers)
    classes = graph.keep_weight(np.asarray(network.get_layer("class").embeddings))
    known = graph.add("Gather", [classes, "label"])
    x = graph.add("Concat", [_normalise(graph, each) for each in ("code", known)], axis=-1)
    layers = [each for each in network.layers if each.name.startswith("map_")]
    for place, layer in enumerate(layers):
        x = graph.bend(_add_dense(graph, layer, x))
        if place + 1 == len(layers):
            graph.add("Identity", [x], "style")
    length = network.output_shape[-1]
    return graph.write({"code": ("n", length), "label": ("n",)}, {"style": ("n", length)})


def _normalise(graph: Graph, x: str) -> str:
    """Scale every row to mean square 1."""
    mean = graph.add("ReduceMean", [graph.add("Mul", [x, x])], axes=[-1], keepdims=1)
    return graph.add("Mul", [x, graph.find_inverse_root(mean)])


def _add_dense(graph: Graph, layer: Any, x: str) -> str:
    """Add a dense layer with scaled weights."""
    kernel = graph.keep_weight(np.asarray(layer.kernel), layer.gain)
    return graph.add("Gemm", [x, kernel, graph.keep_weight(np.asarray(layer.bias), layer.speed)])


def _export_synthesis(network: Any, numbers: Numbers) -> bytes:
    """Write the styled convolutions."""
    graph = Graph("synthesis", numbers)
    _, _, latent = network.input_shape[0]
    x = graph.keep_weight(np.asarray(network.get_layer("constant").block).transpose(2, 0, 1)[None])
    start = 0
    for place, layer in enumerate(list_layers(network.get_layer("fine_convolution").filters)):
        scales = _find_scales(graph, network.get_layer(f"{layer.name}_style"), place)
        x = _add_modulated(graph, network.get_layer(f"{layer.name}_convolution"), x, scales)
        x = _add_finish(graph, network.get_layer(f"{layer.name}_finish"), x, layer, start)
        start += layer.side**2
    scales = _find_scales(graph, network.get_layer("picture_style"), N_LAYERS - 1)
    x = _add_modulated(graph, network.get_layer("picture_convolution"), x, scales)
    _add_picture(graph, x)
    return graph.write({"styles": ("n", N_LAYERS, latent), "noise": ("n", N_NOISE)}, {"picture": ("n", SIDE, SIDE)})


def _find_scales(graph: Graph, layer: Any, place: int) -> str:
    """Turn one layer's styles into a scale for each channel, shape (n, channels)."""
    own = graph.add("Gather", ["styles", graph.keep(np.array(place))], axis=1)
    return _add_dense(graph, layer, own)


def _add_modulated(graph: Graph, layer: Any, x: str, scales: str) -> str:
    """Add a modulated convolution: scale channels, convolve, divide by the filters' lengths."""
    ends = graph.keep([2, 3])
    x = graph.add("Mul", [x, graph.add("Unsqueeze", [scales, ends])])
    # Keras keeps (height, width, n_in, n_out), transposed ones (height, width, n_out, n_in); ONNX (n_out, n_in, …) and
    # transposed (n_in, n_out, …): both are turned alike.
    kernel = graph.keep_weight(np.asarray(layer.kernel).transpose(3, 2, 0, 1), layer.gain)
    if layer.up:
        x = graph.add("ConvTranspose", [x, kernel], pads=[1] * 4, strides=[2, 2])
    else:
        x = graph.add("Conv", [x, kernel], pads=[layer.side // 2] * 4)
    if not layer.even:
        return x
    energy = graph.add("ReduceMean", [graph.add("Mul", [kernel, kernel])], axes=[2, 3], keepdims=0)
    energy = graph.add("Mul", [energy, graph.keep(float(layer.taps))])
    energy = energy if layer.up else graph.add("Transpose", [energy], perm=[1, 0])
    squared = graph.add("MatMul", [graph.add("Mul", [scales, scales]), energy])
    return graph.add("Mul", [x, graph.add("Unsqueeze", [graph.find_inverse_root(squared), ends])])


def _add_finish(graph: Graph, layer: Any, x: str, about: StyledLayer, start: int) -> str:
    """Add pixel noise, bias and leaky ReLU."""
    spans = [graph.keep([each]) for each in (start, start + about.side**2, 1)]
    noise = graph.add("Slice", ["noise", *spans])
    noise = graph.add("Reshape", [noise, graph.keep([-1, 1, about.side, about.side])])
    noise = graph.add("Mul", [noise, graph.keep_weight(np.asarray(layer.strength))])
    x = graph.add("Add", [x, noise])
    return graph.bend(graph.add("Add", [x, graph.keep_weight(np.asarray(layer.bias)[:, None, None])]))


def _add_picture(graph: Graph, x: str) -> None:
    """End in values of 0 to 1."""
    half = graph.keep(0.5)
    x = graph.add("Reshape", [graph.add("Tanh", [x]), graph.keep([-1, SIDE, SIDE])])
    graph.add("Add", [graph.add("Mul", [x, half]), half], "picture")


def _export_dcgan(network: Any, numbers: Numbers) -> bytes:
    """Write the DCGAN's generator."""
    graph = Graph("dcgan", numbers)
    block = network.get_layer("block").target_shape
    spread = np.asarray(network.get_layer("spread").kernel)
    # Rows of the dense layer are (height, width, channels); ONNX wants channels first.
    turned = spread.reshape(-1, *block).transpose(0, 3, 1, 2).reshape(len(spread), -1)
    x = graph.add("MatMul", ["code", graph.keep_weight(turned)])
    x = graph.add("Reshape", [x, graph.keep([-1, block[2], block[0], block[1]])])
    x = graph.add("Relu", [_add_normal(graph, network.get_layer("normal_0"), x)])
    x = _add_transposed(graph, network.get_layer("enlarge_1"), x)
    x = graph.add("Relu", [_add_normal(graph, network.get_layer("normal_1"), x)])
    x = _add_transposed(graph, network.get_layer("enlarge_2"), x)
    last = graph.keep_weight(np.asarray(network.get_layer("enlarge_2").bias)[:, None, None])
    _add_picture(graph, graph.add("Add", [x, last]))
    return graph.write({"code": ("n", len(spread))}, {"picture": ("n", SIDE, SIDE)})


def _add_transposed(graph: Graph, layer: Any, x: str) -> str:
    """Add an enlarging convolution without its bias."""
    kernel = graph.keep_weight(np.asarray(layer.kernel).transpose(3, 2, 0, 1))
    return graph.add("ConvTranspose", [x, kernel], pads=[1] * 4, strides=[2, 2])


def _add_normal(graph: Graph, layer: Any, x: str) -> str:
    """Add batch normalisation with its running means; they stay in 32 bits."""
    gamma, beta, mean, variance = (np.asarray(each) for each in
                                   (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance))  # fmt: skip
    scale = gamma / np.sqrt(variance + layer.epsilon)
    offset = beta - mean * scale
    x = graph.add("Mul", [x, graph.keep(scale[:, None, None])])
    return graph.add("Add", [x, graph.keep(offset[:, None, None])])
