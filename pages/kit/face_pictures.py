"""Pictures on the page of faces: the ladder with its samples, the faces found, and how they are drawn.

What was measured of a picture is held in the session beside the picture, one for each ladder, and goes with it.

Left out: who a face is (``face_trial``) and what is explained of it (``face_explore``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.datasets.face_sets import load_samples
from core.datasets.fixes.wording import cut
from core.datasets.pictures import Picture, read_picture
from core.hub.errors import DataError
from core.vision import face_recognition as project
from core.vision._shared.frames import Analysis, Mark
from core.vision.face_recognition.detection import Search, choose_face
from core.vision.face_recognition.pictures import FacePicture, Portrait, measure_picture
from pages.kit.camera import choose_picture
from pages.kit.errors import escape
from pages.kit.face_people import SAMPLE_NAMES, SLUG
from pages.kit.pictures import fit_pixels

SHOWN_PX = 720
ALL, STATUE = "Three faces", "A stone head"
DOT, DARK, DOT_PX = (255, 255, 255), (15, 21, 28), 160
"""Colours of a landmark and its edge, and which part of a picture's side its radius is."""


@st.cache_resource(max_entries=4, show_spinner=False)
def load_sample(name: str) -> Picture:
    """Make a sample: a portrait, both side by side, or a head from a formula."""
    if name == STATUE:
        from core.vision.face_recognition.statue import make_statue

        return Picture(make_statue(), "a stone head, drawn from a formula", "made", ("nobody's face",))
    if name == ALL:
        parts = [crop_head(load_sample(each)) for each in (*SAMPLE_NAMES.values(), STATUE)]
        pixels = np.concatenate(parts, axis=1)
        return Picture(pixels, "two portraits and a stone head", "made", ("put together from the samples",))
    file = next(file for file, person in SAMPLE_NAMES.items() if person == name)
    picture = read_picture(load_samples()[file], file)
    return Picture(picture.pixels, f"{name}, official portrait", picture.format, ("public domain",))


def crop_head(picture: Picture, side: int = 400) -> np.ndarray:
    """Cut a square around the face of a sample and bring it to one size."""
    from PIL import Image

    box = measure_sample(picture).portraits[0].face.box
    half = int(0.9 * box.width)
    x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2 - box.height // 8
    padded = np.pad(picture.pixels, ((half, half), (half, half), (0, 0)), mode="edge")
    square = padded[y : y + 2 * half, x : x + 2 * half]
    return np.asarray(Image.fromarray(np.ascontiguousarray(square)).resize((side, side), Image.Resampling.BICUBIC))


@st.cache_resource(max_entries=4, show_spinner="Looking for faces…", hash_funcs={Picture: lambda each: each.name})
def measure_sample(picture: Picture) -> FacePicture:
    """Measure a bundled picture, once a server."""
    return _measure(picture)


def choose_faces(
    place: str = "picture",
    live: Callable[[str], None] | None = None,
    first: str = "",
    label: Callable[[FacePicture], Sequence[str]] | None = None,
) -> FacePicture | None:
    """Draw the ladder of pictures and return the chosen one with its faces; None while the video is on.

    Parameters
    ----------
    place : str
        Tells several ladders apart; tabs that share one share its picture.
    first : str
        The sample that is shown at first.
    label : callable
        ``label(found)`` gives the words above each face.
    """
    names = sorted((ALL, *SAMPLE_NAMES.values(), STATUE), key=lambda name: name != first)
    label = label or name_faces
    samples = {name: partial(load_sample, name) for name in names}

    def show(picture: Picture) -> None:
        found = find_measured(picture, place)
        labels = label(found)
        told = ", ".join(labels) or "no face"
        st.image(draw_faces(found, labels), alt=f"The picture {found.name} with boxes: {told}", width="stretch")
        high, wide = found.pixels.shape[:2]
        st.caption(" · ".join([f"{escape(cut(found.name))}, {wide:,} × {high:,} pixels", *map(escape, found.notes)]))

    picture = choose_picture(SLUG, samples, place, live, draw=show)
    return None if picture is None else find_measured(picture, place)


def find_measured(picture: Picture, place: str) -> FacePicture:
    """Return what was measured of a picture, in this session alone unless it is a bundled one."""
    if picture.notes[:1] == ("public domain",) or picture.format == "made":
        return measure_sample(picture)
    key = f"{SLUG}_measured_{place}"
    held = st.session_state.get(key)
    if held is None or held[0] is not picture:
        with st.spinner("Looking for faces…"):
            held = st.session_state[key] = (picture, _measure(picture))
    return held[1]


def _measure(picture: Picture) -> FacePicture:
    """Find and measure the faces of a picture."""
    return measure_picture(project.load_engine(), picture)


def show_none(found: FacePicture) -> bool:
    """Say it in one sentence where a picture has no face."""
    if found.portraits:
        return False
    st.warning(
        escape(find_problem(found)), icon=":material/face_retouching_off:", title="No face in this picture"
    )  # fmt: skip
    return True


def find_problem(found: FacePicture) -> str:
    """Say why a picture does not give one face: it shows none, or several; empty where it does."""
    try:
        choose_face(Search(tuple(each.face for each in found.portraits), found.least_px))
    except DataError as error:
        return f"{cut(found.name)}: {error}"
    return ""


def list_doubts(portrait: Portrait) -> tuple[str, ...]:
    """List what makes an answer about a face unsure: what spoils its picture, or that it may be no photograph."""
    return (*portrait.quality.problems, *filter(None, [portrait.quality.doubt]))


def show_doubts(portrait: Portrait, whose: str = "") -> bool:
    """Draw what makes an answer about a face unsure, if anything does."""
    doubts = list_doubts(portrait)
    for each in doubts:
        st.caption(f":orange[:material/warning:] {whose}{escape(each)}")
    return bool(doubts)


def name_faces(found: FacePicture) -> list[str]:
    """Give the faces of a picture numbers, the largest first.

    Examples
    --------
    >>> name_faces(FacePicture("a.png", np.zeros((9, 9, 3), np.uint8), ()))
    []
    """
    return [f"face {number}" for number in range(1, len(found.portraits) + 1)]


def draw_faces(found: FacePicture, labels: Sequence[str]) -> np.ndarray:
    """Draw a box with its words around each face, and its five landmarks."""
    from core.vision._shared.marks import draw_marks

    high, wide = found.pixels.shape[:2]
    pixels = found.pixels.copy()
    for portrait in found.portraits:
        draw_landmarks(pixels, portrait.face.landmarks)
    marks = []
    for place, (portrait, label) in enumerate(zip(found.portraits, labels, strict=True)):
        box = portrait.face.box
        edges = (max(box.left, 0) / wide, max(box.top, 0) / high, min(box.right, wide) / wide)
        marks.append(Mark(label, *edges, min(box.bottom, high) / high, tone=place))
    return fit_pixels(draw_marks(fit_pixels(pixels, SHOWN_PX), Analysis(tuple(marks))), SHOWN_PX)


def draw_landmarks(pixels: np.ndarray, landmarks: np.ndarray) -> None:
    """Draw five white points with a dark edge into a picture."""
    radius = max(2, max(pixels.shape[:2]) // DOT_PX)
    for x, y in np.rint(landmarks).astype(int):
        top, left = max(y - radius - 1, 0), max(x - radius - 1, 0)
        part = pixels[top : max(y + radius + 2, 0), left : max(x + radius + 2, 0)]
        rows, columns = np.indices(part.shape[:2])
        distance = np.hypot(columns + left - x, rows + top - y)
        part[distance <= radius + 1] = DARK
        part[distance <= radius] = DOT


def show_chip(portrait: Portrait, name: str) -> None:
    """Draw an aligned face with its landmarks where alignment has put them."""
    from core.vision.face_recognition.alignment import make_template

    chip = portrait.chip.copy()
    draw_landmarks(chip, make_template())
    st.image(chip.repeat(2, axis=0).repeat(2, axis=1), alt=f"The aligned {name} with the places of five landmarks")


def describe_quality(portrait: Portrait) -> str:
    """Say how good a face is for enrolling: figures and what stands against it."""
    quality = portrait.quality
    figures = (
        f"{quality.size_px} px across · sharpness {quality.blur:,.0f} (at least 12) · brightness "
        f"{quality.brightness:.0f} of 255 · turned {quality.yaw:+.0f}° · tilted {quality.roll:+.0f}°"
    )
    return figures + "".join(f"  \n:orange[:material/warning:] {escape(each)}" for each in list_doubts(portrait))
