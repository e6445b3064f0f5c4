"""Score every row of a CSV of features with the best model: ``python predict.py payments.csv > scores.csv``.

Left out: making the features out of payments, which needs their past; the app and its stream do that.
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

HERE = Path(__file__).parent
N_FEATURES = 15


def _main() -> None:
    """Read the file named in the command, score its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py payments.csv > scores.csv")
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    rows = _read_rows(sys.argv[1], facts["features"])
    x = rows[facts["features"]].to_numpy(dtype=float)
    wide = _load("ratios").add_ratios(x) if facts["recipe"]["with_ratios"] else x
    rows["probability"] = _ask(facts, wide)
    rows["alert"] = np.where(rows["probability"] >= facts["alert_from"], "yes", "no")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    rows.to_csv(sys.stdout, index=False)


def _read_rows(path: str, names: list[str]) -> pd.DataFrame:
    """Read the features of payments, or say what is wrong with the file."""
    try:
        rows = pd.read_csv(path, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        sys.exit(f"{path} cannot be read ({error}); save it as CSV in UTF-8")
    missing = [name for name in names if name not in rows.columns]
    if missing or rows.empty:
        sys.exit(f"{path} lacks {', '.join(missing) or 'rows'}; it needs a row for each payment with the 15 features")
    wrong = [name for name in names if not np.isfinite(pd.to_numeric(rows[name], errors="coerce")).all()]
    if wrong:
        sys.exit(f"{wrong[0]} holds a gap or a text; every feature must be a number")
    return rows


def _load(name: str) -> Any:
    """Load the file of that name that lies beside this one."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{name}.py is missing; unpack the whole zip again")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _ask(facts: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """Ask the best model, or the blend of several."""
    weights = facts["weights"] if facts["best"] == "blend" else {facts["best"]: 1.0}
    with np.load(HERE / "arrays.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    parts = [weight * _ask_one(name, facts["models"][name], arrays, x) for name, weight in weights.items() if weight]
    return np.asarray(np.sum(parts, axis=0))


def _ask_one(name: str, kind: str, arrays: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Ask one model."""
    stem = name.replace(" ", "_").replace("-", "_")
    own = {key.removeprefix(f"{stem}."): values for key, values in arrays.items() if key.startswith(f"{stem}.")}
    if kind == "Boosted":
        import lightgbm

        return np.asarray(lightgbm.Booster(model_file=str(HERE / f"{stem}.lightgbm.txt")).predict(x, num_threads=1))
    if kind == "Forest":
        return np.asarray(_load("trees").trees_from_arrays(own).average(x))
    if kind == "Linear":
        return _squash(np.einsum("ij,j->i", x, own["weights"]) + own["bias"])
    if kind == "Unusual":
        slope, bias = own["curve"]
        return _squash(_measure_unusual(own, x[:, :N_FEATURES]) * slope + bias)
    return np.asarray(x[:, 0] / (x[:, 0] + 100.0))


def _measure_unusual(own: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Say how unusual rows are: by an isolation forest, or by their distance from the usual payment."""
    if "usual_path" in own:
        return np.asarray(2.0 ** (-_load("trees").trees_from_arrays(own).average(x) / own["usual_path"]))
    return np.asarray(np.linalg.norm((np.log1p(x) - own["center"]) @ own["whitener"], axis=1))


def _squash(x: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


if __name__ == "__main__":
    _main()
