"""Price every row of a CSV with the best model: ``python predict.py cases.csv > prices.csv``.

Left out: intervals, reasons, comparable sales and refusals, which the app gives.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TRUSTED: tuple[str, ...] = ()
HERE = Path(__file__).parent
DAY_S = 86_400


def _main() -> None:
    """Read the file named in the command, price its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py cases.csv > prices.csv")
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    cases = pd.read_csv(sys.argv[1], keep_default_na=False, na_values=[""])
    columns = facts["schema"]["features"]
    missing = [column["name"] for column in columns if column["name"] not in cases.columns]
    if missing:
        sys.exit(f"{sys.argv[1]} lacks {', '.join(missing)}")
    x = pd.DataFrame({column["name"]: _convert(cases[column["name"]], column["kind"]) for column in columns})
    cases["answer"] = _price(facts, x)
    cases.to_csv(sys.stdout, index=False)


def _convert(values: pd.Series, kind: str) -> pd.Series:
    """Turn a column into what the models take; a gap stays a gap."""
    if kind == "category":
        text = values.astype(str).str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)
        return text.astype(object).where(values.notna(), np.nan)
    if kind == "date":
        moments = pd.to_datetime(values, errors="coerce", utc=True)
        return (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / DAY_S
    return pd.to_numeric(values, errors="coerce").astype(float)


def _price(facts: dict[str, Any], x: pd.DataFrame) -> np.ndarray:
    """Ask the best model."""
    import skops.io

    add_features = importlib.import_module("features").add_features
    z = np.asarray(skops.io.load(HERE / "preparation.skops", trusted=list(TRUSTED)).transform(add_features(x)))
    best, shares = facts["best"], facts["shares"]
    line = np.zeros(len(z)) if best == "LightGBM" else _ask_line(facts, "ridge" if best == "blend" else best, z)
    if best == "blend":
        line = shares[0] * line + shares[1] * _ask_trees(z)
    elif best == "LightGBM":
        line = _ask_trees(z)
    if not facts["source"]["is_log"]:
        return line
    factor = facts["smearing"][best] if facts["recipe"]["answer"] == "mean" else 1.0
    return np.asarray(np.round(factor * np.exp(line), 2))


def _ask_line(facts: dict[str, Any], name: str, z: np.ndarray) -> np.ndarray:
    """Answer with a straight line."""
    with np.load(HERE / "arrays.npz", allow_pickle=False) as arrays:
        weights = arrays["weights"][list(facts["lines"]).index(name)]
    return np.asarray(facts["lines"][name] + z @ weights)


def _ask_trees(z: np.ndarray) -> np.ndarray:
    """Answer with the boosted trees."""
    import lightgbm

    return np.asarray(lightgbm.Booster(model_file=HERE / "lightgbm.txt").predict(z))


if __name__ == "__main__":
    _main()
