"""Training, scoring and storing the upscaler.

Small pictures are made of large ones in one way, in training, in scoring and on the page: bicubic with antialiasing by
2 or 4, rounded to 8 bits (``resampling.shrink``). The baseline is bicubic enlargement by the same kernel. Figures are
of 1,000 test pictures of each set that no training step saw: the gain in PSNR of brightness, as in the paper, and of
all channels.

A run may be stopped at any time: with a folder it keeps its state every 200 steps and goes on from there.

Left out: the network (``super_resolution``) and its use (``upscaling``).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.image_sets import load_image_set
from core.evaluation.intervals import t_interval
from core.hub.artifacts import CardText, pack_arrays, save_artifact, unpack_arrays
from core.hub.cards import hash_content
from core.hub.contract import OnStep, ScoreRow, Scores
from core.hub.errors import ArtifactError, RecipeError
from core.hub.fields import recipe_to_json
from core.hub.settings import load_settings
from core.vision.image_generation.quality import measure_psnr, measure_ssim, to_luminance
from core.vision.image_generation.recipe import SLUG
from core.vision.image_generation.resampling import enlarge, shrink, to_pixels
from core.vision.image_generation.super_resolution import Patches, build_detail, export_detail, fit_detail, make_patches
from core.vision.image_generation.upscaling import (
    FACTORS,
    UPSCALE_RECIPES,
    UPSCALER,
    Upscaler,
    UpscaleRecipe,
    add_detail,
    open_upscaler,
)

Images = NDArray[np.uint8]
N_TEST = 1_000
PATCH = 32
PHOTOGRAPHS = ("china.jpg", "flower.jpg")
TURNS = (*("cifar10",) * 3, "fashion_mnist", *("cifar10",) * 3, "photographs")
"""The set of each step in turn: the hardest set gets most of them."""
KEEP_EVERY = 200
COMMAND = "python -m core upscale --train full"

UPSCALE_CARD = CardText(
    title="Upscaler: twice and four times larger, by sub-pixel convolution on top of bicubic",
    model=(
        "Two small convolutional networks after ESPCN, one for each factor, that add the brightness detail which "
        "bicubic leaves out; trained in Keras on the PSNR itself, stored as ONNX with 16-bit weights."
    ),
    data=(
        "Training pictures of CIFAR-10 and Fashion-MNIST, and patches of the two photographs that come with "
        "scikit-learn, made smaller by bicubic with antialiasing and rounded to 8 bits."
    ),
    intended_use="Enlarging small, clean pictures; teaching what a network adds to interpolation.",
    limits=(
        "The detail is likely, not known: it must not be read as evidence of what a blurred picture showed.",
        "Trained on pictures that were made smaller in one way; noise and compression marks are enlarged too.",
        "Figures are of pictures of 28 and 32 pixels; on large smooth photographs the gain differs.",
    ),
    licence="Data: Fashion-MNIST MIT; CIFAR-10 as published for research; photographs CC BY. Weights: as the project.",
    reference="W. Shi et al., Real-time single image and video super-resolution, CVPR 2016, arXiv:1609.05158",
)


@dataclass(frozen=True, slots=True, eq=False)
class UpscaleData:
    """Large pictures by the name of their set: to learn from, and to judge by."""

    train: Mapping[str, Images]
    test: Mapping[str, Images]


def load_upscale_data(recipe: UpscaleRecipe) -> UpscaleData:
    """Load the pictures of a recipe.

    Raises
    ------
    DataError
        If the full sets are asked for and cannot be had.
    """
    n_grey = max(1, recipe.pictures // 3)
    train = {
        "cifar10": load_image_set("cifar10", "train", bundled=recipe.bundled).images[: recipe.pictures],
        "fashion_mnist": load_image_set("fashion_mnist", "train", bundled=recipe.bundled).images[:n_grey],
        "photographs": cut_photographs(n_grey, recipe.seed),
    }
    # Extracts hold test pictures only of the test split, and enough of them.
    test = {name: load_image_set(name, "test", bundled=True).images[:N_TEST] for name in ("fashion_mnist", "cifar10")}
    return UpscaleData(train, test)


def cut_photographs(n: int, seed: int) -> Images:
    """Cut square patches out of two photographs, shape (n, 32, 32, 3)."""
    from sklearn.datasets import load_sample_image

    rng = np.random.default_rng((seed, PATCH))
    photographs = [load_sample_image(name) for name in PHOTOGRAPHS]
    patches = np.empty((n, PATCH, PATCH, 3), np.uint8)
    for place in range(n):
        photograph = photographs[place % len(photographs)]
        top, left = (int(rng.integers(0, side - PATCH + 1)) for side in photograph.shape[:2])
        patches[place] = photograph[top : top + PATCH, left : left + PATCH]
    return patches


def train_upscaler(
    recipe: UpscaleRecipe, data: UpscaleData, on_step: OnStep | None = None, folder: Path | None = None
) -> Upscaler:
    """Train both networks; in a worker or on the command line, as it imports TensorFlow.

    Parameters
    ----------
    on_step : callable, optional
        Told of each hundred steps, with the mean PSNR of brightness on the training patches in decibels.
    folder : Path, optional
        Where the state is kept, so that a run that was stopped goes on.

    Returns
    -------
    Upscaler
        Without scores; see :func:`score_upscaler`.
    """
    from core.vision._shared.keras_door import import_keras

    keras = import_keras(1, half=True)
    total = recipe.steps_2 + recipe.steps_4
    files: dict[str, bytes] = {}
    for place, factor in enumerate(FACTORS):
        before = place * recipe.steps_2
        weights = _train_one(keras, recipe, data, factor, _Progress(on_step, before, total, folder, factor))
        files[f"x{factor}.onnx"] = export_detail(weights, factor)
    return open_upscaler(recipe, files)


@dataclass(frozen=True, slots=True)
class _Progress:
    """Tells of progress, and keeps the state of one network where a folder is given."""

    on_step: OnStep | None
    before: int
    total: int
    folder: Path | None
    factor: int

    @property
    def path(self) -> Path | None:
        """Where this network's state lies."""
        return None if self.folder is None else self.folder / f"x{self.factor}.npz"

    def tell(self, step: int, psnr: float, state: Mapping[str, NDArray[Any]]) -> None:
        """Keep the state, then tell: whoever cancels by raising finds it kept."""
        last = self.factor == FACTORS[-1] and self.before + step == self.total
        if self.path is not None and (step % KEEP_EVERY == 0 or last):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_bytes(pack_arrays(state))
            fresh.replace(self.path)
        if self.on_step is not None:
            self.on_step(self.before + step, self.total, {f"psnr_db_x{self.factor}": psnr})

    def find_kept(self) -> Mapping[str, NDArray[Any]]:
        """Read a kept state; nothing where there is none or it is damaged."""
        if self.path is None or not self.path.is_file():
            return {}
        try:
            return unpack_arrays(self.path.read_bytes())
        except ArtifactError:
            return {}


def _train_one(
    keras: Any, recipe: UpscaleRecipe, data: UpscaleData, factor: int, progress: _Progress
) -> list[NDArray[np.float32]]:
    """Train one factor's network; return its weights."""
    fit = recipe.describe_fit(factor)
    keras.utils.set_random_seed(recipe.seed)
    network = build_detail(keras, fit)
    patches: dict[str, Patches] = {name: make_patches(images, factor) for name, images in data.train.items()}
    fit_detail(keras, network, [patches[name] for name in TURNS], fit, progress.tell, progress.find_kept())
    return [np.asarray(each, np.float32) for each in network.get_weights()]


def score_upscaler(upscaler: Upscaler, data: UpscaleData, command: str = COMMAND) -> Scores:
    """Score both factors on the test pictures of each set.

    Returns
    -------
    Scores
        For each set and factor the gain in PSNR over bicubic, of brightness (``upscale_gain_db``) and for coloured
        pictures of all channels (``upscale_gain_rgb_db``), in decibels, PSNR and SSIM; bicubic is the baseline.
    """
    rows: list[ScoreRow] = []
    for name, originals in data.test.items():
        for factor in FACTORS:
            small = shrink(originals, factor)
            ours, bicubic = add_detail(upscaler, small, factor), to_pixels(enlarge(small, factor))
            rows += _score_pair(f"{name}_x{factor}", originals, ours, bicubic, (upscaler.recipe.seed, command))
    return tuple(rows)


def _score_pair(split: str, originals: Images, ours: Images, bicubic: Images, made: tuple[int, str]) -> list[ScoreRow]:
    """Write the rows of one set and factor."""
    truth, ours_y, theirs_y = (to_luminance(each) for each in (originals, ours, bicubic))
    psnr = measure_psnr(ours_y, truth), measure_psnr(theirs_y, truth)
    ssim = measure_ssim(ours_y, truth), measure_ssim(theirs_y, truth)
    found = [("upscale_gain_db", psnr[0] - psnr[1], 0.0, "dB"), ("psnr", psnr[0], psnr[1].mean(), "dB")]
    found.append(("ssim", ssim[0], ssim[1].mean(), ""))
    if originals.shape[-1] > 1:
        gain = measure_psnr(ours, originals) - measure_psnr(bicubic, originals)
        found.append(("upscale_gain_rgb_db", gain, 0.0, "dB"))
    return [
        ScoreRow(
            metric, split, float(values.mean()), *t_interval(values), len(values), "bicubic", float(baseline), unit,
            made[0], command=made[1], model="ESPCN on bicubic",
        )
        for metric, values, baseline, unit in found
    ]  # fmt: skip


def train_and_save(
    name: str = "full", on_step: OnStep | None = None, folder: Path | None = None, root: Path | None = None
) -> Upscaler:
    """Train by a named recipe, score, and store the upscaler beside the project's other models.

    Parameters
    ----------
    name : str
        ``full``, or ``quick`` for a try in seconds.
    folder : Path, optional
        Where the state of an unfinished run lies; by default ``upscaler`` in ``HUB_HOME``. It is removed at the end.
    root : Path, optional
        Folder of stored models.

    Raises
    ------
    HubError
        If the pictures cannot be had or the model cannot be written.
    """
    if name not in UPSCALE_RECIPES:
        message = f"recipe is {name!r}; it must be one of {', '.join(UPSCALE_RECIPES)}"
        raise RecipeError(message)
    recipe = UPSCALE_RECIPES[name]
    kept = folder or load_settings().hub_home / UPSCALER / hash_content(recipe_to_json(recipe).encode())[:12]
    data = load_upscale_data(recipe)
    trained = train_upscaler(recipe, data, on_step, kept)
    scored = replace(trained, scores=score_upscaler(trained, data, COMMAND.replace("full", name)))
    save_artifact(
        SLUG, UPSCALER, weights=scored.files, recipe=recipe, scores=scored.scores, about=UPSCALE_CARD, root=root
    )
    shutil.rmtree(kept, ignore_errors=True)
    return scored
