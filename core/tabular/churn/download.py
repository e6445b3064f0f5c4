"""A trained model to take away: a zip that runs with scikit-learn, LightGBM, skops and pandas, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip, write_loader
from core.tabular.churn.files import FACTS_FILE, model_to_files
from core.tabular.churn.model import Model
from core.tabular.churn.scoring import describe_command

README_FILE, SCRIPT_FILE, DERIVE_FILE = "README.md", "predict.py", "derive.py"
_PACKAGES = ("scikit-learn==1.9.1", "skops==0.16.0", "lightgbm==4.7.0", "pandas")
_HERE = Path(__file__).parent


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
        SCRIPT_FILE: write_loader(_HERE / "predict_file.py").encode(),
        DERIVE_FILE: (_HERE / DERIVE_FILE).read_bytes(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    area = next(row for row in model.scores if (row.model, row.metric) == (model.best, "roc_auc"))
    columns = "\n".join(f"- `{each.name}` ({each.kind})" for each in model.schema.features)
    warning = "".join(f"\n**{each}**\n" for each in (model.alarm, model.unbeaten) if each)
    return f"""# {model.schema.target}: {model.best}

Trained on {len(model.left):,} rows of {model.source.name}. By cross-validation its ROC area is {area.value:.3f} (95%
interval {area.low:.3f} to {area.high:.3f}); the churn rate has {area.baseline_value:.3f}.
{warning}
## Use

    pip install {" ".join(_PACKAGES)}
    python {SCRIPT_FILE} customers.csv > answers.csv

`customers.csv` is separated by commas and needs these columns:

{columns}

A gap in a number is filled with the training median (a total where the tenure is 0 with 0), a gap in a category counts
as its own value.

## Files

- `{FACTS_FILE}`: columns, classes, settings, scores, and which file holds which model
- `{RECIPE_FILE}`: every setting and the seed of the run
- `arrays.npz`: the folds' answers and the training rows
- `{SCRIPT_FILE}`, `{DERIVE_FILE}`: load the best model and answer a CSV
- `*.skops`, `*.lightgbm.txt`: fitted pipelines, boosted trees as LightGBM's own text

## Made by

    {describe_command(model)}
"""
