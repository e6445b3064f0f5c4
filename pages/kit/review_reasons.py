"""Explain: why a text is called positive, by every method, whether that is true, where a network looks, what flips.

Left out: the explanations themselves, which ``core.text.sentiment.explain`` works out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.text.sentiment import explain
from core.text.sentiment.board import denial_chart
from core.text.sentiment.model import FittedFamily
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.review_models import SLUG, Asked, ask_sentence, choose_family, choose_run, describe_family
from pages.kit.sentence_attention import show_attention
from pages.kit.sentence_checks import show_checks, show_own_check
from pages.kit.sentence_duel import show_duel
from pages.kit.sentence_effects import find_effects, is_slow, show_effects
from pages.kit.tabs import show_views

LEAST_WIDTH = 360
FIRST = ("integrated", "linear", "occlusion")


def show_reasoning() -> None:
    """Draw the Explain tab."""
    views = {
        "Which words": show_words,
        "Is it true?": show_checks,
        "Attention": show_attention,
        "Two models": show_duel,
        "Does it read “not”?": show_denials,
    }
    show_views(views, f"{SLUG}_explain")


def show_words() -> None:
    """Explain one sentence by every method that the family can be asked by."""
    text = ask_sentence()
    asked = choose_run("explain")
    if text is None or asked is None:
        return
    one = choose_family(asked, "explain")
    st.caption(describe_family(asked, one))
    subject = explain.make_subject(one.model)
    methods = {each.name: each for each in explain.list_methods(subject)}
    names = list(methods)
    first = next(name for name in FIRST if name in names)
    key = f"{SLUG}_method_{one.name}"
    name = st.segmented_control("Explained by", names, default=first, required=True, wrap=True,
                                format_func=lambda each: methods[each].title, key=key)  # fmt: skip
    name = name or first
    st.caption(methods[name].says)
    found = find_effects(asked, one, text, name)
    if found is None:
        return
    show_effects(text, found)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(explain.words_chart(found), f"{SLUG}_words", 300)
        with st.container():
            show_all(asked, one, text, names)
    show_sum(found)
    show_own_check(asked, one, text, found)


def show_all(asked: Asked, one: FittedFamily, text: str, names: list[str]) -> None:
    """Draw the methods beside each other, those at hand within a second."""
    quick = [find_effects(asked, one, text, name) for name in names if not is_slow(one, text, name)]
    show_chart(explain.methods_chart(quick), f"{SLUG}_methods", 300)
    slow = [name for name in names if is_slow(one, text, name)]
    if slow:
        st.caption(
            f"Left out, since it takes longer on a text of this length: {escape(', '.join(slow))}. Choose it above."
        )


def show_sum(found: Any) -> None:
    """Say whether the effects add up to the answer, and draw how near the steps have come."""
    if found.adds_up and np.isfinite(found.gap):
        st.caption(
            f"Adds up: from {found.base:.2f} the effects lead to {found.answer:.2f} log-odds, {found.gap:.3f} apart."
        )
    if found.steps:
        with st.expander("How near integrated gradients have come, by steps", type="compact"):
            show_chart(explain.steps_chart(found), f"{SLUG}_steps", 280)


def show_denials() -> None:
    """Draw who reads "not"."""
    asked = choose_run("denials")
    if asked is None:
        return
    families = [asked.model.fitted[name] for name in reversed(asked.model.fitted)]
    show_chart(denial_chart(families), f"{SLUG}_denials", 460)
    st.caption("The probability of positive of plain phrases and of their denials. A family that reads “not” turns "
               "round: “good” high, “not good” low, “bad” low, “not bad” high. Sums of words cannot; a recurrent "
               "network could, and mostly does not learn to, since in these reviews the word itself is nearly "
               "always enough.")  # fmt: skip
    show_own_denial(asked)


def show_own_denial(asked: Asked) -> None:
    """Ask every family about a phrase and its denial of a person's own."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        plain = st.text_input("Your phrase", "worth seeing", key=f"{SLUG}_plain", max_chars=200, width=300)
        denied = st.text_input("Its denial", "not worth seeing", key=f"{SLUG}_denied", max_chars=200, width=300)
    if not (plain or "").strip() or not (denied or "").strip():
        st.info("Write a phrase and its denial.", icon=":material/edit:")
        return
    told = [
        (one.title, *one.probabilities([plain, denied]).round(3).tolist())
        for one in map(asked.model.find, reversed(asked.model.fitted))
    ]
    columns = {
        "Family": [row[0] for row in told],
        plain: [row[1] for row in told],
        f"{denied} ": [row[2] for row in told],
    }
    config = {name: st.column_config.NumberColumn(format="percent") for name in (plain, f"{denied} ")}
    st.dataframe(
        columns, hide_index=True, column_config=config, alt="Probability of positive of a phrase and its denial"
    )
