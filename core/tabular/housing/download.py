"""A trained run to take away: a zip that runs with scikit-learn, skops, LightGBM and pandas, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from core.evaluation import novelty
from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip, write_loader
from core.tabular._shared.alone import write_alone
from core.tabular.housing.cases import asked_schema
from core.tabular.housing.files import model_to_files
from core.tabular.housing.house import SYNONYMS
from core.tabular.housing.model import Model
from core.tabular.housing.refusals import ALPHA, list_rules
from core.tabular.housing.scoring import describe_command
from core.tabular.housing.training import list_novel

_HERE = Path(__file__)
_SCRIPT, _ALONG = _HERE.with_name("predict_file.py"), ("features.py", "guards.py", "typical.py")
CHECKS_FILE, NOVELTY_FILE = "checks.json", "novelty.py"
_FILES = """\
- `model.json`: columns, settings, limits of the intervals, scores
- `arrays.npz`: weights of the lines, held-out answers, training rows
- `preparation.skops`: the fitted preparation, scikit-learn's
- `lightgbm.txt`, `spread.txt`: the trees, and the expected miss, LightGBM's own text
- `predict.py`: the script; `features.py`, `typical.py`: columns made of raw ones, and what is typical
- `guards.py`, `novelty.py`, `checks.json`: what is refused"""
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
        CHECKS_FILE: _write_checks(model).encode(),
        NOVELTY_FILE: write_alone(Path(novelty.__file__)).encode(),
        **{name: _HERE.with_name(name).read_bytes() for name in _ALONG},
    }
    return make_zip(files)


def _write_checks(model: Model) -> str:
    """Write what the script must know to refuse what the app refuses, and to find columns as it does."""
    checks = {
        "rules": list(list_rules(model)),
        "novel": list_novel(model.schema.numbers, model.x),
        "alpha": ALPHA,
        "asked": asked_schema(model).names,
        "synonyms": {name: list(SYNONYMS[name]) for name in model.schema.names if name in SYNONYMS},
    }
    return json.dumps(checks, indent=1, ensure_ascii=False)


def _write_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    error = next(row for row in model.scores if (row.model, row.metric) == (model.best, model.metric))
    asked = asked_schema(model).names
    columns = "\n".join(
        f"- `{each.name}` ({each.kind}{'' if each.name in asked else ', may be missing'})"
        for each in model.schema.features
    )
    return f"""# {model.schema.target}: {model.best}

Trained on {model.source.n_rows:,} rows of {model.source.name}. Over all of them, each held out in turn, its
{model.metric} is {error.value:.4g} (95% interval {error.low:.4g} to {error.high:.4g}).

## Use

    pip install {_PACKAGES}
    python predict.py houses.csv > prices.csv

`answer` is the price, `low` and `high` are the ends of an interval made to hold it in {model.recipe.coverage:.0%} of
such cases. Where the app would refuse (a number outside every row that was learnt from, parts that contradict each
other, numbers that no row has together) there is no price and `refused` says why. The script prices and refuses as the
app does; reasons and comparable sales are the app's alone.

`houses.csv` is separated by commas and needs these columns, by these names or usual other ones; a gap is filled as in
training. A column that may be missing is taken as typical and named in `typical`; the interval is wider then.

{columns}

## Files

{_FILES}
- `{RECIPE_FILE}`: every setting and the seed

## Made by

    {describe_command(model)}
"""
