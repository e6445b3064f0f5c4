"""A fresh look at a generator: a thousand samples drawn now and measured in seconds, on the bundled pictures.

The stored figures rest on more pictures and slower measures (``scoring``); this shows where they come from.

Left out: intervals of the Fréchet distance, which the stored figures have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_generation.collapse import Alarm, Limits, find_limits, score_precision_recall
from core.vision.image_generation.data import Data
from core.vision.image_generation.fidelity import Fidelity, score_fidelity
from core.vision.image_generation.frechet import extrapolate_frechet
from core.vision.image_generation.judge import look
from core.vision.image_generation.memorising import Memorising, score_memorising
from core.vision.image_generation.model import Model
from core.vision.image_generation.recipe import N_CLASSES
from core.vision.image_generation.scoring import N_LIMITS, N_VARIETY, check_sets, draw_sampled

N_FRESH, N_NEAR, N_KIND = 1_000, 500, 500


@dataclass(frozen=True, slots=True, eq=False)
class Fresh:
    """What fresh samples of all classes show.

    Parameters
    ----------
    n : int
        Samples.
    sizes, distances, endless
        From ``extrapolate_frechet``, of the samples against the test pictures.
    real_endless : float
        The same of as many training pictures.
    fidelity : Fidelity or None
        None for a DCGAN, which cannot be asked for a class.
    precision, recall : float
        Shares of samples among real pictures, and of real pictures among samples.
    """

    n: int
    sizes: NDArray[np.int64]
    distances: NDArray[np.float64]
    endless: float
    real_endless: float
    fidelity: Fidelity | None
    precision: float
    recall: float


def look_afresh(model: Model, data: Data, truncation: float = 1.0, n: int = N_FRESH, seed: int = 11) -> Fresh:
    """Draw samples and measure them beside as many real pictures.

    Parameters
    ----------
    data : Data
        Any; the bundled pictures are enough.
    """
    drawn = draw_sampled(model, n, truncation, seed)
    train, test = (look(model.judge, each[:n]).features for each in (data.images, data.test_images))
    sizes, distances, endless = extrapolate_frechet(drawn.seen.features, test)
    fidelity = score_fidelity(drawn.labels, drawn.seen.labels, N_CLASSES) if model.sampler.is_style else None
    kind = score_precision_recall(drawn.seen.features[:N_KIND], test[:N_KIND])
    return Fresh(n, sizes, distances, endless, extrapolate_frechet(train, test)[2], fidelity, *kind)


@dataclass(frozen=True, slots=True, eq=False)
class Alarmed:
    """The collapse alarm on five sets of samples, and the limits it rings by."""

    alarms: tuple[Alarm, ...]
    limits: Limits

    @property
    def n_ringing(self) -> int:
        """Sets on which it rings."""
        return sum(alarm.rings for alarm in self.alarms)


def sound_alarm(model: Model, data: Data, truncation: float = 1.0) -> Alarmed:
    """Check a generator for mode collapse on five sets of 200 samples, by limits from real pictures."""
    seen = look(model.judge, data.images[:N_LIMITS])
    limits = find_limits(seen.features, seen.labels, N_VARIETY)
    return Alarmed(check_sets(draw_sampled(model, 5 * N_VARIETY, truncation), limits), limits)


def search_copies(model: Model, data: Data, truncation: float = 1.0, seed: int = 11) -> tuple[Any, Memorising]:
    """Draw 500 samples and find how near each comes to the training pictures at hand.

    Returns
    -------
    pictures : uint8 array of shape (500, 28, 28)
    found : Memorising
    """
    pictures, _ = model.sampler.sample(N_NEAR, truncation=truncation, seed=seed)
    real, test = data.images[..., None], data.test_images[..., None]
    return pictures, score_memorising(pictures[..., None], real, test, n_test=N_NEAR)
