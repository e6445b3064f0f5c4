"""A trained generator as one read-only value: its networks as ONNX, its film, its losses, and what it is judged by.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.contract import Scores
from core.hub.kept import keep
from core.vision.image_generation.baselines import ClassPca
from core.vision.image_generation.data import CLASSES
from core.vision.image_generation.export import MAPPING_FILE, SYNTHESIS_FILE
from core.vision.image_generation.film import Film
from core.vision.image_generation.recipe import Recipe
from core.vision.image_generation.sampling import Sampler, open_sampler


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to draw, judge and explain.

    Parameters
    ----------
    networks : mapping of file name to bytes
        From ``export.export_generator``.
    means : float array of shape (10, latent)
        Mean style of each class; empty for a DCGAN.
    judge : bytes
        The classifier that looks at what is drawn (``judge``).
    baseline : ClassPca
        The generator to beat.
    film : Film
        What 64 codes drew over the training.
    history : mapping of str to array of shape (n_stretches,)
        ``step`` and each of ``stepping.MEASURES``.
    fit_s : float
        Seconds of training.
    sha256 : str
        Of the training and test pictures.
    """

    recipe: Recipe
    networks: Mapping[str, bytes] = field(repr=False)
    means: NDArray[np.float32] = field(repr=False)
    judge: bytes = field(repr=False)
    baseline: ClassPca = field(repr=False)
    film: Film = field(repr=False)
    history: Mapping[str, NDArray[np.float64]] = field(repr=False)
    fit_s: float
    sha256: str
    scores: Scores = field(default=(), repr=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        return CLASSES

    @property
    def name(self) -> str:
        """How the generator is called in tables."""
        return "style generator" if self.recipe.kind == "style" else "DCGAN"

    @property
    def sampler(self) -> Sampler:
        """The generator, ready to draw; opened once."""
        means = self.means.tobytes()
        return _open(self.networks[SYNTHESIS_FILE], self.networks.get(MAPPING_FILE, b""), means, self.recipe.latent)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """The generator and the baseline with their figures, best first."""
        from core.vision.image_generation.scoring import rank_models

        return rank_models(self)


@keep(8)
def _open(synthesis: bytes, mapping: bytes, means: bytes, latent: int) -> Sampler:
    """Open a generator once, however often the same bytes are asked for."""
    table = np.frombuffer(means, np.float32).reshape(-1, latent) if means else None
    return open_sampler(synthesis, mapping, table)
