"""A trained model as files and back, exactly: skops for each pipeline, npz for arrays, JSON for the rest.

``make_download`` puts the same files in a zip with a README and a ten-line script that loads and asks the model with
nothing but scikit-learn, skops and pandas.

Left out: ONNX; a run's report and scores (``runs``).
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

from core.evaluation.novelty import NoveltyModel, novelty_from_arrays, novelty_to_arrays
from core.hub.artifacts import pack_arrays, pack_estimator, unpack_arrays, unpack_estimator
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.schema import Feature, Schema
from core.tabular.iris.model import Folds, HeldOut, Model, Source
from core.tabular.iris.recipe import Recipe

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"


class StoredPipelines(Mapping[str, Any]):
    """Pipelines by name that are unpacked when first asked for, once, whatever the threads.

    A page that asks one model must not wait for the trees of the others.
    """

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents, self._made, self._lock = dict(contents), {}, threading.Lock()  # type: ignore[var-annotated]

    def __getitem__(self, name: str) -> Any:
        """Return a pipeline; an ArtifactError says that its bytes are damaged."""
        with self._lock:
            if name not in self._made:
                self._made[name] = unpack_estimator(self._contents[name])
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Name the pipelines in the order in which they were saved."""
        return iter(self._contents)

    def __len__(self) -> int:
        """Count the pipelines."""
        return len(self._contents)


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
    """Name the file of a pipeline.

    Examples
    --------
    >>> name_file("naive Bayes")
    'naive_bayes.skops'
    """
    return re.sub(r"[^a-z]+", "_", name.lower()) + ".skops"


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write every part of a model as named bytes; equal models but for their timing give equal bytes."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "models": {name: name_file(name) for name in model.pipelines},
        "best": model.best,
        "fold_rows": [model.folds.n_train, model.folds.n_test],
        "loo_errors": dict(model.loo_errors),
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "source": dataclasses.asdict(model.source),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    pipelines = {name_file(name): pack_estimator(pipeline) for name, pipeline in model.pipelines.items()}
    return {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
        **pipelines,
    }


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays; classes become their numbers and texts get a fixed width."""
    names, classes = list(model.pipelines), np.array(model.schema.classes, dtype=object)
    categories = model.rows[model.schema.categories]
    novelty = {} if model.novelty is None else novelty_to_arrays(model.novelty)
    return {
        "thresholds": np.stack([model.thresholds[name] for name in names]),
        "fold_balanced_accuracy": np.stack([model.folds.balanced_accuracy[name] for name in names]),
        "fold_accuracy": np.stack([model.folds.accuracy[name] for name in names]),
        "held_out_ids": model.held_out.ids,
        "held_out_classes": np.searchsorted(classes, model.held_out.y),
        "held_out_probabilities": np.stack([model.held_out.probabilities[name] for name in names]),
        "row_classes": np.searchsorted(classes, model.labels),
        "row_numbers": model.rows[model.schema.numbers].to_numpy(dtype=float),
        "row_categories": categories.fillna("").to_numpy(dtype=str),
        "row_gaps": categories.isna().to_numpy(dtype=bool),
        **{f"novelty_{name}": array for name, array in novelty.items()},
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    schema, names = _read_schema(facts["schema"]), list(facts["models"])
    classes = np.array(schema.classes, dtype=object)
    probabilities = dict(zip(names, arrays["held_out_probabilities"], strict=True))
    return Model(
        # a run from before there was a choice had a threshold for each class
        recipe=recipe_from_json(Recipe, json.dumps({"guarantee": "each class", **facts["recipe"]})),
        schema=schema,
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        pipelines=StoredPipelines({name: files[file] for name, file in facts["models"].items()}),
        thresholds=dict(zip(names, arrays["thresholds"], strict=True)),
        novelty=_novelty_from_arrays(arrays),
        folds=Folds(
            dict(zip(names, arrays["fold_accuracy"], strict=True)),
            dict(zip(names, arrays["fold_balanced_accuracy"], strict=True)),
            *facts["fold_rows"],
        ),
        loo_errors=facts["loo_errors"],
        held_out=HeldOut(arrays["held_out_ids"], classes[arrays["held_out_classes"]], probabilities),
        rows=_read_rows(schema, arrays),
        labels=classes[arrays["row_classes"]],
        fit_s=facts["fit_s"],
        best=facts["best"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_schema(values: dict[str, Any]) -> Schema:
    """Build a schema from its JSON values."""
    features = tuple(Feature(**{**each, "levels": tuple(each["levels"])}) for each in values["features"])
    return Schema(values["target"], tuple(values["classes"]), features, tuple(values["ignored"]))


def _read_rows(schema: Schema, arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Build the training rows from their arrays."""
    texts = arrays["row_categories"].astype(object)
    texts[arrays["row_gaps"]] = np.nan
    columns = dict(zip(schema.numbers, arrays["row_numbers"].T, strict=True))
    columns |= dict(zip(schema.categories, texts.T, strict=True))
    return pd.DataFrame({name: columns[name] for name in schema.names})


def _novelty_from_arrays(arrays: Mapping[str, np.ndarray]) -> NoveltyModel | None:
    """Build a novelty model from its arrays, or None where the table had no numbers."""
    found = {name.removeprefix("novelty_"): array for name, array in arrays.items() if name.startswith("novelty_")}
    return novelty_from_arrays(found) if found else None
