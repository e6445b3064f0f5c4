"""A trained model as files and back, exactly: skops, LightGBM's text, npz for arrays, JSON for the rest.

Left out: a run's report and scores (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.boosters import pack_pipeline, unpack_pipeline
from core.tabular._shared.lazy import LazyMapping
from core.tabular._shared.stored import list_row_arrays, name_stem, read_rows, read_schema
from core.tabular.churn.folds import Folds
from core.tabular.churn.model import Explained, Model, Source
from core.tabular.churn.recipe import Recipe

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; probabilities are the same to the last bit.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write every part of a model as named bytes; equal models but for their timing give equal bytes."""
    importance = None if model.importance is None else model.importance.to_dict("list")
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "models": {name: name_stem(name) for name in model.pipelines},
        "shares": list(model.folds.shares),
        "inner": list(model.folds.inner),
        "metrics": list(model.fold_scores),
        "positive": model.positive,
        "groups": list(model.groups),
        "weights": dict(model.weights),
        "best": model.best,
        "fold_rows": [model.folds.n_train, model.folds.n_test],
        "base": None if model.explained is None else model.explained.base,
        "importance": importance,
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "source": dataclasses.asdict(model.source),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    files = {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
    }
    for name, pipeline in model.pipelines.items():
        files |= pack_pipeline(name_stem(name), pipeline)
    return files


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays; texts get a fixed width."""
    folds, explained = model.folds, model.explained
    parts = {} if explained is None else {"explained_rows": explained.rows, "explained_values": explained.effects}
    return {
        "fold": folds.fold,
        "shares": np.stack(list(folds.shares.values())),
        "inner": np.stack(list(folds.inner.values())),
        "depths": folds.depths,
        "weights": folds.weights,
        "fold_scores": np.stack([np.stack(list(each.values())) for each in model.fold_scores.values()]),
        "left": model.left,
        "ids": model.ids,
        **list_row_arrays(model.rows, model.schema),
        **parts,
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    schema = read_schema(facts["schema"])
    found = dict(zip(facts["metrics"], arrays["fold_scores"], strict=True))
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=schema,
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        positive=facts["positive"],
        groups=tuple(facts["groups"]),
        pipelines=LazyMapping(
            # the classifiers learnt from booleans: False stayed, True left
            {name: partial(unpack_pipeline, stem, files, ("False", "True")) for name, stem in facts["models"].items()}
        ),
        weights=facts["weights"],
        folds=_read_folds(facts, arrays),
        fold_scores={name: dict(zip(facts["shares"], each, strict=True)) for name, each in found.items()},
        best=facts["best"],
        rows=read_rows(schema, arrays),
        left=arrays["left"],
        ids=arrays["ids"],
        fit_s=facts["fit_s"],
        notes=tuple(facts["notes"]),
        explained=None
        if facts["base"] is None
        else Explained(arrays["explained_rows"], arrays["explained_values"], facts["base"]),
        importance=None if facts["importance"] is None else pd.DataFrame(facts["importance"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_folds(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Folds:
    """Build what the folds said."""
    return Folds(
        arrays["fold"],
        dict(zip(facts["shares"], arrays["shares"], strict=True)),
        dict(zip(facts["inner"], arrays["inner"], strict=True)),
        arrays["depths"],
        arrays["weights"],
        *facts["fold_rows"],
    )
