"""Why a generator draws what it draws: where styles lie, which layer decides what, what truncation trades, and variety.

Left out: the losses (``charts``) and measures of a whole set (``fresh``, ``scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.vision.image_generation.collapse import measure_spread
from core.vision.image_generation.data import CLASSES
from core.vision.image_generation.judge import look
from core.vision.image_generation.model import Model
from core.vision.image_generation.sampling import make_codes, make_noise
from core.vision.image_generation.style import N_LAYERS, list_layers

N_MAPPED, N_SWAPPED, N_TRADED = 40, 40, 240
TRADED = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)
Floats = NDArray[np.float32]


def draw_styles(model: Model, seed: int = 3) -> Chart:
    """Draw styles of all classes on the two directions in which they vary most."""
    labels = np.repeat(np.arange(len(CLASSES)), N_MAPPED)
    styles = model.sampler.find_styles(make_codes(len(labels), model.sampler.latent, seed), labels)
    centred = styles - styles.mean(axis=0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    between = share_between(styles, labels)
    marks = tuple(
        Mark("points", places[labels == label, 0], places[labels == label, 1], name, "class", label, size=6.0)
        for label, name in enumerate(CLASSES)
    )
    title = (
        f"The mapping parts the classes: {between:.0%} of the styles' variance lies between them, none of the codes'"
    )
    return Chart(title, "first direction of w", "second direction of w", marks, alt=f"{title}.")


def share_between(rows: Floats, labels: NDArray[np.int64]) -> float:
    """Return the share of variance that lies between the means of classes.

    Examples
    --------
    >>> share_between(np.array([[0.0], [0.0], [4.0], [4.0]], np.float32), np.array([0, 0, 1, 1]))
    1.0
    """
    means = np.stack([rows[labels == label].mean(axis=0) for label in labels])
    whole = float(((rows - rows.mean(axis=0)) ** 2).sum())
    return float(((means - rows.mean(axis=0)) ** 2).sum()) / max(whole, 1e-12)


def measure_layers(model: Model, seed: int = 5) -> tuple[NDArray[np.float64], float]:
    """Measure how much a picture changes when one layer takes another style of its class, or other pixel noise.

    Returns
    -------
    changes : array of shape (5,)
        Mean change of a pixel, of its range, coarse to fine.
    noise : float
        The same for other noise in all layers.
    """
    sampler, labels = model.sampler, np.arange(N_SWAPPED) % len(CLASSES)
    own, other = (sampler.find_styles(make_codes(N_SWAPPED, sampler.latent, each), labels) for each in (seed, seed + 1))
    noise = make_noise(N_SWAPPED, seed)
    before = sampler.synthesise(own, noise).astype(np.float64)
    changes = []
    for place in range(N_LAYERS):
        styles = np.repeat(own[:, None], N_LAYERS, axis=1)
        styles[:, place] = other
        changes.append(np.abs(sampler.synthesise(styles, noise) - before).mean() / 255)
    shaken = sampler.synthesise(own, make_noise(N_SWAPPED, seed + 1)).astype(np.float64)
    return np.array(changes), float(np.abs(shaken - before).mean() / 255)


def draw_layers(model: Model, seed: int = 5) -> Chart:
    """Draw how much each layer's style decides, and the pixel noise."""
    changes, noise = measure_layers(model, seed)
    names = np.array([f"{layer.name.replace('_', ' ')} ({layer.side}×{layer.side})" for layer in list_layers(1)])
    most = int(changes.argmax())
    title = f"{names[most].capitalize()} decides most: another style there moves a pixel by {changes[most]:.1%}"
    marks = (
        Mark("bars", names, changes, "style of one layer"),
        Mark("bars", np.array(["pixel noise"]), np.array([noise]), "noise of all layers", "baseline"),
    )
    return Chart(title, "", "Mean change of a pixel", marks, alt=f"{title}.", y_percent=True)


def swap_layers(model: Model, item: int, seed: int) -> NDArray[np.uint8]:
    """Draw a picture, then the same with each layer in turn from another style, shape (6, 28, 28)."""
    sampler = model.sampler
    own, other = sampler.find_styles(make_codes(2, sampler.latent, seed), np.full(2, item), 0.8)
    styles = np.repeat(np.repeat(own[None, None], N_LAYERS + 1, axis=0), N_LAYERS, axis=1)
    for place in range(N_LAYERS):
        styles[place + 1, place] = other
    return sampler.synthesise(styles, np.repeat(make_noise(1, seed), N_LAYERS + 1, axis=0))


def truncate_along(model: Model, item: int, n: int, truncations: tuple[float, ...], seed: int) -> NDArray[np.uint8]:
    """Draw the same codes under each truncation, shape (n_truncations, n, 28, 28)."""
    return np.stack([model.sampler.sample(n, item, each, seed)[0] for each in truncations])


def trade_truncation(model: Model, seed: int = 9) -> Chart:
    """Draw what truncation trades: how sure the class is, against how much pictures of a class differ."""
    rows = []
    for truncation in TRADED:
        pictures, labels = model.sampler.sample(N_TRADED, None, truncation, seed)
        seen = look(model.judge, pictures)
        spread = np.mean([measure_spread(seen.features[labels == label]) for label in range(len(CLASSES))])
        rows.append((float((seen.labels == labels).mean()), float(spread)))
    table = np.array(rows)
    shares = table[:, 1] / table[TRADED.index(1.0), 1]
    title = (
        f"From truncation 1.0 to 0.4 fidelity goes from {table[TRADED.index(1.0), 0]:.0%} to "
        f"{table[TRADED.index(0.4), 0]:.0%}, variety within a class to {shares[TRADED.index(0.4)]:.0%}"
    )
    x = np.array(TRADED)
    marks = (
        Mark("line", x, table[:, 0], "label fidelity", "main"),
        Mark("line", x, shares, "variety within a class (1.0 is 100%)", "second"),
    )
    return Chart(title, "Truncation", "Share", marks, alt=f"{title}; {N_TRADED} pictures each.", y_percent=True)


def draw_variety_over_time(models: Mapping[str, Model], real: NDArray[np.uint8]) -> Chart:
    """Draw how much the 64 pictures of each film differ over its training, beside as many real pictures.

    Parameters
    ----------
    real : uint8 array of shape (64, 28, 28)
    """
    whole = measure_spread(_flatten(real))
    marks, ends = [], []
    for place, (name, model) in enumerate(models.items()):
        film = model.film
        shares = np.array([measure_spread(_flatten(frame)) for frame in film.frames]) / whole
        along = np.array(film.steps) / film.steps[-1]
        marks.append(Mark("line", along, shares, name, "class", place))
        ends.append((float(shares[-1]), name))
    marks.append(Mark("line", np.array([0.0, 1.0]), np.ones(2), "real pictures", "baseline", dash=True))
    least, most = min(ends), max(ends)
    title = f"At the end 64 pictures of the {least[1]} differ {least[0]:.0%} as much as real ones"
    title += f", the {most[1]}'s {most[0]:.0%}" if most != least else ""
    return Chart(title, "Share of the training", "Mean distance of two pictures", tuple(marks), alt=f"{title}.",
                 y_percent=True, x_percent=True)  # fmt: skip


def _flatten(pictures: NDArray[np.uint8]) -> Floats:
    """Make each picture one row."""
    return pictures.reshape(len(pictures), -1).astype(np.float32)
