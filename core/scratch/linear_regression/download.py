"""A trained line to take away: a zip that runs with NumPy and pandas, and nothing of the hub.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from core.evaluation.runs import RECIPE_FILE
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip
from core.scratch.linear_regression.files import model_to_files
from core.scratch.linear_regression.model import Model
from core.scratch.linear_regression.scoring import describe_command

_SCRIPT = '''"""Answer every row of a CSV with the line: python predict.py cases.csv > answers.csv"""

import json
import sys

import pandas as pd

line = json.load(open("line.json", encoding="utf-8"))
categories = {term["column"]: str for term in line["terms"] if term["use"] == "category"}
cases = pd.read_csv(sys.argv[1], dtype=categories)
answer = pd.Series(line["intercept"], index=cases.index)
for term in line["terms"]:
    values = cases[term["column"]]
    if term["use"] == "category":
        values = values.str.strip()
        known = values.isin(line["levels"][term["column"]])  # a gap or an unseen level gets no answer
        values = (values == term["level"]).astype(float).where(known)
    elif term["use"] == "date":
        values = (pd.to_datetime(values, utc=True) - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 86_400
    answer = answer + term["coefficient"] * values
cases["answer"] = answer
cases.to_csv(sys.stdout, index=False)
'''


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a model with its best line as JSON, a README and a short script; equal models give equal bytes."""
    files = dict(packed or model_to_files(model)) | {
        "line.json": json.dumps(describe_line(model), indent=1, ensure_ascii=False).encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        "README.md": _write_readme(model).encode(),
        "predict.py": _SCRIPT.encode(),
    }
    return make_zip(files)


def describe_line(model: Model) -> dict[str, object]:
    """Describe the best line as plain values: intercept, the levels it knows, and a coefficient for each term."""
    uses = {column.name: column.use for column in model.schema.columns}
    weights = model.lines[model.best].weights.tolist()
    terms = [
        {"column": term.column, "level": term.level, "use": uses[term.column], "coefficient": weight}
        for term, weight in zip(model.schema.terms, weights[1:], strict=True)
    ]
    levels = {column.name: list(column.levels) for column in model.schema.columns if column.levels}
    return {
        "target": model.schema.target,
        "method": model.best,
        "intercept": weights[0],
        "levels": levels,
        "terms": terms,
    }


def _write_readme(model: Model) -> str:
    """Write what is in the zip, how to use it and how far to trust it."""
    tested = next(row for row in model.scores if (row.model, row.metric, row.split) == (model.best, "rmse", "test"))
    columns = "\n".join(f"- `{each.name}` ({each.use})" for each in model.schema.columns)
    return f"""# {model.schema.target}: {model.best}

Trained on {model.source.n_train:,} rows of {model.source.name}. On {model.source.n_test:,} rows that were kept aside
its root mean squared error is {tested.value:.4g} (95% interval {tested.low:.4g} to {tested.high:.4g}); the mean's is
{tested.baseline_value:.4g}.

## Use

    pip install pandas
    python predict.py cases.csv > answers.csv

`cases.csv` has commas, decimal points and these columns; a row with a gap or a level that training did not see gets no
answer:

{columns}

## Files

- `line.json`: the best line's coefficients
- `model.json`, `arrays.npz`: every line, folds, rows and scores
- `{RECIPE_FILE}`: every setting and the seed of the run
- `predict.py`: answers a CSV

## Made by

    {describe_command(model)}
"""
