"""Explore: the texts that test the network, which language a text is in, how texts are cut, and two spaces as one.

Left out: tokenisers (``token_views``) and spaces (``language_spaces``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.language_models import show_again, write_python
from pages.kit.language_spaces import show_spaces
from pages.kit.language_trial import describe_doubt, list_samples
from pages.kit.language_words import (
    SLUG,
    fix_labels,
    make_words,
    name_language,
    say,
    show_language_views,
    write_number,
    write_share,
)
from pages.kit.texts import ask_text
from pages.kit.token_views import show_tokens

METHODS = ("method_words", "method_letters", "method_runs")
SHOWN = 5
SPLITS = {"films": "split_films", "zh": "split_zh"}


def show_exploring() -> None:
    """Draw the Explore tab."""
    views = {"tokens": show_tokens, "which": show_which, "spaces": show_spaces, "data": show_texts}
    show_language_views(views, "explore")


def show_which() -> None:
    """Draw in which language a text is, and how often that is right."""
    text = ask_text(f"{SLUG}_which", list_samples(), make_words())
    if text is not None:
        guess = project.identify(text)
        if guess.ranking:
            show_chart(chart_ranking(guess), f"{SLUG}_ranking", 240)
        if guess.code == project.UNKNOWN:
            st.info(describe_doubt(guess), icon=":material/help:")
        else:
            st.caption(say("familiar", share=write_share(guess.familiar)))
        call = f"identify({text[:200]!r})"
        show_again(write_python(f"print({call})"))
    show_accuracy()


def chart_ranking(guess: project.LanguageGuess) -> Chart:
    """Draw the likeliest languages."""
    names = np.array([name_language(code) for code, _ in guess.ranking], dtype=object)
    shares = np.array([share for _, share in guess.ranking])
    known = guess.code != project.UNKNOWN
    title = say("which_title", language=names[0], share=write_share(shares[0])) if known else say("which_unknown")
    return Chart(
        title, say("probability"), "", (Mark("bars", shares, names),), alt=title, x_range=(0.0, 1.0), x_percent=True
    )


def show_accuracy() -> None:
    """Offer to measure how often the language is right on held-out texts: some seconds, once for everyone."""
    st.subheader(say("which_right"), anchor=False)
    key = f"{SLUG}_which_measured"
    if st.button(say("measure_seconds"), key=f"{key}_button", icon=":material/straighten:"):
        st.session_state[key] = True
    if st.session_state.get(key):
        rows, (refused, answered) = load_accuracy()
        show_chart(chart_accuracy(rows), f"{key}_chart", 340)
        st.caption(say("which_refused", refused=write_share(refused.accuracy), n=write_number(refused.n),
                       answered=write_share(answered.accuracy), m=write_number(answered.n)))  # fmt: skip
    st.caption(say("which_about", n=len(project.LANGUAGES)))
    show_again(write_python("print(measure_languages(), measure_refusals())"))


@st.cache_resource(max_entries=1, show_spinner=True)
def load_accuracy() -> tuple:
    """Measure once."""
    return project.measure_languages(), project.measure_refusals()


def chart_accuracy(rows: tuple) -> Chart:
    """Draw the accuracy by the length of the text, a line a method."""
    sizes = list(dict.fromkeys(row.size for row in rows))
    labels = [say("paragraph") if not size[0].isdigit() else say("size_words", n=size.split()[0]) for size in sizes]
    marks = []
    for place, method in enumerate(dict.fromkeys(row.method for row in rows)):
        own = [row for row in rows if row.method == method]
        marks.append(Mark("points", np.array(labels, dtype=object), np.array([row.accuracy for row in own]),
                          say(METHODS[place]), "class", place, np.array([row.low for row in own]),
                          np.array([row.high for row in own])))  # fmt: skip
    last = [row for row in rows if row.method == rows[-1].method]
    title = say("which_accuracy", short=write_share(last[0].accuracy, 1), size=labels[0],
                long=write_share(last[-1].accuracy, 1), other=labels[-1])  # fmt: skip
    return Chart(title, say("length"), say("right_answers"), tuple(marks), alt=title, y_percent=True)


def show_texts() -> None:
    """Draw the test texts by language, and some of them."""
    data = load_data()
    show_chart(chart_data(data), f"{SLUG}_data", 320)
    st.caption(say("data_about"))
    names = fix_labels(name_split, list(data.test))
    split = st.selectbox(
        say("texts"),
        list(data.test),
        format_func=names,
        key=f"{SLUG}_split",
        width=320,
    )
    part = data.test[split]
    labels = np.array(["negative", "neutral", "positive"], dtype=object)[part.labels]
    frame = pd.DataFrame({say("label"): [say(label) for label in labels], say("text"): part.texts})
    st.dataframe(frame.head(200), hide_index=True, height=280, alt=say("texts"))
    counts = "{split: len(part) for split, part in load(RECIPES['full']).test.items()}"
    show_again(write_python(f"print({counts})"))


@st.cache_resource(max_entries=1, show_spinner=False)
def load_data() -> project.Data:
    """Load the texts of the shipped recipe once."""
    return project.load(project.RECIPES["full"])


def name_split(split: str) -> str:
    """Name test texts: a language's tweets, or reviews."""
    return say(SPLITS[split]) if split in SPLITS else say("split_tweets", language=name_language(split))


def chart_data(data: project.Data) -> Chart:
    """Draw how many test texts of each class each language has."""
    names = np.array([name_split(split) for split in data.test], dtype=object)
    counts = np.array([np.bincount(part.labels, minlength=3) for part in data.test.values()])
    marks = tuple(
        Mark("bars", counts[:, at], names, say(label), role)  # type: ignore[arg-type]
        for at, (label, role) in enumerate(zip(project.CLASSES, ("bad", "muted", "good"), strict=True))
    )
    title = say(
        "data_title", n=write_number(int(counts.sum())), languages=len({part.language for part in data.test.values()})
    )
    return Chart(escape(title), say("texts"), "", marks, alt=title)
