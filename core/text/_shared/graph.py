"""An ONNX graph as it grows, value by value, with kernels in 32 or in 8 bits: what ``bert_graph`` writes a net into.

In 8 bits each output of a kernel has a scale of its own, and what goes into a kernel is brought to 8 bits as it comes
(Jacob et al. 2018, https://arxiv.org/abs/1712.05877).

Left out: which operations a net becomes (``bert_graph``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LARGEST = 127
"""Largest code of a weight: 8 bits with a sign."""
CODES, SCALES = ".codes", ".scales"


@dataclass(slots=True)
class Graph:
    """An ONNX graph as it grows."""

    whole_numbers: bool
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    coded: set[str] = field(default_factory=set)

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add one operation with one output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def keep(self, name: str, values: NDArray[Any]) -> str:
        """Keep numbers under a name, once."""
        from onnx import numpy_helper

        if name not in self.kept:
            self.kept.add(name)
            self.weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def whole(self, name: str, values: Array, axis: int) -> tuple[str, str]:
        """Keep numbers in 8 bits, a scale for each slice along ``axis``."""
        largest = np.maximum(np.abs(values).max(axis=axis, keepdims=True), np.float32(1e-8))
        scales = (largest / LARGEST).astype(np.float32)
        codes = np.rint(values / scales).astype(np.int8)
        # a kernel's scales are kept as a row, the form in which ONNX Runtime joins the product's five steps into one
        return self.keep(name + CODES, codes), self.keep(name + SCALES, scales if axis else scales.ravel())

    def multiply(self, source: str, name: str, kernel: Array, bias: Array) -> str:
        """Add a product with a kernel (out, in) and its bias."""
        bias_name = self.keep(f"{name}.b", bias)
        if not self.whole_numbers:
            product = self.add("MatMul", [source, self.keep(f"{name}.w", kernel.T)], f"{name}.product")
            return self.add("Add", [product, bias_name], f"{name}.out")
        coded, scale, zero = self.encode(source)
        codes, scales = self.whole(f"{name}.w", kernel.T, 0)
        product = self.add("MatMulInteger", [coded, codes, zero], f"{name}.whole")
        both = self.add("Mul", [scale, scales], f"{name}.scale")
        product = self.add("Mul", [self.add("Cast", [product], f"{name}.cast", to=1), both], f"{name}.product")
        return self.add("Add", [product, bias_name], f"{name}.out")

    def encode(self, source: str) -> tuple[str, str, str]:
        """Bring a value to 8 bits as it comes, once for all its readers."""
        from onnx import helper

        found = (f"{source}.coded", f"{source}.scale8", f"{source}.zero8")
        if source not in self.coded:
            self.coded.add(source)
            self.nodes.append(helper.make_node("DynamicQuantizeLinear", [source], list(found), name=found[0]))
        return found

    def normalise(self, source: str, name: str, parts: tuple[Array, Array], epsilon: float) -> str:
        """Add a layer normalisation over the width."""
        kept = [self.keep(f"{name}.{kind}", values) for kind, values in zip("wb", parts, strict=True)]
        return self.add("LayerNormalization", [source, *kept], f"{name}.out", axis=-1, epsilon=epsilon)
