"""A small builder of ONNX graphs: operations by name, weights in 16 bits that are widened when the file is opened.

Left out: shape inference; each writer knows its shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.vision.image_generation.layers import EPSILON

OPSET, IR_VERSION = 17, 8
Numbers = Literal["float16", "float32"]
ROOT_2 = float(np.sqrt(2.0))


@dataclass(slots=True)
class Graph:
    """A graph under construction.

    Parameters
    ----------
    name : str
        Of the graph.
    numbers : str
        Format of the stored weights.
    """

    name: str
    numbers: Numbers = "float16"
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def add(self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Add an operation and return its output's name."""
        from onnx import helper

        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def keep(self, values: NDArray[Any] | Sequence[float] | float) -> str:
        """Store a constant as it is."""
        from onnx import numpy_helper

        array = np.ascontiguousarray(values)
        array = array.astype(np.float32) if array.dtype.kind == "f" else array.astype(np.int64)
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array.reshape(np.shape(values)), name))
        return name

    def keep_weight(self, values: NDArray[Any], gain: float = 1.0) -> str:
        """Store a weight in the graph's format; widened and scaled by ``gain``, it is ready when the file is opened."""
        from onnx import TensorProto, numpy_helper

        name = f"weight_{len(self.weights)}"
        stored = np.ascontiguousarray(values, dtype=np.dtype(self.numbers))
        self.weights.append(numpy_helper.from_array(stored, name))
        wide = self.add("Cast", [name], to=TensorProto.FLOAT) if self.numbers == "float16" else name
        return wide if gain == 1.0 else self.add("Mul", [wide, self.keep(gain)])

    def bend(self, x: str) -> str:
        """Leaky ReLU times √2."""
        return self.add("Mul", [self.add("LeakyRelu", [x], alpha=0.2), self.keep(ROOT_2)])

    def find_inverse_root(self, x: str) -> str:
        """1 / √(x + ε)."""
        root = self.add("Sqrt", [self.add("Add", [x, self.keep(EPSILON)])])
        return self.add("Reciprocal", [root])

    def write(self, inputs: Mapping[str, tuple[Any, ...]], outputs: Mapping[str, tuple[Any, ...]]) -> bytes:
        """Put the graph into a checked file; an input named ``label`` holds whole numbers."""
        import onnx
        from onnx import TensorProto, helper

        ends = [
            [
                helper.make_tensor_value_info(name, TensorProto.INT64 if name == "label" else TensorProto.FLOAT, shape)
                for name, shape in side.items()
            ]
            for side in (inputs, outputs)
        ]
        made = helper.make_graph(self.nodes, self.name, ends[0], ends[1], self.weights)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION, producer_name="mastery")
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
