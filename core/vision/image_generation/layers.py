"""The layers that the style generator and its discriminator are built of.

Weights are stored with unit variance and scaled where they are used, so that Adam moves all layers at the same speed
(Karras et al. 2018, "equalised learning rate"). A modulated convolution scales its input channels by the style, and
then divides each output channel by the length of its scaled filter, which gives it unit variance again (Karras et al.
2020, section 2.2). Scaling inputs and outputs around one shared convolution is the same as one filter for each
picture, and much faster.

Left out: blur filters around the enlarging convolutions.
"""

from __future__ import annotations

from typing import Any

EPSILON = 1e-8


def bend(keras: Any, x: Any) -> Any:
    """Leaky ReLU; √2 restores the variance that it takes."""
    return keras.ops.leaky_relu(x, 0.2) * 2**0.5


def make_dense(keras: Any) -> type:
    """Make the dense layer with scaled weights; ``speed`` below 1 slows it, ``bend`` ends it in leaky ReLU."""

    class ScaledDense(keras.layers.Layer):  # type: ignore[misc]
        """x W / √n_inputs + b, W and b stored larger by 1 / speed."""

        def __init__(
            self, units: int, speed: float = 1.0, start: float = 0.0, *, bend: bool = False, **settings: Any
        ) -> None:
            super().__init__(**settings)
            self.units, self.speed, self.start, self.bend = units, speed, start, bend

        def build(self, shape: Any) -> None:
            spread = keras.initializers.RandomNormal(stddev=1 / self.speed)
            self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer=spread, name="kernel")
            first = keras.initializers.Constant(self.start / self.speed)
            self.bias = self.add_weight(shape=(self.units,), initializer=first, name="bias")
            self.gain = self.speed / shape[-1] ** 0.5

        def call(self, x: Any) -> Any:
            y = keras.ops.matmul(x, self.kernel * self.gain) + self.bias * self.speed
            return bend(keras, y) if self.bend else y

    return ScaledDense


def make_convolution(keras: Any) -> type:
    """Make the convolution with scaled weights, for the discriminator."""

    class ScaledConvolution(keras.layers.Layer):  # type: ignore[misc]
        """A convolution with "same" borders, bias and leaky ReLU."""

        def __init__(self, filters: int, side: int = 3, strides: int = 1, **settings: Any) -> None:
            super().__init__(**settings)
            self.filters, self.side, self.strides = filters, side, strides

        def build(self, shape: Any) -> None:
            size = (self.side, self.side, shape[-1], self.filters)
            spread = keras.initializers.RandomNormal(stddev=1.0)
            self.kernel = self.add_weight(shape=size, initializer=spread, name="kernel")
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
            self.gain = (self.side**2 * shape[-1]) ** -0.5

        def call(self, x: Any) -> Any:
            return bend(keras, keras.ops.conv(x, self.kernel * self.gain, self.strides, "same") + self.bias)

    return ScaledConvolution


def make_modulated(keras: Any) -> type:
    """Make the convolution whose channels are scaled by a style; ``up`` doubles height and width."""
    ops = keras.ops

    class ModulatedConvolution(keras.layers.Layer):  # type: ignore[misc]
        """Call with (x, scales): pictures (n, height, width, channels) and a scale for each channel (n, channels)."""

        def __init__(
            self, filters: int, side: int = 3, *, up: bool = False, even: bool = True, **settings: Any
        ) -> None:
            super().__init__(**settings)
            self.filters, self.side, self.up, self.even = filters, side, up, even

        def build(self, shapes: Any) -> None:
            channels = shapes[0][-1]
            # A transposed convolution keeps its filters the other way round.
            ends = (self.filters, channels) if self.up else (channels, self.filters)
            spread = keras.initializers.RandomNormal(stddev=1.0)
            self.kernel = self.add_weight(shape=(self.side, self.side, *ends), initializer=spread, name="kernel")
            # Enlarging by two, each output pixel meets a quarter of the filter's taps.
            self.taps = self.side**2 / (4 if self.up else 1)
            self.gain = (self.taps * channels) ** -0.5

        def call(self, inputs: Any) -> Any:
            x, scales = inputs
            kernel = self.kernel * self.gain
            scaled = x * scales[:, None, None, :]
            convolve, strides = (ops.conv_transpose, 2) if self.up else (ops.conv, 1)
            y = convolve(scaled, kernel, strides, "same")
            return y * self.find_lengths(kernel, scales)[:, None, None, :] if self.even else y

        def find_lengths(self, kernel: Any, scales: Any) -> Any:
            """One over the length of each picture's scaled filters, shape (n, filters)."""
            energy = ops.mean(kernel**2, axis=(0, 1)) * self.taps
            energy = ops.transpose(energy) if self.up else energy
            return ops.rsqrt(ops.matmul(scales**2, energy) + EPSILON)

    return ModulatedConvolution


def make_finish(keras: Any) -> type:
    """Make the end of a styled layer: noise for each pixel, bias, leaky ReLU."""

    class NoiseBiasActivation(keras.layers.Layer):  # type: ignore[misc]
        """Call with (x, noise): noise of shape (n, height, width, 1), scaled by one learnt number."""

        def build(self, shapes: Any) -> None:
            self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")
            self.bias = self.add_weight(shape=(shapes[0][-1],), initializer="zeros", name="bias")

        def call(self, inputs: Any) -> Any:
            x, noise = inputs
            return bend(keras, x + noise * self.strength + self.bias)

    return NoiseBiasActivation


def make_constant(keras: Any) -> type:
    """Make the learnt constant that every picture starts from."""

    class LearntConstant(keras.layers.Layer):  # type: ignore[misc]
        """Repeat one learnt (height, width, channels) block for every row of the input."""

        def __init__(self, side: int, channels: int, **settings: Any) -> None:
            super().__init__(**settings)
            self.side, self.channels = side, channels

        def build(self, _shape: Any) -> None:
            size = (self.side, self.side, self.channels)
            spread = keras.initializers.RandomNormal(stddev=1.0)
            self.block = self.add_weight(shape=size, initializer=spread, name="block")

        def call(self, x: Any) -> Any:
            ones = keras.ops.ones_like(x[:, :1])
            return ones[:, :, None, None] * self.block[None]

    return LearntConstant


def make_contrast(keras: Any) -> type:
    """Make the layer that adds how much the pictures of a group differ (Karras et al. 2018, section 3)."""
    ops = keras.ops

    class BatchContrast(keras.layers.Layer):  # type: ignore[misc]
        """Add one channel: the mean standard deviation over groups of four pictures (all of them if indivisible)."""

        def call(self, x: Any) -> Any:
            n, height, width, channels = x.shape
            group = 4 if n is not None and n % 4 == 0 else -1
            grouped = ops.reshape(ops.cast(x, "float32"), (-1, group, height, width, channels) if group > 0
                                  else (1, -1, height, width, channels))  # fmt: skip
            spread = ops.sqrt(ops.var(grouped, axis=1, keepdims=True) + EPSILON)
            mean = ops.mean(spread, axis=(2, 3, 4), keepdims=True)
            filled = ops.ones_like(grouped[..., :1]) * mean
            return ops.concatenate([x, ops.cast(ops.reshape(filled, (-1, height, width, 1)), x.dtype)], axis=-1)

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], shape[-1] + 1)

    return BatchContrast
