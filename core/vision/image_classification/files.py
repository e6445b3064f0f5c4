"""A trained model as files and back, exactly: ONNX for the network, npz for arrays, JSON for the rest.

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

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.vision._shared.onnx_network import open_network
from core.vision.image_classification.baselines import Stack
from core.vision.image_classification.model import Head, HeldOut, Layer, Model
from core.vision.image_classification.recipe import Recipe
from core.vision.image_classification.unknown import unknown_from_arrays, unknown_to_arrays

NETWORK_FILE, FACTS_FILE, ARRAYS_FILE = "network.onnx", "model.json", "arrays.npz"
UNKNOWN = "unknown."


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
        "classes": list(model.classes),
        "shape": list(model.shape),
        "layers": [dataclasses.asdict(layer) for layer in model.layers],
        "head": [model.head.maps, model.head.pooling],
        "temperature": model.temperature,
        "threshold": model.threshold,
        "baselines": {name: len(stack.weights) for name, stack in model.baselines.items()},
        "answers": list(model.held_out.answers),
        "fit_s": dict(model.fit_s),
        "source": model.source,
        "sha256": model.sha256,
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    return {
        NETWORK_FILE: model.content,
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
    }


def _make_arrays(model: Model) -> dict[str, NDArray[Any]]:
    """Collect a model's arrays; weights and logits were rounded to 16 bits when they were made."""
    arrays: dict[str, NDArray[Any]] = {
        "head.kernel": model.head.kernel,
        "head.bias": model.head.bias,
        "test.y": model.held_out.y.astype(np.uint8),
        "test.logits": model.held_out.logits.astype(np.float16),
        "test.answers": np.stack(list(model.held_out.answers.values())),
    }
    for place, stack in enumerate(model.baselines.values()):
        for layer, weights in enumerate(stack.weights):
            arrays[f"baseline.{place}.{layer}.weights"] = weights.astype(np.float16)
        for layer, bias in enumerate(stack.biases):
            arrays[f"baseline.{place}.{layer}.bias"] = bias
    arrays |= {f"history.{name}": values for name, values in model.history.items()}
    if model.unknown is not None:
        arrays |= {f"{UNKNOWN}{name}": values for name, values in unknown_to_arrays(model.unknown).items()}
    return arrays


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    open_network(files[NETWORK_FILE])  # a damaged network is told now, not at the first question
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        classes=tuple(facts["classes"]),
        shape=tuple(facts["shape"]),
        content=files[NETWORK_FILE],
        layers=tuple(Layer(**{**each, "shape": tuple(each["shape"])}) for each in facts["layers"]),
        head=Head(arrays["head.kernel"], arrays["head.bias"], *facts["head"]),
        temperature=facts["temperature"],
        threshold=facts["threshold"],
        baselines=_read_baselines(facts["baselines"], arrays),
        held_out=HeldOut(
            arrays["test.y"].astype(np.int64),
            arrays["test.logits"].astype(np.float32),
            dict(zip(facts["answers"], arrays["test.answers"], strict=True)),
        ),
        history=_take(arrays, "history."),
        fit_s=facts["fit_s"],
        source=facts["source"],
        sha256=facts["sha256"],
        unknown=unknown_from_arrays(found) if (found := _take(arrays, UNKNOWN)) else None,
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _take(arrays: Mapping[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    """Take the arrays whose names start so, by the rest of their names."""
    return {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}


def _read_baselines(layers: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Stack]:
    """Build the baselines; one without weights has a bias alone."""
    found = {}
    for place, (name, n_layers) in enumerate(layers.items()):
        stem = f"baseline.{place}"
        weights = tuple(arrays[f"{stem}.{layer}.weights"].astype(np.float32) for layer in range(n_layers))
        found[name] = Stack(weights, tuple(arrays[f"{stem}.{layer}.bias"] for layer in range(max(n_layers, 1))))
    return found
