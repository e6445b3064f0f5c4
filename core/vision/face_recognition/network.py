"""dlib's face network as an ONNX graph: the same vectors to seven digits, twelve times as fast on one core.

dlib writes a network layer by layer, each as its name, its settings and its numbers; the numbers are read by name in
the order of the known layout: a convolution of 7 x 7, fourteen residual blocks (He et al. 2015) of two convolutions
each, an average over places, and 256 by 128 weights. The affine layer behind each convolution, left of a batch
normalisation, is folded into it. ONNX Runtime also lets other threads work while it answers, which dlib does not.

Left out: training it, and any other network than this one.

References
----------
Layout: http://dlib.net/dnn_face_recognition_ex.cpp.html (``anet_type``). Format: ``serialize`` in dlib's dnn/layers.h
and cuda/gpu_data.cpp. K. He et al. (2015), https://arxiv.org/abs/1512.03385
"""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError
from core.vision.face_recognition.alignment import CHIP_SIZE
from core.vision.face_recognition.types import VECTOR_SIZE

BLOCKS = (
    *[(32, False)] * 3,
    (64, True),
    *[(64, False)] * 3,
    (128, True),
    *[(128, False)] * 2,
    (256, True),
    *[(256, False)] * 2,
    (256, True),
)
"""Channels of each residual block, and whether it halves the picture."""
MEAN = (122.782, 117.001, 104.298)  # of red, green and blue: input_rgb_image in dlib's dnn/input.h
RANGE = 256.0
STEM = 32
TENSOR_VERSION = 2
OPSET, IR_VERSION = 17, 9
Numbers = NDArray[np.float32]


class NetworkFile:
    """The numbers in dlib's file, one layer after the other.

    Parameters
    ----------
    content : bytes
        ``dlib_face_recognition_resnet_model_v1.dat``.
    """

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def read(self, layer: bytes, n_settings: int = 0) -> Numbers:
        """Read the numbers of the next layer of a kind.

        Parameters
        ----------
        layer : bytes
            Its name in the file.
        n_settings : int
            Integers that stand between the name and the numbers.

        Raises
        ------
        ArtifactError
            If there is no such layer left, or its numbers are cut off.
        """
        try:
            self._place = self._content.index(layer, self._place) + len(layer)
            settings = [self._read_integer() for _ in range(n_settings + 1)]
            shape = [self._read_integer() for _ in range(4)]
            numbers = np.frombuffer(self._content, "<f4", int(np.prod(shape)), self._place)
        except (ValueError, IndexError) as error:
            message = f"dlib's network has no layer {layer.decode()} where one should be; fetch its package again"
            raise ArtifactError(message) from error
        if settings[-1] != TENSOR_VERSION:
            message = (
                f"the numbers of {layer.decode()} are of version {settings[-1]}; only {TENSOR_VERSION} can be read"
            )
            raise ArtifactError(message)
        self._place += numbers.nbytes
        return numbers

    def _read_integer(self) -> int:
        """Read an integer: a byte with the count of bytes, then those, the lowest first."""
        n_bytes = self._content[self._place] & 0x0F
        start = self._place + 1
        self._place = start + n_bytes
        return int.from_bytes(self._content[start : self._place], "little")

    def read_convolution(self, n_in: int, n_out: int) -> tuple[Numbers, Numbers]:
        """Read a convolution with the affine layer behind it as kernel (n_out, n_in, side, side) and bias (n_out,)."""
        numbers, affine = self.read(b"con_4"), self.read(b"affine_")
        side = round(((len(numbers) - n_out) / n_out / n_in) ** 0.5)
        if len(numbers) != n_out * (n_in * side * side + 1) or len(affine) != 2 * n_out:
            message = f"a convolution of dlib's network has {len(numbers)} numbers; fetch its package again"
            raise ArtifactError(message)
        kernel = numbers[:-n_out].reshape(n_out, n_in, side, side)
        gain, shift = affine[:n_out], affine[n_out:]
        return kernel * gain[:, None, None, None], numbers[-n_out:] * gain + shift


class Graph:
    """An ONNX graph as it grows; each method adds an operation and returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._numbers = count(1)

    def keep(self, value: NDArray[Any]) -> str:
        """Add a constant."""
        from onnx import numpy_helper

        name = f"constant_{next(self._numbers)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add an operation."""
        from onnx import helper

        result = name or f"{operator.lower()}_{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [result], **attributes))
        return result

    def convolve(self, x: str, weights: tuple[Numbers, Numbers], stride: int, margin: int) -> str:
        """Add a convolution."""
        kernel, bias = (self.keep(each) for each in weights)
        return self.add("Conv", x, kernel, bias, strides=[stride] * 2, pads=[margin] * 4)

    def pad(self, x: str, channels: int, pixels: int) -> str:
        """Add channels of zeros, and pixels of zeros to the right and below."""
        if channels == pixels == 0:
            return x
        return self.add("Pad", x, self.keep(np.array([0, 0, 0, 0, 0, channels, pixels, pixels])))


def make_onnx(content: bytes) -> bytes:
    """Write dlib's face network as ONNX.

    Parameters
    ----------
    content : bytes
        dlib's file.

    Returns
    -------
    bytes
        From aligned faces ``chips`` (n, 150, 150, 3), 0 to 255, to ``vectors`` (n, 128).

    Raises
    ------
    ArtifactError
        If the file is damaged or of another network.
    """
    from onnx import TensorProto, helper

    file, graph = NetworkFile(content), Graph()
    x = graph.add("Transpose", "chips", perm=[0, 3, 1, 2])
    x = graph.add("Sub", x, graph.keep(np.array(MEAN, np.float32).reshape(1, 3, 1, 1)))
    x = graph.add("Mul", x, graph.keep(np.array(1 / RANGE, np.float32)))
    x = graph.add("Relu", graph.convolve(x, file.read_convolution(3, STEM), stride=2, margin=0))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
    n_channels, side = STEM, 35  # (150 - 7) // 2 + 1 = 72, then (72 - 3) // 2 + 1
    for n_out, is_halved in BLOCKS:
        x, side = _add_block(graph, file, x, (n_channels, side), n_out, is_halved=is_halved)
        n_channels = n_out
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    head = file.read(b"fc_2", n_settings=2).reshape(n_channels, VECTOR_SIZE)
    graph.add("MatMul", x, graph.keep(head), name="vectors")
    chips = helper.make_tensor_value_info("chips", TensorProto.FLOAT, ["n", CHIP_SIZE, CHIP_SIZE, 3])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", VECTOR_SIZE])
    drawn = helper.make_graph(graph.nodes, "faces", [chips], [vectors], graph.constants)
    model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    return bytes(model.SerializeToString(deterministic=True))


def _add_block(
    graph: Graph, file: NetworkFile, x: str, shape: tuple[int, int], n_out: int, *, is_halved: bool
) -> tuple[str, int]:
    """Add a residual block to a map of (channels, side); return its result and that one's side."""
    n_in, side = shape
    stride, margin = (2, 0) if is_halved else (1, 1)
    inner = graph.add("Relu", graph.convolve(x, file.read_convolution(n_in, n_out), stride, margin))
    inner = graph.convolve(inner, file.read_convolution(n_out, n_out), 1, 1)
    short, inner_side, short_side = x, side, side
    if is_halved:
        inner_side, short_side = (side - 3) // 2 + 1, side // 2
        short = graph.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    # dlib adds maps of different sizes by filling the smaller with zeros.
    largest = max(inner_side, short_side)
    inner = graph.pad(inner, 0, largest - inner_side)
    short = graph.pad(short, n_out - n_in, largest - short_side)
    return graph.add("Relu", graph.add("Add", inner, short)), largest
