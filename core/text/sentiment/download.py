"""A trained model to take away: a zip of every family's files, a README, and a script that needs NumPy alone.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.text.sentiment.files import ANSWERS_FILE, FACTS_FILE, model_to_files
from core.text.sentiment.model import Model
from core.text.sentiment.scoring import describe_command

README_FILE, SCRIPT_FILE = "README.md", "score.py"
_HERE = Path(__file__).parent
_WHAT: Mapping[str, str] = {
    "lexicon": "the version of vaderSentiment (`pip install vaderSentiment`); the word list is the package's",
    "tfidf": "terms, inverse document frequencies and weights",
    "nbsvm": "terms and weights",
    "vectors": "word vectors (half precision), the weight of each word, and the line that decides",
    "bilstm": "the recurrent network and its words",
    "bert": "the network as ONNX (int8) and its tokenizer; logits of negative and positive",
}


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a model with its recipe, a README and a script that scores a text; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand, such as an artifact's weights.
    """
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: (_HERE / "score_file.py").read_bytes(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    row = model.scores[0]
    families = "\n".join(f"- `{name}.*`: {_WHAT[name]}" for name in model.fitted)
    return f"""# Positive or negative: {len(model.fitted)} families

Learnt from {model.source}. The accuracy of {row.model} on {row.n:,} test texts is {row.value:.4f} (95% interval
{row.low:.4f} to {row.high:.4f}); {row.baseline} has {row.baseline_value:.4f}. English; two sides, no neutral.

## Use

    pip install numpy
    python {SCRIPT_FILE} nbsvm "A fine film."

A raw probability p of any family becomes a calibrated one by its line in `{FACTS_FILE}`:
1 / (1 + exp(-(slope * log(p / (1 - p)) + offset))).

## Files

{families}
- `{FACTS_FILE}`: calibration, abstention, scores
- `{ANSWERS_FILE}`: what every family said of the test texts
- `{RECIPE_FILE}`: every setting and the seed of the run

## Made by

    {describe_command(model.recipe)}
"""
