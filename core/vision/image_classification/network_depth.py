"""How deep a network is: the most and the fewest layers with weights that a picture passes on its way to the answer.

In a plain stack the two are equal. A short cut is a way around, so the fewest can stay small however deep the network:
through it the gradient reaches the first layers undiminished.

Method: He et al. 2016, https://arxiv.org/abs/1512.03385; Veit et al. 2016 on the many paths of different lengths,
https://arxiv.org/abs/1605.06431.

Left out: the time that layers take.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.hub.errors import ArtifactError

WEIGHTED = ("Conv2D", "DepthwiseConv2D", "Dense")
DEPTHS_FILE = "networks.json"


@dataclass(frozen=True, slots=True)
class Depth:
    """A network's weights and the layers with weights on its longest and shortest ways."""

    name: str
    weights: int
    longest: int
    shortest: int


def measure_depth(network: Any, name: str) -> Depth:
    """Measure a Keras network.

    Parameters
    ----------
    network : keras.Model
        Built by the functional interface, with one input and one output.
    """
    ways: dict[str, tuple[int, int]] = {network.inputs[0].name: (0, 0)}
    for layer in network.layers:
        read = layer.input if isinstance(layer.input, list) else [layer.input]
        known = [ways[each.name] for each in read if each.name in ways]
        own = int(type(layer).__name__ in WEIGHTED)
        if known and layer.output.name not in ways:
            ways[layer.output.name] = (own + max(a for a, _ in known), own + min(b for _, b in known))
    longest, shortest = ways[network.outputs[0].name]
    return Depth(name, int(network.count_params()), longest, shortest)


def measure_known(keras: Any) -> tuple[Depth, ...]:
    """Measure VGG16, VGG19, ResNet50, ResNet101 and EfficientNet-Lite0, all with fresh weights: only shapes count."""
    from core.vision._shared.efficientnet import LITE0, build_efficientnet

    names = ("VGG16", "VGG19", "ResNet50", "ResNet101")
    found = [measure_depth(getattr(keras.applications, name)(weights=None), name) for name in names]
    return (*found, measure_depth(build_efficientnet(keras, LITE0, 224), "EfficientNet-Lite0"))


def depths_to_json(depths: Sequence[Depth]) -> str:
    """Write networks as JSON, one a line."""
    return "[\n" + ",\n".join("  " + json.dumps(asdict(depth)) for depth in depths) + "\n]\n"


def depths_from_json(text: str) -> tuple[Depth, ...]:
    """Read networks back.

    Raises
    ------
    ArtifactError
        If the text is not what ``depths_to_json`` writes.

    Examples
    --------
    >>> depths_from_json(depths_to_json([Depth("VGG16", 138_357_544, 16, 16)]))[0].longest
    16
    """
    try:
        return tuple(Depth(**value) for value in json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the stored depths cannot be read ({str(error)[:80]}); build them again"
        raise ArtifactError(message) from error
