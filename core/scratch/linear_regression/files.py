"""A trained model as files and back, exactly: npz for arrays, JSON for the rest.

Left out: a run's report and scores (``runs``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.scratch.linear_regression.digits import Trust
from core.scratch.linear_regression.model import Folds, HeldOut, Line, Model, Source
from core.scratch.linear_regression.recipe import Recipe
from core.scratch.linear_regression.schema import Column, Schema, Term

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"
TRUST = tuple(each.name for each in dataclasses.fields(Trust))


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; answers are the same to the last bit.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write every part of a model as named bytes; equal models but for their timing give equal bytes."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "lines": {name: line.sentence for name, line in model.lines.items()},
        "best": model.best,
        "fold_rows": [model.folds.n_train, model.folds.n_test],
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "source": dataclasses.asdict(model.source),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    return {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
    }


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays."""
    names = list(model.lines)
    walks = {
        f"{part}_{place}": getattr(model.lines[name], part)
        for place, name in enumerate(names)
        for part in ("losses", "epochs")
    }
    trust = {} if model.trust is None else {f"trust_{name}": getattr(model.trust, name) for name in TRUST}
    return {
        "weights": np.stack([model.lines[name].weights for name in names]),
        "fold_rmse": np.stack([model.folds.rmse[name] for name in names]),
        "held_out_ids": model.held_out.ids,
        "held_out_x": model.held_out.x,
        "held_out_y": model.held_out.y,
        "held_out_answers": np.stack([model.held_out.answers[name] for name in names]),
        "ids": model.ids,
        "x": model.x,
        "y": model.y,
        **walks,
        **trust,
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    names = list(facts["lines"])
    trust = Trust(*(arrays[f"trust_{name}"] for name in TRUST)) if "trust_qr" in arrays else None
    answers = dict(zip(names, arrays["held_out_answers"], strict=True))
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=_read_schema(facts["schema"]),
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        lines=_read_lines(facts["lines"], arrays),
        folds=Folds(dict(zip(names, arrays["fold_rmse"], strict=True)), *facts["fold_rows"]),
        held_out=HeldOut(arrays["held_out_ids"], arrays["held_out_x"], arrays["held_out_y"], answers),
        ids=arrays["ids"],
        x=arrays["x"],
        y=arrays["y"],
        trust=trust,
        fit_s=facts["fit_s"],
        best=facts["best"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_lines(sentences: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> dict[str, Line]:
    """Build the lines from their arrays."""
    return {
        name: Line(arrays["weights"][place], arrays[f"losses_{place}"], arrays[f"epochs_{place}"], sentence)
        for place, (name, sentence) in enumerate(sentences.items())
    }


def _read_schema(values: dict[str, Any]) -> Schema:
    """Build a schema from its JSON values."""
    columns = tuple(Column(**{**each, "levels": tuple(each["levels"])}) for each in values["columns"])
    return Schema(values["target"], columns, tuple(Term(**each) for each in values["terms"]), tuple(values["ignored"]))
