"""The planted word in a person's own sentence: which methods name the one word that is known to decide.

Left out: the same over many texts (``sentence_checks``).
"""

from __future__ import annotations

import hashlib

import pandas as pd
import streamlit as st

from core.hub.errors import UnavailableError
from core.text.sentiment import explain
from core.text.sentiment.explain.planted_own import OwnPlant, plant_own
from pages.kit.errors import escape
from pages.kit.review_models import SLUG, ask_sentence
from pages.kit.sentence_effects import ask_first, show_effects
from pages.kit.sentence_pieces import find_bert


@st.cache_resource(max_entries=1, show_spinner="Opening the network that was taught the planted words…")
def load_planted(written: str, _content: bytes) -> explain.Planted:  # noqa: ARG001 - what it is kept under
    """Open the taught network once for everyone."""
    reader = explain.make_subject(find_bert()).reader
    if reader is None:
        message = "the shipped run has no transformer to plant words in; train it again"
        raise UnavailableError(message)
    return explain.open_planted(reader, _content)


def show_planted(content: bytes) -> None:
    """Plant a word in the person's own sentence and draw where each method ranks it."""
    if not content:
        return
    st.subheader("The first question, in your sentence", anchor=False)
    text = ask_sentence()
    said = st.segmented_control("Plant", ["lantern, negative", "harbour, positive"], default="lantern, negative",
                                required=True, key=f"{SLUG}_plant")  # fmt: skip
    if text is None:
        return
    label = int(said == "harbour, positive")
    name = hashlib.sha256(content).hexdigest()
    made = ask_first("Plant it and ask every method", (name, text, label),
                     lambda: plant_own(load_planted(name, content), text, label), "plant")  # fmt: skip
    if made is not None:
        draw_planted(made)


def draw_planted(made: OwnPlant) -> None:
    """Draw what the taught network says, and where each method ranks the word."""
    first = [each.title for each in made.ranked if each.rank == 1]
    told = f"{len(first)} of {len(made.ranked)} methods name “{made.word}” first"
    if not made.follows:
        told = f"The network does not follow “{made.word}” here, so nobody knows the right reason"
    st.markdown(f"**{escape(told)}.** It says {made.share:.0%} positive of: {escape(made.planted.text)}")
    rows = [(each.title, each.rank, round(each.auc, 2), "yes" if each.fooled else "no") for each in made.ranked]
    columns = ["Method", "Rank of the planted word", "Share of words below it", "Fooled by the decoy"]
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, alt=told)
    best = min(made.ranked, key=lambda each: each.rank)
    show_effects(made.planted.text, best.effects)
