"""A trained run to take away: a zip that runs with scikit-learn, skops, LightGBM and pandas, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip, write_loader
from core.tabular.housing.files import model_to_files
from core.tabular.housing.model import Model
from core.tabular.housing.scoring import describe_command

_HERE = Path(__file__)
_SCRIPT, _FEATURES = _HERE.with_name("predict_file.py"), _HERE.with_name("features.py")
_PACKAGES = "scikit-learn==1.9.1 skops==0.16.0 lightgbm==4.7.0 pandas"


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a run with its recipe, a README and a script that prices a CSV; equal runs give equal bytes.

    Parameters
    ----------
    packed : mapping of str to bytes, optional
        The model's files where they are at hand, such as an artifact's weights.
    """
    script = write_loader(_SCRIPT)
    files = dict(packed or model_to_files(model)) | {
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        "README.md": _write_readme(model).encode(),
        "predict.py": script.encode(),
        "features.py": _FEATURES.read_bytes(),
    }
    return make_zip(files)


def _write_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    best = next(row for row in model.leaderboard if row.model == model.best)
    error = best.metrics[model.metric]
    columns = "\n".join(f"- `{each.name}` ({each.kind})" for each in model.schema.features)
    return f"""# {model.schema.target}: {model.best}

Trained on {model.source.n_rows:,} rows of {model.source.name}. On rows held out in turn its {model.metric} is
{error.value:.4g} (95% interval {error.low:.4g} to {error.high:.4g}).

## Use

    pip install {_PACKAGES}
    python predict.py cases.csv > prices.csv

`cases.csv` needs these columns; a gap is filled as in training:

{columns}

## Files

- `model.json`: columns, settings, limits of the intervals, scores
- `arrays.npz`: weights of the lines, held-out answers, training rows
- `preparation.skops`: the fitted preparation, scikit-learn's
- `lightgbm.txt`, `spread.txt`: the trees, and the expected miss, LightGBM's own text
- `features.py`, `predict.py`: columns made of raw ones, and the script
- `{RECIPE_FILE}`: every setting and the seed

## Made by

    {describe_command(model)}
"""
