"""The Explore tab of labelled texts: the sets, what each is like, the words that tell, and single texts.

Left out: a sentence's way into a network (``sentence_pieces``) and word vectors (``word_views``).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.datasets.catalogue import load_files
from core.datasets.text_sets import load_texts
from core.hub.charts import Chart
from core.text.sentiment import overview
from core.text.sentiment.recipe import SLUG
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.sentence_pieces import show_preparing
from pages.kit.tabs import show_views
from pages.kit.word_views import show_analogies, show_neighbours, show_word_film

TITLES = {
    "films": "Films", "product_sentences": "Products", "news_sentences": "News", "tweets": "Tweets", "foods": "Foods",
}  # fmt: skip
DRAWN = {"lengths": overview.lengths_chart, "groups": overview.groups_chart, "words": overview.telling_chart}
LEAST_WIDTH = 360


@st.cache_resource(max_entries=len(TITLES) * len(DRAWN), show_spinner="Reading the texts…")
def load_chart(name: str, kind: str) -> Chart:
    """Draw a chart of a bundled set once for everyone."""
    return DRAWN[kind](load_texts(name))


@st.cache_data(max_entries=1, show_spinner="Reading the texts…")
def load_sets() -> pd.DataFrame:
    """Describe the bundled sets once."""
    return overview.describe_sets()


def show_exploring() -> None:
    """Draw the Explore tab."""
    views = {
        "Texts": show_texts,
        "Words that tell": show_telling,
        "A sentence's way in": show_preparing,
        "Word neighbours": show_neighbours,
        "Analogies": show_analogies,
        "Vectors while they learn": show_word_film,
    }
    show_views(views, f"{SLUG}_explore")


def choose_set(place: str) -> str:
    """Let a person choose a set."""
    name = st.segmented_control("Set", list(TITLES), default="films", required=True, format_func=TITLES.get, wrap=True,
                                key=f"{SLUG}_set_{place}")  # fmt: skip
    return str(name or "films")


def show_texts() -> None:
    """Draw the sets side by side, and one of them closer."""
    frame = load_sets()
    films = frame.iloc[0]
    st.markdown(
        f"**{films['texts']:,} snippets of reviews of {films['groups']} films teach; four other sets, "
        f"{frame['texts'][1:].sum():,} texts, only show how far that carries.**"
    )
    st.dataframe(write_sets(frame), hide_index=True, alt="Five sets of labelled texts with sizes, labels and lengths")
    name = choose_set("texts")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(load_chart(name, "lengths"), f"{SLUG}_lengths_{name}", 300)
        with st.container():
            kind = "groups" if name == "films" else "words"
            show_chart(load_chart(name, kind), f"{SLUG}_{kind}_{name}", 300)
    show_list(name)
    show_source(name)


def write_sets(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the sets for a reader."""
    return pd.DataFrame(
        {
            "Set": [TITLES[name] for name in frame["set"]],
            "Texts": frame["texts"],
            "Films, items or users": frame["groups"],
            "Positive (95% interval)": [
                f"{row.positive:.1%} ({row.low:.1%}–{row.high:.1%})" for row in frame.itertuples()
            ],
            "Words, median": frame["words"],
            "Words, 95% have at most": frame["words_95"],
        }
    )


@st.fragment
def show_list(name: str) -> None:
    """Draw some texts of a set, found by a word or drawn anew."""
    key = f"{SLUG}_list_{name}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input("Texts that hold", key=f"{key}_words", placeholder="any word, such as plot", width=320)
        turn = st.session_state.setdefault(f"{key}_turn", 0)
        if st.button("Others", key=f"{key}_others", icon=":material/casino:"):
            turn = st.session_state[f"{key}_turn"] = turn + 1
    found = overview.list_texts(load_texts(name), words or "", turn)
    if found.empty:
        st.info(f"No text of this set holds “{escape(words)}”; try another word.", icon=":material/search_off:")
        return
    st.caption(f"{len(found)} of {found.attrs['n_found']:,} texts.")
    shown = found.assign(**{name: found[name].map(escape) for name in ("Text", "About") if name in found})
    st.table(shown, border="horizontal", hide_index=True, alt=f"{len(found)} texts of {TITLES[name]} with their labels")


def show_telling() -> None:
    """Draw the words that positive and negative texts use most unequally."""
    name = choose_set("telling")
    show_chart(load_chart(name, "words"), f"{SLUG}_telling_{name}", 420)
    st.caption("Each word's log-odds ratio between positive and negative texts, drawn towards no difference by a prior "
               "of 500 words and divided by its standard error (Monroe et al. 2008). What tells in one set often does "
               "not in another: a reason why models carry badly.")  # fmt: skip


def show_source(name: str) -> None:
    """Say who published a set, under which licence, and how it is made again."""
    entry = next(each for each in load_files() if each.file == f"text/{name}.csv.gz")
    with st.expander("Where these texts come from", icon=":material/database:", type="compact"):
        facts = {
            "Set": escape(entry.title),
            "Publication": escape(entry.publication),
            "Source": escape(entry.source),
            "Licence": escape(entry.licence),
            "sha256": f"`{entry.sha256[:16]}…`",
            "Made by": f"`{entry.command}`",
        }
        st.table(facts, border="horizontal", alt=f"Provenance of {entry.title}")
