"""Two models side by side on one sentence: what each says, and the smallest change of words that turns each.

Left out: the search, which ``core.text.sentiment.explain`` makes.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.text import sentiment as project
from core.text.sentiment import explain
from core.text.sentiment.explain.flips import MAX_WORDS
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.review_models import SLUG, YOURS, ask_sentence, list_runs, load_asked
from pages.kit.sentence_effects import ask_first, load_effects, show_effects
from pages.kit.uploads import drop_with_session

KINDS = {"both": "Leave out or replace", "leave out": "Only leave out", "replace": "Only replace"}
LEAST_WIDTH = 360
QUICK_WORDS = 24


def list_models() -> dict[str, str]:
    """Name every family of every run that can answer, as ``run/family``, with its title."""
    found = {}
    for run in reversed(list_runs()):
        asked = load_asked(run)
        if asked is not None:
            whose = " · trained here" if run == YOURS else ""
            found |= {f"{run}/{name}": f"{project.TITLES[name]}{whose}" for name in reversed(asked.model.fitted)}
    return found


def show_duel() -> None:
    """Let two models answer about one sentence and draw what turns them."""
    text, known = ask_sentence(), list_models()
    if text is None or len(known) < 2:  # noqa: PLR2004 - side by side takes two
        return
    with st.grid(3, min_column_width=220, gap="small"):
        first = st.selectbox("First", list(known), format_func=known.get, key=f"{SLUG}_duel_first")
        second = st.selectbox("Second", list(known), index=1, format_func=known.get, key=f"{SLUG}_duel_second")
        kind = st.selectbox("Changes", list(KINDS), format_func=KINDS.get, key=f"{SLUG}_duel_kinds")
    if first == second:
        st.info("Choose two different models.", icon=":material/compare:")
        return
    st.markdown("**What each reads** :gray[· each word left out in turn]")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name in (first, second):
            with st.container():
                show_side(name, known[name], text)
    n_words = len(text.split())
    if n_words > MAX_WORDS:
        st.info(f"What turns them is searched in texts of up to {MAX_WORDS} words; this one has {n_words}.",
                icon=":material/straighten:")  # fmt: skip
        return
    duel = find_duel((first, second), text, kind, n_words)
    if duel is not None:
        draw_duel(duel, known)


def show_side(name: str, title: str, text: str) -> None:
    """Draw one model's answer and its words."""
    asked, one = find_one(name)
    share = float(one.probabilities([text])[0])
    st.markdown(f"**{escape(title)}**: {share:.0%} positive")
    if len(text.split()) <= MAX_WORDS:
        show_effects(text, load_effects(f"{asked.key}{one.name}", text, "occlusion", one))


def find_one(name: str) -> tuple[Any, Any]:
    """Return a run and one of its families."""
    run, _, family = name.partition("/")
    asked = load_asked(run)
    return asked, asked.model.find(family)  # type: ignore[union-attr]


def find_duel(names: tuple[str, str], text: str, kind: str, n_words: int) -> Any:
    """Search at once in a short text; in a longer one when asked to."""
    keys = tuple(find_one(name)[0].key for name in names)
    if n_words <= QUICK_WORDS:
        return load_duel(names, keys, text, kind)
    return ask_first("Search what turns them", (*names, *keys, text, kind),
                     lambda: load_duel(names, keys, text, kind), "duel")  # fmt: skip


@st.cache_resource(max_entries=16, scope="session", show_spinner="Searching what turns them…")
def load_duel(names: tuple[str, str], keys: tuple[str, ...], text: str, kind: str) -> Any:  # noqa: ARG001 - the key
    """Search once."""
    scores = {name: find_one(name)[1].probabilities for name in names}
    return explain.compare_models(scores, text, kind)  # type: ignore[arg-type]


def draw_duel(duel: Any, known: dict[str, str]) -> None:
    """Draw what both say of the text and of the texts that turn each."""
    show_chart(explain.duel_chart(duel, known), f"{SLUG}_duel", 340)
    rows = []
    for owner, flip in duel.flips.items():
        others = [known[name] for name in duel.shares if name != owner and duel.turns(owner, name)]
        rows.append(
            {
                "Model": known[owner],
                "Change": ", ".join(change.told for change in flip.changes) or "none of up to three words",
                "Text after it": flip.new_text,
                "Before": round(flip.share, 3),
                "After": round(flip.new_share, 3),
                "Turns the other": "yes" if others else "no",
                "Smallest": "yes" if flip.is_smallest else "not proven" if flip.turned else "",
                "Texts asked": flip.n_asked,
            }
        )
    config = {name: st.column_config.NumberColumn(format="percent") for name in ("Before", "After")}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=config, alt="The smallest change that turns each model"
    )
    st.caption("All single changes are tried, then pairs and triples of the strongest; replaced by plain words for "
               "or against a film. A model that one word turns hangs on it.")  # fmt: skip


drop_with_session("sentence_duels", load_duel)
