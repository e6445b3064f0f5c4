"""A trained model to take away: a zip that runs with scikit-learn, skops and pandas, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip, write_loader
from core.tabular.iris.files import FACTS_FILE, model_to_files
from core.tabular.iris.model import Model
from core.tabular.iris.scoring import describe_command

README_FILE, SCRIPT_FILE = "README.md", "predict.py"
_PACKAGES = ("scikit-learn==1.9.1", "skops==0.16.0", "pandas")
_SCRIPT = Path(__file__).with_name("predict_file.py")


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a model with its schema, its recipe, a README and a short script; equal models give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand, such as an artifact's weights; packing takes a second or two.
    """
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        README_FILE: make_readme(model).encode(),
        SCRIPT_FILE: write_loader(_SCRIPT).encode(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    best = next(row for row in model.leaderboard if row.model == model.best)
    tested = best.metrics["test_accuracy"]
    columns = "\n".join(f"- `{each.name}` ({each.kind})" for each in model.schema.features)
    unbeaten = model.unbeaten
    warning = f"\n**{unbeaten}**\n" if unbeaten else ""
    files = "\n".join(f"- `{name}`: {text}" for name, text in _describe_files(model).items())
    return f"""# {model.schema.target}: {model.best}

Trained on {model.source.n_train:,} rows of {model.source.name}. On {model.source.n_test:,} rows that were kept aside it
is right in {tested.value:.1%} (95% interval {tested.low:.1%} to {tested.high:.1%}).
{warning}
## Use

    pip install {" ".join(_PACKAGES)}
    python {SCRIPT_FILE} cases.csv > answers.csv

`cases.csv` may be separated by commas, semicolons, tabs or bars and needs these columns:

{columns}

A gap in a number is filled with the training median, a gap in a category counts as its own value.

## Files

{files}

## Made by

    {describe_command(model)}
"""


def _describe_files(model: Model) -> dict[str, str]:
    """Say what each file of the zip is."""
    return {
        FACTS_FILE: "columns, classes, settings, scores, and which file holds which model",
        RECIPE_FILE: "every setting and the seed of the run",
        "arrays.npz": "thresholds of the prediction sets, fold scores, held-out answers and training rows",
        SCRIPT_FILE: "loads the best model and answers a CSV",
        "*.skops": f"one fitted scikit-learn pipeline each: {', '.join(model.pipelines)}",
    }
