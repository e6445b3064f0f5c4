"""A sentence's way into a network: its pieces, their numbers, what is cut off, and the padding that the mask hides.

Left out: how tokenisers differ, which is the multilingual project's.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.hub.errors import UnavailableError
from core.text._shared.cleaning import TextFacts, describe_text
from core.text.sentiment.bert import Bert
from core.text.sentiment.preprocessing import CUTS, Prepared, prepare_text
from pages.kit.errors import escape
from pages.kit.review_models import FULL, SLUG, ask_sentence, load_asked
from pages.kit.token_colours import colour_pieces

CUT_TITLES = {"head": "Keep the head", "tail": "Keep the tail", "both": "Keep both ends"}
MOST_ROWS = 128
LENGTHS = (8, 12, 16, 24, 32, 64, 128, 256)


def find_bert() -> Bert:
    """Return the shipped transformer.

    Raises
    ------
    UnavailableError
        If the shipped run has none.
    """
    asked = load_asked(FULL)
    model = asked.model.find("bert").model if asked is not None else None
    if not isinstance(model, Bert):
        message = "the shipped run has no transformer; train it with `python -m core train sentiment --recipe full`"
        raise UnavailableError(message)
    return model


def show_preparing() -> None:
    """Draw how the sentence becomes a row of numbers."""
    text = ask_sentence()
    if text is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        length = st.select_slider("Places of the network's input", LENGTHS, 24, key=f"{SLUG}_places", width=320)
        cut = st.segmented_control("Where the text is too long", CUTS, default="head", required=True,
                                   format_func=CUT_TITLES.get, key=f"{SLUG}_cut", wrap=True)  # fmt: skip
    found = prepare_text(text, find_bert().encoder.tokeniser, length, cut or "head")
    st.markdown(f"**{say_way(found, length)}**")
    show_counts(found, length)
    pieces = [place.token for place in found.places if place.mask]
    unknown = [row for row, piece in enumerate(pieces) if piece == "[UNK]"]
    st.markdown(
        colour_pieces(pieces, unknown) + (f" :gray-badge[+ {found.n_padding} × [PAD]]" if found.n_padding else "")
    )
    show_lost(found)
    show_facts(describe_text(text))
    frame = write_places(found)
    with st.expander(f"Every place of the {length}", icon=":material/table_rows:", type="compact", expanded=True):
        st.dataframe(
            frame, hide_index=True, height=280, alt="Places with token, number, mask and the text they stand for"
        )
    st.code(f'prepare_text(text, tokeniser, length={length}, cut="{cut}")', language="python", wrap_lines=True)


def say_way(found: Prepared, length: int) -> str:
    """Say in a sentence what becomes of the text."""
    n_words = len(found.text.split())
    said = f"{n_words} words become {found.n_pieces} pieces"
    if found.dropped:
        return f"{said}; {length - 2} of them fit between [CLS] and [SEP], and {len(found.dropped)} are not read."
    return f"{said}; with [CLS] and [SEP] they take {length - found.n_padding} of {length} places, the rest is padding."


def show_counts(found: Prepared, length: int) -> None:
    """Draw the counts."""
    with st.grid(4, min_column_width=130, gap="small"):
        st.metric("Words split in pieces", f"{found.n_split_words}", border=True)
        st.metric("Unknown pieces", f"{found.n_unknown}", border=True, help="They become [UNK] and say nothing.")
        st.metric("Cut off", f"{len(found.dropped)}", border=True)
        st.metric(
            "Padding", f"{found.n_padding / length:.0%}", border=True, help="Share of the places computed for nothing."
        )


def show_lost(found: Prepared) -> None:
    """Write out which parts of the text the network does not read."""
    if found.lost:
        parts = " … ".join(f"~~{escape(found.text[start:end])}~~" for start, end in found.lost)
        st.markdown(f":material/content_cut: Not read: {parts}")


def show_facts(facts: TextFacts) -> None:
    """Say what the text is made of and what cleaning took out."""
    scripts = ", ".join(f"{name} {share:.0%}" for name, share in facts.scripts[:3]) or "no letters"
    told = [
        f"{facts.n_characters:,} characters",
        f"{facts.n_sentences} sentence{'s' if facts.n_sentences != 1 else ''}",
        scripts,
    ]
    told += [f"{facts.n_emoji} emoji"] if facts.n_emoji else []
    told += ["written from right to left"] if facts.right_to_left else []
    st.caption(f":material/cleaning_services: After cleaning: {escape(' · '.join(told))}. Control characters and marks "
               "that override the direction are taken out; the tokeniser lowers case and strips accents.")  # fmt: skip


def write_places(found: Prepared) -> pd.DataFrame:
    """Lay the places out as a table; of a long input the first 128."""
    rows = found.places[:MOST_ROWS]
    return pd.DataFrame(
        {
            "Place": range(1, len(rows) + 1),
            "Token": [place.token for place in rows],
            "Number": [place.number for place in rows],
            "Mask": [place.mask for place in rows],
            "Stands for": [found.text[place.start : place.end] for place in rows],
        }
    )
