"""Explore: detection against recognition on one's own picture, step by step to 128 numbers and the distances of faces.

Left out: naming a face for use, which *Try it* does (``face_trial``).
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.vision.face_recognition.charts import distances_chart
from core.vision.face_recognition.detection import SURE
from core.vision.face_recognition.face_charts import MOST_CELLS, between_chart, numbers_chart
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.pictures import FacePicture
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.face_people import SAMPLES_TOLD, SLUG, Mine, load_mine, load_model
from pages.kit.face_pictures import choose_faces, describe_quality, name_faces, show_chip, show_none
from pages.kit.picture_page import show_command

LEAST_WIDTH = 340
CHART_HEIGHT = 280


def show_exploring() -> None:
    """Draw the Explore tab."""
    found = choose_faces()
    if found is None or show_none(found):
        return
    mine = load_mine()
    show_two_questions(found, mine)
    place = ask_face(found)
    show_steps(found, place, mine)
    if mine.is_sample:
        st.caption(SAMPLES_TOLD)


def show_two_questions(found: FacePicture, mine: Mine) -> None:
    """Say what detection answers and what recognition answers, about the same picture."""
    matches = mine.gallery.recogniser.identify_many(np.stack([each.vector for each in found.portraits]))
    n_named = sum(match.name is not None for match in matches)
    scores = ", ".join(f"{portrait.face.score:.2f}" for portrait in found.portraits[:MOST_CELLS])
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container(border=True, gap="xsmall"):
            st.metric("Detection: is there a face, and where?", f"{len(matches)} found")
            st.caption(f"The detector's margin is {scores}; above 0 is a face, {SURE:g} is sure. Faces of "
                       f"{found.least_px} pixels and more were looked for. It knows nobody, and takes a stone head for "
                       "a face as well.")  # fmt: skip
        with st.container(border=True, gap="xsmall"):
            st.metric("Recognition: whose is it?", f"{n_named} of {len(matches)} known")
            lines = [f"Face {number}: {escape(match.reason)}" for number, match in enumerate(matches, 1)]
            st.caption("  \n".join(lines[:MOST_CELLS]))


def ask_face(found: FacePicture) -> int:
    """Ask which face is taken through the steps, where there are several."""
    names = name_faces(found)
    if len(names) == 1:
        return 0
    chosen = st.segmented_control("Face", names, default=names[0], required=True, key=f"{SLUG}_face_{len(names)}",
                                  wrap=True)  # fmt: skip
    return names.index(chosen or names[0])


def show_steps(found: FacePicture, place: int, mine: Mine) -> None:
    """Draw one face on its way: aligned, as numbers, beside those enrolled and beside the others of the picture."""
    portrait, name = found.portraits[place], name_faces(found)[place]
    vectors, owner, people = mine.stack()
    distances = measure_distances(portrait.vector[None], vectors)[0] if len(vectors) else np.empty(0)
    nearest = int(distances.argmin()) if len(vectors) else -1
    aligning, numbering = st.columns([1, 2], gap="large")
    with aligning:
        st.markdown("**1 · Aligned: upright, 150 × 150, landmarks in their places**")
        show_chip(portrait, name)
        st.caption(f"Good to enrol? {describe_quality(portrait)}")
    with numbering:
        st.markdown("**2 · Embedded: 128 numbers**")
        other = vectors[nearest] if nearest >= 0 else None
        who = f"the nearest picture of {people[owner[nearest]]}" if nearest >= 0 else ""
        show_chart(numbers_chart(portrait.vector, other, who), f"{SLUG}_numbers", CHART_HEIGHT)
    if nearest < 0:
        return
    st.markdown("**3 · Compared: a distance is all that recognition has**")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="large"):
        with st.container():
            show_between(found, mine)
        with st.container():
            each = [float(distances[owner == person].min()) for person in range(len(people))]
            show_chart(distances_chart(people, each, mine.gallery.gate), f"{SLUG}_distances", CHART_HEIGHT)
    show_command('python -m core predict face_recognition --input "{\\"picture\\": \\"$(base64 -w0 FILE)\\"}"')


def show_between(found: FacePicture, mine: Mine) -> None:
    """Draw how far the faces of a picture are from each other, or of a single one from everybody's first picture."""
    vectors = [each.vector for each in found.portraits][:MOST_CELLS]
    names = name_faces(found)[:MOST_CELLS]
    if len(vectors) == 1:
        people = mine.gallery.people[: MOST_CELLS - 1]
        vectors += [person.vectors[0] for person in people]
        names += [person.name for person in people]
    show_chart(between_chart(np.stack(vectors), names, load_model().gate), f"{SLUG}_between", CHART_HEIGHT)
    st.caption(f"Two pictures count as one person up to {load_model().gate:.2f}; naming among several people is "
               f"stricter: {mine.gallery.gate:.2f}.")  # fmt: skip
