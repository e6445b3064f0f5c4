"""What decides a run: the kind of generator, its size, how long and against which discriminator it learns.

dcgan  Radford, Metz & Chintala 2016, arXiv:1511.06434: one code, transposed convolutions, batch normalisation
style  after Karras et al. 2020, arXiv:1912.04958: a code becomes a style for each layer; told which class to draw

Left out: progressive growing, path-length regularisation, other data than Fashion-MNIST (28 by 28, one channel).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import Label, Range, Seed

SLUG = "image_generation"
SIDE = 28
N_CLASSES = 10
N_FILM = 64
"""Codes of the film, an 8 by 8 sheet."""

Kind = Literal["style", "dcgan"]
LossName = Literal["non-saturating", "minimax", "hinge", "Wasserstein"]
ClassName = Literal[
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run.

    Parameters
    ----------
    kind : str
        ``style`` draws the class it is asked for; ``dcgan`` draws whatever its code says.
    pictures : int
        Training pictures; up to 10,000 come with the hub, more are fetched.
    steps, batch : int
        Updates of both networks, and real pictures of each.
    latent : int
        Length of a code; also of a style.
    width : int
        Channels of the generator at 28 by 28; twice as many at 14 by 14, four times at 7 by 7. The discriminator
        mirrors it.
    loss : str
        See ``losses``.
    generator_rate, discriminator_rate : float
        Adam's learning rates. A generator that learns much faster than its judge collapses.
    r1 : float
        Weight of the gradient penalty on real pictures (Mescheder et al. 2018); 0 leaves it out.
    ema : float
        How slowly the shown generator follows the trained one; 0 shows the trained one.
    mixing : float
        Share (0–1) of steps in which two codes share a picture, so that layers learn to stand alone.
    shift : int
        Pixels by which everything the discriminator sees, real or drawn, may be moved (Zhao et al. 2020).
    contrast : bool
        Whether the discriminator also sees how much the pictures of a batch differ, which works against collapse.
    polish : int
        Steps of a last stage after the game (``polishing``), style only; 0 leaves it out.
    half : bool
        Whether layers compute in bfloat16.
    frames : int
        Frames of the film.
    """

    kind: Annotated[Kind, Label("Kind", "Style draws the class it is asked for.")] = "style"
    pictures: Annotated[int, Range(500, 60_000, 500), Label("Training pictures")] = 60_000
    steps: Annotated[int, Range(1, 100_000, 1), Label("Steps", "Updates of both networks.")] = 36_000
    batch: Annotated[int, Range(8, 256, 8), Label("Batch", "Real pictures of one step.")] = 32
    latent: Annotated[int, Range(4, 256, 4), Label("Code length")] = 64
    width: Annotated[int, Range(2, 64, 2), Label("Width", "Channels at full size.")] = 16
    loss: Annotated[LossName, Label("Loss", "What the two play for.")] = "non-saturating"
    generator_rate: Annotated[float, Range(1e-6, 0.1, log=True), Label("Generator's rate")] = 3e-3
    discriminator_rate: Annotated[float, Range(1e-6, 0.1, log=True), Label("Discriminator's rate")] = 3e-3
    r1: Annotated[float, Range(0.0, 100.0), Label("R1 weight", "Penalty on steep judgements of real pictures.")] = 0.05
    ema: Annotated[float, Range(0.0, 0.9999), Label("Averaging", "How slowly the shown generator follows.")] = 0.999
    mixing: Annotated[float, Range(0.0, 1.0, 0.05), Label("Style mixing", "Share of steps with two codes.")] = 0.2
    shift: Annotated[int, Range(0, 4, 1), Label("Shift", "Of all that the discriminator sees.", "pixels")] = 0
    contrast: Annotated[bool, Label("Judge the batch", "Works against mode collapse.")] = True
    polish: Annotated[int, Range(0, 20_000, 1), Label("Polishing", "Steps of the last stage; 0 leaves it out.")] = 0
    half: Annotated[bool, Label("bfloat16", "Faster on recent processors.")] = True
    frames: Annotated[int, Range(2, 60, 1), Label("Film frames")] = 40
    seed: Seed = 0

    @property
    def last_step(self) -> int:
        """The step at which a run ends, polishing included."""
        return self.steps + (self.polish if self.kind == "style" else 0)


@dataclass(frozen=True, slots=True)
class Inputs:
    """One picture to draw.

    Parameters
    ----------
    item : str
        The class; a DCGAN draws what its code says and passes it over.
    seed : int
        Of the code.
    truncation : float
        1 takes the style as it comes, 0 the mean style of the class: surer and more alike towards 0.
    noise : bool
        Whether each pixel gets its own small noise (style generator only).
    """

    item: Annotated[ClassName, Label("Class")] = "Ankle boot"
    seed: Seed = 0
    truncation: Annotated[float, Range(0.0, 1.5, 0.05), Label("Truncation", "0 is the mean of the class.")] = 0.8
    noise: Annotated[bool, Label("Pixel noise")] = True


DCGAN = Recipe(
    "dcgan", steps=8_000, batch=64, latent=64, width=16, generator_rate=4e-4, discriminator_rate=4e-4, r1=0.0, ema=0.0,
    mixing=0.0, contrast=False,
)  # fmt: skip
COLLAPSED = Recipe(
    pictures=10_000, steps=500, batch=32, latent=16, width=6, generator_rate=1e-2, discriminator_rate=1e-4, r1=0.0,
    ema=0.0, mixing=0.0, contrast=False, frames=20,
)  # fmt: skip
"""Made to fail: a generator a hundred times as fast as its judge settles on what fools it now."""
RECIPES: dict[str, Recipe] = {
    "quick": Recipe(pictures=2_000, steps=60, batch=16, latent=16, width=4, r1=0.0, ema=0.9, half=False, frames=8),
    "micro": Recipe(pictures=10_000, steps=3_000, latent=32, width=8, frames=30),
    "full": Recipe(polish=600),
    "dcgan": DCGAN,
    "collapsed": COLLAPSED,
}
"""``quick`` shows the way in seconds, ``micro`` in minutes; the others were run, and ``models/`` ships them."""
