"""Both kinds of networks behind one face, so that training, the film and the export need not know which they hold.

Left out: the layers themselves (``layers``), which every kind builds for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.vision.image_generation import dcgan, style
from core.vision.image_generation.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A generator of either kind.

    Parameters
    ----------
    mapping : keras.Model or None
        Codes and labels to styles; None for a DCGAN.
    synthesis : keras.Model
        Styles and noise, or codes, to pictures of −1 to 1.
    """

    keras: Any
    mapping: Any
    synthesis: Any

    @property
    def trained(self) -> list[Any]:
        """What gradients move."""
        return [
            *([] if self.mapping is None else self.mapping.trainable_variables),
            *self.synthesis.trainable_variables,
        ]

    @property
    def variables(self) -> list[Any]:
        """Everything that decides a picture, running means too."""
        return [*([] if self.mapping is None else self.mapping.variables), *self.synthesis.variables]

    def draw(self, codes: Any, labels: Any, noise: Any, *, training: bool = False) -> Any:
        """Draw pictures (n, 28, 28, 1) of −1 to 1.

        Parameters
        ----------
        codes : float tensor of shape (n, latent)
        labels : int tensor of shape (n,)
            A DCGAN passes them over.
        noise : float tensor of shape (n, N_NOISE)
            A DCGAN passes it over.
        """
        if self.mapping is None:
            return self.synthesis(codes, training=training)
        return self.synthesis([self.repeat(self.mapping([codes, labels])), noise])

    def draw_mixed(self, codes: Any, others: Any, labels: Any, noise: Any, cut: Any) -> Any:
        """Draw pictures whose layers before ``cut`` follow one code and the rest another."""
        first, second = (self.repeat(self.mapping([each, labels])) for each in (codes, others))
        ops = self.keras.ops
        return self.synthesis([ops.where(ops.arange(style.N_LAYERS)[None, :, None] < cut, first, second), noise])

    def repeat(self, styles: Any) -> Any:
        """Give every layer the same style, shape (n, N_LAYERS, latent)."""
        return self.keras.ops.repeat(styles[:, None], style.N_LAYERS, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Discriminator:
    """A discriminator of either kind."""

    network: Any
    is_told: bool

    @property
    def trained(self) -> list[Any]:
        """What gradients move."""
        return list(self.network.trainable_variables)

    def judge(self, pictures: Any, labels: Any) -> Any:
        """Give logits (n,), high for real; labels only count where the network is told them."""
        return self.network([pictures, labels] if self.is_told else pictures, training=True)


def build_generator(keras: Any, recipe: Recipe) -> Generator:
    """Build an untrained generator of the recipe's kind."""
    if recipe.kind == "style":
        return Generator(keras, style.build_mapping(keras, recipe), style.build_synthesis(keras, recipe))
    return Generator(keras, None, dcgan.build_generator(keras, recipe))


def build_discriminator(keras: Any, recipe: Recipe) -> Discriminator:
    """Build an untrained discriminator of the recipe's kind."""
    module = style if recipe.kind == "style" else dcgan
    return Discriminator(module.build_discriminator(keras, recipe), recipe.kind == "style")
