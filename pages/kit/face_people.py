"""Who is enrolled on the page of faces: one gallery a session, or a signed-in user's, what is kept of it, and erasing.

The gallery starts with the two bundled portraits, which leave when the first person is enrolled. It lives in the
session's state alone and is brought back by no reload; a signed-in user's is kept in the hub's database. What was
learnt from the gallery (a head, its trial, a comparison) is dropped as soon as the gallery is another one.

Left out: adding and changing people (``face_gallery``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.hub.errors import HubError
from core.vision import face_recognition as project
from core.vision.face_recognition.consent import show_time
from pages.kit.errors import escape, show_error
from pages.kit.picture_page import load_shipped
from pages.kit.session import on_forget

if TYPE_CHECKING:
    from core.vision.face_recognition.store_people import PeopleStore

SLUG = project.SLUG
KEY, WATCH = f"{SLUG}_people", f"{SLUG}_signals"
PENDING, TURN = f"{SLUG}_enrol_pending", f"{SLUG}_enrol_turn"
DROPPED = (f"{SLUG}_measured", PENDING)
N_SAMPLE_VECTORS, MOST_LEARNT = 4, 16
SAMPLE_NAMES = {"astronaut.png": "Eileen Collins", "grace_hopper.jpg": "Grace Hopper"}
SAMPLE_CONSENT = "not asked: an official portrait in the public domain"
SAMPLES_TOLD = (
    "Enrolled are bundled public-domain portraits, **one** photograph each, in "
    f"{N_SAMPLE_VECTORS} slightly turned, scaled and mirrored copies. Copies are not {N_SAMPLE_VECTORS} photographs: "
    "they say nothing about how well anybody is recognised. They leave when you add the first person."
)
Signature = tuple[tuple[str, str, int], ...]


@dataclass(slots=True, eq=False)
class Mine:
    """A session's gallery and what was learnt from it.

    Parameters
    ----------
    gallery : Gallery
    is_sample : bool
        Whether only the bundled portraits are enrolled.
    store : PeopleStore, optional
        Where a signed-in user's gallery is kept.
    learnt : dict
        What was worked out from the gallery, by a name.
    signature : tuple
        Of the gallery that it was worked out from.
    """

    gallery: project.Gallery
    is_sample: bool = False
    store: PeopleStore | None = None
    learnt: dict[str, Any] = field(default_factory=dict)
    signature: Signature = ()

    def sign(self) -> Signature:
        """Write down who is enrolled with how many pictures; expiry changes it too."""
        return tuple((person.key, person.name, len(person.vectors)) for person in self.gallery.people)

    def refresh(self) -> None:
        """Drop what was learnt from people who are not those enrolled now."""
        if (found := self.sign()) != self.signature:
            self.learnt.clear()
            self.signature = found

    def change(self, act: Callable[[], object]) -> str:
        """Change the gallery and keep it where it is kept, samples nowhere; return why that could not be done."""
        try:
            act()
            if self.store is not None and not self.is_sample:
                self.store.save(self.gallery)
        except HubError as error:
            return str(error)
        finally:
            self.refresh()
        return ""

    def recall(self, name: str, make: Callable[[], Any]) -> Any:
        """Return something worked out from the gallery, made once for as long as the gallery stays."""
        self.refresh()
        if name not in self.learnt:
            self.learnt[name] = make()
            while len(self.learnt) > MOST_LEARNT:
                del self.learnt[next(iter(self.learnt))]
        return self.learnt[name]

    def stack(self) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Give every vector, whose it is, and the names."""
        vectors, owner, people = self.gallery.stack()
        return vectors, owner, tuple(person.name for person in people)


def load_model() -> project.Model:
    """Load the shipped gates and figures, once for everyone."""
    model: project.Model = load_shipped(SLUG, "full", project.load_model)
    return model


def load_mine() -> Mine:
    """Return this session's gallery; nobody else's session ever holds it."""
    mine: Mine | None = st.session_state.get(KEY)
    if mine is None:
        mine = st.session_state[KEY] = _open_gallery()
    mine.refresh()
    return mine


def _open_gallery() -> Mine:
    """Open the gallery of who is signed in, or a fresh one with the bundled portraits."""
    gate = load_model().naming_gates["nearest faces"]
    owner = find_owner()
    if owner:
        from core.hub.store import open_store
        from core.vision.face_recognition.store_people import PeopleStore

        store = PeopleStore(open_store(), owner)
        gallery = store.load(gate)
        if gallery.people:
            return Mine(gallery, store=store)
        return fill_samples(Mine(gallery, store=store))
    return fill_samples(Mine(project.Gallery(gate=gate)))


def find_owner() -> str:
    """Return who is signed in; empty where nobody is or the operator has set up no sign-in."""
    if not st.user.get("is_logged_in"):
        return ""
    return str(st.user.get("sub") or st.user.get("email") or "")


def fill_samples(mine: Mine) -> Mine:
    """Enrol the two bundled portraits in an empty gallery; a store never gets them."""
    for name, vectors in load_sample_vectors().items():
        consent = project.make_consent(SAMPLE_CONSENT, time.time(), agreed=True, days=1)
        mine.gallery.add(name, vectors, consent)
    mine.is_sample = True
    mine.refresh()
    return mine


@st.cache_resource(max_entries=1, show_spinner="Loading the networks…")
def load_sample_vectors() -> dict[str, np.ndarray]:
    """Measure changed copies of the bundled portraits, once a server; they are public and stored nowhere."""
    from core.vision.face_recognition.alignment import jitter_chip
    from core.vision.face_recognition.answers import measure_samples

    engine = project.load_engine()
    return {
        name: engine.embed_chips(jitter_chip(portrait.chip, N_SAMPLE_VECTORS + 1)[1:])
        for name, portrait in zip(SAMPLE_NAMES.values(), measure_samples(), strict=True)
    }


def erase_all() -> None:
    """Erase everybody, also from the store and from what was learnt; the bundled portraits come back."""
    mine = load_mine()
    mine.gallery.clear()
    mine.learnt.clear()
    if mine.store is not None:
        mine.store.erase_all()
    drop_pictures()
    st.session_state[f"{KEY}_erased"] = True
    fill_samples(mine)


def drop_pictures() -> None:
    """Drop what was measured of pictures that are not enrolled, empty their box, and drop the looks of a task."""
    for name in [str(name) for name in st.session_state if str(name).startswith(DROPPED)]:
        del st.session_state[name]
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    if (watch := st.session_state.get(WATCH)) is not None:
        watch.forget()


def with_promise(draw: Callable[[], None]) -> Callable[[], None]:
    """Have a tab say first what is kept, until when, with the button that erases it."""
    return partial(_draw_with_promise, draw)


def _draw_with_promise(draw: Callable[[], None]) -> None:
    """Draw the line of what is kept, filled in last, as the tab below may change it."""
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    draw()
    with place:
        show_promise()


def show_promise() -> None:
    """Say in one line what is kept, where and until when, with the button that erases it."""
    mine: Mine | None = st.session_state.get(KEY)
    st.caption(f":material/lock: {describe_keeping(mine)}", width="content")
    if mine is not None and not mine.is_sample and mine.gallery.people:
        st.button("Erase all", key=f"{SLUG}_erase_all", icon=":material/delete_forever:", type="tertiary",
                  on_click=_erase_guarded)  # fmt: skip
    if st.session_state.pop(f"{KEY}_erased", False):
        st.toast("Everybody was erased: vectors, names, consents, and what was learnt of them.")


def _erase_guarded() -> None:
    """Erase, and say in a sentence what stood in the way."""
    try:
        erase_all()
    except HubError as error:
        show_error(error)


def describe_keeping(mine: Mine | None) -> str:
    """Say what is kept.

    Examples
    --------
    >>> describe_keeping(None)[:39]
    'Kept of you: nothing. Pictures are meas'
    """
    if mine is None or mine.is_sample or not mine.gallery.people:
        return "Kept of you: nothing. Pictures are measured in memory and never stored or logged."
    people = mine.gallery.people
    n_vectors = sum(len(person.vectors) for person in people)
    until = show_time(min(person.consent.expires for person in people))[:10]
    whose = f"{n_vectors} vectors of {len(people)} {'person' if len(people) == 1 else 'people'}, no picture"
    if mine.store is None:
        ends = f"at the latest on {until}" if len(people) == 1 else f"the first at the latest on {until}"
        return f"Kept in this session alone: {whose}; gone when you leave or reload, {ends}."
    return f"Kept in your account here: {whose}; the first is erased on {until}."


def show_problem(problem: str) -> bool:
    """Say what stood in the way, if anything did."""
    if problem:
        show_error(problem)
    return bool(problem)


def describe_gallery() -> str:
    """Say for the head of the page whose faces are enrolled, without loading anything."""
    mine: Mine | None = st.session_state.get(KEY)
    if mine is None or mine.is_sample:
        return "public-domain portraits · bundled"
    n_people = len(mine.gallery.people)
    return f"your gallery · {n_people} {'person' if n_people == 1 else 'people'}"


def name_people(mine: Mine) -> str:
    """Name who is enrolled, the first few.

    Examples
    --------
    >>> name_people(Mine(project.Gallery()))
    'nobody'
    """
    names = [escape(person.name) for person in mine.gallery.people]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004 - a line holds no more
    return ", ".join(names[:5]) + more if names else "nobody"


def _forget(_session: str) -> None:
    """Erase the gallery of a session that is forgotten, also for a video that still runs; an account's stays."""
    mine: Mine | None = st.session_state.get(KEY)
    if mine is not None:
        mine.gallery.clear()
        mine.learnt.clear()


on_forget("faces", _forget)
