"""The faces of a run as data: vectors with whose they are, split by person into those who choose and those who score.

Nobody is on both sides, so that no choice has seen a person it is scored on. Photographs are measured when they are
loaded and their vectors are stored nowhere.

Left out: how photographs are fetched (``core.datasets.face_sets``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, RecipeError
from core.vision.face_recognition.recipe import N_ORL, N_ORL_EACH, Recipe
from core.vision.face_recognition.simulated import simulate_people

if TYPE_CHECKING:
    from core.datasets.table import Table
    from core.vision.face_recognition.gallery import Gallery

MOST_UPSAMPLE = 2
FEWEST_PEOPLE = 8
"""Four to choose and four to score; fewer say nothing."""
Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Some faces: vectors (n, 128), whose each is (n,), and grey levels (n, height, width) where there are pictures."""

    vectors: Vectors
    person: NDArray[np.int64]
    pictures: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.person)

    @property
    def n_people(self) -> int:
        """Count the people."""
        return len(np.unique(self.person))

    def take(self, people: NDArray[np.int64]) -> Faces:
        """Keep the pictures of some people."""
        rows = np.isin(self.person, people)
        return Faces(self.vectors[rows], self.person[rows], None if self.pictures is None else self.pictures[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a run chooses on and is scored on.

    Parameters
    ----------
    choosing, test : Faces
        Two halves of the people.
    n_missed : int
        Pictures of the test people in which no face was found.
    source : str
        Which faces these are, in words.
    sha256 : str
        Of all pictures, or vectors where there are none, and owners.
    """

    choosing: Faces
    test: Faces
    n_missed: int
    source: str
    sha256: str


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the faces of a recipe.

    Raises
    ------
    RecipeError
        If there are fewer photographs than asked for, or none is left to ask about.
    DataError
        If a table is given, or the photographs are not in the cache and not to be had.

    Examples
    --------
    >>> data = load(Recipe())
    >>> len(data.choosing), len(data.test), data.test.n_people
    (60, 60, 12)
    """
    if table is not None:
        message = f"{table.name} is a table; this project learns from faces, so leave it out"
        raise DataError(message)
    if recipe.enrolled >= recipe.pictures:
        message = f"enrolled is {recipe.enrolled} of {recipe.pictures} pictures; leave at least one to ask about"
        raise RecipeError(message)
    if recipe.faces == "simulated":
        vectors, person = simulate_people(recipe.people, recipe.pictures, recipe.seed)
        source = f"{recipe.people} simulated people, {recipe.pictures} vectors of each"
        return make_data(Faces(vectors, person), source, recipe.seed)
    if recipe.people > N_ORL or recipe.pictures > N_ORL_EACH:
        message = (
            f"people is {recipe.people} and pictures {recipe.pictures}; the photographs show {N_ORL} and {N_ORL_EACH}"
        )
        raise RecipeError(message)
    return _load_photographs(recipe)


def _load_photographs(recipe: Recipe) -> Data:
    """Take the first people and pictures of the ORL faces."""
    faces, missed = measure_orl()
    rows = (faces.person < recipe.people) & _count_up(faces.person, recipe.pictures)
    pictures = faces.pictures
    kept = Faces(faces.vectors[rows], faces.person[rows], None if pictures is None else pictures[rows])
    source = f"{recipe.pictures} photographs of each of {recipe.people} people (ORL)"
    return make_data(kept, source, recipe.seed, missed[missed < recipe.people])


def _count_up(person: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Mark the first pictures of each person."""
    starts = np.searchsorted(person, person)
    return np.asarray(np.arange(len(person)) - starts < most)


@lru_cache(maxsize=1)
def measure_orl() -> tuple[Faces, NDArray[np.int64]]:
    """Measure the ORL photographs, which takes about a minute; kept for the life of the process.

    Returns
    -------
    (faces, missed)
        The faces that were found, the clearest of each picture, and whose pictures showed none: int array (n_missed,).
    """
    from core.datasets.face_sets import load_orl
    from core.vision.face_recognition.engine import load_engine

    images, person = load_orl()
    engine, vectors, rows = load_engine(), [], []
    for place, image in enumerate(images):
        pixels = np.repeat(image[:, :, None], 3, axis=2)
        found = next((faces for n in range(MOST_UPSAMPLE + 1) if (faces := engine.detect(pixels, n))), ())
        if found:
            vectors.append(engine.embed(pixels, max(found, key=lambda face: face.score)))
            rows.append(place)
    owner = np.unique(person, return_inverse=True)[1].astype(np.int64)
    missed = np.delete(owner, rows)
    return Faces(np.stack(vectors), owner[rows], images[rows]), missed


def gallery_to_data(gallery: Gallery, seed: int = 0) -> Data:
    """Take a person's own gallery as data, without the names.

    Raises
    ------
    DataError
        If it holds fewer than 8 people.
    """
    vectors, owner, people = gallery.stack()
    return make_data(Faces(vectors, owner), f"a gallery of {len(people)} people", seed)


def make_data(faces: Faces, source: str, seed: int, missed: NDArray[np.int64] | None = None) -> Data:
    """Split faces by person into two halves.

    Parameters
    ----------
    missed : int array of shape (n_missed,), optional
        Whose pictures showed no face.

    Raises
    ------
    DataError
        If there are fewer than 8 people.
    """
    people = np.unique(faces.person)
    if len(people) < FEWEST_PEOPLE:
        message = (
            f"there are {len(people)} people; at least {FEWEST_PEOPLE} are needed, half to choose and half to score"
        )
        raise DataError(message)
    drawn = np.random.default_rng(seed).permutation(people)
    half = len(drawn) // 2
    # Another processor computes vectors that differ in the last digits, so pictures are what is hashed where there are.
    content = faces.vectors.round(6) if faces.pictures is None else faces.pictures
    digest = hashlib.sha256(content.tobytes() + faces.person.tobytes()).hexdigest()
    n_missed = 0 if missed is None else int(np.isin(missed, drawn[half:]).sum())
    return Data(faces.take(drawn[:half]), faces.take(drawn[half:]), n_missed, source, digest)
