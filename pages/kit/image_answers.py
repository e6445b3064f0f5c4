"""Try it: what a network says of one picture of any size, of many, and of the webcam's, with the picture's way to it.

Left out: classes of one's own (``taught_classes``), and why an answer was given (``image_reasons``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.datasets.pictures import Picture
from core.hub.contract import Prediction
from core.hub.errors import DataError
from core.vision import image_classification as project
from core.vision._shared.frames import Analysis, Mark
from core.vision.image_classification.recipe import NETWORK
from pages.kit.camera import choose_picture
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape
from pages.kit.image_models import SLUG, Asked, choose_model, describe_asked
from pages.kit.image_sets import load_set
from pages.kit.image_strips import show_tiles
from pages.kit.live_camera import show_live
from pages.kit.picture_page import show_command
from pages.kit.pictures import choose_pictures
from pages.kit.results import probability_chart
from pages.kit.tabs import show_views
from pages.kit.taught_classes import show_teaching

SAMPLE_PLACES = {"fashion_mnist": (2, 9, 1, 8, 0), "cifar10": (3, 0, 5, 8, 1)}
"""Classes of which a test picture is a sample."""
ODD = "Something else"
LIVE_EVERY, BATCH_SHOWN = 3, 24
BAR_HEIGHT, FRAME_HEIGHT = 26, 70


def show_trial() -> None:
    """Draw the Try it tab."""
    views = {
        "One picture or webcam": show_one,
        "Many pictures": show_many,
        "Teach your own classes": partial(show_teaching, SLUG),
    }
    show_views(views, f"{SLUG}_trial")


def show_one() -> None:
    """Answer about one picture, or live."""
    asked = choose_model("try")
    if asked is None:
        return
    st.caption(describe_asked(asked))
    live = partial(show_live, make_analyse(asked), draw_live, every=LIVE_EVERY)
    data_set = asked.model.recipe.data_set
    picture = choose_picture(SLUG, make_samples(data_set), key=f"picture_{data_set}", live=live)
    if picture is not None:
        show_answer(asked, picture)


def make_samples(data_set: str) -> Mapping[str, Callable[[], Picture]]:
    """Offer a photograph of a garment, test pictures, and something that is none of the classes."""
    classes = load_set(data_set, "test").classes
    samples: dict[str, Callable[[], Picture]] = {}
    if data_set == "fashion_mnist":
        samples["A photo"] = partial(load_sample, data_set, 2, "photo")
    for place in SAMPLE_PLACES[data_set]:
        samples[classes[place]] = partial(load_sample, data_set, place, "test")
    samples[ODD] = partial(load_sample, data_set, 0, "odd")
    return samples


@st.cache_data(max_entries=32, show_spinner=False)
def load_sample(data_set: str, place: int, kind: str) -> Picture:
    """Make one sample: a test picture, a photograph made of one, or a picture of the other set."""
    other = "cifar10" if data_set == "fashion_mnist" else "fashion_mnist"
    found = load_set(other if kind == "odd" else data_set, "test")
    row = int(np.flatnonzero(found.labels == place)[1])
    image, name = found.images[row], found.classes[place]
    if kind == "photo":
        notes = ("made from a test picture",)
        return Picture(project.make_photo(image, seed=3), f"a photo of a {name.lower()}", "made", notes)
    pixels = np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
    return Picture(pixels, f"{name}, test picture {row} of {found.name}", "test picture", ())


def show_answer(asked: Asked, picture: Picture) -> None:
    """Draw a picture's way to the network, and the answer."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.segmented_control("Model", list(asked.model.names[:3]), default=NETWORK, required=True, wrap=True,
                                    format_func=capitalise, key=f"{SLUG}_answers_by") or NETWORK  # fmt: skip
        way = ask_way() if asked.is_grey else project.Way()
    path = project.walk_photo(picture.pixels, asked.model.recipe.data_set, way)
    prediction = project.predict_pictures(asked.model, path.image[None], name)[0]
    with st.grid(2, min_column_width=340, gap="large"):
        with st.container():
            show_verdict(prediction, asked.title if name == NETWORK else f"{name} beside {asked.title}", asked.held)
        with st.container():
            chart = probability_chart(prediction.probabilities)
            show_chart(chart, f"{SLUG}_shares", BAR_HEIGHT * len(prediction.probabilities) + FRAME_HEIGHT)
    show_path(path)
    if asked.job is None and name == NETWORK:
        show_command(f'python -m core predict {SLUG} --model {asked.name} --input '
                     '"{\\"example\\": 0, \\"picture\\": \\"$(base64 -w0 FILE)\\"}"')  # fmt: skip


def ask_way() -> project.Way:
    """Ask what is done to a photograph of a garment on its way."""
    with st.popover("How the photo is prepared", icon=":material/tune:"):
        light = st.toggle("Even out the light", value=True, key=f"{SLUG}_way_light", help="Soft shadows too.")
        upright = st.toggle("Set upright", value=True, key=f"{SLUG}_way_upright", help="Turned by up to 30°.")
        contrast = st.toggle("Stretch contrast", value=True, key=f"{SLUG}_way_contrast", help="Of a pale garment.")
    return project.Way(light, upright, contrast)


def show_verdict(prediction: Prediction, who: str, held: float) -> None:
    """Say what a picture is, what else it may be, or that it is none of the classes; and who says so.

    Parameters
    ----------
    held : float
        In how many test pictures such candidates held the true class, a share.
    """
    guess = str(prediction.details["guess"])
    with st.container(border=True):
        if prediction.refused:
            st.warning(escape(prediction.refused), icon=":material/block:", title="I don't know")
        else:
            share = prediction.probabilities[guess]
            st.metric("This is", escape(guess), f"{share:.1%} of the probability", delta_color="off", delta_arrow="off")
        others = [name for name in prediction.candidates if name != guess]
        if prediction.coverage is not None and not prediction.refused:
            told = f"It may also be {escape(', '.join(others))}" if others else "No other class is likely enough"
            st.markdown(f"{told}: the true class was among such candidates in {held:.1%} of the test pictures.")
        if prediction.coverage is not None:
            strange, limit = float(prediction.details["p_value"]), float(prediction.details["limit"])
            st.caption(f"{strange:.1%} of known pictures look as strange; under {limit:.1%} the answer is refused.")
        else:
            st.caption("A baseline refuses nothing and has no candidates.")
        st.caption(f":material/deployed_code: Answered by {escape(who)}.")


def show_path(path: project.PhotoPath) -> None:
    """Draw every step of a picture's way to the network."""
    last = path.image.shape[0]
    st.markdown(f"**The picture's way to {last} × {last} in {len(path.steps)} "
                f"step{'s' if len(path.steps) > 1 else ''}**")  # fmt: skip
    tiles = [(square(step.picture), f"{number}. {step.name}") for number, step in enumerate(path.steps, 1)]
    show_tiles(tiles, 120)
    with st.expander("What each step did", type="compact", expanded=len(path.steps) > 1):
        st.markdown("\n".join(f"{number}. **{escape(step.name)}.** {escape(step.sentence)}" for number, step in
                              enumerate(path.steps, 1)))  # fmt: skip


def square(pixels: np.ndarray) -> np.ndarray:
    """Put a picture in the middle of a grey square, so that tiles stand in line.

    Examples
    --------
    >>> square(np.zeros((10, 20, 3), np.uint8)).shape
    (20, 20, 3)
    """
    high, wide = pixels.shape[:2]
    side = max(high, wide)
    sheet = np.full((side, side, 3), 128, np.uint8)
    top, left = (side - high) // 2, (side - wide) // 2
    sheet[top : top + high, left : left + wide] = pixels
    return sheet


def make_analyse(asked: Asked) -> Callable[[np.ndarray], Analysis]:
    """Make the function that answers about a frame's middle square; it runs in the video's thread."""
    model, title = asked.model, asked.title

    def analyse(frame: np.ndarray) -> Analysis:
        high, wide = frame.shape[:2]
        side = min(high, wide)
        top, left = (high - side) // 2, (wide - side) // 2
        path = project.walk_photo(
            np.ascontiguousarray(frame[top : top + side, left : left + side]), model.recipe.data_set
        )
        found = project.predict_pictures(model, path.image[None])[0]
        label = "I don't know" if found.refused else f"{found.answer} {found.probabilities[str(found.answer)]:.0%}"
        mark = Mark(label, left / wide, top / high, (left + side) / wide, (top + side) / high)
        return Analysis((mark,), f"by {title}", (found, path.image, asked))

    return analyse


def draw_live(analysis: Analysis) -> None:
    """Draw the latest live answer with what the network was given."""
    found, image, asked = analysis.value  # type: ignore[misc]
    show_tiles([(image, "what the network is given")], 160)
    show_verdict(found, asked.title, asked.held)


@st.fragment
def show_many() -> None:
    """Answer about many pictures and give the answers back as a file."""
    asked = choose_model("batch")
    if asked is None:
        return
    st.caption(describe_asked(asked))
    pictures = choose_pictures(SLUG, "batch")
    if not pictures:
        st.info("Bring some pictures and each gets a line: answer, share, candidates, refused or not.",
                icon=":material/photo_library:")  # fmt: skip
        return
    images, kept, refused = walk_many(asked, pictures)
    if refused:
        st.error("\n".join(f"- {escape(sentence)}" for sentence in refused))
    if not len(images):
        return
    frame = project.list_answers(asked.model, images, [picture.name for picture in kept])
    show_answers(asked, frame, images)


def walk_many(asked: Asked, pictures: tuple[Picture, ...]) -> tuple[np.ndarray, list[Picture], list[str]]:
    """Bring pictures to the network's kind; of those in which nothing stands out say so."""
    images, kept, refused = [], [], []
    for picture in pictures:
        try:
            images.append(project.walk_photo(picture.pixels, asked.model.recipe.data_set).image)
            kept.append(picture)
        except DataError as error:
            refused.append(f"{picture.name}: {error}")
    return np.array(images, dtype=np.uint8), kept, refused


def show_answers(asked: Asked, frame: pd.DataFrame, images: np.ndarray) -> None:
    """Draw a batch's answers as small pictures and as a table, and offer the table."""
    n_refused = int((frame["answer"] == "").sum())
    counts = frame.loc[frame["answer"] != "", "answer"].value_counts()
    told = ", ".join(f"{n} × {name}" for name, n in counts.items()) or "nothing known"
    st.markdown(f"**{len(frame)} pictures: {escape(told)}; {n_refused} refused** · by {escape(asked.title)}")
    words = [f"{row.picture}: " + (f"{row.answer} ({row.confidence:.0%})" if row.answer else "I don't know")
             for row in frame.head(BATCH_SHOWN).itertuples()]  # fmt: skip
    show_tiles(list(zip(images[:BATCH_SHOWN], words, strict=True)), 120)
    shown = frame.assign(answer=frame["answer"].where(frame["answer"] != "", "I don't know"))
    st.dataframe(shown, hide_index=True, alt="The answer about each picture",
                 column_config={name: st.column_config.NumberColumn(format="percent") for name in
                                ("confidence", *asked.model.classes)})  # fmt: skip
    show_downloads([Download("answers.csv", to_csv(frame), "a line for each picture")], f"{SLUG}_batch")
