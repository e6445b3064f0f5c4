"""The film of word vectors while they learn: some words as points in the plane, at moments of the training.

The plane is that of the last state, its mean and its two directions of largest spread, and the same for all frames: a
plane of its own for each frame would turn and hide the movement. Vectors are shown at length 1, since neighbours are
judged by direction.

Left out: drawing (``word_figures``); what a plane cannot show, of which ``kept_share`` says how much that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.errors import ArtifactError
from core.text.sentiment.word_vectors import Array, normalise

MAX_BYTES = 1_000_000
WORD_GROUPS: dict[str, tuple[str, ...]] = {
    "praise": ("great", "wonderful", "brilliant", "excellent", "beautiful", "perfect", "delightful", "superb"),
    "blame": ("bad", "terrible", "awful", "boring", "dull", "worst", "stupid", "lame"),
    "food": ("coffee", "tea", "chocolate", "sugar", "milk", "bread", "sauce", "rice"),
    "people of film": ("actor", "director", "actress", "writer", "star", "cast", "filmmaker", "performances"),
    "kinds of film": ("comedy", "thriller", "drama", "horror", "romance", "documentary", "western", "satire"),
    "politics": ("government", "president", "war", "political", "congress", "law", "military", "security"),
}
"""Words that the film shows, where the corpus has them."""


@dataclass(frozen=True, slots=True, eq=False)
class WordFilm:
    """The frames of a training.

    Parameters
    ----------
    words, groups : tuple of str
        The words shown and the group of each.
    steps : int64 array of shape (n_frames,)
        Pairs learnt from at each frame, rising.
    losses : float64 array of shape (n_frames,)
    places : float32 array of shape (n_frames, n_words, 2)
    kept_share : float
        Share 0–1 of the last state's spread that the plane shows.
    """

    words: tuple[str, ...]
    groups: tuple[str, ...]
    steps: NDArray[np.int64]
    losses: NDArray[np.float64]
    places: NDArray[np.float32]
    kept_share: float


@dataclass(slots=True)
class FilmCamera:
    """Keeps the shown words' vectors now and then while a training runs; give ``record`` as its ``on_vectors``.

    Parameters
    ----------
    words : tuple of str
        Of the vocabulary, in its order.
    """

    words: tuple[str, ...]
    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    _rows: NDArray[np.int64] = field(init=False)
    _shown: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        number = {word: row for row, word in enumerate(self.words)}
        self._shown = tuple((w, group) for group, words in WORD_GROUPS.items() for w in words if w in number)
        self._rows = np.array([number[word] for word, _ in self._shown], np.int64)

    def record(self, step: int, loss: float, vectors: Array) -> None:
        """Keep one state."""
        self.steps.append(step)
        self.losses.append(loss)
        self.states.append(normalise(vectors[self._rows]))

    def develop(self, n_frames: int = 24) -> WordFilm:
        """Make the film, with more frames from the beginning, where most moves."""
        wanted = self.steps[-1] * np.linspace(0.0, 1.0, n_frames) ** 2
        taken = np.unique(np.searchsorted(self.steps, wanted).clip(max=len(self.steps) - 1))
        last = self.states[-1]
        middle = last.mean(axis=0)
        # The right singular vectors of the centred state are its directions of spread, the largest first.
        _, spreads, directions = np.linalg.svd(last - middle, full_matrices=False)
        places = np.stack([(self.states[frame] - middle) @ directions[:2].T for frame in taken]).astype(np.float32)
        kept = float(np.sum(spreads[:2] ** 2) / max(float(np.sum(spreads**2)), 1e-12))
        words, groups = (tuple(item[side] for item in self._shown) for side in (0, 1))
        steps, losses = np.array(self.steps, np.int64)[taken], np.array(self.losses)[taken]
        return WordFilm(words, groups, steps, losses, places, kept)


def film_to_bytes(film: WordFilm) -> bytes:
    """Write a film as a compressed NumPy archive, places in half precision."""
    names = "\n".join(f"{word}\t{group}" for word, group in zip(film.words, film.groups, strict=True))
    arrays: dict[str, NDArray[Any]] = {
        "names": np.frombuffer(names.encode(), np.uint8), "steps": film.steps, "losses": film.losses,
        "places": film.places.astype(np.float16), "kept": np.array(film.kept_share),
    }  # fmt: skip
    return pack_arrays(arrays)


def film_from_bytes(content: bytes) -> WordFilm:
    """Read a film back.

    Raises
    ------
    ArtifactError
        If it is damaged or larger than 1 MB.
    """
    held = unpack_arrays(content) if len(content) <= MAX_BYTES else {}
    if set(held) != {"names", "steps", "losses", "places", "kept"}:
        message = f"the {len(content):,} bytes hold no film of word vectors; train them again"
        raise ArtifactError(message)
    names = [line.partition("\t")[::2] for line in held["names"].tobytes().decode(errors="replace").split("\n")]
    places, n_frames = held["places"].astype(np.float32), len(held["steps"])
    if (
        places.shape != (n_frames, len(names), 2)
        or held["losses"].shape != (n_frames,)
        or not np.isfinite(places).all()
    ):
        message = f"the film has places of shape {places.shape} for {len(names)} words; train the word vectors again"
        raise ArtifactError(message)
    words, groups = (tuple(name[side] for name in names) for side in (0, 1))
    return WordFilm(words, groups, held["steps"], held["losses"], places, float(held["kept"]))
