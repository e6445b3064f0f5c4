"""The head that learns by triplets: taught in place, its embedding moving on screen, and whether it is any good.

What is learnt from one's own gallery stays in the session and goes with any change of the gallery.

Left out: the method (``core.vision.face_recognition.head``).
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import streamlit as st

from core.hub.fields import make_key, recipe_to_json
from core.vision.face_recognition.charts import film_chart, hardness_chart, loss_chart, trial_chart
from core.vision.face_recognition.film import Film
from core.vision.face_recognition.head import Head, HeadSettings, train_head
from core.vision.face_recognition.head_trial import HeadTrial, compare_head
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.face_people import SLUG, Mine, load_mine
from pages.kit.face_rates import N_EACH, N_SIMULATED, Source, choose_source, load_simulated
from pages.kit.forms import show_form
from pages.kit.picture_page import show_command
from pages.kit.player import show_player

N_SHOWN, N_COLOURS = 20, 7
SHOWN = HeadSettings(size=2, steps=60)
"""Two numbers are the plane itself: nothing of the movement is hidden."""
CHART_HEIGHT = 460
SIDE_HEIGHT = 215


def show_head() -> None:
    """Teach a head on some people, show the film of it, and measure it on people it has never seen."""
    mine = load_mine()
    st.markdown(
        "**A small head is taught by triplets, here, in well under a second.** Semi-hard triplets are mined anew at "
        "every step: the negative is further than the positive, but not yet by the margin."
    )
    source = choose_source("head", mine)
    with st.popover("How it is taught", icon=":material/tune:"):
        settings = show_form(HeadSettings, f"{SLUG}_head", asdict(SHOWN))
    if settings is None:
        return
    with guard():
        head = teach(source, settings, mine)
        key = f"{SLUG}_film_{make_key(source.title, recipe_to_json(settings), str(mine.signature))[:8]}"
        if not source.is_yours:
            st.caption(f"The film shows {N_COLOURS} of them, so that colours tell them apart.")
        show_player(pick_frames(head.film), partial(draw_frame, head.film, source.names), key)
        show_trial(source, settings, mine)


def teach(source: Source, settings: HeadSettings, mine: Mine) -> Head:
    """Teach a head; of one's own gallery it is held in the session until the gallery changes."""
    if not source.is_yours:
        return _teach_simulated(settings)
    name = f"head_{recipe_to_json(settings)}"
    with st.spinner("Learning…"):
        head: Head = mine.recall(name, partial(train_head, source.vectors, source.people, settings))
    return head


@st.cache_resource(max_entries=8, show_spinner="Learning…")
def _teach_simulated(settings: HeadSettings) -> Head:
    """Teach a head on the first simulated people, as many as colours can tell apart, once a server."""
    found = load_simulated()
    kept = found.people < N_COLOURS
    return train_head(found.vectors[kept], found.people[kept], settings)


def pick_frames(film: Film, most: int = N_SHOWN) -> list[int]:
    """Choose the steps that are played, the first and the last among them, so that a film lasts some seconds."""
    stride = max(1, -(-len(film.steps) // most))
    return sorted({*film.steps[::stride], film.steps[-1]})


def draw_frame(film: Film, names: tuple[str, ...], step: int) -> None:
    """Draw one moment: where every vector lies, the loss, and which triplets still teach."""
    frame = film.find_frame(step)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_chart(film_chart(film, frame, names), f"{SLUG}_film_chart", CHART_HEIGHT)
        st.caption(f"The plane of the last frame's two widest directions: {film.kept_share:.0%} of its spread.")
    with right:
        show_chart(hardness_chart(film, frame), f"{SLUG}_hardness", SIDE_HEIGHT)
        show_chart(loss_chart(film, frame), f"{SLUG}_loss", SIDE_HEIGHT)


def show_trial(source: Source, settings: HeadSettings, mine: Mine) -> None:
    """Measure whether the head is any better than the plain distance, on a press or at once for simulated people."""
    st.subheader("Is it any better than the plain distance?", anchor=False)
    name = f"trial_{source.title}_{recipe_to_json(settings)}"
    if st.button("Measure it on people it has never seen", key=f"{SLUG}_try_head", icon=":material/science:"):
        with guard(), st.spinner("Teaching heads without some people, and asking about those…"):
            mine.recall(name, partial(compare_head, source.vectors, source.people, settings))
    trial: HeadTrial | None = mine.learnt.get(name)
    if trial is None:
        st.caption("It looks convincing on the people it learnt. On 40 photographed people held out in turn a head of "
                   "16 numbers mixed up about 0.5% of the pairs and the plain distance 0.002%, a difference of 0.1 to "
                   "1.2 points (95%); one of 128 numbers could not be told from the plain distance.")  # fmt: skip
        show_command("python -m core.vision.face_recognition.measure_head")
        return
    show_chart(trial_chart(trial), f"{SLUG}_trial_chart", 260)
    st.markdown(escape(trial.sentence))
    if not source.is_yours:
        code = (
            "from core.vision.face_recognition.head import HeadSettings\n"
            "from core.vision.face_recognition.head_trial import compare_head\n"
            "from core.vision.face_recognition.simulated import simulate_people\n\n"
            f"print(compare_head(*simulate_people({N_SIMULATED}, {N_EACH}), {settings!r}).sentence)\n"
        )
        with st.expander("Reproduce these numbers", icon=":material/replay:"):
            st.code(code, language="python", wrap_lines=True)
