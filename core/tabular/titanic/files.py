"""A trained model as files and back, exactly: skops and LightGBM text for pipelines, npz for arrays, JSON for the rest.

Left out: ONNX; a run's report and scores (``runs``); how explanations are laid out (``explained_files``).
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

from core.evaluation.novelty import novelty_from_arrays, novelty_to_arrays
from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.boosters import pack_pipeline, unpack_pipeline
from core.tabular._shared.lazy import LazyMapping
from core.tabular._shared.stored import name_stem, read_schema
from core.tabular.titanic.explained_files import explained_from_files, explained_to_arrays, explained_to_facts
from core.tabular.titanic.folds import METRICS, Folds
from core.tabular.titanic.gaps import Companions
from core.tabular.titanic.grids import Grid
from core.tabular.titanic.model import HeldOut, Model, Source, Studies
from core.tabular.titanic.passengers import NUMBERS
from core.tabular.titanic.recipe import CLASSES, COLUMNS, Recipe

FACTS_FILE, ARRAYS_FILE = "model.json", "arrays.npz"
TEXTS = tuple(name for name in COLUMNS if name not in NUMBERS)
GRID_ARRAYS = ("x", "y", "mean", "error", "nested")


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
    files = {
        FACTS_FILE: json.dumps(_list_facts(model), indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_list_arrays(model)),
    }
    for name, pipeline in model.pipelines.items():
        files |= pack_pipeline(name_stem(name), pipeline)
    return files


def _list_facts(model: Model) -> dict[str, object]:
    """List what is text or few numbers."""
    studies = model.studies
    return {
        "recipe": json.loads(recipe_to_json(model.recipe)),
        "schema": dataclasses.asdict(model.schema),
        "models": {name: name_stem(name) for name in model.pipelines},
        "best": model.best,
        "parties": None if model.parties is None else {party: list(fates) for party, fates in model.parties.items()},
        "thresholds": {name: value if np.isfinite(value) else None for name, value in model.thresholds.items()},
        "fold_rows": {key: [each.n_train, each.n_test] for key, each in _list_folds(model).items()},
        "fold_models": {key: list(each.accuracy) for key, each in _list_folds(model).items()},
        "companions": dataclasses.asdict(studies.companions),
        "repairs": studies.repairs.to_dict("records"),
        "remedies": studies.remedies.to_dict("records"),
        "grids": [
            {"model": g.model, "x_name": g.x_name, "y_name": g.y_name, "chosen": g.chosen} for g in studies.grids
        ],
        "explanations": None if studies.explanations is None else explained_to_facts(studies.explanations),
        "fit_s": dict(model.fit_s),
        "notes": list(model.notes),
        "source": dataclasses.asdict(model.source),
        "scores": json.loads(scores_to_json(model.scores)),
    }


def _list_folds(model: Model) -> dict[str, Folds]:
    """Name the three cross-validations."""
    return {"random": model.folds, "ticket": model.studies.ticket_folds, "shuffled": model.studies.shuffled}


def _list_arrays(model: Model) -> dict[str, np.ndarray]:
    """List the arrays; texts get a fixed width, gaps a mask of their own."""
    studies, texts = model.studies, model.rows[list(TEXTS)]
    arrays = {
        "held_out_ids": model.held_out.ids,
        "held_out_lived": model.held_out.y == CLASSES[1],
        "held_out_withheld": model.held_out.withheld,
        "held_out_probabilities": np.stack([model.held_out.probabilities[name] for name in model.pipelines]),
        "row_lived": model.labels == CLASSES[1],
        "row_numbers": model.rows[list(NUMBERS)].to_numpy(dtype=float),
        "row_texts": texts.fillna("").to_numpy(dtype=str),
        "row_gaps": texts.isna().to_numpy(dtype=bool),
    }
    arrays |= {f"novelty_{name}": array for name, array in novelty_to_arrays(model.novelty).items()}
    for key, folds in _list_folds(model).items():
        arrays |= {f"{key}_{metric}": np.stack(list(folds.scores[metric].values())) for metric in METRICS}
    for place, grid in enumerate(studies.grids):
        arrays |= {f"grid_{place}_{name}": getattr(grid, name) for name in GRID_ARRAYS}
    return arrays | ({} if studies.explanations is None else explained_to_arrays(studies.explanations))


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    folds = {key: _read_folds(key, facts, arrays) for key in facts["fold_rows"]}
    names = np.array(CLASSES, dtype=object)
    novelty = {name.removeprefix("novelty_"): each for name, each in arrays.items() if name.startswith("novelty_")}
    pairs = dict(zip(facts["models"], arrays["held_out_probabilities"], strict=True))
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=read_schema(facts["schema"]),
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        pipelines=LazyMapping(
            {name: partial(unpack_pipeline, stem, files, CLASSES) for name, stem in facts["models"].items()}
        ),
        parties=None if facts["parties"] is None else {party: (n, k) for party, (n, k) in facts["parties"].items()},
        thresholds={name: np.inf if each is None else each for name, each in facts["thresholds"].items()},
        novelty=novelty_from_arrays(novelty),
        folds=folds["random"],
        held_out=HeldOut(
            arrays["held_out_ids"], names[arrays["held_out_lived"].astype(int)], pairs, arrays["held_out_withheld"]
        ),
        studies=_read_studies(facts, arrays, folds),
        rows=_read_rows(arrays),
        labels=names[arrays["row_lived"].astype(int)],
        fit_s=facts["fit_s"],
        best=facts["best"],
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
    )


def _read_folds(key: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Folds:
    """Build one cross-validation."""
    names = facts["fold_models"][key]
    scores = {metric: dict(zip(names, arrays[f"{key}_{metric}"], strict=True)) for metric in METRICS}
    return Folds(scores, *facts["fold_rows"][key])


def _read_studies(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], folds: Mapping[str, Folds]) -> Studies:
    """Build what a run found out beside its models."""
    grids = tuple(_read_grid(place, each, arrays) for place, each in enumerate(facts["grids"]))
    explained = facts["explanations"]
    return Studies(
        ticket_folds=folds["ticket"],
        shuffled=folds["shuffled"],
        companions=Companions(**facts["companions"]),
        repairs=pd.DataFrame(facts["repairs"], columns=["column", "found", "done", "rows"]),
        grids=grids,
        remedies=pd.DataFrame(facts["remedies"]),
        explanations=None if explained is None else explained_from_files(explained, arrays),
    )


def _read_grid(place: int, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Grid:
    """Build one grid."""
    surface: dict[str, Any] = {name: arrays[f"grid_{place}_{name}"] for name in GRID_ARRAYS}
    return Grid(**{**facts, "chosen": tuple(map(tuple, facts["chosen"]))}, **surface)


def _read_rows(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Build the training passengers from their arrays."""
    texts = arrays["row_texts"].astype(object)
    texts[arrays["row_gaps"]] = np.nan
    columns = dict(zip(NUMBERS, arrays["row_numbers"].T, strict=True)) | dict(zip(TEXTS, texts.T, strict=True))
    return pd.DataFrame({name: columns[name] for name in COLUMNS})
