"""Price every row of a CSV with the best model: ``python predict.py houses.csv > prices.csv``.

Beside each price stand both ends of its interval; where the app would refuse, there is no price, and why. Columns that
are not asked for may be missing: they are taken as typical, the intervals are then wider, and ``typical`` names them.

Left out: reasons and comparable sales, which the app gives.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

TRUSTED: tuple[str, ...] = ()
HERE = Path(__file__).parent
DAY_S, ROUNDING = 86_400, 1e-9
Columns = Mapping[str, np.ndarray]


def _main() -> None:
    """Read the file named in the command, price its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py houses.csv > prices.csv")
    facts, checks = (json.loads((HERE / name).read_text(encoding="utf-8")) for name in ("model.json", "checks.json"))
    cases, given = _read(sys.argv[1], facts, checks)
    typical = importlib.import_module("typical")
    names = [each["name"] for each in facts["schema"]["features"]]
    columns, filled = typical.fill_typical(given, names, typical.Typical(facts["typical"]))
    with np.load(HERE / "arrays.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    refused = _refuse(facts, checks, arrays, (columns, given))
    found = _price(facts, arrays, columns, is_form=bool(filled))
    is_refused = np.array([bool(each) for each in refused])
    answers: dict[str, Any] = {key: np.where(is_refused, np.nan, np.round(each, 2)) for key, each in found.items()}
    answers |= {"refused": refused, "typical": ", ".join(filled)}
    for name, values in answers.items():
        cases[f"{name} (model)" if name in cases.columns else name] = values
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    cases.to_csv(sys.stdout, index=False)


def _read(path: str, facts: dict[str, Any], checks: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Read the file as text, and those of its columns that the models know, as they take them."""
    try:
        cases = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        sys.exit(f"{path} cannot be read ({str(error)[:80]}); save it as CSV in UTF-8")
    found = _find_columns(cases, facts, checks["synonyms"])
    missing = [name for name in checks["asked"] if name not in found]
    if missing or cases.empty:
        sys.exit(f"{path} lacks {', '.join(missing) or 'rows'}")
    kinds = {each["name"]: each["kind"] for each in facts["schema"]["features"]}
    return cases, {name: _convert(cases[column], name, kinds[name]) for name, column in found.items()}


def _find_columns(cases: pd.DataFrame, facts: dict[str, Any], synonyms: dict[str, list[str]]) -> dict[str, str]:
    """Find the column of the file for each that the models know: by its name, in other letters, or by a synonym."""
    found: dict[str, str] = {}
    for key in (str, _plain):
        own = {key(column): column for column in reversed(list(cases.columns))}
        for name in (each["name"] for each in facts["schema"]["features"]):
            words = [name] if key is str else [name, *synonyms.get(name, [])]
            place = next((own[key(word)] for word in words if own.get(key(word)) not in {None, *found.values()}), None)
            if place is not None:
                found.setdefault(name, place)
    return {each["name"]: found[each["name"]] for each in facts["schema"]["features"] if each["name"] in found}


def _plain(name: str) -> str:
    """Leave of a name its letters and digits."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _convert(cells: pd.Series, name: str, kind: str) -> np.ndarray:
    """Turn a column into what the models take; a gap stays a gap, a word for a number ends the script with its row."""
    text = cells.str.strip()
    text = text.where(text != "", np.nan)
    if kind == "category":
        named = text.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True).astype(object)
        return named.where(text.notna(), np.nan).to_numpy(dtype=object)
    if kind == "date":
        moments = pd.to_datetime(text, errors="coerce", utc=True, format="mixed")
        values = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / DAY_S
    else:
        values = pd.to_numeric(text, errors="coerce").astype(float)
    wrong = np.flatnonzero((values.isna() & text.notna()).to_numpy())
    if len(wrong):
        sys.exit(f"{name} is {cells.iloc[wrong[0]]!r} in row {wrong[0] + 1}; it must be a {kind} or empty")
    return values.where(np.isfinite(values), np.nan).to_numpy(dtype=float)


def _refuse(facts: dict[str, Any], checks: dict[str, Any], arrays: Columns, rows: tuple[Columns, Columns]) -> list[str]:
    """Say why each row is refused; empty where it is not."""
    guards, novelty = (importlib.import_module(name) for name in ("guards", "novelty"))
    columns, given = rows
    features = {each["name"]: SimpleNamespace(**each) for each in facts["schema"]["features"]}
    numbers = [each for name, each in features.items() if each.kind != "category" and name in given]
    outside = guards.list_outside(columns, numbers)
    contrary = guards.list_contradictions(columns, given, checks["rules"])
    said = [list(first or second) for first, second in zip(outside, contrary, strict=True)]
    known = {name[len("novelty_") :]: each for name, each in arrays.items() if name.startswith("novelty_")}
    if not known:
        return [guards.write_refusal(each) for each in said]
    usual, names = novelty.novelty_from_arrays(known), checks["novel"]
    filled = [np.where(np.isnan(columns[name]), features[name].median, columns[name]) for name in names]
    table = np.column_stack(filled)
    limit = novelty.find_limit(usual, checks["alpha"]) + ROUNDING
    for row in np.flatnonzero(novelty.novelty_p_value(usual, table) <= limit):
        if not said[row]:
            said[row].append(novelty.explain_novelty(usual, table[row], names))
    return [guards.write_refusal(each) for each in said]


def _price(facts: dict[str, Any], arrays: Columns, columns: Columns, *, is_form: bool) -> dict[str, np.ndarray]:
    """Ask the best model for prices, and for both ends of their intervals."""
    import lightgbm
    import skops.io

    design = importlib.import_module("features").add_features(pd.DataFrame(dict(columns)))
    prepare = skops.io.load(HERE / "preparation.skops", trusted=list(TRUSTED))
    answers = _ask(facts, arrays, np.asarray(prepare.transform(design)))
    numbers = [each.to_numpy(dtype=float) for _, each in design.items() if each.dtype != object]
    spread = lightgbm.Booster(model_file=str(HERE / "spread.txt"))
    scale = np.exp(np.asarray(spread.predict(np.column_stack([*numbers, answers]), num_threads=1)))
    is_form = is_form and facts["best"] in facts["form_limits"]
    limits = facts["form_limits" if is_form else "limits"][facts["best"]]
    group = facts["source"]["group"]
    own = columns[group] if group in columns else np.full(len(answers), "all", dtype=object)
    reach = scale * [limits["own"].get(_name_group(each), limits["pooled"]) for each in own.tolist()]
    if not facts["source"]["is_log"]:
        return {"answer": answers, "low": answers - reach, "high": answers + reach}
    factor = _smear(facts, arrays, is_form=is_form) if facts["recipe"]["answer"] == "mean" else 1.0
    return {"answer": factor * np.exp(answers), "low": np.exp(answers - reach), "high": np.exp(answers + reach)}


def _name_group(value: object) -> str:
    """Write a group as the limits name it."""
    if value != value:  # noqa: PLR0124 only a gap is not itself
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _smear(facts: dict[str, Any], arrays: Columns, *, is_form: bool) -> float:
    """Return Duan's factor from the median to the mean."""
    best = facts["best"]
    if not (is_form and "form" in arrays):
        return float(facts["smearing"][best])
    residuals = np.log(arrays["y"]) - arrays["form"][facts["models"].index(best)]
    return float(np.mean(np.exp(residuals)))


def _ask(facts: dict[str, Any], arrays: Columns, z: np.ndarray) -> np.ndarray:
    """Answer prepared rows with the best model, on the scale that it learnt on."""
    best, shares = facts["best"], facts["shares"]
    line = np.zeros(len(z))
    if best != "LightGBM":
        name = "ridge" if best == "blend" else best
        line = facts["lines"][name] + z @ arrays["weights"][list(facts["lines"]).index(name)]
    if best not in {"LightGBM", "blend"}:
        return line
    import lightgbm

    trees = np.asarray(lightgbm.Booster(model_file=str(HERE / "lightgbm.txt")).predict(z, num_threads=1))
    return trees if best == "LightGBM" else shares[0] * line + shares[1] * trees


if __name__ == "__main__":
    _main()
