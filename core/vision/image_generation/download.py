"""A trained generator to take away: a zip that draws with NumPy and ONNX Runtime, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

import json

import numpy as np

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.vision.image_generation.data import CLASSES
from core.vision.image_generation.model import Model
from core.vision.image_generation.scoring import describe_command
from core.vision.image_generation.style import N_LAYERS, N_NOISE

_SCRIPT = '''"""Draw pictures: python draw.py 8 "Ankle boot" 0.8 0 > pictures.pgm (how many, class, truncation, seed)"""

import json
import sys

import numpy as np
import onnxruntime

facts = json.load(open("facts.json", encoding="utf-8"))
count, item = int(sys.argv[1]), sys.argv[2]
truncation, seed = float(sys.argv[3]), int(sys.argv[4])
codes = np.random.default_rng((seed, 0)).standard_normal((count, facts["latent"]), np.float32)
synthesis = onnxruntime.InferenceSession("synthesis.onnx", providers=["CPUExecutionProvider"])
if facts["means"]:
    label = facts["classes"].index(item)
    mapping = onnxruntime.InferenceSession("mapping.onnx", providers=["CPUExecutionProvider"])
    (styles,) = mapping.run(None, {"code": codes, "label": np.full(count, label, np.int64)})
    mean = np.array(facts["means"][label], np.float32)
    styles = mean + np.float32(truncation) * (styles - mean)
    noise = np.random.default_rng((seed, 1)).standard_normal((count, facts["noise"]), np.float32)
    inputs = {"styles": np.repeat(styles[:, None], facts["layers"], axis=1), "noise": noise}
else:
    inputs = {"code": codes * np.float32(truncation)}
(pictures,) = synthesis.run(None, inputs)
pixels = np.rint(np.clip(pictures, 0, 1) * 255).astype(np.uint8)
sheet = pixels.transpose(1, 0, 2).reshape(28, 28 * count)
sys.stdout.buffer.write(b"P5 %d 28 255\\n" % (28 * count) + sheet.tobytes())
'''


def make_download(model: Model) -> bytes:
    """Zip a generator's networks with their facts, a README and a short script; equal models give equal bytes."""
    facts = {
        "kind": model.recipe.kind,
        "latent": model.sampler.latent,
        "classes": list(CLASSES),
        "means": model.means.astype(np.float64).tolist(),
        "layers": N_LAYERS,
        "noise": N_NOISE,
    }
    return make_zip({
        **model.networks,
        "facts.json": json.dumps(facts, ensure_ascii=False).encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        "README.md": _write_readme(model).encode(),
        "draw.py": _SCRIPT.encode(),
    })  # fmt: skip


def _write_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    figures = "\n".join(
        f"- {row.metric} ({row.split}): {row.value:.3g} ({row.low:.3g} to {row.high:.3g}); "
        f"{row.baseline}: {row.baseline_value:.3g}"
        for row in model.scores
        if row.model == model.name
    )
    return f"""# Clothes drawn by a {model.name}

Trained on {model.recipe.pictures:,} pictures of Fashion-MNIST (MIT licence). It draws clothes of 28 by 28 pixels and
nothing else; what it draws never was a photograph.

## Use

    pip install onnxruntime numpy
    python draw.py 8 "Ankle boot" 0.8 0 > pictures.pgm

## Figures

{figures}

## Made by

    {describe_command(model.recipe)}
"""
