"""Drawing pictures from the stored networks by ONNX Runtime.

A code becomes a style, the style is pulled towards the mean of its class (truncation, Karras et al. 2019, section B),
every layer gets its style, and the networks draw. The same seed draws the same picture, alone or among others.

Left out: training; the networks' insides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, LimitError
from core.hub.onnx_door import open_session
from core.vision.image_generation.recipe import N_CLASSES, SIDE
from core.vision.image_generation.style import N_LAYERS, N_NOISE

MAX_SAMPLES = 20_000
BATCH = 64
N_MEAN = 2_000
"""Codes behind the mean style of a class."""
Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """A generator ready to draw. Read-only, so threads may share it.

    Parameters
    ----------
    synthesis, mapping : ONNX Runtime sessions
        See :func:`open_sampler`; a DCGAN has no mapping.
    latent : int
        Length of a code.
    means : float array of shape (10, latent)
        Mean style of each class; empty for a DCGAN.
    """

    synthesis: Any
    mapping: Any
    latent: int
    means: Floats = field(repr=False)

    @property
    def is_style(self) -> bool:
        """Whether it draws the class it is asked for."""
        return self.mapping is not None

    def find_styles(self, codes: Floats, labels: NDArray[np.integer[Any]], truncation: float = 1.0) -> Floats:
        """Turn codes (n, latent) and class numbers (n,) into styles (n, latent).

        Parameters
        ----------
        truncation : float
            1 leaves a style as it is, 0 gives the class's mean.

        Raises
        ------
        DataError
            If it is a DCGAN, or codes or classes are not what they must be.
        """
        if not self.is_style:
            message = "a DCGAN has no styles; choose the style generator"
            raise DataError(message)
        rows, numbers = self._check(codes), np.asarray(labels, np.int64)
        if numbers.shape != (len(rows),) or numbers.min(initial=0) < 0 or numbers.max(initial=0) >= N_CLASSES:
            message = f"there are {len(rows)} codes and classes {numbers.tolist()[:5]}; give each a class of 0 to 9"
            raise DataError(message)
        (styles,) = self.mapping.run(None, {"code": rows, "label": numbers})
        mean = self.means[numbers]
        return np.asarray(mean + np.float32(truncation) * (styles - mean), np.float32)

    def synthesise(self, styles: Floats, noise: Floats | None = None) -> Pixels:
        """Draw pictures of styles.

        Parameters
        ----------
        styles : array of shape (n, latent) or (n, 5, latent)
            One for all layers, or one for each, coarse to fine.
        noise : array of shape (n, N_NOISE), optional
            Without it there is none.

        Returns
        -------
        uint8 array of shape (n, 28, 28)
        """
        rows = np.asarray(styles, np.float32)
        rows = np.repeat(rows[:, None], N_LAYERS, axis=1) if rows.ndim == 2 else rows  # noqa: PLR2004 - one style each
        pixels = np.zeros((len(rows), N_NOISE), np.float32) if noise is None else np.asarray(noise, np.float32)
        return self._run({"styles": rows, "noise": pixels})

    def draw_codes(self, codes: Floats) -> Pixels:
        """Draw a DCGAN's pictures (n, 28, 28) of codes (n, latent).

        Raises
        ------
        DataError
            If it is a style generator, which must be told classes, or the codes are not what they must be.
        """
        if self.is_style:
            message = "the style generator draws classes; give a class with each code"
            raise DataError(message)
        return self._run({"code": self._check(codes)})

    def sample(
        self,
        n: int,
        item: int | NDArray[np.integer[Any]] | None = None,
        truncation: float = 1.0,
        seed: int = 0,
        *,
        noise: bool = True,
    ) -> tuple[Pixels, NDArray[np.int64]]:
        """Draw pictures by a seed.

        Parameters
        ----------
        n : int
            1 to 20,000.
        item : int or int array of shape (n,), optional
            Class numbers; by default all classes in turn.
        truncation : float
            0 to 1.5; for a DCGAN the code itself is shortened.

        Returns
        -------
        pictures : uint8 array of shape (n, 28, 28)
        labels : int array of shape (n,)
            The classes asked for; a DCGAN pays no heed to them.

        Raises
        ------
        LimitError
            If ``n`` is out of range.
        DataError
            If a class or the truncation is.
        """
        check_sampling(n, truncation)
        labels = np.arange(n) % N_CLASSES if item is None else np.broadcast_to(np.asarray(item, np.int64), (n,)).copy()
        codes = make_codes(n, self.latent, seed)
        if not self.is_style:
            return self.draw_codes(codes * np.float32(truncation)), labels
        styles = self.find_styles(codes, labels, truncation)
        return self.synthesise(styles, make_noise(n, seed) if noise else None), labels

    def _check(self, codes: Floats) -> Floats:
        """Refuse codes of a wrong length or with values that are no numbers."""
        rows = np.asarray(codes, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.latent or not np.isfinite(rows).all():  # noqa: PLR2004 - rows of codes
            message = f"codes have shape {rows.shape}; they must be (n, {self.latent}) finite numbers"
            raise DataError(message)
        return rows

    def _run(self, inputs: dict[str, Floats]) -> Pixels:
        """Draw in small batches, which keeps memory low."""
        n = len(next(iter(inputs.values())))
        drawn = np.empty((n, SIDE, SIDE), np.uint8)
        for start in range(0, n, BATCH):
            part = {name: values[start : start + BATCH] for name, values in inputs.items()}
            (pictures,) = self.synthesis.run(None, part)
            drawn[start : start + BATCH] = np.rint(np.clip(pictures, 0, 1) * 255)
        return drawn


def check_sampling(n: int, truncation: float) -> None:
    """Refuse a number of pictures or a truncation out of range.

    Raises
    ------
    LimitError, DataError
    """
    if not 1 <= n <= MAX_SAMPLES:
        message = f"{n} pictures were asked for; it must be 1 to {MAX_SAMPLES:,}"
        raise LimitError(message)
    most = 1.5
    if not 0 <= truncation <= most:
        message = f"truncation is {truncation:g}; it must be 0 to {most}"
        raise DataError(message)


def make_codes(n: int, latent: int, seed: int) -> Floats:
    """Draw codes (n, latent); the first of a longer set are those of a shorter one.

    Examples
    --------
    >>> bool((make_codes(2, 8, 5) == make_codes(9, 8, 5)[:2]).all())
    True
    """
    return np.random.default_rng((seed, 0)).standard_normal((n, latent), np.float32)


def make_noise(n: int, seed: int) -> Floats:
    """Draw pixel noise (n, N_NOISE)."""
    return np.random.default_rng((seed, 1)).standard_normal((n, N_NOISE), np.float32)


def mix_styles(first: Floats, second: Floats, cut: int) -> Floats:
    """Give the layers before ``cut`` the first style and the others the second.

    Parameters
    ----------
    first, second : arrays of shape (n, latent)
    cut : int
        0 takes everything from the second, 5 everything from the first.

    Returns
    -------
    array of shape (n, 5, latent)

    Raises
    ------
    DataError
        If the cut is out of range.

    Examples
    --------
    >>> mix_styles(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32), 2)[0, :, 0].tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0]
    """
    if not 0 <= cut <= N_LAYERS:
        message = f"the cut is {cut}; it must be 0 to {N_LAYERS}"
        raise DataError(message)
    is_first = (np.arange(N_LAYERS) < cut)[None, :, None]
    return np.asarray(np.where(is_first, first[:, None], second[:, None]), np.float32)


def blend_styles(first: Floats, second: Floats, shares: NDArray[np.floating[Any]]) -> Floats:
    """Blend two styles layer by layer: a share of 0 is the first, 1 the second; shape (n, 5, latent).

    Parameters
    ----------
    shares : array of shape (5,)
        One for each layer, coarse to fine, 0 to 1.

    Raises
    ------
    DataError
        If there are not five shares of 0 to 1.
    """
    values = np.asarray(shares, np.float32)
    if values.shape != (N_LAYERS,) or not ((values >= 0) & (values <= 1)).all():
        message = f"the shares are {values.tolist()}; they must be {N_LAYERS} numbers of 0 to 1"
        raise DataError(message)
    share = values[None, :, None]
    return np.asarray((1 - share) * first[:, None] + share * second[:, None], np.float32)


def open_sampler(synthesis: bytes, mapping: bytes = b"", means: Floats | None = None) -> Sampler:
    """Open a generator's files.

    Parameters
    ----------
    synthesis, mapping : bytes
        From ``export``; no mapping for a DCGAN.
    means : float array of shape (10, latent), optional
        Mean style of each class; found anew where it is not given.

    Raises
    ------
    ArtifactError
        If a file cannot be read.
    """
    drawing = open_session(synthesis, what="generator")
    if not mapping:
        return Sampler(drawing, None, int(drawing.get_inputs()[0].shape[1]), np.zeros((0, 0), np.float32))
    asking = open_session(mapping, what="generator")
    latent = int(asking.get_inputs()[0].shape[1])
    return Sampler(drawing, asking, latent, find_means(asking, latent) if means is None else means)


def find_means(mapping: Any, latent: int) -> Floats:
    """Find the mean style of each class over the same 2,000 codes, shape (10, latent)."""
    codes = make_codes(N_MEAN, latent, 1)
    styles = [
        mapping.run(None, {"code": codes, "label": np.full(N_MEAN, label, np.int64)})[0] for label in range(N_CLASSES)
    ]
    return np.stack([each.mean(axis=0, dtype=np.float64) for each in styles]).astype(np.float32)
