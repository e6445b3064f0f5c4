"""The people a person has enrolled: add, rename, merge, remove, export, each under a consent that expires.

A gallery belongs to one session or one signed-in user and is handed from nobody to nobody; it holds vectors, never
pictures. Every change makes the classifiers again at once, so that nothing of an erased person answers any more. Two
people under one name and one person under two are refused with the remedy. Nothing here writes to a log.

Left out: keeping it after the session (``store_people``); wiping the memory that the interpreter has given back.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.consent import Consent, check_consent, choose_stricter, clean_text
from core.vision.face_recognition.expiry import watch
from core.vision.face_recognition.identification import NEAREST, Match, Method, Recogniser, make_recogniser
from core.vision.face_recognition.people import (
    Person,
    Vectors,
    check_faces,
    check_new,
    check_room,
    check_same,
    fold_name,
    freeze_vectors,
    stack_people,
)
from core.vision.face_recognition.types import DEFAULT_GATE, NAMING_GATE


class Gallery:
    """People, and the classifier that is made of them; safe to use from several threads.

    Parameters
    ----------
    people : tuple of Person
        Those enrolled before, in their order.
    gate : float
        Distance up to which a face gets somebody's name; ``Model.naming_gates`` has the one that was scored.
    method : str
        ``nearest faces`` or ``support vectors``.
    clock : callable
        Seconds since 1970; what decides whether a consent still holds.

    Examples
    --------
    >>> from core.vision.face_recognition.consent import make_consent
    >>> gallery = Gallery(clock=lambda: 10.0)
    >>> ann = gallery.add("Ann", np.zeros((1, 128)), make_consent("Ann", 10.0, agreed=True))
    >>> gallery.identify(np.full(128, 0.01)).name, gallery.identify(np.full(128, 0.1)).name
    ('Ann', None)
    >>> gallery.remove(ann.key)
    >>> gallery.identify(np.zeros(128)).reason
    'Nobody is enrolled, so nobody can be recognised.'
    """

    def __init__(
        self,
        people: tuple[Person, ...] = (),
        *,
        gate: float = NAMING_GATE,
        method: Method = NEAREST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._gate, self._method = gate, method
        self._people: tuple[Person, ...] = ()
        self._recogniser = self._make(people)
        self._people = people
        watch(self, Gallery.drop_expired)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody whose consent holds, in the order of enrolment."""
        with self._lock:
            self.drop_expired()
            return self._people

    @property
    def recogniser(self) -> Recogniser:
        """The classifier of everybody whose consent holds."""
        with self._lock:
            self.drop_expired()
            return self._recogniser

    @property
    def gate(self) -> float:
        """Distance up to which a face counts as somebody's."""
        return self._gate

    @property
    def same_gate(self) -> float:
        """Distance up to which two pictures are one person when enrolling: 0.6, or the gate where that is looser.

        Naming among many people takes a stricter gate than comparing two pictures.
        """
        return max(self._gate, DEFAULT_GATE)

    def identify(self, vector: ArrayLike) -> Match:
        """Say who a face is, or that it is unknown and why."""
        return self.recogniser.identify(vector)

    def find(self, key: str) -> Person:
        """Return the person of that key.

        Raises
        ------
        DataError
            If nobody has it, or their consent has expired.
        """
        for person in self.people:
            if person.key == key:
                return person
        message = f"nobody in this gallery has the key {key[:20]!r}; the person was removed or the consent expired"
        raise DataError(message)

    def add(
        self, name: str, vectors: ArrayLike, consent: Consent, *, allow_alike: bool = False, renew: bool = False
    ) -> Person:
        """Enrol somebody, or give somebody who is enrolled more pictures.

        Parameters
        ----------
        name : str
            1 to 80 characters; capitals make no difference.
        vectors : array of shape (n, 128)
            One row a picture, at most 20 a person.
        allow_alike : bool
            Enrol although somebody enrolled looks the same, as twins do.
        renew : bool
            Let this consent replace an earlier one; without it, of the two the one that expires first holds.

        Returns
        -------
        Person
            As it is in the gallery now.

        Raises
        ------
        DataError
            If the consent does not hold, the pictures show different people, the name is another face's, or the face
            is enrolled under another name.
        LimitError
            If there are too many people or pictures.
        """
        shown, faces = clean_text(name, "the name"), check_faces(vectors, self.same_gate)
        with self._lock:
            check_consent(consent, self._clock())
            known = next((each for each in self.people if fold_name(each.name) == fold_name(shown)), None)
            if known is not None:
                check_same(known, faces, self.same_gate)
            if not allow_alike:
                check_new(shown, faces, tuple(each for each in self._people if each is not known), self.same_gate)
            check_room(len(self._people), known, len(faces))
            kept = faces if known is None else np.concatenate([known.vectors, faces])
            key = secrets.token_hex(8) if known is None else known.key
            holds = consent if known is None or renew else choose_stricter(known.consent, consent)
            person = Person(key, shown if known is None else known.name, freeze_vectors(kept), holds)
            self._keep((*(each for each in self._people if each.key != key), person))
            return person

    def rename(self, key: str, name: str) -> Person:
        """Call somebody by another name.

        Raises
        ------
        DataError
            If the name is somebody else's, or nobody has the key.
        """
        shown = clean_text(name, "the name")
        with self._lock:
            person = self.find(key)
            if any(fold_name(each.name) == fold_name(shown) for each in self._people if each.key != key):
                message = f"{shown!r} is another person here; choose another name, or merge the two"
                raise DataError(message)
            renamed = replace(person, name=shown)
            self._keep(tuple(renamed if each.key == key else each for each in self._people))
            return renamed

    def merge(self, key: str, other: str) -> Person:
        """Make one person of two entries; the first's name stays, and the consent that expires first.

        Raises
        ------
        DataError
            If the two faces are farther apart than the gate, or a key is nobody's.
        LimitError
            If together they have more than 20 pictures.
        """
        with self._lock:
            first, second = self.find(key), self.find(other)
            if key == other:
                message = f"{first.name!r} cannot be merged with itself; choose another person"
                raise DataError(message)
            check_same(first, second.vectors, self.same_gate)
            check_room(len(self._people), first, len(second.vectors))
            consent = choose_stricter(first.consent, second.consent)
            both = replace(
                first, vectors=freeze_vectors(np.concatenate([first.vectors, second.vectors])), consent=consent
            )
            self._keep(tuple(both if each.key == key else each for each in self._people if each.key != other))
            return both

    def remove(self, key: str) -> None:
        """Erase somebody: vectors, name and consent; the classifier is made again without them before this returns.

        Raises
        ------
        DataError
            If nobody has the key.
        """
        with self._lock:
            self.find(key)
            self._keep(tuple(each for each in self._people if each.key != key))

    def clear(self) -> None:
        """Erase everybody."""
        with self._lock:
            self._keep(())

    def set_rule(self, gate: float, method: Method | None = None) -> None:
        """Change the gate, and the classifier if asked; it is made again at once."""
        with self._lock:
            fresh = self._make(self.people, gate, method or self._method)
            self._gate, self._method, self._recogniser = gate, method or self._method, fresh

    def drop_expired(self) -> None:
        """Erase those whose consent has expired; every question does so first, and a thread where nobody asks."""
        with self._lock:
            now = self._clock()
            held = tuple(each for each in self._people if not each.consent.has_expired(now))
            if len(held) < len(self._people):
                self._keep(held)

    def stack(self) -> tuple[Vectors, NDArray[np.int64], tuple[Person, ...]]:
        """Give every vector with the place of its person, shapes (n, 128) and (n,), and the people."""
        people = self.people
        return (*stack_people(people), people)

    def _keep(self, people: tuple[Person, ...]) -> None:
        """Make the classifier of other people, then let both take effect."""
        self._recogniser = self._make(people)
        self._people = people

    def _make(self, people: tuple[Person, ...], gate: float | None = None, method: Method | None = None) -> Recogniser:
        """Make the classifier of some people."""
        keys, names = tuple(each.key for each in people), tuple(each.name for each in people)
        vectors, owner = stack_people(people)
        return make_recogniser(vectors, owner, keys, names, method=method or self._method, gate=gate or self._gate)
