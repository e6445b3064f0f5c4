"""Where each head of each layer of the transformer looks in a person's own sentence, up to 256 pieces.

Left out: what attention says of the answer, which is one of the methods of ``review_reasons``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.text._shared.encoder import MAX_ATTENTION_TOKENS, open_encoder
from core.text.sentiment import explain
from core.text.sentiment.bert import Bert
from pages.kit.charts import show_chart
from pages.kit.review_models import SLUG, ask_sentence
from pages.kit.sentence_pieces import find_bert
from pages.kit.uploads import drop_with_session

LEAST_WIDTH = 420
OVERVIEWS = {"How broadly": explain.heads_chart, "Every head": explain.tiles_chart}


@st.cache_resource(max_entries=4, scope="session", show_spinner="Looking where each head looks…")
def load_attention(text: str, size: int, _bert: Bert) -> tuple[Any, tuple[str, ...], int]:  # noqa: ARG001 - the key
    """Ask where every head looks once; return it with the pieces and how many were cut."""
    encoder = open_encoder(_bert.network, _bert.tokeniser, MAX_ATTENTION_TOKENS)
    found = encoder.encode([text])
    return encoder.attention(text), tuple(piece.token for piece in found.pieces[0]), int(found.n_cut[0])


def show_attention() -> None:
    """Draw all heads at once, and one of them closely."""
    text = ask_sentence()
    if text is None:
        return
    bert = find_bert()
    attention, pieces, n_cut = load_attention(text, len(bert.network), bert)
    if n_cut:
        st.caption(
            f":material/content_cut: The text has {len(pieces) + n_cut:,} pieces; the first {len(pieces)} are shown."
        )
    show_heads(attention, pieces)
    limit = bert.encoder.max_tokens
    more = f" For its answers the network reads the first {limit}." if len(pieces) > limit else ""
    st.caption(f"{len(pieces)} pieces, {attention.shape[0]} layers of {attention.shape[1]} heads, as the shipped "
               f"int8 network computes them.{more} That a head looks somewhere does not mean that the answer hangs "
               "on it: see *Is it true?*.")  # fmt: skip


@st.fragment
def show_heads(attention: Any, pieces: tuple[str, ...]) -> None:
    """Draw the overview and the chosen head; choosing redraws only this."""
    n_layers, n_heads = attention.shape[:2]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = st.segmented_control("Overview", list(OVERVIEWS), default="How broadly", required=True,
                                    key=f"{SLUG}_overview")  # fmt: skip
        layer = st.select_slider("Layer", range(1, n_layers + 1), 1, key=f"{SLUG}_layer", width=220)
        head = st.select_slider("Head", range(1, n_heads + 1), 1, key=f"{SLUG}_head", width=260)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(OVERVIEWS[kind or "How broadly"](attention), f"{SLUG}_heads_{kind}", 420)
        with st.container():
            chart = explain.head_chart(attention, pieces, layer - 1, head - 1)
            show_chart(replace(chart, square=False), f"{SLUG}_one_head", 420)  # a square would be tiny on a phone


drop_with_session("sentence_attention", load_attention)
