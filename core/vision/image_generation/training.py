"""Training: run the game to its end, export the shown generator, and score it.

Left out: the loop (``trainer``), one step of it (``stepping``), and figures (``scoring``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.hub.contract import OnStep
from core.hub.errors import NotTrainedError, RecipeError
from core.vision.image_generation.baselines import fit_class_pca
from core.vision.image_generation.data import Data, hash_data
from core.vision.image_generation.export import MAPPING_FILE, SYNTHESIS_FILE, export_generator, fill_generator
from core.vision.image_generation.film import make_film
from core.vision.image_generation.judge import check_judge, load_judge
from core.vision.image_generation.model import Model
from core.vision.image_generation.polishing import polish
from core.vision.image_generation.recipe import Recipe
from core.vision.image_generation.sampling import open_sampler
from core.vision.image_generation.trainer import Trainer, summarise_history


def train(
    recipe: Recipe, data: Data, on_step: OnStep | None = None, watch: Callable[[Trainer], None] | None = None
) -> Model:
    """Train a generator and score it.

    Parameters
    ----------
    recipe : Recipe
        All that decides the run.
    data : Data
        From ``data.load``; its test rows only judge.
    on_step : callable, optional
        Told of progress once a stretch; it raises to cancel.
    watch : callable, optional
        Given the run itself once a stretch, to show what it draws (``live``).

    Returns
    -------
    Model

    Raises
    ------
    RecipeError
        If a setting is out of its range.
    ArtifactError
        If the judge, our shipped classifier, is not there.
    """
    judge = load_judge()
    trainer = Trainer(recipe, data)

    def tell(step: int, _total: int, metrics: Mapping[str, float]) -> None:
        if watch is not None:
            watch(trainer)
        (on_step or _ignore)(step, recipe.last_step, metrics)

    trainer.run(recipe.steps, tell)
    if recipe.last_step > recipe.steps:
        polish(trainer, data, tell)
    return finish(trainer, data, judge)


def polish_stored(model: Model, recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Polish a style generator that was trained and stored without: :func:`train` goes on from the same weights.

    Parameters
    ----------
    model : Model
        Not changed.
    recipe : Recipe
        The model's own, with steps of polishing.
    data : Data
        What it learnt from.

    Raises
    ------
    RecipeError
        If the model is of another recipe.
    """
    if replace(recipe, polish=0) != model.recipe:
        message = "the stored generator is of another recipe; train from the beginning"
        raise RecipeError(message)
    judge, trainer = load_judge(), Trainer(recipe, data)
    fill_generator(trainer.players.shown, model.networks)
    trainer.step, trainer.seconds = recipe.steps, model.fit_s
    trainer.history = [tuple(row) for row in np.stack(list(model.history.values()), axis=1).tolist()]
    trainer.frames = dict(zip(model.film.steps, model.film.frames, strict=True))
    polish(trainer, data, on_step or _ignore)
    return finish(trainer, data, judge)


def _ignore(step: int, total: int, metrics: Mapping[str, float]) -> None:
    """Take note of nothing."""


def finish(trainer: Trainer, data: Data, judge: bytes) -> Model:
    """Make the read-only model of a finished run, with its figures.

    Parameters
    ----------
    trainer : Trainer
        At its last step.
    data : Data
        What it learnt from.
    judge : bytes
        From ``judge.load_judge``.

    Raises
    ------
    NotTrainedError
        If steps are left.
    """
    from core.vision.image_generation.scoring import evaluate

    recipe = trainer.recipe
    if trainer.step < recipe.last_step:
        message = f"{trainer.step:,} of {recipe.last_step:,} steps are done; go on with the run"
        raise NotTrainedError(message)
    check_judge(judge)
    networks = export_generator(trainer.players.shown)
    sampler = open_sampler(networks[SYNTHESIS_FILE], networks.get(MAPPING_FILE, b""))
    model = Model(
        recipe=recipe,
        networks=networks,
        means=sampler.means,
        judge=judge,
        baseline=fit_class_pca(data.images, data.labels),
        film=make_film(trainer.frames),
        history=summarise_history(trainer.history),
        fit_s=trainer.seconds,
        sha256=hash_data(data),
    )
    return replace(model, scores=evaluate(model, data))
