"""An ONNX graph as it grows, value by value: what ``export`` writes a network into.

Left out: which operations a layer becomes (``export``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = Literal["float32", "float16"]
_AXES = "map_axes"


@dataclass(slots=True)
class Graph:
    """An ONNX graph as it grows.

    Parameters
    ----------
    network : keras.Model
        What it is made of.
    numbers : str
        Format of the stored weights.
    names : mapping of str to str
        Which of the graph's values each of Keras's became.
    maps : list of str
        Layers whose maps are outputs.
    """

    network: Any
    numbers: Numbers
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    maps: list[str] = field(default_factory=list)

    def add(self, operator: str, inputs: Sequence[str], *outputs: str, **attributes: Any) -> str:
        """Add an operation and return its first output's name."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, list(inputs), list(outputs), name=outputs[0], **attributes))
        return outputs[0]

    def keep(self, name: str, values: NDArray[Any]) -> str:
        """Store numbers: those with fractions in the graph's format, widened when it is loaded."""
        from onnx import TensorProto, numpy_helper

        is_half = values.dtype.kind == "f" and self.numbers == "float16"
        stored = np.ascontiguousarray(values, dtype=np.float16 if is_half else values.dtype)
        self.weights.append(numpy_helper.from_array(stored, name))
        return self.add("Cast", [name], f"{name}.wide", to=TensorProto.FLOAT) if is_half else name

    def find_inputs(self, layer: Any) -> list[str]:
        """Return the names of what a layer reads."""
        read = layer.input if isinstance(layer.input, list) else [layer.input]
        return [self.names[each.name] for each in read]

    def read(self, name: str) -> str:
        """Return the name under which stored numbers with fractions are read."""
        return f"{name}.wide" if self.numbers == "float16" else name

    def keep_axes(self) -> str:
        """Store, once, the axes of height and width that a number of each filter lacks."""
        if not any(each.name == _AXES for each in self.weights):
            self.keep(_AXES, np.array([1, 2], np.int64))
        return _AXES

    def show(self, name: str) -> str:
        """Offer a layer's maps as an output."""
        self.maps.append(name)
        return name
