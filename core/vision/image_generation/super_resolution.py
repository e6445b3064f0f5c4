"""A network that adds detail to an enlarged picture: sub-pixel convolution after ESPCN, on top of bicubic.

All convolutions run on the small picture; the last one gives ``factor²`` values for each of its pixels, which are then
laid out as the pixels of the large one (W. Shi et al. 2016, arXiv:1609.05158). Departures from the paper: the network
learns what bicubic leaves out and starts at nothing (J. Kim et al. 2016, arXiv:1511.04587); ReLU in place of tanh;
more layers, in pairs with a short cut (B. Lim et al. 2017, arXiv:1707.02921); and the loss is the logarithm of each
picture's squared error, which is its PSNR, the figure that is reported.

It looks at all three channels and changes brightness only, as the paper does: the same detail is added to red, green
and blue, which leaves colour differences as bicubic makes them. So one network serves grey and coloured pictures.

Left out: losses that invent texture (adversarial, perceptual); other degradations than bicubic with antialiasing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_generation.quality import to_luminance
from core.vision.image_generation.resampling import enlarge, shrink

N_CHANNELS = 3
FIRST_KERNEL, KERNEL = 5, 3
SMALLEST_ERROR = 1e-5
WARM_UP = 0.05
OPSET = 17
Patches = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Fit:
    """What decides the fit of one network.

    Parameters
    ----------
    factor : int
        2 or 4.
    width, blocks : int
        Channels, and pairs of convolutions with a short cut between the first and the last.
    steps, batch : int
        Updates, and patches of each.
    rate : float
        Adam's highest learning rate; it climbs for a twentieth of the steps and falls to zero in a straight line.
    seed : int
        Of weights and batches.
    """

    factor: int
    width: int
    blocks: int
    steps: int
    batch: int
    rate: float
    seed: int

    @property
    def reach(self) -> int:
        """Pixels of the small picture, to each side, that one of its pixels depends on."""
        return FIRST_KERNEL // 2 + (2 * self.blocks + 1) * (KERNEL // 2)


def make_patches(originals: NDArray[np.uint8], factor: int) -> Patches:
    """Make what the network sees and what it should add.

    Parameters
    ----------
    originals : array of shape (n, height, width, n_channels), 0 to 255
        Sides are multiples of the factor.

    Returns
    -------
    small : array of shape (n, height / factor, width / factor, 3)
        The small pictures as the network sees them, −0.5 to 0.5.
    detail : array of shape (n, height / factor, width / factor, factor²)
        What bicubic leaves out, in units of the full range, each small pixel's block in its channels.
    """
    small = shrink(originals, factor)
    missing = (to_luminance(originals) - to_luminance(enlarge(small, factor))) / 255
    n, height, width, _ = small.shape
    blocks = missing.reshape(n, height, factor, width, factor).transpose(0, 1, 3, 2, 4)
    return prepare(small), np.asarray(blocks.reshape(n, height, width, factor * factor), np.float32)


def prepare(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return pictures as the network sees them: three channels (a grey one three times), −0.5 to 0.5.

    Examples
    --------
    >>> prepare(np.array([255], np.uint8).reshape(1, 1, 1, 1)).ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    coloured = np.broadcast_to(pictures, (*pictures.shape[:3], N_CHANNELS))
    return np.asarray(coloured / np.float32(255) - np.float32(0.5), np.float32)


def build_detail(keras: Any, fit: Fit) -> Any:
    """Build the network from pictures (n, height, width, 3) to detail (n, height, width, factor²)."""
    layers = keras.layers
    picture = keras.Input((None, None, N_CHANNELS), name="picture")
    x = layers.Conv2D(fit.width, FIRST_KERNEL, padding="same", activation="relu", name="first")(picture)
    for block in range(1, fit.blocks + 1):
        change = layers.Conv2D(fit.width, KERNEL, padding="same", activation="relu", name=f"block_{block}a")(x)
        change = layers.Conv2D(fit.width, KERNEL, padding="same", name=f"block_{block}b")(change)
        x = layers.Add(name=f"block_{block}")([x, change])
    detail = layers.Conv2D(
        fit.factor**2, KERNEL, padding="same", kernel_initializer="zeros", dtype="float32", name="last"
    )(x)
    return keras.Model(picture, detail, name=f"detail_{fit.factor}")


def fit_detail(
    keras: Any,
    network: Any,
    sets: Sequence[Patches],
    fit: Fit,
    on_step: Callable[[int, float, Mapping[str, NDArray[Any]]], None],
    kept: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Fit the network in place.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    sets : sequence of (small, detail)
        Patches; each step takes a batch of one set, in turn.
    fit : Fit
        How.
    on_step : callable
        Called every 100 steps and after the last with the number of steps done, the mean PSNR of the last hundred in
        decibels, and the state from which the fit may go on.
    kept : mapping of name to array, optional
        Such a state; the same batches follow as if there had been no break.
    """
    optimizer = keras.optimizers.Adam(fit.rate)
    optimizer.build(network.trainable_variables)

    def log_error(truth: Any, answer: Any) -> Any:
        """Return the mean logarithm of each picture's squared error."""
        ops = keras.ops
        return ops.mean(ops.log(ops.mean(ops.square(truth - answer), axis=(1, 2, 3)) + SMALLEST_ERROR))

    network.compile(optimizer=optimizer, loss=log_error)
    start = _restore(network, optimizer, kept or {})
    losses: list[float] = []
    for step in range(start, fit.steps):
        rng = np.random.default_rng((fit.seed, fit.factor, step))
        small, detail = sets[step % len(sets)]
        rows = rng.integers(0, len(small), min(fit.batch, len(small)))
        optimizer.learning_rate = _rate(step, fit)
        seen = turn(small[rows], detail[rows], fit.factor, mirrored=bool(rng.integers(2)))
        network.reset_metrics()
        losses.append(float(network.train_on_batch(*seen)))
        if (step + 1) % 100 == 0 or step + 1 == fit.steps:
            on_step(step + 1, -10 * float(np.mean(losses)) / np.log(10), _keep(network, optimizer, step + 1))
            losses = []


def _rate(step: int, fit: Fit) -> float:
    """Return the learning rate of a step."""
    done = step / fit.steps
    return float(fit.rate * min(1.0, 0.05 + done / WARM_UP) * (1 - done) + 1e-6)


def turn(small: NDArray[np.float32], detail: NDArray[np.float32], factor: int, *, mirrored: bool) -> Patches:
    """Mirror a batch left to right; inside a block the columns change places too."""
    if not mirrored:
        return small, detail
    blocks = detail.reshape(*detail.shape[:3], factor, factor)[:, :, ::-1, :, ::-1]
    return np.ascontiguousarray(small[:, :, ::-1]), np.ascontiguousarray(blocks).reshape(detail.shape)


def _keep(network: Any, optimizer: Any, step: int) -> dict[str, NDArray[Any]]:
    """Copy all that a fit needs to go on."""
    weights = {f"weight_{place:03d}": np.array(each) for place, each in enumerate(network.get_weights())}
    moments = {f"moment_{place:03d}": np.array(each.numpy()) for place, each in enumerate(optimizer.variables)}
    return {"step": np.array(step), **weights, **moments}


def _restore(network: Any, optimizer: Any, kept: Mapping[str, NDArray[Any]]) -> int:
    """Put a kept state back; return how many steps it has done."""
    if not kept:
        return 0
    network.set_weights([kept[name] for name in sorted(kept) if name.startswith("weight_")])
    moments = [kept[name] for name in sorted(kept) if name.startswith("moment_")]
    for variable, value in zip(optimizer.variables, moments, strict=True):
        variable.assign(value)
    return int(kept["step"])


def export_detail(weights: Sequence[NDArray[np.float32]], factor: int) -> bytes:
    """Write the network as ONNX with 16-bit weights, for pictures of any size.

    Parameters
    ----------
    weights : sequence of arrays
        Kernel (height, width, n_in, n_out) and bias (n_out,) of each convolution, as ``network.get_weights()`` lists.
    factor : int
        Of the enlargement.

    Returns
    -------
    bytes
        Input ``picture`` (n, height, width, 3), output ``detail`` (n, factor·height, factor·width, 1), both float.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    constants = [
        numpy_helper.from_array(
            np.asarray(each if each.ndim == 1 else each.transpose(3, 2, 0, 1), np.float16), f"half{i}"
        )
        for i, each in enumerate(weights)
    ]
    # Stored in 16 bits, computed in 32: ONNX Runtime widens a constant once, when the file is opened.
    nodes = [helper.make_node("Cast", [f"half{i}"], [f"weight{i}"], to=TensorProto.FLOAT) for i in range(len(weights))]
    nodes.append(helper.make_node("Transpose", ["picture"], ["channels_first"], perm=[0, 3, 1, 2]))
    nodes += [helper.make_node(kind, inputs, [output], **options)
              for kind, inputs, output, options in _list_steps(len(weights) // 2, weights[0].shape[0])]  # fmt: skip
    nodes.append(helper.make_node("DepthToSpace", ["blocks"], ["large"], blocksize=factor))
    nodes.append(helper.make_node("Transpose", ["large"], ["detail"], perm=[0, 2, 3, 1]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", f"{name}_height", f"{name}_width", n])
            for name, n in (("picture", N_CHANNELS), ("detail", 1))]  # fmt: skip
    graph = helper.make_graph(nodes, f"detail_{factor}", [ends[0]], [ends[1]], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def _list_steps(n_convolutions: int, first_kernel: int) -> list[tuple[str, list[str], str, dict[str, Any]]]:
    """List the operations from ``channels_first`` to ``blocks``: each one's kind, inputs, output and options."""
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = []

    def convolve(source: str, place: int, output: str) -> None:
        margin = (first_kernel if place == 0 else KERNEL) // 2
        inputs = [source, f"weight{2 * place}", f"weight{2 * place + 1}"]
        steps.append(("Conv", inputs, output, {"pads": [margin] * 4}))

    convolve("channels_first", 0, "first")
    steps.append(("Relu", ["first"], "x0", {}))
    n_blocks = (n_convolutions - 2) // 2
    for block in range(n_blocks):
        convolve(f"x{block}", 2 * block + 1, f"a{block}")
        steps.append(("Relu", [f"a{block}"], f"b{block}", {}))
        convolve(f"b{block}", 2 * block + 2, f"change{block}")
        steps.append(("Add", [f"x{block}", f"change{block}"], f"x{block + 1}", {}))
    convolve(f"x{n_blocks}", n_convolutions - 1, "blocks")
    return steps
