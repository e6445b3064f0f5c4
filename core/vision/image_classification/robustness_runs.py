"""Two models under noise, blur, turns and more, as a job or a command: it takes a minute, so no page waits for it.

Left out: the changes and their figures (``robustness``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.contract import Label, Range, Seed
from core.hub.errors import ArtifactError, DataError
from core.hub.fields import validate_recipe
from core.hub.progress import Progress
from core.vision.image_classification.data import Images, load_test
from core.vision.image_classification.files import load_model
from core.vision.image_classification.model import Model
from core.vision.image_classification.picture_changes import STRENGTHS
from core.vision.image_classification.recipe import BASELINE, LINEAR, NETWORK, PERCEPTRON, SLUG
from core.vision.image_classification.robustness import (
    Robustness,
    choose_pictures,
    measure_robustness,
    robustness_frame,
)

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

RESULT_FILE, RESULT_CSV = "robustness.json", "robustness.csv"
BASELINES = (PERCEPTRON, LINEAR, BASELINE)


@dataclass(frozen=True, slots=True)
class RobustnessRecipe:
    """All that decides a measurement.

    Parameters
    ----------
    first, second : str
        A shipped model such as ``small``, or a baseline that was fitted beside one: ``small/logistic regression``.
    pictures : int
        Test pictures, as many of each class as can be.
    """

    first: Annotated[str, Label("First model")] = "small"
    second: Annotated[str, Label("Second model")] = f"small/{PERCEPTRON}"
    pictures: Annotated[int, Range(50, 1_000, 50), Label("Test pictures")] = 200
    seed: Seed = 0


def describe_robustness(recipe: RobustnessRecipe) -> str:
    """Return the command that prints a measurement."""
    return (
        f"python -m core.vision.image_classification.robustness_runs '{recipe.first}' '{recipe.second}' "
        f"--pictures {recipe.pictures} --seed {recipe.seed}"
    )


def run_robustness(recipe: RobustnessRecipe, context: JobContext | None = None) -> tuple[Robustness, ...]:
    """Measure two models on the same pictures, made worse in every way.

    Raises
    ------
    DataError
        If a model is unknown, both are the same, or they know different classes.
    """
    validate_recipe(recipe)
    names = (recipe.first, recipe.second)
    if names[0] == names[1]:
        message = f"both models are {names[0]}; choose two different ones"
        raise DataError(message)
    models = {name: _load(name) for name in names}
    sets = {name: model.recipe.data_set for name, model in models.items()}
    if len(set(sets.values())) > 1:
        told = " and ".join(f"{name} knows {each}" for name, each in sets.items())
        message = f"{told}; choose two models of the same pictures"
        raise DataError(message)
    test = load_test(sets[names[0]])
    rows = choose_pictures(test.labels, recipe.pictures, recipe.seed)
    answers = {name: partial(_answer, model, _part(name)) for name, model in models.items()}
    changes = list(STRENGTHS)
    progress = Progress(1 + sum(map(len, STRENGTHS.values())), None if context is None else context.on_step)

    def tell(change: str) -> None:
        progress.advance()
        if context is not None and change in changes:
            changes.remove(change)
            context.log(f"Measuring {change}.")

    return measure_robustness(answers, test.images[rows], test.labels[rows], seed=recipe.seed, on_change=tell)


def _answer(model: Model, part: str, images: Images) -> NDArray[np.integer[Any]]:
    """Name the classes of pictures by a network or one of its baselines."""
    return np.asarray(model.probabilities(images, part).argmax(axis=1))


def _part(name: str) -> str:
    """Return which of a model's parts a name means."""
    part = name.partition("/")[2] or NETWORK
    if part not in {NETWORK, *BASELINES}:
        message = f"model is {name!r}; behind the stroke it must be one of {', '.join(BASELINES)}"
        raise DataError(message)
    return part


def _load(name: str) -> Model:
    """Load a shipped model by its name."""
    _part(name)
    return load_model(load_artifact(SLUG, name.partition("/")[0]).folder / "weights")


def run_robustness_job(recipe: RobustnessRecipe, context: JobContext) -> dict[str, str | float]:
    """Measure as a job and leave the rows as JSON and CSV.

    Returns
    -------
    dict
        Both models, and the mean accuracy of each over all changes.
    """
    from core.datasets.export import to_csv

    found = run_robustness(recipe, context)
    (context.outputs / RESULT_FILE).write_text(json.dumps([asdict(row) for row in found]), encoding="utf-8")
    (context.outputs / RESULT_CSV).write_bytes(to_csv(robustness_frame(found)))
    means = {
        f"mean accuracy, {name}": float(np.mean([row.accuracy for row in found if row.model == name]))
        for name in (recipe.first, recipe.second)
    }
    return {"first": recipe.first, "second": recipe.second, "pictures": recipe.pictures, "seed": recipe.seed, **means}


def open_robustness(folder: Path) -> tuple[Robustness, ...]:
    """Open what :func:`run_robustness_job` left.

    Raises
    ------
    ArtifactError
        If the folder is gone or the file in it is damaged.
    """
    try:
        rows = json.loads((folder / RESULT_FILE).read_text(encoding="utf-8"))
        return tuple(Robustness(**row) for row in rows)
    except (OSError, ValueError, TypeError) as error:
        message = "the result of this run is no longer kept or is damaged; measure again"
        raise ArtifactError(message) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of two models."""
    parser = argparse.ArgumentParser(description="Measure how two models fare when pictures get worse.")
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--pictures", type=int, default=RobustnessRecipe().pictures)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    found = run_robustness(RobustnessRecipe(given.first, given.second, given.pictures, given.seed))
    sys.stdout.write(robustness_frame(found).to_string(index=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
