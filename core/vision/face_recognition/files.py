"""A run as files and back, exactly: one JSON file of gates, curve and scores, and for photographs dlib's two networks.

No vector and no picture of anybody is among them.

Left out: a run's report (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.vision.face_recognition.error_rates import ErrorRates
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.recipe import Recipe
from core.vision.face_recognition.thresholds import Claim, GateCurve

FACTS_FILE = "model.json"


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    A model of photographs takes dlib's two files along, so that what is stored measures faces by itself.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    DataError
        If dlib's files are nowhere to be had.
    """
    files = model_to_files(model)
    if model.recipe.faces == "orl":
        from core.vision.face_recognition.weights import make_weight_files

        files |= make_weight_files()
    save_files(files, folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; every number is the same to the last bit.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write a model as named bytes, without dlib's files; equal models give equal bytes."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "gate": model.gate,
        "naming_gates": dict(model.naming_gates),
        "eigen_gate": model.eigen_gate,
        "curve": {
            "gates": model.curve.gates.tolist(),
            "accepts": _rates_to_plain(model.curve.accepts),
            "rejects": _rates_to_plain(model.curve.rejects),
        },
        "claim": dataclasses.asdict(model.claim) | {"false_rejects": _hide_nan(model.claim.false_rejects)},
        "source": model.source,
        "sha256": model.sha256,
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    return {FACTS_FILE: json.dumps(facts, ensure_ascii=False, allow_nan=False).encode()}


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts = json.loads(files[FACTS_FILE])
    curve, claim = facts["curve"], facts["claim"]
    rejects = tuple(float("nan") if each is None else each for each in claim["false_rejects"])
    return Model(
        recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        facts["gate"],
        facts["naming_gates"],
        facts["eigen_gate"],
        GateCurve(np.array(curve["gates"]), _rates_from_plain(curve["accepts"]), _rates_from_plain(curve["rejects"])),
        Claim(**(claim | {"false_rejects": rejects})),
        facts["source"],
        facts["sha256"],
        tuple(facts["notes"]),
        scores_from_json(json.dumps(facts["scores"])),
    )


def _hide_nan(values: tuple[float, ...]) -> list[float | None]:
    """Write numbers that do not exist as null."""
    return [None if value != value else value for value in values]  # noqa: PLR0124 only NaN differs from itself


def _rates_to_plain(rates: ErrorRates) -> dict[str, Any]:
    """Put rates into plain values."""
    found = {each.name: getattr(rates, each.name) for each in dataclasses.fields(rates)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()}


def _rates_from_plain(values: Mapping[str, Any]) -> ErrorRates:
    """Build rates of plain values."""
    found: dict[str, Any] = {
        name: np.array(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return ErrorRates(**found)
