"""A trained model to take away: a zip that runs with ONNX Runtime, NumPy and Pillow, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.vision.image_classification.files import ARRAYS_FILE, FACTS_FILE, NETWORK_FILE, model_to_files
from core.vision.image_classification.model import Model
from core.vision.image_classification.scoring import describe_command

README_FILE, SCRIPT_FILE = "README.md", "classify.py"
_PACKAGES = ("onnxruntime", "numpy", "pillow")
_HERE = Path(__file__).parent


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a model with its recipe, a README and a script that classifies a picture; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand, such as an artifact's weights.
    """
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: (_HERE / "classify_file.py").read_bytes(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    row = model.scores[0]
    height, width, n_channels = model.shape
    both_ways = " The graph asks about the picture and its mirror and averages." if model.recipe.mirror else ""
    return f"""# {model.recipe.data_set}: {model.recipe.network}

A network of {model.n_weights:,} numbers, trained on {model.source}. Its accuracy on {row.n:,} test pictures is
{row.value:.4f} (95% interval {row.low:.4f} to {row.high:.4f}); {row.baseline} has {row.baseline_value:.4f}.

## Use

    pip install {" ".join(_PACKAGES)}
    python {SCRIPT_FILE} picture.png

## The graph

- Input `picture`: float32, (n, {height}, {width}, {n_channels}), values 0 to 1, light on black for clothes.{both_ways}
- Output `logits`: (n, {len(model.classes)}); divide them by {model.temperature:.4f}, then softmax gives probabilities.
- Output `embedding`: (n, {len(model.head.kernel)}), what the last layer reads.
- Every other output: a layer's maps, (views, filters, height, width); the mirrors stand behind the pictures.

Classes, in order: {", ".join(model.classes)}.

## Files

- `{NETWORK_FILE}`: the network; weights are 16-bit numbers, computing is in 32 bits
- `{FACTS_FILE}`: classes, layers, temperature, scores
- `{ARRAYS_FILE}`: the test answers, the last layer, the baselines, what tells unknown pictures
- `{RECIPE_FILE}`: every setting and the seed of the run
- `{SCRIPT_FILE}`: names what is in a picture

## Made by

    {describe_command(model.recipe)}
"""
