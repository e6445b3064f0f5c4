"""A run as files and back, exactly: ONNX network, tokeniser, one JSON of facts, and what the compared models said.

Left out: a run's report (``runs``); the zip to take away (``download``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.packing import pack_arrays, unpack_arrays
from core.hub.scores import scores_from_json, scores_to_json
from core.text._shared.encoder import TextTokeniser
from core.text.multilingual.model import Balance, Model
from core.text.multilingual.pruning import Coverage
from core.text.multilingual.recipe import LINEAR, ZERO_SHOT, Recipe

NETWORK_FILE, TOKENISER_FILE, FACTS_FILE, ARRAYS_FILE = "network.onnx", "tokenizer.json", "model.json", "beside.npz"
_NAMES: Mapping[str, str] = {"linear": LINEAR, "zero_shot": ZERO_SHOT}


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
    """Write a model as named bytes; equal models but for their timing give equal bytes."""
    facts = {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "temperature": model.balance.temperature,
        "bias": list(model.balance.bias),
        "coverage": [dataclasses.asdict(each) for each in model.coverage],
        "fit_s": dict(model.fit_s),
        "source": model.source,
        "sha256": model.sha256,
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    arrays = {
        f"{short}.{split}": shares for short, name in _NAMES.items() for split, shares in model.beside[name].items()
    }
    return {
        NETWORK_FILE: model.content,
        TOKENISER_FILE: model.tokeniser,
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(arrays),
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes; a damaged tokeniser is told now, not at the first question."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    TextTokeniser.open(files[TOKENISER_FILE])
    beside = {
        name: {key.partition(".")[2]: each for key, each in arrays.items() if key.partition(".")[0] == short}
        for short, name in _NAMES.items()
    }
    return Model(
        recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        files[NETWORK_FILE],
        files[TOKENISER_FILE],
        Balance(facts["temperature"], tuple(facts["bias"])),
        beside,
        tuple(Coverage(**each) for each in facts["coverage"]),
        facts["fit_s"],
        facts["source"],
        facts["sha256"],
        tuple(facts["notes"]),
        scores_from_json(json.dumps(facts["scores"])),
    )
