"""A trained model as files and back, exactly: skops, LightGBM's text, npz for arrays, JSON for the rest.

Left out: a run's report and scores (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.boosters import pack_pipeline, unpack_pipeline
from core.tabular._shared.schema import Feature, Schema
from core.tabular.churn.folds import Folds
from core.tabular.churn.model import Explained, Model, Source
from core.tabular.churn.recipe import Recipe

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"


class LazyPipelines(Mapping[str, Any]):
    """Pipelines by name that are unpacked when first asked for, once, whatever the threads: a forest takes a while."""

    def __init__(self, files: Mapping[str, bytes], names: Mapping[str, str]) -> None:
        self._files, self._names, self._lock = dict(files), dict(names), threading.Lock()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a pipeline; an ArtifactError says that its bytes are damaged."""
        with self._lock:
            if name not in self._made:
                # the classifiers learnt from booleans: False stayed, True left
                self._made[name] = unpack_pipeline(self._names[name], self._files, ("False", "True"))
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Name the pipelines in the order in which they were saved."""
        return iter(self._names)

    def __len__(self) -> int:
        """Count the pipelines."""
        return len(self._names)


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


def name_file(name: str) -> str:
    """Name the files of a pipeline.

    Examples
    --------
    >>> name_file("logistic regression + SMOTE")
    'logistic_regression_smote'
    """
    return re.sub(r"[^a-z]+", "_", name.lower())


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write every part of a model as named bytes; equal models but for their timing give equal bytes."""
    importance = None if model.importance is None else model.importance.to_dict("list")
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "models": {name: name_file(name) for name in model.pipelines},
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
        files |= pack_pipeline(name_file(name), pipeline)
    return files


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays; texts get a fixed width."""
    folds, categories = model.folds, model.rows[model.schema.categories]
    explained = model.explained
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
        "row_numbers": model.rows[model.schema.numbers].to_numpy(dtype=float),
        "row_categories": categories.fillna("").to_numpy(dtype=str),
        "row_gaps": categories.isna().to_numpy(dtype=bool),
        **parts,
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    schema = _read_schema(facts["schema"])
    found = dict(zip(facts["metrics"], arrays["fold_scores"], strict=True))
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=schema,
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        positive=facts["positive"],
        groups=tuple(facts["groups"]),
        pipelines=LazyPipelines(files, facts["models"]),
        weights=facts["weights"],
        folds=_read_folds(facts, arrays),
        fold_scores={name: dict(zip(facts["shares"], each, strict=True)) for name, each in found.items()},
        best=facts["best"],
        rows=_read_rows(schema, arrays),
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


def _read_schema(values: dict[str, Any]) -> Schema:
    """Build a schema from its JSON values."""
    features = tuple(Feature(**{**each, "levels": tuple(each["levels"])}) for each in values["features"])
    return Schema(values["target"], tuple(values["classes"]), features, tuple(values["ignored"]))


def _read_rows(schema: Schema, arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Build the customers' rows from their arrays."""
    texts = arrays["row_categories"].astype(object)
    texts[arrays["row_gaps"]] = np.nan
    columns = dict(zip(schema.numbers, arrays["row_numbers"].T, strict=True))
    columns |= dict(zip(schema.categories, texts.T, strict=True))
    return pd.DataFrame({name: columns[name] for name in schema.names})
