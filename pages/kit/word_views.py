"""Word vectors: the neighbours of a word, analogies, and the film of words finding their places.

Left out: how vectors are learnt, which the lessons tell and ``core`` does.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from core.hub.errors import HubError, UnavailableError
from core.text.sentiment.analogy import solve_analogy
from core.text.sentiment.vectors import METHODS, AverageModel
from core.text.sentiment.word_figures import (
    ANALOGIES,
    film_chart,
    find_own_share,
    knowledge_chart,
    load_knowledge,
)
from core.text.sentiment.word_vectors import Neighbour, WordVectors
from pages.kit.charts import show_chart
from pages.kit.errors import escape, show_error
from pages.kit.film import show_film
from pages.kit.picture_page import show_command
from pages.kit.review_models import FULL, SLUG, load_asked

METHOD_TITLES = {"word2vec": "word2vec, skip-gram", "glove": "GloVe"}
N_NEAREST = 12
LEAST_WIDTH = 360
COMMAND = "python -m core train sentiment --recipe full"


def find_average() -> AverageModel:
    """Return the shipped embedding average, which holds the vectors.

    Raises
    ------
    UnavailableError
        If the shipped run has none.
    """
    asked = load_asked(FULL)
    model = asked.model.find("vectors").model if asked is not None else None
    if not isinstance(model, AverageModel):
        message = f"the shipped run has no word vectors; `{COMMAND}` learns them"
        raise UnavailableError(message)
    return model


def load_words(method: str) -> WordVectors:
    """Return the vectors of a method."""
    asked = load_asked(FULL)
    return _open_words(asked.key if asked is not None else "", method, find_average())


@st.cache_resource(max_entries=4, show_spinner="Loading the word vectors…")
def _open_words(key: str, method: Any, _model: AverageModel) -> WordVectors:  # noqa: ARG001 - what it is kept under
    """Open the vectors of a method once for everyone."""
    return _model.find_words(method)


def choose_method(place: str) -> str:
    """Let a person choose how the vectors were learnt."""
    chosen = st.segmented_control("Learnt by", METHODS, default=METHODS[0], required=True, wrap=True,
                                  format_func=METHOD_TITLES.get, key=f"{SLUG}_method_{place}")  # fmt: skip
    return str(chosen or METHODS[0])


@st.fragment
def show_neighbours() -> None:
    """Draw the words nearest to one of a person's own."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        word = st.text_input("Word", "funny", key=f"{SLUG}_word", width=240, persist_state="session")
        other = st.text_input("How like is it to", "dull", key=f"{SLUG}_other_word", width=240, persist_state="session")
    try:
        found = {name: load_words(name).find_nearest(word or "", N_NEAREST) for name in METHODS}
    except HubError as error:
        show_error(error)
        return
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name, nearest in found.items():
            with st.container():
                show_chart(nearest_chart((word or "").strip().lower(), nearest, name), f"{SLUG}_nearest_{name}", 380)
    show_likeness(word or "", other or "")
    n = len(load_words(METHODS[0]).words)
    st.caption(f"{n:,} words of the bundled texts, learnt here by our own code; half a million words of text are "
               "little, so neighbours share topics more than meanings: "
               "“good” and “bad” stand in the same places.")  # fmt: skip
    show_command(COMMAND)


def nearest_chart(word: str, found: tuple[Neighbour, ...], method: str) -> Chart:
    """Draw neighbours with their cosines."""
    names = np.array([each.word for each in found], dtype=object)
    title = f"{METHOD_TITLES[method]}: nearest to “{word}” are {', '.join(names[:3])}"
    cosines = np.array([each.cosine for each in found])
    return Chart(title, "Cosine", "", (Mark("bars", cosines, names),), f"{title}.")


def show_likeness(word: str, other: str) -> None:
    """Say how like two words are by either method."""
    if not other.strip():
        return
    try:
        told = [f"{METHOD_TITLES[name]} {load_words(name).measure_similarity(word, other):.2f}" for name in METHODS]
    except HubError as error:
        show_error(error)
        return
    st.markdown(f"Cosine of **{escape(word)}** and **{escape(other)}**: {escape('; '.join(told))}.")


@st.fragment
def show_analogies() -> None:
    """Ask an analogy of one's own, and show how many published ones come out right."""
    method = choose_method("analogy")
    key = f"{SLUG}_analogy"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        question = st.selectbox("Example", list(ANALOGIES), key=f"{key}_example", width=300)
        first, second, third, _ = ANALOGIES[question]
        words = [
            st.text_input(label, value, key=f"{key}_{label}_{question}", width=130)
            for label, value in (("As", first), ("is to", second), ("so is", third))
        ]
    try:
        found = solve_analogy(load_words(method), *(each.strip().lower() for each in words), N_NEAREST)
    except HubError as error:
        show_error(error)
        return
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(answers_chart(words, found), f"{key}_answers", 380)
        with st.container():
            knowledge = load_knowledge(method)  # type: ignore[arg-type]
            show_chart(knowledge_chart(knowledge), f"{key}_knowledge", 380)
    st.caption(escape(knowledge.describe()) + " Vectors of thousands of millions of words do far better; these read "
               "what is bundled.")  # fmt: skip


def answers_chart(words: list[str], found: tuple[Neighbour, ...]) -> Chart:
    """Draw the words nearest to second − first + third."""
    first, second, third = (each.strip().lower() for each in words)
    names = np.array([each.word for each in found], dtype=object)
    title = f"{first} is to {second} as {third} is to {names[0]}, then {names[1]}"
    bars = Mark("bars", np.array([each.cosine for each in found]), names)
    return Chart(title, "Cosine with second − first + third", "", (bars,), f"{title}.")


def show_word_film() -> None:
    """Play how words find their places while the vectors learn."""
    model = find_average()
    method = choose_method("film")
    film = model.find_film(method)  # type: ignore[arg-type]
    last = len(film.steps) - 1
    st.markdown(f"**{METHOD_TITLES[method]}: of {len(film.words)} words {find_own_share(film, 0):.0%} have one of "
                "their group as nearest "
                f"neighbour before learning, {find_own_share(film, last):.0%} after.**")  # fmt: skip
    show_film(
        [int(step) for step in film.steps], partial(draw_frame, film), f"{SLUG}_film_{method}", "pairs learnt from"
    )
    st.caption("Point at a dot to read its word. The plane is the last moment's and stays, so that movement is seen.")
    losses = pd.DataFrame({"Pairs": film.steps, "Loss": film.losses.round(4)})
    with st.expander("The loss at each moment", type="compact"):
        st.dataframe(losses, hide_index=True, alt="Loss at each moment of learning")


def draw_frame(film: Any, place: int) -> None:
    """Draw one moment of the film."""
    show_chart(film_chart(film, place), f"{SLUG}_film", 460)
