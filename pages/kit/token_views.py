"""How a text becomes tokens: four ways trained on the spot and the network's own, side by side, and what each costs.

Left out: the methods (``core``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.language_models import Asked, choose_asked, show_again, write_python
from pages.kit.language_words import (
    SLUG,
    find_interface,
    fix_labels,
    make_words,
    name_language,
    say,
    write_number,
    write_share,
)
from pages.kit.texts import ask_text
from pages.kit.token_colours import colour_pieces

LEARNABLE = ("en", "es", "fr", "de", "pt", "it", "fi", "tr", "ru", "ar", "hi", "zh")
PAYING = ("en", "es", "fr", "de", "pt", "it", "fi", "tr", "ru", "ar", "hi", "zh")
MOST_LEARNT = 4
OWN = "own"
SIZES = (500, 1_000, 2_000, 4_000)
TEXT = "Todos los seres humanos nacen libres · All human beings are born free · 人人生而自由 🎉"
SOURCE = "core.text.multilingual.language_text"


def show_tokens() -> None:
    """Draw the comparison on the user's text, the merges as they are learnt, and what each language pays."""
    asked = choose_asked("tokens")
    if asked is None:
        return
    samples = {say("sample_mixed"): TEXT}
    samples |= {name_language(code): project.SAMPLES[code] for code in ("hi", "zh", "ar", "de")}
    text = ask_text(f"{SLUG}_tokens", samples, make_words(), 2_000)
    learnable = fix_labels(name_language, LEARNABLE)
    with st.container(horizontal=True, gap="medium"):
        learnt = st.multiselect(say("learnt_from"), LEARNABLE, ["en", "es"], format_func=learnable, width=420,
                                max_selections=MOST_LEARNT, key=f"{SLUG}_learnt", help=say("learnt_help"))  # fmt: skip
        size = st.select_slider(say("vocabulary"), SIZES, 1_000, format_func=fix_labels(write_number, SIZES),
                                key=f"{SLUG}_pieces", width=320)  # fmt: skip
    if not learnt:
        st.info(say("learnt_none"), icon=":material/translate:")
        return
    if text is not None:
        show_ways(asked, text, tuple(learnt), size)
        show_merges(text, tuple(learnt))
    show_fertility(asked, tuple(learnt), size)


def show_ways(asked: Asked, text: str, learnt: tuple[str, ...], size: int) -> None:
    """Draw a text as each way cuts it."""
    n_words = len(text.split())
    for way in (*project.WAYS, OWN):
        tokens = load_tokeniser(asked.key, way, learnt, size, asked.model).tokenise(text)
        unknown = [place for place, token in enumerate(tokens) if not token.known]
        told = f"**{name_way(way)}** · {say('pieces', n=write_number(len(tokens)))}"
        told += f" · {say('per_word', n=write_number(len(tokens) / n_words, 1))}"
        told += f" · :red[{say('unknown_pieces', n=len(unknown))}]" if unknown else ""
        with st.container(border=True, gap="xsmall"):
            st.markdown(told)
            st.markdown(colour_pieces([token.piece for token in tokens], unknown))
    st.caption(say("ways_about"))


def name_way(way: str) -> str:
    """Name a way of cutting in the page's language."""
    return say(f"way_{way.replace(' ', '_').lower()}")


@st.cache_resource(max_entries=24, show_spinner=False)
def load_tokeniser(key: str, way: str, learnt: tuple[str, ...], size: int, _model: project.Model) -> object:  # noqa: ARG001 - what it is kept under
    """Train a way once, or read the network's own."""
    if way == OWN:
        return project.read_tokeniser(_model.tokeniser)
    return project.train_on_declaration(way, learnt, size)  # type: ignore[arg-type] # one of the ways


@st.cache_resource(max_entries=16, show_spinner=False)
def load_merges(learnt: tuple[str, ...], n_merges: int) -> project.BytePairs:
    """Learn byte pairs of characters once."""
    declaration = project.language_text.load_declaration()
    return project.train_bpe([text for code in learnt for text in declaration[code][::2]], n_merges)


def show_merges(text: str, learnt: tuple[str, ...]) -> None:
    """Learn byte pairs while a person moves the number of merges, and draw the text as it is cut by then."""
    st.subheader(say("merges"), anchor=False)
    n_merges = st.slider(say("merges_n"), 0, 1_500, 200, 10, key=f"{SLUG}_merges")
    pairs = load_merges(learnt, n_merges)
    tokens = pairs.tokenise(text)
    st.markdown(colour_pieces([token.piece for token in tokens], [p for p, t in enumerate(tokens) if not t.known]))
    if pairs.merges:
        last = [f"`{merge.left}` + `{merge.right}`" for merge in pairs.merges[-5:]]
        first = [f"`{merge.left}` + `{merge.right}`" for merge in pairs.merges[:5]]
        st.caption(f"{say('merges_first')}: {', '.join(first)} · {say('merges_last')}: {', '.join(last)}")
        begun = pairs.merges[0].n_pieces + pairs.merges[0].count
        title = say("merges_title", n=write_number(len(pairs.merges)), begun=write_number(begun),
                    left=write_number(pairs.merges[-1].n_pieces))  # fmt: skip
        chart = project.chart_merges(pairs)
        show_chart(replace(chart, title=title, alt=title, x_label=say("merges_n"), y_label=say("merges_left")),
                   f"{SLUG}_merges_chart", 260)  # fmt: skip
    texts = f"[t for c in {learnt!r} for t in d()[c][::2]]"
    show_again(
        write_python(f"from {SOURCE} import load_declaration as d; print(train_bpe({texts}, {n_merges}).merges[-5:])")
    )


def show_fertility(asked: Asked, learnt: tuple[str, ...], size: int) -> None:
    """Draw what each language pays for the same text, for one way of cutting."""
    st.subheader(say("fertility"), anchor=False)
    ways = [OWN, *project.WAYS]
    labels = fix_labels(name_way, ways)
    way = st.segmented_control(say("way"), ways, default=OWN, required=True, format_func=labels, wrap=True,
                               key=f"{SLUG}_way_{find_interface()}", label_visibility="collapsed") or OWN  # fmt: skip
    rows = load_fertility(asked.key, way, learnt, size, asked.model)
    show_chart(chart_fertility(rows), f"{SLUG}_fertility", 320)
    with st.expander(say("table"), type="compact"):
        st.dataframe(
            pd.DataFrame(
                {
                    say("language"): [name_language(row.language) for row in rows],
                    say("pieces_column"): [row.pieces for row in rows],
                    say("fertility"): [write_number(row.per_word, 2) for row in rows],
                    say("to_english"): [write_number(row.to_english, 2) for row in rows],
                    say("unknown_share"): [write_share(row.unknown, 1) for row in rows],
                }
            ),
            hide_index=True,
            alt=say("fertility"),
        )
    st.caption(say("fertility_about"))


@st.cache_resource(max_entries=32, show_spinner=False)
def load_fertility(key: str, way: str, learnt: tuple[str, ...], size: int, _model: project.Model) -> tuple:
    """Count once what each language pays."""
    return project.measure_fertility(load_tokeniser(key, way, learnt, size, _model), PAYING, way)  # type: ignore[arg-type]


def chart_fertility(rows: tuple) -> Chart:
    """Draw pieces for the same content, English being 1."""
    order = sorted(rows, key=lambda row: row.to_english)
    names = np.array([name_language(row.language) for row in order], dtype=object)
    worst = order[-1]
    title = say("fertility_title", n=write_number(worst.to_english, 1), language=name_language(worst.language))
    marks = (Mark("bars", np.array([row.to_english for row in order]), names, role="main"),)
    return Chart(escape(title), say("to_english"), "", marks, alt=title)
