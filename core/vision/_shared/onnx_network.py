"""A network stored as ONNX, asked through ONNX Runtime: no training library is needed to answer.

One thread per question: a server answers several persons at once, and its cores are shared among them.

Left out: making the graph, which each project does when it has trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.onnx_door import OpenedOnce, open_session

BATCH = 64
ROW_DIMENSIONS = 2
"""Dimensions of an output that gives each picture one row of numbers."""


class OnnxNetwork:
    """A network ready to answer. Read-only, so threads may share it.

    Parameters
    ----------
    content : bytes
        An ONNX file whose first input is a batch.
    threads : int
        Threads of one question.

    Raises
    ------
    ArtifactError
        If the bytes are no network that ONNX Runtime can read.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self._session = open_session(content, threads)
        self.input, *_ = [each.name for each in self._session.get_inputs()]
        self.input_shape: tuple[Any, ...] = tuple(self._session.get_inputs()[0].shape[1:])
        self.outputs: dict[str, int] = {each.name: len(each.shape) for each in self._session.get_outputs()}

    def run(
        self, images: NDArray[np.floating[Any]], outputs: Sequence[str] = (), batch: int = BATCH
    ) -> dict[str, NDArray[np.float32]]:
        """Ask about every picture.

        Parameters
        ----------
        images : array of shape (n, height, width, n_channels)
            Values 0 to 1; n at least 1.
        outputs : sequence of str
            Names of outputs; by default those that give each picture one row of numbers.
        batch : int
            Pictures at a time; more takes more memory.

        Returns
        -------
        dict of name to array
            Of shape (n, …); (2 n, …) for an output that also holds the pictures' mirrors.

        Raises
        ------
        ValueError
            If the pictures have another shape than the network's, or there is none.
        """
        known = self.input_shape
        sound = images.ndim == len(known) + 1 and len(images) > 0
        if not sound or any(isinstance(a, int) and a != b for a, b in zip(known, images.shape[1:], strict=True)):
            message = f"the pictures have shape {images.shape}; it must be (n, {', '.join(map(str, known))})"
            raise ValueError(message)
        names = list(outputs) or [name for name, rank in self.outputs.items() if rank <= ROW_DIMENSIONS]
        parts: list[list[NDArray[np.float32]]] = []
        for start in range(0, len(images), batch):
            rows = np.ascontiguousarray(images[start : start + batch], dtype=np.float32)
            parts.append(self._session.run(names, {self.input: rows}))
        return {name: np.concatenate(found) for name, found in zip(names, zip(*parts, strict=True), strict=True)}


_OPENED: OpenedOnce[OnnxNetwork] = OpenedOnce(16)


def open_network(content: bytes) -> OnnxNetwork:
    """Open a network once, however often the same bytes are asked for."""
    return _OPENED.find((content,), lambda: OnnxNetwork(content))
