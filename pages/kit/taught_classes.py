"""Teach your own classes: two to six, from some uploads or snapshots each, learnt in the page, tested at once or live.

Pictures stay in the session's memory; what is taken away is the network with what it was taught.

Left out: learning itself (``core.vision.image_classification.teaching``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.pictures import Picture
from core.hub.contract import Prediction
from core.hub.errors import HubError
from core.hub.settings import load_settings
from core.vision import image_classification as project
from core.vision._shared.embedding import SIZE, load_embedder
from core.vision._shared.frames import Analysis, Mark
from core.vision.image_classification.teaching import MAX_CLASSES, MAX_PICTURES, MIN_CLASSES
from pages.kit.camera import choose_picture
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.image_sets import load_set
from pages.kit.image_strips import lay_side_by_side, show_tiles
from pages.kit.live_camera import show_live
from pages.kit.live_state import show_https_note
from pages.kit.pictures import describe_limits, part_files, read_file, show_refused, widget_key
from pages.kit.results import probability_chart

KEPT_PX, TILE_PX, IN_A_ROW = 320, 56, 6
LEAST_EACH, LEAST_WIDTH = 5, 300
EXAMPLE = ("ship", "horse", "frog")
N_EXAMPLE = 8
UPLOADS, SNAPSHOTS = "Upload", "Snapshots"
NETWORK = "EfficientNet-Lite0 with your classes"


@dataclass(slots=True)
class Lesson:
    """What a session has gathered: a name and pictures for each class, the files seen, and what was learnt."""

    names: list[str] = field(default_factory=lambda: ["Class 1", "Class 2"])
    pictures: list[list[Picture]] = field(default_factory=lambda: [[], []])
    seen: set[str] = field(default_factory=set)
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


def show_teaching(slug: str) -> None:
    """Draw the whole of it: gather, teach, test, take away."""
    lesson: Lesson = st.session_state.setdefault(f"{slug}_taught", Lesson())
    st.markdown(
        f"**Teach {MIN_CLASSES} to {MAX_CLASSES} classes of your own** from some pictures each, {LEAST_EACH} or more. "
        "The network that looks has seen a million photographs and stays as it is; only a last layer is learnt, here "
        "in the page."
    )
    show_gathering(lesson, slug)
    _teach(lesson, slug)
    if lesson.taught is not None:
        show_taught(lesson, lesson.taught, slug)


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
        files: Any = st.file_uploader(
            f"Pictures of class {place + 1}", accept_multiple_files=True, key=widget_key(key, "box"),
            max_upload_size=load_settings().upload_mb, label_visibility="collapsed",
        )  # fmt: skip
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


def _take_files(lesson: Lesson, place: int, files: list[Any]) -> None:
    """Add files that were not seen yet to a class; say of each that cannot be used why."""
    fresh = [file for file in files if file.file_id not in lesson.seen]
    taken, beyond = part_files(fresh)
    problems = [beyond] if beyond else []
    for file in taken:
        picture, problem = read_file(file, file.name, KEPT_PX)
        if picture is None:
            problems.append(problem)  # told as long as the file stands in the box
            continue
        lesson.seen.add(file.file_id)
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
    lesson.taught, lesson.is_example = None, True
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
    for name in ("names", "pictures", "seen", "turn", "taught", "key", "is_example"):
        setattr(lesson, name, getattr(fresh, name))


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


def _teach(lesson: Lesson, slug: str) -> None:
    """Teach where the button was pressed; what was learnt from other pictures is dropped."""
    if lesson.taught is not None and lesson.key != lesson.make_key():
        st.info("The classes or pictures have changed since: press *Teach* again.", icon=":material/update:")
    if not st.session_state.pop(f"{slug}_teach_now", False):
        return
    names = [name.strip() for name in lesson.names]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        show_error(f"two classes are called {twice!r}; give each a name of its own")
        return
    given = {name: [each.pixels for each in found] for name, found in zip(names, lesson.pictures, strict=True)}
    with st.spinner("Learning…"):
        try:
            lesson.taught, lesson.key = project.teach(given, load_embedder().embed), lesson.make_key()
        except HubError as error:
            show_error(error)


def show_taught(lesson: Lesson, taught: project.Taught, slug: str) -> None:
    """Draw how well it does, let a person ask it, and offer it as a file."""
    st.subheader("What it has learnt", anchor=False)
    st.markdown(f"{escape(taught.sentence)} It took **{taught.seconds:.1f} s**.")
    _show_mistakes(lesson, taught)
    st.subheader("Ask it", anchor=False)
    live = partial(show_live, make_analyse(taught), draw_live)
    picture = choose_picture(slug, make_samples(lesson), key="taught_asked", live=live)
    if picture is not None:
        show_said(project.ask(taught, load_embedder().embed([picture.pixels]))[0], f"{slug}_taught_shares")
    st.subheader("Take it away", anchor=False)
    content = load_embedder().content
    files = [Download("my_classes.onnx", partial(project.taught_to_onnx, taught, content),
                      f"the network with your {len(taught.classes)} classes")]  # fmt: skip
    show_downloads(files, f"{slug}_taught_files")
    st.caption(
        f"Input: the picture's middle square, RGB from 0 to 1, as an array (n, {SIZE}, {SIZE}, 3). Outputs: "
        "probabilities, distance, refused; the names of the classes stand in its metadata."
    )


def _show_mistakes(lesson: Lesson, taught: project.Taught) -> None:
    """Draw the pictures that were named wrongly when they were left out."""
    every = [picture for pictures in lesson.pictures for picture in pictures]
    if lesson.key != lesson.make_key() or len(every) != len(taught.labels):
        return
    wrong = np.flatnonzero(taught.left_out != taught.labels)
    if len(wrong):
        st.caption("Named wrongly while left out; more pictures like these help:")
        true, said = ([taught.classes[each[row]] for row in wrong] for each in (taught.labels, taught.left_out))
        words = [f"{one}, named {other}" for one, other in zip(true, said, strict=True)]
        show_tiles([(shrink_square(every[row].pixels), told) for row, told in zip(wrong, words, strict=True)])


def make_samples(lesson: Lesson) -> dict[str, Callable[[], Picture]]:
    """Offer pictures to ask about while the example is taught: of its classes, and of none."""
    if not lesson.is_example:
        return {}
    names = (*EXAMPLE, "truck")
    return {
        (f"a {name}" if name in EXAMPLE else f"a {name}, which is none"): partial(_load_sample, name) for name in names
    }


def _load_sample(name: str) -> Picture:
    """Take a test picture that was not taught."""
    found = load_set("cifar10", "test")
    row = int(np.flatnonzero(found.labels == list(found.classes).index(name))[0])
    return Picture(found.images[row], f"{name}, test picture {row} of CIFAR-10", "test picture", ())


def show_said(found: Prediction, key: str) -> None:
    """Draw what the taught network says of a picture."""
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="large"):
        with st.container():
            show_answer(found)
        with st.container():
            if key:
                show_chart(probability_chart(found.probabilities), key, 60 + 34 * len(found.probabilities))


def show_answer(found: Prediction) -> None:
    """Say what a picture is, or that it is unlike all that were shown, and who says so."""
    guess = str(found.details["guess"])
    with st.container(border=True):
        if found.refused:
            st.warning(escape(found.refused), icon=":material/block:", title="I don't know")
        else:
            st.metric("This is", escape(guess), f"{found.probabilities[guess]:.0%} of the probability",
                      delta_color="off", delta_arrow="off")  # fmt: skip
        distance, limit = found.details["distance"], found.details["limit"]
        st.caption(f"Distance to the nearest taught picture {distance:.2f}; above {limit:.2f} it is refused.")
        st.caption(f":material/deployed_code: Answered by {NETWORK}.")


def make_analyse(taught: project.Taught) -> Callable[[np.ndarray], Analysis]:
    """Make the function that answers about a frame's middle square; it runs in the video's thread."""
    embed = load_embedder().embed

    def analyse(frame: np.ndarray) -> Analysis:
        found = project.ask(taught, embed([frame]))[0]
        high, wide = frame.shape[:2]
        side = min(high, wide)
        left, top = (wide - side) / 2 / wide, (high - side) / 2 / high
        label = "I don't know" if found.refused else f"{found.answer} {found.probabilities[str(found.answer)]:.0%}"
        return Analysis((Mark(label, left, top, 1 - left, 1 - top),), f"by {NETWORK}", found)

    return analyse


def draw_live(analysis: Analysis) -> None:
    """Draw the latest live answer."""
    show_answer(analysis.value)  # type: ignore[arg-type]
