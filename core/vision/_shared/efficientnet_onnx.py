"""EfficientNet-Lite0 as an ONNX file: the graph written out node by node, its large kernels kept as 8-bit numbers.

A kernel of whole numbers -127 to 127 and one scale for each output channel is a quarter of its float size; the file
multiplies them when it is loaded, so that all arithmetic is in float32. Kernels of single channels and biases are few
and stay as they are. The same file takes squares of any multiple of 32 pixels.

Methods: the operators of https://onnx.ai/onnx/operators/; a scale for each channel: Krishnamoorthi 2018,
https://arxiv.org/abs/1806.08342.

Left out: 8-bit arithmetic, which saves little time on a processor without the instructions for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision._shared.efficientnet import CEILING, Block, Layout, Weights

OPSET, IR_VERSION = 17, 8
LARGEST = 127  # of an 8-bit kernel's whole numbers
MIN_QUANTISED = 1_000  # numbers of a kernel from which 8 bits are worth their scales


def make_onnx(layout: Layout, weights: Weights, *, quantised: bool = True) -> bytes:
    """Write the network as an ONNX file.

    Parameters
    ----------
    weights : mapping of name to array
        From ``fold_weights``.
    quantised : bool
        Whether large kernels are kept as 8-bit numbers.

    Returns
    -------
    bytes
        From ``picture`` (n, size, size, 3), RGB of 0 to 1, to ``embedding`` (n, head) and ``logits`` (n, n_classes).
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights, quantised=quantised)
    last = _add_layers(graph, layout)
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", "size", "size", 3])
    sizes = {"embedding": layout.head, "logits": layout.n_classes}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n]) for name, n in sizes.items()]
    drawn = helper.make_graph(graph.nodes, "efficientnet", [picture], outputs, graph.constants)
    model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    if last != "logits":
        message = f"the last layer is {last}; it must be logits"
        raise ValueError(message)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def read_weights(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the weights back out of a file of ``make_onnx``, 8-bit kernels as the floats that they stand for.

    Returns
    -------
    dict of name to array
        As ``fold_weights`` gives them, so that Keras can learn on from the shipped file.
    """
    import onnx
    from onnx import numpy_helper

    constants = {each.name: numpy_helper.to_array(each) for each in onnx.load_from_string(content).graph.initializer}
    found = {}
    for name, value in constants.items():
        if name.endswith((".kernel", ".bias", ".codes")):
            scale = constants.get(name.replace(".codes", ".scale"), np.float32(1)) if name.endswith(".codes") else 1
            found[name.replace(".codes", ".kernel")] = _to_keras(name, (value * scale).astype(np.float32))
    return found


def _to_keras(name: str, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay a kernel out as Keras does."""
    if value.ndim != 4:  # noqa: PLR2004 a convolution's kernel has four axes
        return value
    return value.transpose(2, 3, 0, 1) if "_filter." in name else value.transpose(2, 3, 1, 0)


class _Graph:
    """The nodes and constants written so far."""

    def __init__(self, weights: Weights, *, quantised: bool) -> None:
        self.weights, self.quantised = weights, quantised
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.keep("floor", np.float32(0))
        self.keep("ceiling", np.float32(CEILING))

    def keep(self, name: str, value: Any) -> str:
        """Write a constant."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Write a node."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def keep_kernel(self, name: str, kernel: NDArray[np.float32], axis: int) -> str:
        """Write a kernel, as 8-bit codes and a scale for each output channel where it is large."""
        if not self.quantised or kernel.size < MIN_QUANTISED or "_filter" in name:
            return self.keep(f"{name}.kernel", kernel)
        others = tuple(each for each in range(kernel.ndim) if each != axis)
        scale = (np.abs(kernel).max(axis=others, keepdims=True) / LARGEST).astype(np.float32)
        codes = np.round(kernel / np.maximum(scale, np.finfo(np.float32).tiny)).astype(np.int8)
        whole = self.add("Cast", [self.keep(f"{name}.codes", codes)], f"{name}.whole", to=1)
        return self.add("Mul", [whole, self.keep(f"{name}.scale", scale)], f"{name}.kernel")

    def add_convolution(self, x: str, name: str, side: int, stride: int, *, alone: bool = False) -> str:
        """Write a convolution; ``alone`` filters each channel by itself."""
        kernel = self.weights[f"{name}.kernel"].transpose((2, 3, 0, 1) if alone else (3, 2, 0, 1))
        inputs = [x, self.keep_kernel(name, np.ascontiguousarray(kernel), 0)]
        inputs.append(self.keep(f"{name}.bias", self.weights[f"{name}.bias"]))
        # On even sizes "same" means: a stride of 2 needs one row less before than after (TensorFlow's rule).
        before, after = (side - stride) // 2, (side - stride + 1) // 2
        pads = [before, before, after, after]
        group = len(kernel) if alone else 1
        sides = {"kernel_shape": [side, side], "strides": [stride, stride], "pads": pads}
        return self.add("Conv", inputs, name, group=group, **sides)

    def add_relu(self, x: str) -> str:
        """Write ReLU6."""
        return self.add("Clip", [x, "floor", "ceiling"], f"{x}_relu")


def _add_layers(graph: _Graph, layout: Layout) -> str:
    """Write every layer from the picture to the logits."""
    scale = graph.keep("scale", np.float32(255 / layout.scale))
    centre = graph.keep("centre", np.float32(layout.mean / layout.scale))
    x = graph.add("Sub", [graph.add("Mul", ["picture", scale], "scaled"), centre], "centred")
    x = graph.add("Transpose", [x], "channels_first", perm=[0, 3, 1, 2])
    x = graph.add_relu(graph.add_convolution(x, "stem", 3, 2))
    for i, block in enumerate(layout.blocks):
        x = _add_block(graph, x, f"block_{i}", block)
    x = graph.add_relu(graph.add_convolution(x, "head", 1, 1))
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x], "averaged")], "embedding", axis=1)
    kernel = graph.keep_kernel("classes", graph.weights["classes.kernel"], 1)
    return graph.add("Gemm", [x, kernel, graph.keep("classes.bias", graph.weights["classes.bias"])], "logits")


def _add_block(graph: _Graph, x: str, name: str, block: Block) -> str:
    """Write one inverted bottleneck."""
    entered = x
    if block.expansion > 1:
        x = graph.add_relu(graph.add_convolution(x, f"{name}_widen", 1, 1))
    x = graph.add_relu(graph.add_convolution(x, f"{name}_filter", block.side, block.stride, alone=True))
    x = graph.add_convolution(x, f"{name}_narrow", 1, 1)
    return graph.add("Add", [entered, x], f"{name}_add") if block.has_short_cut else x
