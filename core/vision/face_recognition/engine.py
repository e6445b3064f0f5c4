"""The engine: pixels in, faces, aligned faces and 128-number vectors out.

Detection is dlib's sliding window of gradient histograms (Dalal & Triggs 2005) in five views, which sees frontal and
half-turned faces from 80 pixels up. Five landmarks come from an ensemble of regression trees (Kazemi & Sullivan 2014).
The vector is that of dlib's ResNet with 29 layers, trained so that pictures of one person lie within 0.6 of each other.

Left out: whose face it is (``identification``, ``verification``); following faces through frames (``frames``).

References
----------
N. Dalal, B. Triggs (2005), https://doi.org/10.1109/CVPR.2005.177; V. Kazemi, J. Sullivan (2014),
https://doi.org/10.1109/CVPR.2014.241; D. King (2017), http://dlib.net/face_recognition.py.html
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.hub.kept import keep
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.face_recognition.alignment import CHIP_SIZE, PADDING, jitter_chip
from core.vision.face_recognition.network import make_onnx
from core.vision.face_recognition.types import N_LANDMARKS, VECTOR_SIZE, Box, Face, Pixels, Vector
from core.vision.face_recognition.weights import Weights, load_weights

LEAST_FACE = 80
"""Pixels of the smallest face that the detector sees without enlarging the picture."""
MOST_UPSAMPLE = 2
N_AXES, N_CHANNELS = 3, 3

PartT = TypeVar("PartT")


class FaceEngine:
    """Detector, landmarks and network, loaded once; threads may share it, as one detects at a time.

    Parameters
    ----------
    weights : Weights
        dlib's two files.
    """

    def __init__(self, weights: Weights) -> None:
        import dlib

        self._dlib: Any = dlib
        self._lock = threading.RLock()  # dlib's detector keeps what it works on inside itself
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = _open(weights.landmarks, dlib.shape_predictor)
        self._network = OnnxNetwork(make_onnx(weights.embedding))

    def detect(self, pixels: Pixels, upsample: int = 0, threshold: float = 0.0) -> tuple[Face, ...]:
        """Find faces and their landmarks.

        Parameters
        ----------
        pixels : array of uint8, shape (height, width, 3)
            RGB.
        upsample : int
            How often the picture is doubled first, 0 to 2: it then sees faces of 40 or 20 pixels, at 4 or 16 times the
            cost.
        threshold : float
            Least score. Lowering it finds more faces, and more that are none.

        Returns
        -------
        tuple of Face
            The largest first.

        Raises
        ------
        ValueError
            If the pixels have another shape or type, or ``upsample`` is out of range.
        """
        check_pixels(pixels)
        if not 0 <= upsample <= MOST_UPSAMPLE:
            message = f"upsample is {upsample}; it must be 0 to {MOST_UPSAMPLE}"
            raise ValueError(message)
        image = np.ascontiguousarray(pixels)
        with self._lock:
            rectangles, scores, _ = self._detector.run(image, upsample, threshold)
            faces = [self._make_face(image, *found) for found in zip(rectangles, scores, strict=True)]
        return tuple(sorted(faces, key=lambda face: (-face.box.size, face.box.left, face.box.top)))

    def _make_face(self, image: Pixels, rectangle: Any, score: float) -> Face:
        """Find the landmarks in one detected box."""
        shape = self._landmarks(image, rectangle)
        points = np.array([(shape.part(i).x, shape.part(i).y) for i in range(N_LANDMARKS)], dtype=np.float64)
        # dlib's right and bottom are the last pixels inside.
        box = Box(rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1)
        return Face(box, points, float(score))

    def place_landmarks(self, pixels: Pixels, box: Box) -> NDArray[np.float64]:
        """Find the five landmarks in a box that did not come from the detector, such as a tracker's; shape (5, 2)."""
        check_pixels(pixels)
        rectangle = self._dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)
        with self._lock:
            face: Face = self._make_face(np.ascontiguousarray(pixels), rectangle, 0.0)
        return face.landmarks

    def align(self, pixels: Pixels, face: Face, size: int = CHIP_SIZE) -> Pixels:
        """Cut out the face, upright and of one size.

        Returns
        -------
        array of uint8, shape (size, size, 3)
            Black where the face reaches out of the picture.
        """
        check_pixels(pixels)
        dlib, box = self._dlib, face.box
        points = [dlib.point(int(x), int(y)) for x, y in np.rint(face.landmarks)]
        rectangle = dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)
        shape = dlib.full_object_detection(rectangle, points)
        return np.asarray(dlib.get_face_chip(np.ascontiguousarray(pixels), shape, size, PADDING), dtype=np.uint8)

    def embed(self, pixels: Pixels, face: Face, jitters: int = 0) -> Vector:
        """Turn a face into its vector.

        Parameters
        ----------
        jitters : int
            How many slightly changed copies are averaged; 0 is the face alone. Each costs as much as the face.

        Returns
        -------
        array of float64, shape (128,)
        """
        chip = self.align(pixels, face)
        chips = jitter_chip(chip, max(jitters, 1))
        return np.asarray(self.embed_chips(chips).mean(axis=0))

    def embed_chip(self, chip: Pixels) -> Vector:
        """Turn an aligned face of 150 × 150 pixels into its vector, shape (128,)."""
        return np.asarray(self.embed_chips(chip[np.newaxis])[0])

    def embed_chips(self, chips: Sequence[Pixels] | NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn aligned faces of 150 × 150 pixels into vectors, shape (n, 128).

        Raises
        ------
        ValueError
            If one has another shape or type.
        """
        for chip in chips:
            check_pixels(chip)
            if chip.shape[:2] != (CHIP_SIZE, CHIP_SIZE):
                message = f"the aligned face is {chip.shape[1]} × {chip.shape[0]}; it must be {CHIP_SIZE} × {CHIP_SIZE}"
                raise ValueError(message)
        if not len(chips):
            return np.empty((0, VECTOR_SIZE))
        # One at a time, so that a face has the same vector whoever stands beside it; a batch is no faster here.
        faces = np.stack(list(chips)).astype(np.float32)
        return self._network.run(faces, ("vectors",), batch=1)["vectors"].astype(np.float64)


def check_pixels(pixels: Pixels) -> None:
    """Refuse what is no RGB picture of 8 bits.

    Raises
    ------
    ValueError
        If the shape is not (height, width, 3), a side is 0, or the type is not uint8.
    """
    if pixels.ndim != N_AXES or pixels.shape[2] != N_CHANNELS or pixels.dtype != np.uint8 or 0 in pixels.shape:
        message = f"pixels are {pixels.dtype} of shape {pixels.shape}; they must be uint8 of shape (height, width, 3)"
        raise ValueError(message)


def _open(content: bytes, read: Callable[[str], PartT]) -> PartT:
    """Let dlib read bytes, which it only can from a path."""
    with tempfile.TemporaryDirectory(prefix="faces-") as folder:
        path = Path(folder) / "part.dat"
        path.write_bytes(content)
        return read(str(path))


@keep()
def load_engine() -> FaceEngine:
    """Load the engine once in a process (0.5 s); every caller gets the same one.

    Raises
    ------
    ArtifactError
        If the stored model is damaged.
    DataError
        If there is none and dlib's files cannot be had.
    """
    return FaceEngine(load_weights())
