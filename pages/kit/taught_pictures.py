"""Gather pictures of a person's own classes: a card for each, filled by uploads, snapshots or an example.

Left out: what is learnt from them (``taught_classes``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.pictures import Picture
from core.hub.settings import load_settings
from core.vision import image_classification as project
from core.vision.image_classification.teaching import MAX_CLASSES, MAX_PICTURES, MIN_CLASSES
from pages.kit.errors import escape
from pages.kit.image_sets import load_set
from pages.kit.image_strips import lay_side_by_side
from pages.kit.live_state import show_https_note
from pages.kit.pictures import describe_limits, part_files, read_file, show_refused, widget_key

KEPT_PX, TILE_PX, IN_A_ROW = 320, 56, 6
LEAST_WIDTH = 300
EXAMPLE = ("ship", "horse", "frog")
N_EXAMPLE = 8
UPLOADS, SNAPSHOTS = "Upload", "Snapshots"


@dataclass(slots=True)
class Lesson:
    """What a session has gathered: a name and pictures for each class, and what was learnt.

    ``taken`` holds the picture made of each file, ``boxed`` the files that stood in each box when it was last drawn.
    """

    names: list[str] = field(default_factory=lambda: ["Class 1", "Class 2"])
    pictures: list[list[Picture]] = field(default_factory=lambda: [[], []])
    taken: dict[str, Picture] = field(default_factory=dict)
    boxed: dict[int, set[str]] = field(default_factory=dict)
    turn: int = 0
    taught: project.Taught | None = None
    key: str = ""
    is_example: bool = False

    def make_key(self) -> str:
        """Hash names and pictures: what was learnt holds only for these."""
        digest = hashlib.sha256()
        for name, pictures in zip(self.names, self.pictures, strict=True):
            digest.update(name.encode())
            for picture in pictures:
                digest.update(picture.pixels.tobytes())
        return digest.hexdigest()


@st.fragment
def show_gathering(lesson: Lesson, slug: str) -> None:
    """Draw a card for each class with its pictures, and the ways to bring more."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Fill in an example", key=f"{slug}_example", icon=":material/auto_stories:", on_click=_fill_example,
                  args=(lesson,))  # fmt: skip
        st.button("Add a class", key=f"{slug}_add", icon=":material/add:", disabled=len(lesson.names) >= MAX_CLASSES,
                  on_click=_add_class, args=(lesson,))  # fmt: skip
        st.button("Remove the last class", key=f"{slug}_remove", icon=":material/remove:",
                  disabled=len(lesson.names) <= MIN_CLASSES, on_click=_remove_class, args=(lesson,))  # fmt: skip
        st.button("Start over", key=f"{slug}_over", icon=":material/restart_alt:", on_click=_start_over, args=(lesson,))
    way = st.segmented_control("Pictures by", [UPLOADS, SNAPSHOTS], default=UPLOADS, required=True, key=f"{slug}_by")
    st.caption(f"Up to {MAX_PICTURES} of a class · {describe_limits()}")
    if way == SNAPSHOTS:
        _draw_camera(lesson, slug)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for place in range(len(lesson.names)):
            with st.container(border=True, gap="small"):
                _draw_class(lesson, place, slug, has_box=way != SNAPSHOTS)
    if st.button("Teach", type="primary", key=f"{slug}_teach", icon=":material/school:"):
        st.session_state[f"{slug}_teach_now"] = True
        st.rerun()


def _draw_class(lesson: Lesson, place: int, slug: str, *, has_box: bool) -> None:
    """Draw one class: its name, its pictures, and its box."""
    key = f"{slug}_class_{lesson.turn}_{place}"
    lesson.names[place] = st.text_input("Name of the class", value=lesson.names[place], max_chars=40, key=f"{key}_name")
    if has_box:
        box = widget_key(key, "box")
        files: Any = st.file_uploader(
            f"Pictures of class {place + 1}", accept_multiple_files=True, key=box, label_visibility="collapsed",
            max_upload_size=load_settings().upload_mb, on_change=_drop_removed, args=(lesson, place, box),
        )  # fmt: skip
        lesson.boxed[place] = {file.file_id for file in files}
        _take_files(lesson, place, files)
    pictures = lesson.pictures[place]
    if not pictures:
        st.caption("No pictures yet.")
        return
    sheet = lay_side_by_side([shrink_square(picture.pixels) for picture in pictures], min(len(pictures), IN_A_ROW))
    st.image(sheet, alt=f"The {len(pictures)} pictures of class {place + 1}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(pictures)} picture{'s' if len(pictures) > 1 else ''}")
        st.button("Remove the last", key=f"{key}_pop", type="tertiary", on_click=_drop_last, args=(lesson, place))


def _drop_last(lesson: Lesson, place: int) -> None:
    """Take the last picture of a class away."""
    if lesson.pictures[place]:
        lesson.pictures[place].pop()


def _drop_removed(lesson: Lesson, place: int, box: str) -> None:
    """Take the pictures away whose files were just removed from the box; one that is only drawn anew loses none."""
    kept = {file.file_id for file in st.session_state.get(box) or ()}
    for each in lesson.boxed.get(place, set()) - kept:
        gone = lesson.taken.pop(each, None)
        lesson.pictures[place] = [picture for picture in lesson.pictures[place] if picture is not gone]


def _take_files(lesson: Lesson, place: int, files: list[Any]) -> None:
    """Add files that were not seen yet to a class; say of each that cannot be used why."""
    fresh = [file for file in files if file.file_id not in lesson.taken]
    taken, beyond = part_files(fresh)
    problems = [beyond] if beyond else []
    for file in taken:
        picture, problem = read_file(file, file.name, KEPT_PX)
        if picture is None:
            problems.append(problem)  # told as long as the file stands in the box
            continue
        lesson.taken[file.file_id] = picture
        lesson.pictures[place].append(picture)
    show_refused(problems)


def _draw_camera(lesson: Lesson, slug: str) -> None:
    """Draw the browser's camera and add each snapshot to the chosen class."""
    show_https_note()
    names = [escape(name) for name in lesson.names]
    place = st.segmented_control("Snapshots of", range(len(names)), default=0, required=True, key=f"{slug}_snap_of",
                                 format_func=lambda each: names[each], wrap=True)  # fmt: skip
    file = st.camera_input("Take a snapshot", key=widget_key(f"{slug}_teach_{lesson.turn}", "camera"))
    if file is not None:
        _take_files(lesson, int(place or 0), [file])


def _fill_example(lesson: Lesson) -> None:
    """Take pictures of ships, horses and frogs as if they had been uploaded."""
    found = load_set("cifar10", "train")
    lesson.names, lesson.pictures, lesson.turn = list(EXAMPLE), [], lesson.turn + 1
    lesson.taught, lesson.is_example, lesson.boxed = None, True, {}
    for name in EXAMPLE:
        rows = np.flatnonzero(found.labels == list(found.classes).index(name))[:N_EXAMPLE]
        lesson.pictures.append([Picture(found.images[row], f"{name} {row}", "example", ()) for row in rows])


def _add_class(lesson: Lesson) -> None:
    """Add a class without pictures."""
    lesson.names.append(f"Class {len(lesson.names) + 1}")
    lesson.pictures.append([])


def _remove_class(lesson: Lesson) -> None:
    """Take the last class away with its pictures."""
    lesson.names.pop()
    lesson.pictures.pop()


def _start_over(lesson: Lesson) -> None:
    """Forget every class and picture."""
    fresh = Lesson(turn=lesson.turn + 1)
    for each in fields(Lesson):
        setattr(lesson, each.name, getattr(fresh, each.name))


def shrink_square(pixels: np.ndarray) -> np.ndarray:
    """Cut the middle square, which is what the network sees, and bring it to the size of a tile.

    Examples
    --------
    >>> shrink_square(np.zeros((100, 300, 3), np.uint8)).shape
    (56, 56, 3)
    """
    from PIL import Image

    high, wide = pixels.shape[:2]
    side = min(high, wide)
    top, left = (high - side) // 2, (wide - side) // 2
    shown = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return np.asarray(shown.resize((TILE_PX, TILE_PX), Image.Resampling.BICUBIC, reducing_gap=2.0))
