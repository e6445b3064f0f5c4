"""A trained model to take away: a zip that runs with scikit-learn, skops, LightGBM and pandas, and nothing of the hub.

The features are made by this project's own ``features.py``, which travels along, so that the script cannot drift.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation import novelty
from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip, write_loader
from core.tabular._shared.alone import write_alone
from core.tabular.titanic.files import ARRAYS_FILE, FACTS_FILE, model_to_files
from core.tabular.titanic.model import Model
from core.tabular.titanic.recipe import COLUMNS
from core.tabular.titanic.scoring import describe_command

README_FILE, SCRIPT_FILE, FEATURES_FILE, NOVELTY_FILE = "README.md", "predict.py", "features.py", "novelty.py"
_PACKAGES = ("scikit-learn==1.9.1", "skops==0.16.0", "lightgbm==4.7.0", "pandas")
_SCRIPT = Path(__file__).with_name("predict_file.py")
_FEATURES = Path(__file__).with_name("features.py")


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
        FEATURES_FILE: _FEATURES.read_bytes(),
        NOVELTY_FILE: write_alone(Path(novelty.__file__)).encode(),
    }
    return make_zip(files)


def make_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    tested = next(row for row in model.leaderboard if row.model == model.best).metrics["test_accuracy"]
    against = model.against_sex.set_index("model").loc[model.best, "sentence"]
    files = "\n".join(f"- `{name}`: {text}" for name, text in _describe_files(model).items())
    return f"""# Who survived: {model.best}

Trained on {model.source.n_train:,} passengers of {model.source.name}. Of {model.source.n_test:,} that were kept aside
it is right on {tested.value:.1%} (95% interval {tested.low:.1%} to {tested.high:.1%}). {against}

{model.deployed or "None of them is refused an answer."} The script refuses whom the app refuses.

{model.reason}

## Use

    pip install {" ".join(_PACKAGES)}
    python {SCRIPT_FILE} passengers.csv > answers.csv

`passengers.csv` is separated by commas and has the columns {", ".join(COLUMNS)}, in any case of letters (Kaggle's
`test.csv` fits as it is). A gap in age, fare, cabin or embarked is filled as in training; other gaps are refused.

## Files

{files}

## Made by

    {describe_command(model)}
"""


def _describe_files(model: Model) -> dict[str, str]:
    """Say what each file of the zip is."""
    return {
        FACTS_FILE: "columns, settings, scores, studies, and which files hold which model",
        RECIPE_FILE: "every setting and the seed of the run",
        ARRAYS_FILE: "fold scores, grids, explanations, held-out answers and training passengers",
        SCRIPT_FILE: "loads the best model and answers a CSV",
        NOVELTY_FILE: "tells passengers unlike any that was learnt from",
        FEATURES_FILE: "makes title, family size, deck and fare per person, one row at a time",
        "*.skops, *.lightgbm.txt": f"the fitted pipelines: {', '.join(model.pipelines)}",
    }
