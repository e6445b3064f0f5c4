"""ResNet50 and VGG16 with their ImageNet weights, from ``keras.applications``, where those can be fetched.

The weight file is fetched here, with a limit in seconds and its published hash checked, and not by Keras, which would
wait without end. Where it cannot be had, one sentence says so.

Methods: He et al. 2016, https://arxiv.org/abs/1512.03385; Simonyan & Zisserman 2015, https://arxiv.org/abs/1409.1556.

Left out: the other networks of ``keras.applications``.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.hub.errors import UnavailableError
from core.hub.settings import load_settings

TIMEOUT_S = 60.0
STALLED_S = 10.0
CHUNK = 2**20
_ROOT = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True, slots=True)
class Application:
    """A network of ``keras.applications``.

    Parameters
    ----------
    address, md5 : str
        Of its weights without the classes, as Keras states them.
    cut : str
        The last layer that stays frozen.
    """

    address: str
    md5: str
    cut: str


APPLICATIONS: Mapping[str, Application] = {
    "ResNet50": Application(
        f"{_ROOT}/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
        "conv4_block6_out",
    ),
    "VGG16": Application(
        f"{_ROOT}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "6d6bbae143d832006294945121d1f1fc",
        "block4_pool",
    ),
}
MEANS = (103.939, 116.779, 123.68)
"""Blue, green and red of ImageNet's mean picture, which both networks take off (``imagenet_utils``, mode caffe)."""


def fetch_weight_file(name: str, timeout_s: float = TIMEOUT_S, cache: Path | None = None) -> Path:
    """Return the weight file of a network, fetched once and kept in the cache.

    Parameters
    ----------
    timeout_s : float
        For the whole file.

    Raises
    ------
    UnavailableError
        If it cannot be fetched in time, or is not the file that Keras names.
    """
    application = APPLICATIONS[name]
    folder = cache or load_settings().hub_home / "packages"
    path = folder / application.address.rpartition("/")[2]
    if not path.is_file() or _hash(path) != application.md5:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _download(application.address, path, timeout_s)
        except (OSError, ValueError) as error:
            message = f"the ImageNet weights of {name} could not be fetched ({_describe(error)}); check the network"
            raise UnavailableError(message) from error
    if _hash(path) != application.md5:
        path.unlink()
        message = f"the ImageNet weights of {name} are not the published file; try again"
        raise UnavailableError(message)
    return path


def _describe(error: Exception) -> str:
    """Say in a few words why an address was not reached."""
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason)[:80]


def _download(address: str, path: Path, timeout_s: float) -> None:
    """Fetch a file under another name and move it into place; stop when it stalls or takes too long."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-") as folder:
        part = Path(folder) / path.name
        # The address is one of our own two, never a person's text.
        with urllib.request.urlopen(address, timeout=min(STALLED_S, timeout_s)) as answer, part.open("wb") as handle:  # noqa: S310
            while chunk := answer.read(CHUNK):
                handle.write(chunk)
                if time.monotonic() - start > timeout_s:
                    message = f"it took more than {timeout_s:g} seconds"
                    raise TimeoutError(message)
        part.replace(path)


def _hash(path: Path) -> str:
    """Return a file's MD5."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def build_application(keras: Any, name: str, size: int, weights: Path | None) -> Any:
    """Build ResNet50 or VGG16 without its classes, for pictures of 0 to 1.

    Parameters
    ----------
    size : int
        Side of the square picture in pixels, at least 32.
    weights : Path, optional
        From ``fetch_weight_file``; fresh ones without.

    Returns
    -------
    keras.Model
        From RGB pictures of 0 to 1 to the average of the last maps; its first layer scales the pictures.
    """
    picture = keras.Input((size, size, 3), name="picture")
    # A convolution of side 1 turns RGB of 0 to 1 into what Keras asks for: BGR of 0 to 255 less the mean picture's.
    scaled = keras.layers.Conv2D(3, 1, name="scaled", trainable=False)
    make = getattr(keras.applications, name)
    options = {"weights": None if weights is None else str(weights), "include_top": False, "pooling": "avg"}
    inner = make(input_tensor=scaled(picture), **options)
    scaled.set_weights([255 * np.eye(3)[::-1].reshape(1, 1, 3, 3), -np.array(MEANS)])
    return keras.Model(picture, inner.outputs[0], name=name.lower())
