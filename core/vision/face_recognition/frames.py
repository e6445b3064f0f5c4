"""Faces in a live stream: found in every k-th frame, followed in between, and turned into vectors one a frame.

Finding costs most and a vector comes next, so neither is done for all faces in all frames: of the faces that need a
vector, the one that has waited longest gets it. Vectors of one track are averaged, and the average is what is named. If
a fresh vector is further than the gate from the average, or alone would not get the same name, the face under the box
has changed: it gets a new number and is named anew, so that nobody inherits a name. Frames are not kept, but for the
grey one that the next is compared with.

Left out: who somebody is, which the caller's ``name`` says; receiving and drawing frames
(``core.vision._shared.frames``).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from core.vision._shared.frames import Analyse, Analysis, Mark
from core.vision.face_recognition.detection import drop_doubtful
from core.vision.face_recognition.engine import FaceEngine
from core.vision.face_recognition.tracking import follow_face, make_grey, match_boxes
from core.vision.face_recognition.types import DEFAULT_GATE, Face, Pixels, Vector, measure_distance

Name = Callable[[Vector], object]
Clock = Callable[[], float]
N_TONES = 7


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done in a frame.

    Parameters
    ----------
    every : int
        A frame in so many is searched for faces. Raising it is faster, and a new face is seen later.
    upsample : int
        How often a frame is doubled for the search: 1 sees faces of 40 pixels instead of 80, at four times the cost.
    refresh : int
        Frames after which a face gets a fresh vector; a new face gets one at once.
    most_vectors : int
        How many vectors of a track are averaged.
    patience : int
        Searches in a row that may miss a face before it is forgotten.
    gate : float
        Distance from the average beyond which the face has changed.
    """

    every: int = 5
    upsample: int = 0
    refresh: int = 10
    most_vectors: int = 5
    patience: int = 2
    gate: float = DEFAULT_GATE


@dataclass(slots=True, eq=False)
class Track:
    """A face that is followed through a stream.

    Parameters
    ----------
    number : int
        The same for as long as it is followed.
    face : Face
        Where it is in the latest frame.
    vectors : list of array
        The latest of its vectors, at most ``most_vectors``.
    name : object
        What the caller's ``name`` said of their average; None before the first.
    waited : int
        Frames since its last vector.
    missed : int
        Searches in a row that did not find it.
    """

    number: int
    face: Face
    vectors: list[Vector] = field(default_factory=list)
    name: object = None
    waited: int = 0
    missed: int = 0


class FaceStream:
    """One camera's faces. One thread at a time hands in frames, as :class:`core.vision._shared.frames.Feed` does.

    Parameters
    ----------
    engine : FaceEngine
    name : callable
        Gets the average vector of a face, shape (128,), and says who it is; whatever it returns stands in the track. A
        ``Match`` with a name must also be the answer to the fresh vector alone.
    pace : Pace
    clock : callable
        Seconds; what it measures stands in :attr:`stage_s`.
    """

    def __init__(self, engine: FaceEngine, name: Name, pace: Pace = Pace(), clock: Clock = time.perf_counter) -> None:
        self._engine, self._name, self._pace, self._clock = engine, name, pace, clock
        self._tracks: list[Track] = []
        self._grey: Pixels | None = None
        self._numbers = itertools.count(1)
        self._n_frames = 0
        self._lock = threading.Lock()  # a page renames while the video's thread sees
        self.stage_s: dict[str, list[float]] = {"search": [], "follow": [], "vector": []}
        """Seconds that each stage took whenever it ran."""

    def see(self, pixels: Pixels) -> tuple[Track, ...]:
        """Take the next frame and return the faces in it.

        Parameters
        ----------
        pixels : array of uint8, shape (height, width, 3)
            RGB; a stream may change its size.
        """
        with self._lock:
            return self._see(pixels)

    def _see(self, pixels: Pixels) -> tuple[Track, ...]:
        """Follow, search where it is time, and give one face a fresh vector."""
        grey = make_grey(pixels)
        if self._grey is not None and self._grey.shape != grey.shape:
            self._tracks, self._grey, self._n_frames = [], None, 0
        with self._timed("follow"):
            self._follow(grey)
        if self._n_frames % self._pace.every == 0:
            with self._timed("search"):
                self._search(pixels)
        self._embed_one(pixels)
        self._grey = grey
        self._n_frames += 1
        return tuple(replace(track) for track in self._tracks)  # another thread may read them later

    def rename(self, name: Name) -> None:
        """Name all faces by another function, for instance after a person was added or removed."""
        with self._lock:
            self._name = name
            for track in self._tracks:
                track.name = name(np.mean(track.vectors, axis=0)) if track.vectors else None

    def _follow(self, grey: Pixels) -> None:
        """Move every face from the last frame to this one; forget those that were lost."""
        if self._grey is None:
            return
        followed = []
        for track in self._tracks:
            face = follow_face(self._grey, grey, track.face)
            if face is not None:
                track.face = face
                followed.append(track)
        self._tracks = followed

    def _search(self, pixels: Pixels) -> None:
        """Find faces, and tell which of them are followed already."""
        found = drop_doubtful(self._engine.detect(pixels, self._pace.upsample))
        pairs = match_boxes([track.face.box for track in self._tracks], [face.box for face in found])
        for place, track in enumerate(self._tracks):
            track.missed = 0 if place in pairs.values() else track.missed + 1
        new = []
        for place, face in enumerate(found):
            if place in pairs:
                self._tracks[pairs[place]].face = face
            else:
                new.append(Track(next(self._numbers), face))
        self._tracks = [track for track in self._tracks if track.missed < self._pace.patience] + new

    def _embed_one(self, pixels: Pixels) -> None:
        """Give a fresh vector to the face that needs it most: a new one, then the one that has waited longest."""
        for track in self._tracks:
            track.waited += 1
        due = [track for track in self._tracks if not track.vectors or track.waited >= self._pace.refresh]
        if not due:
            return
        track = max(due, key=lambda each: (not each.vectors, each.waited))
        with self._timed("vector"):
            vector = self._engine.embed(pixels, track.face)
        if track.vectors and measure_distance(np.mean(track.vectors, axis=0), vector) > self._pace.gate:
            track.number, track.vectors = next(self._numbers), []
        track.vectors = [*track.vectors, vector][-self._pace.most_vectors :]
        track.waited = 0
        track.name = self._name(np.mean(track.vectors, axis=0))
        self._doubt(track, vector)

    def _doubt(self, track: Track, vector: Vector) -> None:
        """Begin anew where the average has a name that the fresh vector alone has not: somebody else may stand there.

        Of 3,600 strangers' vectors (ORL) that came after five of somebody enrolled, 116 got that one's name by the
        average alone and none so; no picture of the enrolled lost its name.
        """
        person = getattr(track.name, "person", None)
        if person is None or len(track.vectors) == 1:
            return
        alone = self._name(vector)
        if getattr(alone, "person", None) != person:
            track.number, track.vectors, track.name = next(self._numbers), [vector], alone
            track.waited = self._pace.refresh  # asked again at once, lest one bad frame hides somebody known

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        """Note how long a stage took."""
        started = self._clock()
        yield
        times = self.stage_s[stage]
        times.append(self._clock() - started)
        del times[:-300]  # a stream may run for hours


def make_analyse(stream: FaceStream, label: Callable[[Track], str]) -> Analyse:
    """Make the function that a :class:`core.vision._shared.frames.Feed` calls with each frame (``every=1``).

    Parameters
    ----------
    stream : FaceStream
    label : callable
        The words above a face's box.

    Returns
    -------
    callable
        From a frame to an ``Analysis`` with a mark for each face; its ``value`` is the tuple of tracks.
    """

    def analyse(frame: Pixels) -> Analysis:
        tracks = stream.see(frame)
        height, width = frame.shape[:2]
        marks = tuple(_mark(track, label(track), width, height) for track in tracks)
        return Analysis(marks, f"{len(tracks)} face{'' if len(tracks) == 1 else 's'}", tracks)

    return analyse


def _mark(track: Track, text: str, width: int, height: int) -> Mark:
    """Write a face's box as shares of the frame."""
    box = track.face.box
    left, right = (min(max(edge / width, 0.0), 1.0) for edge in (box.left, box.right))
    top, bottom = (min(max(edge / height, 0.0), 1.0) for edge in (box.top, box.bottom))
    return Mark(text, left, top, right, bottom, tone=track.number % N_TONES)
