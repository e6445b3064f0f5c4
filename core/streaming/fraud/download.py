"""A trained model to take away: a zip that runs with NumPy, pandas and LightGBM, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.files import ARRAYS_FILE, FACTS_FILE, model_to_files
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.scoring import describe_command

README_FILE, SCRIPT_FILE = "README.md", "predict.py"
SHIPPED = ("ratios.py", "trees.py")
_PACKAGES = ("numpy", "pandas", "lightgbm==4.7.0")
_HERE = Path(__file__).parent


def make_download(model: FraudModel, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a model with its recipe, a README and a short script; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand, such as an artifact's weights.
    """
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: (_HERE / "predict_file.py").read_bytes(),
    }
    return make_zip(files | {name: (_HERE / name).read_bytes() for name in SHIPPED})


def make_readme(model: FraudModel) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    row = next(row for row in model.scores if (row.model, row.metric) == (model.best, "average_precision"))
    columns = "\n".join(f"- `{name}`" for name in FEATURES)
    return f"""# Fraud: {model.best}

Trained on {model.source.n_train:,} payments of {model.source.name}. In the first test week its average precision is
{row.value:.3f} (95% interval {row.low:.3f} to {row.high:.3f}); ranking by the amount alone has
{row.baseline_value:.3f}.

## Use

    pip install {" ".join(_PACKAGES)}
    python {SCRIPT_FILE} payments.csv > scores.csv

`payments.csv` is separated by commas and needs these columns, each a number:

{columns}

A payment raises an alert from a probability of {model.alert_from:.4f} on.

## Files

- `{FACTS_FILE}`: columns, settings, scores, and which file holds which model
- `{ARRAYS_FILE}`: trees, weights, and the scored payments of the first test week
- `{RECIPE_FILE}`: every setting and the seed of the run
- `{SCRIPT_FILE}`, {", ".join(f"`{name}`" for name in SHIPPED)}: load the best model and score a CSV
- `*.lightgbm.txt`: boosted trees as LightGBM's own text

## Made by

    {describe_command(model)}
"""
