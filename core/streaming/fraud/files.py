"""A trained model as files and back, exactly: npz for arrays, LightGBM's own text, JSON for the rest.

Left out: a run's report and scores (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.packing import pack_arrays, unpack_arrays
from core.hub.scores import scores_from_json, scores_to_json
from core.streaming.fraud.anomaly import Distance, Isolation
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.model import FraudModel, HeldOut, Source
from core.streaming.fraud.models import Amount, Boosted, Forest, Linear, Scorer, Unusual
from core.streaming.fraud.recipe import Recipe
from core.streaming.fraud.trees import trees_from_arrays, trees_to_arrays

FACTS_FILE, ARRAYS_FILE, TREES_END = "model.json", "arrays.npz", ".lightgbm.txt"
Arrays = dict[str, NDArray[Any]]
_HELD = ("ids", "days", "customers", "amounts", "fraud", "scenario")


def save_model(model: FraudModel, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> FraudModel:
    """Read back what :func:`save_model` wrote; probabilities are the same to the last bit.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: FraudModel) -> dict[str, bytes]:
    """Write every part of a model as named bytes; equal models but for their timing give equal bytes."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "source": dataclasses.asdict(model.source),
        "models": {name: type(scorer).__name__ for name, scorer in model.scorers.items()},
        "features": list(FEATURES),
        "weights": dict(model.weights),
        "best": model.best,
        "alert_from": model.alert_from,
        "ceiling": model.ceiling,
        "shares": list(model.held_out.shares),
        "valid": _list_values(model.valid),
        "test": _list_values(model.test),
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    arrays: Arrays = {name: getattr(model.held_out, name) for name in _HELD}
    arrays |= {"usual": model.usual, "shares": np.stack(list(model.held_out.shares.values()))}
    files = {FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode()}
    for name, scorer in model.scorers.items():
        stem = name_stem(name)
        if isinstance(scorer, Boosted):
            files[stem + TREES_END] = scorer.text.encode()
        else:
            arrays |= {f"{stem}.{part}": values for part, values in scorer_to_arrays(scorer).items()}
    return files | {ARRAYS_FILE: pack_arrays(arrays)}


def name_stem(name: str) -> str:
    """Name what the parts of a model begin with.

    Examples
    --------
    >>> name_stem("depth-2 tree")
    'depth_2_tree'
    """
    return name.replace(" ", "_").replace("-", "_")


def _list_values(found: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> dict[str, dict[str, list[float]]]:
    """Write figures by metric and model as lists."""
    return {metric: {name: values.tolist() for name, values in each.items()} for metric, each in found.items()}


def _read_values(found: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Read back what :func:`_list_values` wrote."""
    return {metric: {name: np.array(values) for name, values in each.items()} for metric, each in found.items()}


def scorer_to_arrays(scorer: Scorer) -> Arrays:
    """Write a scorer, other than boosted trees, as named arrays."""
    if isinstance(scorer, Linear):
        return {"weights": scorer.weights, "bias": np.array(scorer.bias)}
    if isinstance(scorer, Forest):
        return trees_to_arrays(scorer.trees)
    if isinstance(scorer, Unusual):
        curve = {"curve": np.array([scorer.slope, scorer.bias])}
        if isinstance(scorer.detector, Isolation):
            return curve | trees_to_arrays(scorer.detector.trees) | {"usual_path": np.array(scorer.detector.usual_path)}
        return curve | {"center": scorer.detector.center, "whitener": scorer.detector.whitener}
    return {}


def scorer_from_arrays(kind: str, arrays: Arrays) -> Scorer:
    """Build a scorer from what :func:`scorer_to_arrays` wrote; a wrong part is a ``KeyError`` or ``ValueError``."""
    if kind == "Linear":
        return Linear(arrays["weights"], float(arrays["bias"]))
    if kind == "Forest":
        return Forest(trees_from_arrays(arrays))
    if kind == "Unusual":
        slope, bias = arrays["curve"].tolist()
        if "usual_path" in arrays:
            return Unusual(Isolation(trees_from_arrays(arrays), float(arrays["usual_path"])), slope, bias)
        return Unusual(Distance(arrays["center"], arrays["whitener"]), slope, bias)
    if kind == "Amount":
        return Amount()
    message = f"there is no kind of model {kind!r}"
    raise ValueError(message)


def model_from_files(files: Mapping[str, bytes]) -> FraudModel:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    source = facts["source"]
    return FraudModel(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        source=Source(**{**source, "train_days": tuple(source["train_days"])}),
        scorers={name: _read_scorer(name, kind, files, arrays) for name, kind in facts["models"].items()},
        weights=facts["weights"],
        best=facts["best"],
        alert_from=facts["alert_from"],
        usual=arrays["usual"],
        valid=_read_values(facts["valid"]),
        test=_read_values(facts["test"]),
        ceiling=facts["ceiling"],
        held_out=HeldOut(
            **{name: arrays[name] for name in _HELD}, shares=dict(zip(facts["shares"], arrays["shares"], strict=True))
        ),
        fit_s=facts["fit_s"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_scorer(name: str, kind: str, files: Mapping[str, bytes], arrays: Arrays) -> Scorer:
    """Build one scorer of a stored model."""
    stem = name_stem(name)
    if kind == "Boosted":
        return Boosted(files[stem + TREES_END].decode())
    return scorer_from_arrays(
        kind, {key.removeprefix(f"{stem}."): values for key, values in arrays.items() if key.startswith(f"{stem}.")}
    )
