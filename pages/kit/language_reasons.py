"""Explain: what each word does to an answer, one sentence in eleven languages, and what the network is given to read.

Left out: attention and gradients, which the page of sentiment analysis compares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.charts import Chart, Mark
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.language_models import LONGEST_SHOWN, Asked, choose_asked, describe_asked, show_again, write_python
from pages.kit.language_trial import MOST_WEIGHED, list_samples, load_spans, show_words
from pages.kit.language_words import (
    SLUG,
    find_interface,
    fix_labels,
    make_words,
    name_language,
    say,
    show_language_views,
    write_number,
    write_share,
)
from pages.kit.texts import ask_text
from pages.kit.token_colours import colour_pieces

MOST_BARS = 14
LOAD = f"from core.hub.artifacts import MODELS; model = load_model(MODELS / '{SLUG}/full/weights')"


def show_reasoning() -> None:
    """Draw the Explain tab."""
    show_language_views({"words": show_effects, "parallel": show_parallel, "reading": show_reading}, "explain")


def show_effects() -> None:
    """Draw each word's effect, and what the answer is without the strongest."""
    asked, text = ask_about("effects")
    if asked is None or text is None:
        return
    show_words(asked, text)
    spans = load_spans(asked.key, text, asked.model)
    if not spans:
        return
    order = sorted(spans, key=lambda span: -abs(span[2]))
    show_chart(chart_effects(text, order[:MOST_BARS]), f"{SLUG}_effects", 240)
    start, end, _ = order[0]
    before, after = load_rates(asked.key, (text, text[:start] + text[end:]), asked.model)
    first, second = map(write_lean, (before, after))
    st.markdown(say("without_word", word=f"**{escape(text[start:end])}**", first=first, second=second))
    st.caption(say("effects_about"))
    show_again(write_python(f"{LOAD}; print(weigh_spans(model, {text[:LONGEST_SHOWN]!r}, {MOST_WEIGHED}))"))


def ask_about(place: str) -> tuple[Asked | None, str | None]:
    """Ask which network and which text."""
    asked = choose_asked(place)
    if asked is None:
        return None, None
    st.caption(f":material/deployed_code: {describe_asked(asked)}")
    return asked, ask_text(f"{SLUG}_explained", list_samples(), make_words())


def write_lean(shares: np.ndarray) -> str:
    """Name the likeliest class with its share."""
    return f"{say(project.CLASSES[int(shares.argmax())])} ({write_share(shares.max())})"


def chart_effects(text: str, order: list[tuple[int, int, float]]) -> Chart:
    """Draw a bar a word, the strongest first; equal words are numbered."""
    seen: dict[str, int] = {}
    names = []
    for start, end, _ in order:
        word = text[start:end]
        seen[word] = seen.get(word, 0) + 1
        names.append(word if seen[word] == 1 else f"{word} ({seen[word]})")
    effects, axis = np.array([effect for _, _, effect in order]), np.array(names, dtype=object)
    marks = tuple(
        Mark("bars", effects[kept], axis[kept], say(name), role)  # type: ignore[arg-type]
        for name, role, kept in (("for_positive", "main", effects > 0), ("for_negative", "second", effects <= 0))
        if kept.any()
    )
    title = say("effects_title", word=names[0], side=say("positive" if effects[0] > 0 else "negative"))
    return Chart(title, say("effects_axis"), "", marks, alt=title)


def show_parallel() -> None:
    """Draw what the network says of one sentence in eleven languages."""
    asked = choose_asked("parallel")
    if asked is None:
        return
    st.caption(f":material/deployed_code: {describe_asked(asked)}")
    tone = st.segmented_control(say("sentence"), list(project.PARALLEL), default="glad", required=True, wrap=True,
                                format_func=fix_labels(lambda name: say(f"sentence_{name}"), list(project.PARALLEL)),
                                key=f"{SLUG}_tone_{find_interface()}") or "glad"  # fmt: skip
    texts = project.PARALLEL[tone]
    shares = load_rates(asked.key, tuple(texts.values()), asked.model)
    show_chart(chart_parallel(list(texts), shares, tone), f"{SLUG}_parallel", 380)
    frame = {say("language"): [name_language(code) for code in texts], say("text"): list(texts.values())}
    frame |= {say(name): [write_share(each) for each in shares[:, at]] for at, name in enumerate(project.CLASSES)}
    st.dataframe(pd.DataFrame(frame), hide_index=True, alt=say("view_parallel"))
    st.caption(say("parallel_about"))
    show_again(write_python(f"{LOAD}; print([rate_texts(model, [text]) for text in PARALLEL[{tone!r}].values()])"))


@st.cache_data(max_entries=8, show_spinner=False)
def load_rates(key: str, texts: tuple[str, ...], _model: project.Model) -> np.ndarray:  # noqa: ARG001 - what it is kept under
    """Ask about some texts, each alone, so that no text's answer depends on the others."""
    return np.concatenate([project.rate_texts(_model, [text]) for text in texts])


def chart_parallel(codes: list[str], shares: np.ndarray, tone: str) -> Chart:
    """Draw the three shares of each language."""
    wanted = 2 if tone == "glad" else 0
    names = np.array([name_language(code) for code in codes], dtype=object)
    right = int((shares.argmax(axis=1) == wanted).sum())
    labels = np.array([say(name) for name in project.CLASSES], dtype=object)
    cells = tuple(write_share(each) for each in shares.ravel())
    title = say("parallel_title", n=right, most=len(codes), answer=labels[wanted])
    return Chart(title, "", "", (Mark("heatmap", labels, names, z=shares, text=cells),), alt=title)


def show_reading() -> None:
    """Draw the pieces that the network reads of a text, and what did not fit."""
    asked, text = ask_about("reading")
    if asked is None or text is None:
        return
    pieces, n_cut = asked.model.read_pieces(text)
    st.markdown(f"**{say('pieces', n=write_number(len(pieces)))}** · "
                + say("reading_room", most=asked.model.room))  # fmt: skip
    with st.container(border=True):
        st.markdown(colour_pieces([piece.token for piece in pieces]))
    if n_cut:
        st.warning(say("cut", n=len(pieces), more=write_number(n_cut)), icon=":material/content_cut:")
    logits = asked.model.encoder.run([text])
    balance = asked.model.balance
    steps = {
        say("step_read"): write_number(len(pieces)),
        say("step_logits"): ", ".join(
            f"{say(n)} {write_number(v, 2)}" for n, v in zip(project.CLASSES, logits[0], strict=True)
        ),
        say("step_balance"): f"÷ {write_number(balance.temperature, 2)}, "
        + ", ".join(f"{say(n)} {write_number(v, 2)}" for n, v in zip(project.CLASSES, balance.bias, strict=True)),
        say("probability"): ", ".join(
            f"{say(n)} {write_share(v)}" for n, v in zip(project.CLASSES, balance.apply(logits)[0], strict=True)
        ),
    }
    if pieces:
        st.table(steps, border="horizontal", alt=say("view_reading"))
    st.caption(say("reading_about"))
