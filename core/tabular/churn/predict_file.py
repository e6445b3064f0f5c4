"""Answer every row of a CSV with the best model: ``python predict.py customers.csv > answers.csv``.

Left out: other formats than CSV separated by commas, and what an offer is worth, which the app gives.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TRUSTED: tuple[str, ...] = ()
HERE = Path(__file__).parent


def _main() -> None:
    """Read the file named in the command, answer its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py customers.csv > answers.csv")
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    features = facts["schema"]["features"]
    cases = _read_cases(sys.argv[1], [each["name"] for each in features])
    x = pd.DataFrame({each["name"]: _convert(cases[each["name"]], each["kind"]) for each in features})
    x = _load_derive().derive_columns(x, [each["name"] for each in features if each["kind"] != "category"])
    cases[f"share of {facts['positive']}"] = _ask(facts, x)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    cases.to_csv(sys.stdout, index=False)


def _ask(facts: dict[str, Any], x: pd.DataFrame) -> np.ndarray:
    """Ask the best model, or the average of several."""
    weights = facts["weights"] if facts["best"] == "average" else {facts["best"]: 1.0}
    parts = [weight * _ask_one(facts["models"][name], x) for name, weight in weights.items() if weight]
    return np.asarray(sum(parts))


def _ask_one(name: str, x: pd.DataFrame) -> np.ndarray:
    """Ask one model; boosted trees lie beside their preparation as text."""
    import skops.io

    stored, trees = skops.io.load(HERE / f"{name}.skops", trusted=list(TRUSTED)), HERE / f"{name}.lightgbm.txt"
    if not trees.is_file():
        return np.asarray(stored.predict_proba(x)[:, 1])
    import lightgbm

    return np.asarray(lightgbm.Booster(model_file=str(trees)).predict(stored.transform(x), num_threads=1))


def _load_derive() -> Any:
    """Load the file beside this one that makes columns out of each row."""
    spec = importlib.util.spec_from_file_location("derive", HERE / "derive.py")
    if spec is None or spec.loader is None:
        sys.exit("derive.py is missing; unpack the whole zip again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read_cases(path: str, names: list[str]) -> pd.DataFrame:
    """Read every cell as text, after the header was found to hold the needed columns."""
    try:
        cases = pd.read_csv(path, dtype=str, skipinitialspace=True, index_col=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        sys.exit(f"{path} cannot be read ({error}); save it as CSV in UTF-8")
    missing = [name for name in names if name not in cases.columns]
    if missing:
        sys.exit(f"{path} lacks {', '.join(missing)}; its columns are {', '.join(cases.columns)}")
    if cases.empty:
        sys.exit(f"{path} has a header and no rows; add one row for each customer")
    return cases


def _convert(cells: pd.Series, kind: str) -> pd.Series:
    """Turn the text of one column into what the model takes; a gap stays a gap."""
    text = cells.str.strip()
    if kind == "category":
        return text.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True).astype(object).where(text.notna(), np.nan)
    if kind == "date":
        moments = pd.to_datetime(text, errors="coerce", utc=True, format="mixed")
        values = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 86_400
    else:
        values = pd.to_numeric(text, errors="coerce").astype(float)
    wrong = text[values.isna() & text.notna()]
    if len(wrong):
        row, first = int(wrong.index[0]) + 1, str(wrong.iloc[0])[:40]
        sys.exit(f"{cells.name} is {first!r} in row {row}; every value must be a {kind} or empty")
    return values.where(np.isfinite(values), np.nan)


if __name__ == "__main__":
    _main()
