"""A trained run as files and back, exactly: skops for the preparation, LightGBM's own text, npz for arrays, JSON.

Left out: a run's report and scores (``runs``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.conformal_numbers import GroupLimits
from core.evaluation.novelty import novelty_to_arrays
from core.hub.artifacts import pack_arrays, pack_estimator, unpack_arrays, unpack_estimator
from core.hub.errors import ArtifactError
from core.hub.fields import recipe_from_json, recipe_to_json
from core.hub.model_files import load_files, save_files
from core.hub.scores import scores_from_json, scores_to_json
from core.tabular._shared.schema import Schema
from core.tabular._shared.stored import read_novelty, read_schema
from core.tabular.housing.coder import read_coder
from core.tabular.housing.model import Folds, HeldOut, Model, Source
from core.tabular.housing.pipelines import Fitted, Line
from core.tabular.housing.recipe import Recipe
from core.tabular.housing.typical import Typical

FACTS_FILE, ARRAYS_FILE, PREPARATION_FILE = "model.json", "arrays.npz", "preparation.skops"
TREES_FILE, SPREAD_FILE = "lightgbm.txt", "spread.txt"
HELD, FORM = ("answers", "reach"), ("form", "form_reach")


def save_model(model: Model, folder: Path) -> None:
    """Write a model's files into a folder, made where it is not there.

    Raises
    ------
    ArtifactError
        If the folder cannot be written.
    """
    save_files(model_to_files(model), folder)


def load_model(folder: Path) -> Model:
    """Read back what :func:`save_model` wrote; prices are the same to the last cent.

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
        "models": list(model.held_out.answers),
        "lines": {name: line.intercept for name, line in model.fitted.lines.items()},
        "shares": list(model.fitted.shares),
        "medians": dict(model.fitted.medians),
        "overall": model.fitted.overall,
        "limits": {name: dataclasses.asdict(limits) for name, limits in model.limits.items()},
        "form_limits": {name: dataclasses.asdict(limits) for name, limits in model.form_limits.items()},
        "smearing": dict(model.smearing),
        "sources": list(model.sources),
        "base": model.base,
        "metrics": list(model.folds.scores),
        "fold_rows": [model.folds.n_train, model.folds.n_test],
        "typical": {name: dict(values) for name, values in model.typical.middles.items()},
        "levels": {name: _list_levels(model.x[name]) for name in model.schema.categories},
        "group_levels": sorted(set(map(str, model.held_out.groups))),
        "fit_s": dict(model.fit_s),
        "best": model.best,
        "studies": {name: frame.to_dict("list") for name, frame in model.studies.items()},
        "notes": list(model.notes),
        "scores": json.loads(scores_to_json(model.scores)),
    }
    files = {
        FACTS_FILE: json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        ARRAYS_FILE: pack_arrays(_make_arrays(model, facts)),
        PREPARATION_FILE: pack_estimator(model.fitted.prepare),
        SPREAD_FILE: model.spread.model_to_string().encode(),
    }
    trees = model.fitted.booster
    return files if trees is None else files | {TREES_FILE: trees.model_to_string().encode()}


def _list_levels(values: pd.Series) -> list[str]:
    """List a category's values, sorted; gaps are passed over."""
    return sorted(set(map(str, values.dropna())))


def _make_arrays(model: Model, facts: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Collect a model's arrays; texts become their places among the levels, gaps −1."""
    names, held = facts["models"], model.held_out
    novelty = {} if model.novelty is None else novelty_to_arrays(model.novelty)
    codes = [
        pd.Categorical(model.x[name].astype(object), facts["levels"][name]).codes for name in model.schema.categories
    ]
    return {
        "weights": np.stack([line.weights for line in model.fitted.lines.values()] or [np.zeros(0)]),
        "centre": model.fitted.centre,
        "topics": model.topics,
        "ids": held.ids,
        "fold": held.fold,
        "y": held.y,
        "groups": np.searchsorted(np.array(facts["group_levels"]), held.groups.astype(str)),
        "answers": np.stack([held.answers[name] for name in names]),
        "reach": np.stack([held.reach[name] for name in names]),
        **{key: np.stack([getattr(held, key)[name] for name in names]) for key in FORM if held.form},
        "folds": np.stack([[scores[name] for name in names] for scores in model.folds.scores.values()]),
        "numbers": model.x[model.schema.numbers].to_numpy(dtype=float),
        "codes": np.stack(codes, axis=1).astype(np.int32) if codes else np.zeros((len(model.y), 0), dtype=np.int32),
        **{f"novelty_{name}": array for name, array in novelty.items()},
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """Build a model from its named bytes."""
    facts, arrays = json.loads(files[FACTS_FILE]), unpack_arrays(files[ARRAYS_FILE])
    schema, names = read_schema(facts["schema"]), facts["models"]
    groups = np.array(facts["group_levels"], dtype=object)[arrays["groups"]]
    held = {key: dict(zip(names, arrays[key], strict=True)) for key in (*HELD, *FORM) if key in arrays}
    scores = {
        metric: dict(zip(names, values, strict=True))
        for metric, values in zip(facts["metrics"], arrays["folds"], strict=True)
    }
    return Model(
        recipe=recipe_from_json(Recipe, json.dumps(facts["recipe"])),
        schema=schema,
        source=Source(**{**facts["source"], "steps": tuple(facts["source"]["steps"])}),
        fitted=_read_fitted(facts, arrays, files),
        spread=read_booster(files[SPREAD_FILE]),
        limits={name: GroupLimits(**limits) for name, limits in facts["limits"].items()},
        smearing=facts["smearing"],
        sources=tuple(facts["sources"]),
        topics=arrays["topics"],
        base=facts["base"],
        folds=Folds(scores, *facts["fold_rows"]),
        held_out=HeldOut(arrays["ids"], arrays["fold"], arrays["y"], groups, **held),
        novelty=read_novelty(arrays),
        typical=Typical(facts["typical"]),
        x=_read_rows(schema, facts["levels"], arrays),
        y=arrays["y"],
        fit_s=facts["fit_s"],
        best=facts["best"],
        studies={name: pd.DataFrame(columns) for name, columns in facts["studies"].items()},
        notes=tuple(facts["notes"]),
        scores=scores_from_json(json.dumps(facts["scores"])),
        form_limits={name: GroupLimits(**limits) for name, limits in facts.get("form_limits", {}).items()},
    )


def _read_fitted(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], files: Mapping[str, bytes]) -> Fitted:
    """Build the fitted models."""
    prepare = unpack_estimator(files[PREPARATION_FILE])
    lines = {
        name: Line(intercept, weights)
        for (name, intercept), weights in zip(facts["lines"].items(), arrays["weights"], strict=False)
    }
    booster = read_booster(files[TREES_FILE]) if TREES_FILE in files else None
    shares = (facts["shares"][0], facts["shares"][1])
    return Fitted(
        prepare, read_coder(prepare), lines, booster, shares, facts["medians"], facts["overall"], arrays["centre"]
    )


def read_booster(content: bytes) -> Any:
    """Read LightGBM's own text.

    Raises
    ------
    ArtifactError
        If the text is damaged.
    """
    import lightgbm

    try:
        return lightgbm.Booster(model_str=content.decode())
    except (UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        message = "the stored trees are damaged and were not read; train the model again"
        raise ArtifactError(message) from error


def _read_rows(schema: Schema, levels: Mapping[str, list[str]], arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Build the training rows from numbers and codes."""
    columns: dict[str, np.ndarray] = dict(zip(schema.numbers, arrays["numbers"].T, strict=True))
    for place, name in enumerate(schema.categories):
        known = np.array([*levels[name], np.nan], dtype=object)  # a code of −1 takes the last: a gap
        columns[name] = known[arrays["codes"][:, place]]
    return pd.DataFrame({name: columns[name] for name in schema.names})
