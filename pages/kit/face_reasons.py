"""Explain: why a face was named or called unknown: distances to everybody, places that matter, numbers that differ.

Left out: what the network has learnt inside, which 128 numbers without names do not tell.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.vision import face_recognition as project
from core.vision.face_recognition.charts import distances_chart
from core.vision.face_recognition.face_charts import cover_chart, numbers_chart
from core.vision.face_recognition.occlusion import N_PLACES, PATCH, measure_cover
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.pictures import Portrait
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.face_explore import ask_face
from pages.kit.face_people import SLUG, Mine, load_mine
from pages.kit.face_pictures import choose_faces, show_doubts, show_none
from pages.kit.tabs import show_views

CHART_HEIGHT = 340
ORANGE, MOST_TINT = (230, 130, 0), 0.7


def show_reasoning() -> None:
    """Draw the Explain tab."""
    mine = load_mine()
    found = choose_faces()
    if found is None or show_none(found):
        return
    portrait = found.portraits[ask_face(found)]
    if not mine.gallery.people:
        st.info("Nobody is enrolled, so there is nobody to be near to: enrol somebody in *Train & compare*.",
                icon=":material/group_off:")  # fmt: skip
        return
    match = mine.gallery.identify(portrait.vector)
    st.markdown(f"**{escape(match.reason)}**")
    show_doubts(portrait)
    views = {
        "Nearest people": partial(show_people, portrait, mine),
        "Places of the face": partial(show_places, portrait, mine, match.nearest),
        "The 128 numbers": partial(show_numbers, portrait, mine, match.nearest),
    }
    show_views(views, f"{SLUG}_explain")


def show_people(portrait: Portrait, mine: Mine) -> None:
    """Draw how far the face is from everybody, and from each picture of the nearest."""
    vectors, owner, names = mine.stack()
    distances = measure_distances(portrait.vector[None], vectors)[0]
    each = [float(distances[owner == person].min()) for person in range(len(names))]
    show_chart(distances_chart(names, each, mine.gallery.gate), f"{SLUG}_why_people", CHART_HEIGHT)
    inside = distances <= mine.gallery.gate
    st.markdown(
        f"{int(inside.sum())} of {len(vectors)} enrolled pictures lie within the gate of {mine.gallery.gate:.2f}. The "
        "classifier chooses among people; the gate alone decides whether a name is given."
    )


def show_places(portrait: Portrait, mine: Mine, nearest: str) -> None:
    """Draw which place of the face, covered, takes it farthest from the nearest person."""
    own = next(person for person in mine.gallery.people if person.name == nearest)
    changes = find_cover(portrait, own.vectors, f"{own.key}_{len(own.vectors)}")
    distance = float(measure_distances(portrait.vector[None], own.vectors).min())
    left, right = st.columns([2, 3], gap="large")
    with left:
        tinted = tint_chip(portrait.chip, changes)
        st.image(tinted, alt="The aligned face; the more orange a place, the more the answer rests on it")
        st.caption(
            f"A patch of {PATCH} × {PATCH} pixels in the face's mean colour is laid on {N_PLACES**2} places, one after "
            "another, and the rest is measured again. Above 0: that place held the face near."
        )
    with right:
        show_chart(cover_chart(changes, nearest, distance), f"{SLUG}_why_places", 420)


def tint_chip(chip: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Lay orange on the places that hold a face near, the stronger the more, at twice the size.

    Examples
    --------
    >>> tint_chip(np.zeros((150, 150, 3), np.uint8), np.eye(7)).shape
    (300, 300, 3)
    """
    from PIL import Image

    high, wide = 2 * chip.shape[0], 2 * chip.shape[1]
    share = np.clip(changes / max(float(changes.max()), 1e-9), 0, 1) ** 2  # what hardly matters stays clear
    spread = Image.fromarray(np.rint(255 * share).astype(np.uint8)).resize((wide, high), Image.Resampling.BICUBIC)
    weight = MOST_TINT * np.asarray(spread, dtype=np.float64)[:, :, None] / 255
    large = chip.repeat(2, axis=0).repeat(2, axis=1)
    return np.rint(large * (1 - weight) + np.array(ORANGE) * weight).astype(np.uint8)


def find_cover(portrait: Portrait, vectors: np.ndarray, name: str) -> np.ndarray:
    """Cover places of a face, once for as long as it and the person stay; held in the session alone."""
    key = f"{SLUG}_measured_cover"
    held = st.session_state.get(key)
    if held is None or held[0] is not portrait or held[1] != name:
        with st.spinner("Covering one place after another…"):
            changes = measure_cover(project.load_engine(), portrait.chip, vectors)
        held = st.session_state[key] = (portrait, name, changes)
    found: np.ndarray = held[2]
    return found


def show_numbers(portrait: Portrait, mine: Mine, nearest: str) -> None:
    """Draw the numbers of the face beside those of the nearest picture."""
    own = next(person for person in mine.gallery.people if person.name == nearest)
    place = int(measure_distances(portrait.vector[None], own.vectors)[0].argmin())
    show_chart(numbers_chart(portrait.vector, own.vectors[place], f"the nearest picture of {nearest}"),
               f"{SLUG}_why_numbers", CHART_HEIGHT)  # fmt: skip
    st.caption("The distance is the root of the sum of all squared gaps. No number stands for a nose or a colour, so "
               "which of them differ explains nothing to a person; that is what covering places is for.")  # fmt: skip
