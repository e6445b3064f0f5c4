"""An ONNX graph as it grows, value by value, with kernels in 32 or in 8 bits: what ``bert_graph`` writes a net into.

In 8 bits each output of a kernel has a scale of its own, and what goes into a kernel is brought to 8 bits as it comes
(Jacob et al. 2018, https://arxiv.org/abs/1712.05877): with one scale for all that comes, or with one for each token
(Yao et al. 2022, ZeroQuant, https://arxiv.org/abs/2206.01861), which costs a third more time, loses a quarter as much,
and makes the answer about a text independent of the texts beside it.

Left out: which operations a net becomes (``bert_graph``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LARGEST, MIDDLE = 127, 128
"""Largest code of a weight, 8 bits with a sign; and the code of 0 of what comes, 8 bits without."""
CODES, SCALES = ".codes", ".scales"


@dataclass(slots=True)
class Graph:
    """An ONNX graph as it grows; kernels in 8 bits or not, and what comes scaled token by token or all at once."""

    whole_numbers: bool
    by_token: bool = False
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
        product = self.add("Cast", [product], f"{name}.cast", to=1)
        if self.by_token:  # a column of scales and a row of scales: their product would be as large as the result
            product = self.add("Mul", [self.add("Mul", [product, scale], f"{name}.half"), scales], f"{name}.product")
        else:
            both = self.add("Mul", [scale, scales], f"{name}.scale")
            product = self.add("Mul", [product, both], f"{name}.product")
        return self.add("Add", [product, bias_name], f"{name}.out")

    def encode(self, source: str) -> tuple[str, str, str]:
        """Bring a value to 8 bits as it comes, once for all its readers."""
        from onnx import helper

        found = (f"{source}.coded", f"{source}.scale8", "zero8" if self.by_token else f"{source}.zero8")
        if source not in self.coded:
            self.coded.add(source)
            if self.by_token:
                self._encode_tokens(source, found)
            else:
                self.nodes.append(helper.make_node("DynamicQuantizeLinear", [source], list(found), name=found[0]))
        return found

    def _encode_tokens(self, source: str, found: tuple[str, str, str]) -> None:
        """Bring each token's vector to 8 bits by its own largest value: code = value / scale + 128, rounded."""
        self.keep(found[2], np.array(MIDDLE, np.uint8))
        largest, least = self.keep("largest8", np.array(LARGEST, np.float32)), np.array(1e-8, np.float32)
        axis = self.keep("width_axis", np.array([-1], np.int64))
        top = self.add("ReduceMax", [self.add("Abs", [source], f"{source}.size"), axis], f"{source}.top", keepdims=1)
        top = self.add("Max", [top, self.keep("least8", least)], f"{source}.top8")
        self.add("Div", [top, largest], found[1])
        stretched = self.add("Mul", [source, self.add("Div", [largest, top], f"{source}.stretch")], f"{source}.wide8")
        # a cast to whole numbers cuts, so half a code more rounds; no code falls below 1
        half = self.keep("middle8", np.array(MIDDLE + 0.5, np.float32))
        self.add("Cast", [self.add("Add", [stretched, half], f"{source}.moved8")], found[0], to=2)

    def normalise(self, source: str, name: str, parts: tuple[Array, Array], epsilon: float) -> str:
        """Add a layer normalisation over the width."""
        kept = [self.keep(f"{name}.{kind}", values) for kind, values in zip("wb", parts, strict=True)]
        return self.add("LayerNormalization", [source, *kept], f"{name}.out", axis=-1, epsilon=epsilon)
