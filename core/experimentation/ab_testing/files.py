"""A model as one JSON file and back, exactly.

Left out: a run's report and scores (``runs``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from core.experimentation.ab_testing.structure import from_plain, to_plain
from core.experimentation.ab_testing.training import Model
from core.hub.model_files import load_files, save_files

MODEL_FILE = "model.json"


def save_model(model: Model, folder: Path) -> None:
    """Write a model into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; every number is the same to the last bit.

    Raises
    ------
    ArtifactError
        If the file is missing or damaged.
    """
    return load_files(folder, model_from_files)


def model_to_files(model: Model) -> dict[str, bytes]:
    """Write a model as named bytes; equal models give equal bytes."""
    return {MODEL_FILE: json.dumps(to_plain(model), indent=1, ensure_ascii=False).encode()}


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    return from_plain(Model, json.loads(files[MODEL_FILE]))
