"""Two languages laid on each other: word vectors before and after the turn, a word's translations, and how often right.

Left out: the method (``core``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.hub.charts import Chart, Mark
from core.hub.errors import HubError
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.errors import show_error
from pages.kit.language_models import show_again, write_python
from pages.kit.language_words import SLUG, find_interface, fix_labels, name_language, say, write_number, write_share

LEAST_WIDTH, MOST_PAIRS = 340, 7
METHODS = ("method_spelling", "method_unturned", "method_nearest", "method_csls")


def show_spaces() -> None:
    """Draw both spaces before and after the turn, one word's translations, and the precision."""
    key = f"{SLUG}_target_{find_interface()}"
    target = st.segmented_control(say("english_onto"), project.TARGETS, default="es", required=True, wrap=True,
                                  format_func=fix_labels(name_language, project.TARGETS), key=key) or "es"  # fmt: skip
    found = load_alignment(target)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="large"):
        for turned in (False, True):
            with st.container():
                show_chart(chart_spaces(found, target, turned=turned), f"{SLUG}_spaces_{turned}", 420)
    st.caption(
        say("spaces_marks", language=name_language(target))
        + "  \n"
        + say("spaces_about", learnt=write_number(len(found.learnt)), language=name_language(target))
    )
    show_word(found, target)
    show_precision(target)


@st.cache_resource(max_entries=4, show_spinner=False)
def load_alignment(target: str) -> project.alignment.Alignment:
    """Turn English onto a language once."""
    return project.align(target)


def chart_spaces(found: project.alignment.Alignment, target: str, *, turned: bool) -> Chart:
    """Draw pairs of words, named in the page's language."""
    chart = project.chart_alignment(found, turned=turned)
    cosine = chart.title.rsplit(" ", 1)[-1]
    title = say("after_title" if turned else "before_title", language=name_language(target),
                cosine=write_number(float(cosine), 2))  # fmt: skip
    lines, (mine, theirs) = chart.marks[:-2], chart.marks[-2:]
    marks: list[Mark] = []
    for at in range(MOST_PAIRS):
        name = f"{mine.text[at]} · {theirs.text[at]}"
        here, there = (replace(mark, x=mark.x[at : at + 1], y=mark.y[at : at + 1], text=(name,), role="class", index=at)
                       for mark in (mine, theirs))  # fmt: skip
        marks += [
            replace(lines[at], role="class", index=at),
            replace(here, name=name),
            replace(there, name="", dash=True),
        ]
    axes = {"x_label": say("direction", n=1), "y_label": say("direction", n=2)}
    return replace(chart, title=title, alt=title, marks=tuple(marks), **axes)


def show_word(found: project.alignment.Alignment, target: str) -> None:
    """Draw the nearest words of the other language before and after the turn."""
    word = st.text_input(say("english_word"), "king", max_chars=40, key=f"{SLUG}_word", width=280,
                         help=say("word_help", n=write_number(len(found.source.words))))  # fmt: skip
    if not word.strip():
        st.info(say("empty"), icon=":material/edit:")
        return
    try:
        before, after = (
            project.find_translations(found, word, rule=rule, turned=turned)
            for rule, turned in (("nearest", False), ("csls", True))
        )
    except HubError:
        show_error(say("word_unknown", n=write_number(len(found.source.words))))
        return
    known = sorted(project.word_spaces.load_pairs(target).get(word.strip().lower(), frozenset()))
    with st.container(border=True):
        st.markdown(f"**{say('before')}**: {write_words(before)}  \n**{say('after')}**: {write_words(after)}")
        if known:
            place = "learnt_word" if word.strip().lower() in found.learnt else "held_word"
            st.caption(f"{say('dictionary')}: {', '.join(known)} · {say(place)}")


def write_words(found: object) -> str:
    """Write words with their similarity."""
    return ", ".join(f"{word} ({write_number(value, 2)})" for word, value in found)  # type: ignore[attr-defined]


def show_precision(target: str) -> None:
    """Offer to measure how often the first answer is a translation."""
    key = f"{SLUG}_precision"
    if st.button(say("measure_precision"), key=f"{key}_{target}", icon=":material/straighten:"):
        st.session_state.setdefault(key, set()).add(target)
    if target in st.session_state.get(key, ()):
        rows = load_precision(target)
        show_chart(chart_precision(rows), f"{key}_chart", 240)
    show_again(write_python(f"print(measure_alignment({target!r}))"))


@st.cache_resource(max_entries=4, show_spinner=False)
def load_precision(target: str) -> tuple[project.alignment.AlignmentRow, ...]:
    """Measure once."""
    return project.measure_alignment(target)


def chart_precision(rows: tuple[project.alignment.AlignmentRow, ...]) -> Chart:
    """Draw the precision of each way with its interval."""
    names = np.array([say(METHODS[place]) for place in range(len(rows))], dtype=object)
    values = np.array([row.precision for row in rows])
    mark = Mark(
        "bars", values, names, low=np.array([row.low for row in rows]), high=np.array([row.high for row in rows])
    )
    title = say("precision_title", unturned=write_share(rows[1].precision), best=write_share(values.max()), n=rows[0].n)
    return Chart(title, say("precision_axis"), "", (mark,), alt=title, x_range=(0.0, 1.0), x_percent=True)
