"""A small project that follows the whole contract, registered for the length of a test: the nearest class mean."""

import dataclasses
import json
import sys
import types
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.hub import registry
from core.hub.cards import CardText
from core.hub.contract import Label, Prediction, Range, Reason, ScoreRow
from core.hub.errors import DataError

SLUG = "fake_flowers"
MODULE = f"core.tabular.{SLUG}"
PROJECT = registry.Project(
    SLUG,
    1,
    "Fake flowers",
    "tabular",
    "local_florist",
    "Which of two flowers is it?",
    ("table",),
    MODULE,
    ("accuracy", "test"),
)
UNBUILT = dataclasses.replace(PROJECT, slug="unbuilt", number=2, title="Unbuilt", module="core.tabular.unbuilt")


@dataclass(frozen=True, slots=True)
class Recipe:
    noise: Annotated[float, Range(0.0, 1.0)] = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One flower."""

    length: Annotated[float, Range(0.1, 20.0), Label("Length", "Of the petal.", "cm")] = 5.0
    petals: Annotated[int, Range(1, 12)] = 5
    colour: Literal["red", "blue"] = "red"
    fresh: bool = True
    note: str = "picked today"


RECIPES = {"quick": Recipe(), "full": Recipe(noise=0.2)}
CARD = CardText(
    title="Nearest mean of two made-up flowers",
    model="The class whose mean length is nearest.",
    data="120 lengths drawn from two normal distributions.",
    intended_use="Tests.",
    limits=("Two flowers only.", "It has never seen a | in a name."),
    licence="CC0 1.0",
    reference="None.",
)


def load(recipe, table=None):
    if table is None:
        rng = np.random.default_rng(recipe.seed)
        x = np.concatenate([rng.normal(2.0, 0.5, 60), rng.normal(6.0, 0.5, 60)])
        return x, np.repeat(["small", "large"], 60)
    if table.target is None:
        message = "no class column is chosen; name one"
        raise DataError(message)
    return table.frame["length"].to_numpy(float), table.frame[table.target].to_numpy(str)


def train(_recipe, data, on_step=None):
    x, y = data
    classes = np.unique(y)
    for step, _ in enumerate(classes, 1):
        if on_step:
            on_step(step, len(classes), {"rows": float(len(x))})
    return {"classes": classes, "means": np.array([x[y == one].mean() for one in classes])}


def evaluate(model, data):
    x, y = data
    right = float((model["classes"][np.abs(x[:, None] - model["means"]).argmin(axis=1)] == y).mean())
    return (
        ScoreRow(
            "accuracy",
            "test",
            right,
            max(0.0, right - 0.05),
            1.0,
            len(x),
            "largest class",
            0.5,
            command=f"python -m core evaluate {SLUG}",
            date="2026-01-31",
            model="nearest mean",
        ),
    )


def predict(model, inputs):
    if inputs.length > 15:
        return Prediction(None, "nearest mean", refused="length is 15.1 or more; no flower seen was so large")
    distances = np.abs(inputs.length - model["means"])
    shares = np.exp(-distances) / np.exp(-distances).sum()
    answer = model["classes"][distances.argmin()]
    return Prediction(
        answer,
        "nearest mean",
        dict(zip(model["classes"], shares, strict=True)),
        candidates=(answer,),
        coverage=np.float64(0.9),
        reasons=(Reason("length", f"{inputs.length:g}", np.float64(distances.min()), "cm"),),
    )


def predict_case(model, values):
    return dataclasses.replace(
        predict(model, Inputs(length=float(values["length"]))), details={"asked": sorted(values)}
    )


def predict_table(model, table):
    found = [predict(model, Inputs(length=value)).answer for value in table.frame["length"]]
    return table.frame.assign(answer=found)


def save_model(model, folder):
    folder.mkdir(parents=True)
    np.savez(folder / "means.npz", **model)
    (folder / "classes.json").write_text(json.dumps(list(model["classes"])))


def load_model(folder):
    with np.load(folder / "means.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def install(monkeypatch, root):
    """Register the project as the only built one, with stored models below a folder of the test's own."""
    module = types.ModuleType(MODULE)
    for name in (
        "Recipe", "Inputs", "RECIPES", "CARD", "load", "train", "evaluate", "predict", "predict_case", "predict_table",
        "save_model", "load_model",
    ):  # fmt: skip
        setattr(module, name, globals()[name])
    monkeypatch.setitem(sys.modules, MODULE, module)
    monkeypatch.setattr(registry, "PROJECTS", (PROJECT, UNBUILT))
    monkeypatch.setattr(registry, "ROOT", root)
    monkeypatch.setattr("core.hub.scores.MODELS", root / "models")
    (root / "pages").mkdir()
    (root / PROJECT.page).write_text("")
    return module
