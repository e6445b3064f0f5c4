"""Taught classes as one ONNX file: the frozen network, the taught layer, and the distance that refuses.

Left out: cutting and scaling a picture to the network's input, which the file's ``picture`` expects done.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from core.hub.errors import ArtifactError
from core.vision.image_classification.teaching import Taught

OUTPUTS = ("probabilities", "distance", "refused")


def taught_to_onnx(taught: Taught, backbone: bytes, embedding: str = "embedding") -> bytes:
    """Merge the frozen network and what was taught into one ONNX file.

    Parameters
    ----------
    taught : Taught
        From ``teach``.
    backbone : bytes
        The network that it was taught with, as ONNX, such as ``load_embedder().content`` or ``model.content``.
    embedding : str
        Which of its outputs was used.

    Returns
    -------
    bytes
        Input as the backbone's. Outputs ``probabilities`` (n, n_classes), ``distance`` (n,) to the nearest taught
        picture, ``refused`` (n,). The classes stand in its metadata as JSON.

    Raises
    ------
    ArtifactError
        If the backbone is no ONNX file or has no such output.
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import TensorProto, helper

    try:
        model = onnx.load_from_string(backbone)
    except DecodeError as error:
        message = "the frozen network is no ONNX file; train or fetch it again"
        raise ArtifactError(message) from error
    if embedding not in {each.name for each in model.graph.output}:
        message = (
            f"the frozen network has no output {embedding!r}; it has {', '.join(o.name for o in model.graph.output)}"
        )
        raise ArtifactError(message)
    _keep_only(model.graph, embedding)
    _add_head(model.graph, taught, embedding)
    del model.graph.output[:]
    shapes: dict[str, list[Any]] = {"probabilities": ["n", len(taught.classes)], "distance": ["n"], "refused": ["n"]}
    kinds = {"refused": TensorProto.BOOL}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), shape) for name, shape in shapes.items()
    )
    helper.set_model_props(model, {"classes": json.dumps(taught.classes, ensure_ascii=False)})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _keep_only(graph: Any, output: str) -> None:
    """Drop every operation and weight that an output does not need."""
    needed, nodes = {output}, []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            nodes.append(node)
    weights = [each for each in graph.initializer if each.name in needed]
    del graph.node[:]
    del graph.initializer[:]
    graph.node.extend(reversed(nodes))
    graph.initializer.extend(weights)


def _add_head(graph: Any, taught: Taught, embedding: str) -> None:
    """Add normalising, the taught layer, and the nearest taught picture."""
    from onnx import helper, numpy_helper

    weights = {
        "taught.kernel": taught.kernel,
        "taught.bias": taught.bias,
        "taught.anchors": np.ascontiguousarray(taught.anchors.T),
        "taught.limit": np.array(taught.limit, np.float32),
        "taught.one": np.array(1, np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in weights.items())
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("LpNormalization", [embedding], "taught.unit", {"axis": 1, "p": 2}),
        ("Gemm", ["taught.unit", "taught.kernel", "taught.bias"], "taught.logits", {}),
        ("Softmax", ["taught.logits"], "probabilities", {"axis": 1}),
        ("MatMul", ["taught.unit", "taught.anchors"], "taught.alike", {}),
        ("ReduceMax", ["taught.alike"], "taught.nearest", {"axes": [1], "keepdims": 0}),
        ("Sub", ["taught.one", "taught.nearest"], "distance", {}),
        ("Greater", ["distance", "taught.limit"], "refused", {}),
    ]
    graph.node.extend(
        helper.make_node(kind, inputs, [output], name=output, **attributes)
        for kind, inputs, output, attributes in steps
    )
