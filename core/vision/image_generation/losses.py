"""What the two networks play for: four losses, and the penalty that keeps the discriminator's judgement smooth.

A discriminator gives a logit D(x), high for "real". With σ the logistic function and softplus(t) = ln(1 + eᵗ):

minimax         discriminator softplus(−D(x)) + softplus(D(G(z))); generator −softplus(D(G(z)))  (Goodfellow 2014)
non-saturating  the same discriminator; generator softplus(−D(G(z))), steep where it loses       (Goodfellow 2014)
hinge           discriminator max(0, 1 − D(x)) + max(0, 1 + D(G(z))); generator −D(G(z))         (Lim & Ye 2017)
Wasserstein     discriminator D(G(z)) − D(x); generator −D(G(z))                                  (Arjovsky 2017)

R1 (Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406) is r1/2 · mean ‖∇ₓ D(x)‖² over real pictures x.

Left out: WGAN's clipping and gradient penalty between real and drawn pictures, least squares.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_generation.recipe import LossName

Floats = NDArray[np.floating[Any]]


def generator_loss(ops: Any, name: LossName, drawn: Any) -> Any:
    """Mean loss of the generator.

    Parameters
    ----------
    ops : module
        ``keras.ops``.
    drawn : tensor of shape (n,)
        Logits of drawn pictures.
    """
    if name == "minimax":
        return -ops.mean(ops.softplus(drawn))
    if name == "non-saturating":
        return ops.mean(ops.softplus(-drawn))
    return -ops.mean(drawn)


def discriminator_loss(ops: Any, name: LossName, real: Any, drawn: Any) -> Any:
    """Mean loss of the discriminator on logits of real and of drawn pictures, both of shape (n,)."""
    if name == "hinge":
        return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + drawn))
    if name == "Wasserstein":
        return ops.mean(drawn) - ops.mean(real)
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(drawn))


def gradient_penalty(tensorflow: Any, judge: Any, pictures: Any) -> Any:
    """Mean squared length of the discriminator's gradient at real pictures, without r1/2.

    Parameters
    ----------
    tensorflow : module
    judge : callable
        From pictures (n, height, width, 1) to logits (n,).
    pictures : tensor of shape (n, height, width, 1)
    """
    with tensorflow.GradientTape() as tape:
        tape.watch(pictures)
        total = tensorflow.reduce_sum(judge(pictures))
    slopes = tape.gradient(total, pictures)
    return tensorflow.reduce_mean(tensorflow.reduce_sum(slopes**2, axis=[1, 2, 3]))


def plot_losses(name: LossName, logits: Floats) -> tuple[Floats, Floats]:
    """Compute the generator's loss and how strongly it pulls, for logits of a drawn picture.

    Parameters
    ----------
    logits : array of shape (n,)
        −6, say, is a picture that the discriminator is sure was drawn.

    Returns
    -------
    loss, slope : arrays of shape (n,)
        The slope's size is what the generator learns from.

    Examples
    --------
    >>> [round(float(abs(plot_losses(name, np.array([-6.0]))[1][0])), 3) for name in ("minimax", "non-saturating")]
    [0.002, 0.998]
    """
    t = np.asarray(logits, dtype=float)
    sigmoid = 1 / (1 + np.exp(-t))
    if name == "minimax":
        return -np.logaddexp(0, t), -sigmoid
    if name == "non-saturating":
        return np.logaddexp(0, -t), sigmoid - 1
    return -t, -np.ones_like(t)
