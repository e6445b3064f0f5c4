"""A model as files and back, exactly: npz for arrays, JSON for the rest.

Left out: a run's report and scores (``runs``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluation.novelty import NoveltyModel, novelty_from_arrays, novelty_to_arrays
from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular.eda.claim import Claim
from core.tabular.eda.model import Model, Source
from core.tabular.eda.planted import SEARCHERS, PlantedTest
from core.tabular.eda.recipe import Recipe
from core.tabular.eda.schema import Column, Schema

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"
_NOVELTY, _TABLES, _KINDS, _OTHERS = "novelty_", "tables_", "kinds_", "others_"


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
        "source": dataclasses.asdict(model.source),
        "claims": [{**dataclasses.asdict(claim), "figures": dict(claim.figures)} for claim in model.claims],
        "search_s": model.search_s,
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    return {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False, default=_to_plain).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model)),
    }


def _to_plain(value: np.generic) -> object:
    """Turn a NumPy number into one of Python's."""
    return value.item()


def _make_arrays(model: Model) -> dict[str, np.ndarray]:
    """Collect a model's arrays."""
    novelty = {} if model.novelty is None else novelty_to_arrays(model.novelty)
    planted = model.planted
    return {
        "ids": model.ids,
        "test_ids": model.test_ids,
        **{f"{_NOVELTY}{name}": values for name, values in novelty.items()},
        **{f"{_TABLES}{name}": counts for name, counts in planted.tables.items()},
        **{f"{_KINDS}{name}": counts for name, counts in planted.kinds.items()},
        **{f"{_OTHERS}{name}": counts for name, counts in planted.others.items()},
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=_read_schema(facts["schema"]),
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        claims=tuple(Claim(**{**each, "columns": tuple(each["columns"])}) for each in facts["claims"]),
        ids=arrays["ids"],
        test_ids=arrays["test_ids"],
        novelty=_read_novelty(arrays),
        planted=PlantedTest(
            {name: arrays[f"{_TABLES}{name}"] for name in SEARCHERS},
            {name: arrays[f"{_KINDS}{name}"] for name in SEARCHERS},
            {name: arrays[f"{_OTHERS}{name}"] for name in SEARCHERS if f"{_OTHERS}{name}" in arrays},
        ),
        search_s=facts["search_s"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_novelty(arrays: Mapping[str, np.ndarray]) -> NoveltyModel | None:
    """Build what whole rows are judged by, where it was kept."""
    found = {name.removeprefix(_NOVELTY): values for name, values in arrays.items() if name.startswith(_NOVELTY)}
    return novelty_from_arrays(found) if found else None


def _read_schema(values: dict[str, Any]) -> Schema:
    """Build a schema from its JSON values."""
    lists = ("levels", "shares")
    columns = (Column(**{**each, **{name: tuple(each[name]) for name in lists}}) for each in values["columns"])
    return Schema(values["target"], tuple(columns))
