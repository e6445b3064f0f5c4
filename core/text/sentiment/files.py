"""A trained model as files and back: each family's own files under its name, JSON for the facts, npz for the answers.

Left out: a run's report and figures (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.text.sentiment.calibration import Abstention, Calibration
from core.text.sentiment.family import load_family
from core.text.sentiment.model import FittedFamily, HeldOut, Model
from core.text.sentiment.recipe import Recipe

FACTS_FILE, ANSWERS_FILE = "model.json", "answers.npz"
DOT = "."


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; answers are the same.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write every part of a model as named bytes; a family's file ``x`` is called ``<family>.x``."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "families": {name: _describe(one) for name, one in model.fitted.items()},
        "share_positive": model.share_positive,
        "splits": list(model.held_out),
        "source": model.source,
        "sha256": model.sha256,
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    files = {
        f"{name}{DOT}{file}": content
        for name, one in model.fitted.items()
        for file, content in one.model.to_files().items()
    }
    arrays: dict[str, NDArray[Any]] = {}
    for split, held in model.held_out.items():
        arrays |= {f"{split}.labels": held.labels, f"{split}.groups": held.groups}
        arrays |= {f"{split}.{name}": values.astype(np.float32) for name, values in held.probabilities.items()}
    return files | {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ANSWERS_FILE: pack_arrays(arrays),
    }


def _describe(one: FittedFamily) -> dict[str, Any]:
    """Write what is known of a family beside its files."""
    return {
        "calibration": dataclasses.asdict(one.calibration),
        "abstention": dataclasses.asdict(one.abstention),
        "fit_s": one.fit_s,
        "text_ms": one.text_ms,
        "n_bytes": one.n_bytes,
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ANSWERS_FILE])
    fitted = {name: _open(name, about, files) for name, about in facts["families"].items()}
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        fitted=fitted,
        share_positive=facts["share_positive"],
        held_out={split: _read_held(split, arrays, tuple(fitted)) for split in facts["splits"]},
        source=facts["source"],
        sha256=facts["sha256"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def take_family(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Take one family's files out of a model's, under the names that it gave them.

    Examples
    --------
    >>> take_family("tfidf", {"tfidf.terms.npz": b"PK", "nbsvm.terms.npz": b"PK"})
    {'terms.npz': b'PK'}
    """
    start = name + DOT
    return {file.removeprefix(start): content for file, content in files.items() if file.startswith(start)}


def _open(name: str, about: Mapping[str, Any], files: Mapping[str, bytes]) -> FittedFamily:
    """Open one family."""
    return FittedFamily(
        load_family(name, take_family(name, files)),
        Calibration(**about["calibration"]),
        Abstention(**about["abstention"]),
        about["fit_s"],
        about["text_ms"],
        about["n_bytes"],
    )


def _read_held(split: str, arrays: Mapping[str, NDArray[Any]], names: tuple[str, ...]) -> HeldOut:
    """Read what was said of one set."""
    said = {name: arrays[f"{split}.{name}"].astype(np.float64) for name in names}
    return HeldOut(arrays[f"{split}.labels"], arrays[f"{split}.groups"], said)
