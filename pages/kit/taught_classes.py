"""Teach your own classes: two to six, from some uploads or snapshots each, learnt in the page, tested at once or live.

Pictures stay in the session's memory; what is taken away is the network with what it was taught.

Left out: gathering (``taught_pictures``) and learning itself (``core.vision.image_classification.teaching``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from core.datasets.pictures import Picture
from core.hub.contract import Prediction
from core.hub.errors import HubError
from core.vision import image_classification as project
from core.vision._shared.embedding import SIZE, load_embedder
from core.vision._shared.frames import Analysis, Mark
from core.vision.image_classification.teaching import MAX_CLASSES, MIN_CLASSES
from pages.kit.camera import choose_picture
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.image_sets import load_set
from pages.kit.image_strips import show_tiles
from pages.kit.live_camera import show_live
from pages.kit.results import probability_chart
from pages.kit.taught_pictures import EXAMPLE, LEAST_WIDTH, Lesson, show_gathering, shrink_square

LEAST_EACH = 5
NETWORK = "EfficientNet-Lite0 with your classes"


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
