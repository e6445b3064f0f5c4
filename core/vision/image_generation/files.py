"""A trained generator as files and back, exactly: ONNX for the networks, npz for arrays, JSON for the rest.

Left out: a run's report and scores (``runs``).
"""

from __future__ import annotations

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
from core.vision.image_generation.baselines import ClassPca
from core.vision.image_generation.export import MAPPING_FILE, SYNTHESIS_FILE
from core.vision.image_generation.film import pack_film, unpack_film
from core.vision.image_generation.judge import check_judge
from core.vision.image_generation.model import Model
from core.vision.image_generation.recipe import Recipe

FACTS_FILE, ARRAYS_FILE, JUDGE_FILE = "model.json", "arrays.npz", "judge.onnx"
_HISTORY = "history_"


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; it draws the same pictures to the last bit.

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
        "fit_s": model.fit_s,
        "sha256": model.sha256,
        "scores": json.loads(scores_to_json(model.scores)),
    }
    arrays: dict[str, NDArray[Any]] = {
        "means": model.means,
        "baseline_means": model.baseline.means.astype(np.float16),
        "baseline_directions": model.baseline.directions.astype(np.float16),
        **{f"{_HISTORY}{name}": values for name, values in model.history.items()},
        **pack_film(model.film),
    }
    return {
        **model.networks,
        JUDGE_FILE: model.judge,
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(arrays),
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    check_judge(files[JUDGE_FILE])
    model = Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        networks={name: files[name] for name in (MAPPING_FILE, SYNTHESIS_FILE) if name in files},
        means=arrays["means"],
        judge=files[JUDGE_FILE],
        baseline=ClassPca(*(arrays[f"baseline_{name}"].astype(np.float32) for name in ("means", "directions"))),
        film=unpack_film(arrays),
        history={name.removeprefix(_HISTORY): values for name, values in arrays.items() if name.startswith(_HISTORY)},
        fit_s=float(facts["fit_s"]),
        sha256=facts["sha256"],
        scores=scores_from_json(json.dumps(facts["scores"])),
    )
    # A damaged network is told now, not at the first picture.
    _ = model.sampler
    return model
