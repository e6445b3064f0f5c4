"""Try it: one text in any language, with the words that moved its answer and how far to trust it; and many at once.

Left out: translation (``translation_panel``), and why in detail (``language_reasons``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.language_models import Asked, choose_asked, describe_asked, describe_trust, show_again, write_command
from pages.kit.language_words import (
    SLUG,
    find_interface,
    make_words,
    name_language,
    say,
    show_language_views,
    write_number,
    write_share,
)
from pages.kit.texts import answer_texts, ask_text, ask_texts, show_answered
from pages.kit.token_colours import Span, colour_words
from pages.kit.translation_panel import show_translation

SURE, MOST_WEIGHED, ASIDE_WIDTH, MOST_COUNTED = 0.5, 60, 340, 8


def show_trial() -> None:
    """Draw the Try it tab."""
    views = {"one": show_one, "many": show_many, "translation": show_translation}
    show_language_views(views, "trial")


def list_samples() -> dict[str, str]:
    """Return the samples by the names of their languages, in the page's language."""
    first = find_interface()
    codes = sorted(project.SAMPLES, key=lambda code: code != first)
    return {name_language(code): project.SAMPLES[code] for code in codes}


def show_one() -> None:
    """Answer about one text."""
    asked = choose_asked("one")
    if asked is None:
        return
    text = ask_text(f"{SLUG}_one", list_samples(), make_words())
    known = ["auto", *project.ANSWERED]
    names = {code: say("language_auto") if code == "auto" else name_language(code) for code in known}
    language = st.selectbox(say("language"), known, key=f"{SLUG}_language", width=300, format_func=names.__getitem__)
    if text is not None:
        show_answer(asked, text, language)
    st.caption(f":material/deployed_code: {describe_asked(asked)}")


def show_answer(asked: Asked, text: str, language: str) -> None:
    """Draw the answer about a text, its language, the words that moved it, and how far to trust it."""
    found = project.predict_many(asked.model, [project.Inputs(text, language)])[0]
    with st.grid(2, min_column_width=ASIDE_WIDTH, gap="large"):
        with st.container(border=True):
            show_verdict(found)
            st.markdown(describe_language(text, found))
            if found.details["language"] != project.UNKNOWN:
                st.caption(f":material/verified: {describe_trust(asked, str(found.details['language']))}")
        with st.container():
            show_chart(chart_shares(found), f"{SLUG}_shares", 200)
    show_words(asked, text)
    n_cut = asked.model.read_pieces(text)[1]
    if n_cut:
        st.warning(say("cut", n=asked.model.room, more=write_number(n_cut)), icon=":material/content_cut:")
    show_again(write_command(asked, text, language))


def show_verdict(found: Prediction) -> None:
    """Say the class and its share, and whether that is much."""
    share = max(found.probabilities.values())
    st.metric(say("answer"), say(str(found.answer)), say("share_of", share=write_share(share)), delta_color="off",
              delta_arrow="off")  # fmt: skip
    if share < SURE:
        st.caption(f":material/help: {say('unsure')}")


def describe_language(text: str, found: Prediction) -> str:
    """Say in which language a text is and how that is known, or why it is unknown."""
    code = str(found.details["language"])
    if found.details["language_given"]:
        return say("language_given", language=name_language(code))
    if code != project.UNKNOWN:
        share = write_share(found.details["language_probability"])
        return say("language_found", language=f"**{name_language(code)}**", share=share)
    return f":material/help: {describe_doubt(project.identify(text))}"


def describe_doubt(guess: project.LanguageGuess) -> str:
    """Say why a text's language is unknown."""
    if not guess.ranking:
        return say("doubt_no_letters")
    first, second = (name_language(code) for code, _ in guess.ranking[:2])
    if guess.why.startswith("it may be"):
        return say("doubt_two", first=first, second=second)
    return say("doubt_strange", first=first)


def chart_shares(found: Prediction) -> Chart:
    """Draw the probability of each class."""
    names = np.array([say(name) for name in found.probabilities], dtype=object)
    shares = np.array(list(found.probabilities.values()))
    roles = ("bad", "muted", "good")
    marks = tuple(
        Mark("bars", shares[at : at + 1], names[at : at + 1], role=role)  # type: ignore[arg-type]
        for at, role in enumerate(roles)
    )
    title = say("shares_title", answer=names[shares.argmax()], share=write_share(shares.max()))
    alt = f"{title}: " + ", ".join(f"{name} {write_share(share)}" for name, share in zip(names, shares, strict=True))
    return Chart(title, say("probability"), "", marks, alt=alt, x_range=(0.0, 1.0), x_percent=True)


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def load_spans(key: str, text: str, _model: project.Model) -> tuple[Span, ...]:  # noqa: ARG001 - what it is kept under
    """Weigh a text's words once."""
    return project.weigh_spans(_model, text, MOST_WEIGHED)


def show_words(asked: Asked, text: str) -> None:
    """Draw a text with the words that moved its answer in colours."""
    spans = load_spans(asked.key, text, asked.model)
    if not spans:
        st.caption(say("words_none", most=MOST_WEIGHED))
        return
    st.markdown(f"**{say('words_moved')}**")
    with st.container(border=True):
        st.markdown(colour_words(text, spans))
    st.caption(f":blue-background[{say('for_positive')}] :orange-background[{say('for_negative')}] {say('words_how')}")


@st.fragment
def show_many() -> None:
    """Answer about many texts and give the answers back as a file."""
    asked = choose_asked("many")
    if asked is None:
        return
    st.caption(f":material/deployed_code: {describe_asked(asked)}")
    words, key = make_words(), f"{SLUG}_many"
    table = ask_texts(key, words)
    if table is None:
        st.info(say("many_first"), icon=":material/table:")
        return
    found = answer_texts(table, partial(list_answers, asked.model), f"{key}_{asked.key[:8]}", words)
    if found is not None:
        show_batch(found, key)


def list_answers(model: project.Model, texts: Sequence[str]) -> pd.DataFrame:
    """List answers about texts: language, how sure that is, class, and the probability of each class."""
    found = [project.predict_many(model, [project.Inputs(text)])[0] for text in texts]  # alone, as on *One text*
    return pd.DataFrame(
        {
            "language": [str(each.details["language"]) for each in found],
            "language_probability": [each.details["language_probability"] for each in found],
            "answer": [str(each.answer) for each in found],
            **{name: [each.probabilities[name] for each in found] for name in project.CLASSES},
        }
    )


def show_batch(found: pd.DataFrame, key: str) -> None:
    """Draw many answers: how many of each class by language, the lines, and the file."""
    n_own = len(project.CLASSES) + 3
    language, sure, answer = found.columns[-n_own : -n_own + 3]
    show_chart(chart_batch(found[language], found[answer]), f"{key}_chart", 200)
    shares = [sure, *found.columns[-len(project.CLASSES) :]]
    labels = {language: say("language"), sure: say("language_sure"), answer: say("answer")}
    labels |= {name: say(own) for name, own in zip(shares[1:], project.CLASSES, strict=True)}
    show_answered(found, key, make_words(), shares, labels)


def chart_batch(languages: pd.Series, answers: pd.Series) -> Chart:
    """Draw how many answers of each class the commonest languages have."""
    known = answers.notna()
    commonest = languages[known].value_counts().head(MOST_COUNTED).index
    names = np.array([name_language(code) for code in commonest], dtype=object)
    counts = pd.crosstab(languages[known], answers[known]).reindex(commonest)
    marks = tuple(
        Mark("bars", counts[name].to_numpy() if name in counts else np.zeros(len(names)), names, say(name), role)  # type: ignore[arg-type]
        for name, role in zip(project.CLASSES, ("bad", "muted", "good"), strict=True)
    )
    total = answers[known].value_counts()
    title = say("batch_title", n=write_number(int(known.sum())),
                **{name: write_number(int(total.get(name, 0))) for name in project.CLASSES})  # fmt: skip
    return Chart(escape(title), say("texts"), "", marks, alt=title)
