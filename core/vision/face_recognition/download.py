"""A run to take away: a zip with gates, curve and a script that compares two pictures with dlib alone.

Left out: dlib's two files (30 MB), which the script takes from where they were published.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.datasets.export import to_csv
from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.vision.face_recognition.files import model_to_files
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.reporting import list_curve
from core.vision.face_recognition.scoring import describe_command

README_FILE, SCRIPT_FILE, CURVE_FILE = "README.md", "compare.py", "curve.csv"
_HERE = Path(__file__).parent


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a run with a README and a script; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand.
    """
    files = dict(packed or model_to_files(model)) | {
        CURVE_FILE: to_csv(list_curve(model)),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: (_HERE / "compare_file.py").read_bytes(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    accept, false_accept = model.scores[:2]
    return f"""# Is it the same person?

Gates for dlib's 128 numbers, chosen and scored on {model.source}. At a distance of {model.gate:.2f} or less,
{accept.value:.1%} of one person's pairs pass (95% interval {accept.low:.1%} to {accept.high:.1%}) and
{false_accept.value:.2%} of pairs of different people ({false_accept.low:.2%} to {false_accept.high:.2%}), on people who
chose nothing. {model.claim.sentence}

## Use

    pip install dlib-bin numpy pillow
    python {SCRIPT_FILE} first.jpg second.jpg shape_predictor_5_face_landmarks.dat \\
        dlib_face_recognition_resnet_model_v1.dat

The last two are dlib's files: https://github.com/davisking/dlib-models (CC0).

## Files

- `model.json`: gates, both error rates, scores
- `{CURVE_FILE}`: both error rates at every gate with their intervals
- `{RECIPE_FILE}`: every setting and the seed of the run
- `{SCRIPT_FILE}`: says whether two pictures show the same person

No vector and no picture of anybody is in this zip.

## Made by

    {describe_command(model.recipe)}
"""
