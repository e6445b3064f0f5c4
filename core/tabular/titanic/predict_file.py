"""Answer every passenger of a CSV with the best model: ``python predict.py passengers.csv > answers.csv``.

Columns are found by name in any case of letters. A passenger unlike any that was learnt from gets no answer, as in the
app; ``refused`` says so. Left out: other formats than CSV, and prediction sets, which the app gives.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TRUSTED: tuple[str, ...] = ()
HERE = Path(__file__).parent
ALPHA = 0.01
"""Share of ordinary passengers that may be refused; the app's own."""
NUMBERS = ("age", "sibsp", "parch", "fare")
MAY_BE_MISSING = ("age", "fare", "cabin", "embarked")
REFUSED = "This passenger is unlike any that was learnt from, so no answer is vouched for."


def _main() -> None:
    """Read the file named in the command, answer its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py passengers.csv > answers.csv")
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    cases, x = _read_passengers(sys.argv[1], [each["name"] for each in facts["schema"]["features"]])
    features = importlib.import_module("features")
    shares = _ask(facts["models"][facts["best"]], features.engineer(x, facts["parties"]))
    refused = _refuse(facts, features, x)
    likelier = np.where(shares > 0.5, "Yes", "No")  # noqa: PLR2004 - the likelier of two
    cases["answer"], cases["share of Yes"] = np.where(refused, "", likelier), shares
    cases["refused"] = np.where(refused, REFUSED, "")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    cases.to_csv(sys.stdout, index=False)


def _refuse(facts: dict[str, Any], features: Any, x: pd.DataFrame) -> np.ndarray:
    """Say which passengers are unlike any that was learnt from."""
    novelty = importlib.import_module("novelty")
    with np.load(HERE / "arrays.npz", allow_pickle=False) as stored:
        known = {name[len("novelty_") :]: stored[name] for name in stored.files if name.startswith("novelty_")}
    medians = {each["name"]: each["median"] for each in facts["schema"]["features"]}
    oddness = features.measure_oddness(x, medians["age"], medians["fare"])
    return np.asarray(novelty.is_novel(novelty.novelty_from_arrays(known), oddness, ALPHA))


def _ask(stem: str, made: pd.DataFrame) -> np.ndarray:
    """Return the probability of having lived, by skops alone or by LightGBM behind a preparation."""
    import skops.io

    pipeline: Any = skops.io.load(HERE / f"{stem}.skops", trusted=list(TRUSTED))
    trees = HERE / f"{stem}.lightgbm.txt"
    if trees.exists():
        import lightgbm

        prepared = np.asarray(pipeline.transform(made), dtype=float)
        return np.asarray(lightgbm.Booster(model_str=trees.read_text()).predict(prepared, num_threads=1))
    return np.asarray(pipeline.predict_proba(made)[:, list(pipeline.classes_).index("Yes")])


def _read_passengers(path: str, names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the file as text, and its ten columns as the models take them."""
    try:
        cases = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        sys.exit(f"{path} cannot be read ({str(error)[:80]}); save it as CSV in UTF-8")
    found = {str(column).strip().lower(): column for column in cases.columns}
    lacking = [name for name in names if name not in found]
    if lacking or cases.empty:
        sys.exit(f"{path} lacks {', '.join(lacking) or 'rows'}; its columns are {', '.join(map(str, cases.columns))}")
    return cases, pd.DataFrame({name: _read_column(cases[found[name]], name) for name in names})


def _read_column(cells: pd.Series, name: str) -> pd.Series:
    """Read one column; a gap or a word where none may be ends the script with its row."""
    text = cells.str.strip()
    if name == "sex":
        text = text.str.lower()
    values = pd.to_numeric(text, errors="coerce").astype(float) if name in NUMBERS else text.astype(object)
    wrong = values.isna() & (text.notna() if name in MAY_BE_MISSING else True)
    if wrong.any():
        row = int(np.argmax(wrong.to_numpy()))
        sys.exit(f"{name} is {cells.iloc[row]!r} in row {row + 1}; give every passenger one that can be read")
    return values.where(values.notna(), np.nan)


if __name__ == "__main__":
    _main()
