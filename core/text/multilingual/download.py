"""A run to take away: a zip with network, tokeniser and a script that needs neither the hub nor a training library.

Left out: the words of the answers' trust, which the page tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.text.multilingual.files import model_to_files
from core.text.multilingual.model import Model
from core.text.multilingual.reporting import describe_balance
from core.text.multilingual.scoring import describe_command

README_FILE, SCRIPT_FILE = "README.md", "classify.py"
_SCRIPT = Path(__file__).parent / "classify_file.py"


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a run with a README and a script; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand.
    """
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: _SCRIPT.read_bytes(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    row = model.scores[0]
    return f"""# Negative, neutral or positive, in many languages

One network for every language. On held-out tweets in seven languages, six of them translated by machine, its mean
macro-F1 is {row.value:.3f} (95% interval {row.low:.3f} to {row.high:.3f}); {row.baseline} has {row.baseline_value:.3f}.
{describe_balance(model)}

## Use

    pip install onnxruntime tokenizers numpy
    python {SCRIPT_FILE} lines.txt

## Files

- `network.onnx`, `tokenizer.json`: token numbers to logits; text to token numbers
- `model.json`: balance, figures, what pruning did to each language's words
- `beside.npz`: what the compared models said of the test texts
- `{RECIPE_FILE}`: every setting and the seed of the run
- `{SCRIPT_FILE}`: answers each line of a file

## Made by

    {describe_command(model.recipe)}
"""
