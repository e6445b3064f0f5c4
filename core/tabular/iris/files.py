"""A trained model as files and back, exactly: skops for each pipeline, npz for arrays, JSON for the rest.

``make_download`` puts the same files in a zip with a README and a ten-line script that loads and asks the model with
nothing but scikit-learn, skops and pandas.

Left out: ONNX; a run's report and scores (``runs``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from core.evaluation.novelty import novelty_to_arrays
from core.hub.artifacts import pack_arrays, pack_estimator, unpack_arrays, unpack_estimator
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.lazy import LazyMapping
from core.tabular._shared.stored import list_row_arrays, name_stem, read_novelty, read_rows, read_schema
from core.tabular.iris.model import Folds, HeldOut, Model, Source
from core.tabular.iris.recipe import Recipe

FACTS_FILE, ARRAYS_FILE, PIPELINE_END = "model.json", "arrays.npz", ".skops"


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
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "models": {name: name_stem(name) + PIPELINE_END for name in model.pipelines},
        "best": model.best,
        "fold_rows": [model.folds.n_train, model.folds.n_test],
        "loo_errors": dict(model.loo_errors),
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "source": dataclasses.asdict(model.source),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    pipelines = {name_stem(name) + PIPELINE_END: pack_estimator(pipeline) for name, pipeline in model.pipelines.items()}
    return {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
        **pipelines,
    }


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays; classes become their numbers and texts get a fixed width."""
    names, classes = list(model.pipelines), np.array(model.schema.classes, dtype=object)
    novelty = {} if model.novelty is None else novelty_to_arrays(model.novelty)
    return {
        "thresholds": np.stack([model.thresholds[name] for name in names]),
        "fold_balanced_accuracy": np.stack([model.folds.balanced_accuracy[name] for name in names]),
        "fold_accuracy": np.stack([model.folds.accuracy[name] for name in names]),
        "held_out_ids": model.held_out.ids,
        "held_out_classes": np.searchsorted(classes, model.held_out.y),
        "held_out_probabilities": np.stack([model.held_out.probabilities[name] for name in names]),
        "row_classes": np.searchsorted(classes, model.labels),
        **list_row_arrays(model.rows, model.schema),
        **{f"novelty_{name}": array for name, array in novelty.items()},
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    schema, names = read_schema(facts["schema"]), list(facts["models"])
    classes = np.array(schema.classes, dtype=object)
    probabilities = dict(zip(names, arrays["held_out_probabilities"], strict=True))
    return Model(
        # a run from before there was a choice had a threshold for each class
        recipe=recipe_from_json(Recipe, json.dumps({"guarantee": "each class", **facts["recipe"]})),
        schema=schema,
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        pipelines=LazyMapping({name: partial(unpack_estimator, files[file]) for name, file in facts["models"].items()}),
        thresholds=dict(zip(names, arrays["thresholds"], strict=True)),
        novelty=read_novelty(arrays),
        folds=Folds(
            dict(zip(names, arrays["fold_accuracy"], strict=True)),
            dict(zip(names, arrays["fold_balanced_accuracy"], strict=True)),
            *facts["fold_rows"],
        ),
        loo_errors=facts["loo_errors"],
        held_out=HeldOut(arrays["held_out_ids"], classes[arrays["held_out_classes"]], probabilities),
        rows=read_rows(schema, arrays),
        labels=classes[arrays["row_classes"]],
        fit_s=facts["fit_s"],
        best=facts["best"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )
