"""Translation: Apertium stage by stage, MarianMT in a job, a server of one's own; what is missing says how to get it.

Left out: the engines (``core``).
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.hub.errors import HubError
from core.hub.settings import load_settings
from core.text import multilingual as project
from pages.kit.errors import escape, show_error
from pages.kit.language_models import choose_asked, show_again, write_python
from pages.kit.language_words import (
    SLUG,
    find_interface,
    fix_labels,
    make_words,
    name_language,
    say,
    write_number,
    write_share,
    write_span,
)
from pages.kit.picture_page import find_run, start_run, watch_run
from pages.kit.texts import ask_text

JOB = "core.text.multilingual:run_translation_job"
PLACE = "_marian"
ENGINES = ("apertium", "marian", "server")
SERVED = ("en", "es", "fr", "de", "pt", "it", "zh")
"""What a translation server is offered; which of them it has, it says itself."""
MOST, FIRST = 5_000, ("en", "es")
Pairs = Sequence[project.translation.Offer]
STAGE_KEYS = {
    "Set signs that are not words apart": "stage_set",
    "Drop readings that do not fit, by rules": "stage_drop",
    "Tag: choose one reading of each word": "stage_tag",
    "Find what a pronoun stands for": "stage_pronoun",
    "Part words that hold two": "stage_part",
    "Put words together that belong together": "stage_join",
    "Choose among translations by the words around": "stage_choose",
    "Transfer: make phrases, agree within them": "stage_phrases",
    "Transfer: order the phrases, agree between them": "stage_order",
    "Transfer: write the phrases out as words": "stage_words",
    "Transfer: rearrange the sentence as a tree": "stage_tree",
    "Put the other signs back": "stage_back",
    "Look up each word's translation": "stage_look",
    "Generate: write each word in its form": "stage_generate",
    "Polish: contract and join words": "stage_polish",
    "Analyse: every reading of each word": "stage_analyse",
}


def show_translation() -> None:
    """Draw the choice of an engine and a pair, the text, and its translation."""
    engine = st.segmented_control(say("engine"), ENGINES, default=ENGINES[0], required=True, wrap=True,
                                  format_func=fix_labels(lambda name: say(f"engine_{name}"), ENGINES),
                                  key=f"{SLUG}_engine_{find_interface()}") or ENGINES[0]  # fmt: skip
    if engine == "server" and not load_settings().translation_api:
        st.info(say("no_server"), icon=":material/dns:")
        st.code("TRANSLATION_API=http://localhost:5000 python deploy/run_app.py", language="bash", wrap_lines=True)
        return
    offers = list_pairs(engine)
    source, target = choose_pair(offers, engine)
    sample = {name_language(source): project.SAMPLES[source]}
    text = ask_text(f"{SLUG}_translation_{source}", sample, make_words(go=say("translate")), MOST)
    if text is not None:
        {"apertium": show_rules, "marian": show_neural, "server": show_served}[engine](text, source, target)
    if engine == "apertium":
        show_pairs(offers)


def list_pairs(engine: str) -> Pairs:
    """List an engine's pairs."""
    if engine == "server":
        return [project.translation.Offer("server", one, other) for one in SERVED for other in SERVED if one != other]
    return [offer for offer in project.list_offers() if offer.engine == engine]


def choose_pair(offers: Pairs, engine: str) -> tuple[str, str]:
    """Let a person choose from what into what; pairs that are not installed stand last and say so."""
    sources = list(dict.fromkeys(offer.source for offer in offers))
    names = fix_labels(name_language, sources)
    with st.container(horizontal=True, gap="medium"):
        source = st.selectbox(say("translate_from"), sources, index=sources.index("en"), format_func=names,
                              key=f"{SLUG}_{engine}_from", width=220)  # fmt: skip
        missing = {offer.target: offer.missing for offer in offers if offer.source == source}
        targets = sorted(missing, key=lambda code: (bool(missing[code]), code not in FIRST))
        ends = fix_labels(lambda code: name_target(code, missing[code]), targets)
        target = st.selectbox(say("translate_to"), targets, key=f"{SLUG}_{engine}_to_{source}", width=300,
                              format_func=ends)  # fmt: skip
    return source, target


def name_target(code: str, missing: str) -> str:
    """Name a language, and say where its pair is not installed."""
    return f"{name_language(code)} ({say('not_here')})" if missing else name_language(code)


def show_rules(text: str, source: str, target: str) -> None:
    """Translate by Apertium and draw every stage, or say how the pair is installed."""
    offer = next(each for each in list_pairs("apertium") if (each.source, each.target) == (source, target))
    if offer.missing:
        st.warning(say("not_installed"), icon=":material/package_2:")
        st.code(offer.missing, language="bash")
        return
    try:
        found = project.translate(text, source, target)
    except HubError as error:
        show_error(error)
        return
    show_translated(text, found)
    if offer.through:
        st.caption(say("through", language=name_language(offer.through)))
    show_stages(found)
    show_chrf(source, target)


def show_translated(text: str, found: project.Translation) -> None:
    """Draw a translation, what its engine did not know, and whether its tone is still that of the text."""
    with st.container(border=True):
        st.markdown(f":small[{say('translation')} · {escape(found.engine)}]  \n**{escape(found.text)}**")
        if found.n_unknown:
            st.caption(f":material/star: {say('unknown_words', n=found.n_unknown)}")
        asked = choose_asked("translation")
        if asked is not None:
            before, after = (asked.model.rate([each])[0] for each in (text, found.text.replace("*", "") or "?"))
            first, second = (
                f"{say(project.CLASSES[int(shares.argmax())])} ({write_share(shares.max())})"
                for shares in (before, after)
            )
            st.caption(f":material/mood: {say('tone_kept', first=first, second=second)}")


def show_stages(found: project.Translation) -> None:
    """Draw what each stage of the pipe wrote; one at a time."""
    stages = found.stages
    st.markdown(f"**{say('stages')}**")
    places = range(1, len(stages) + 1)
    chosen = st.select_slider(say("stages"), places, value=min(2, len(stages)), label_visibility="collapsed",
                              format_func=fix_labels(lambda n: say("stage", n=n, most=len(stages)), places),
                              key=f"{SLUG}_stage_{found.source}_{found.target}_{len(stages)}")  # fmt: skip
    stage = stages[chosen - 1]
    st.markdown(f"{name_stage(stage.purpose)} · `{stage.program}`")
    st.code(stage.output, language=None, wrap_lines=True)


def name_stage(purpose: str) -> str:
    """Say in the page's language what a stage does."""
    return say(STAGE_KEYS[purpose])


def show_chrf(source: str, target: str) -> None:
    """Offer to score the pair on the Declaration of Human Rights."""
    with st.expander(say("chrf_ask"), icon=":material/straighten:", type="compact"):
        if st.button(say("measure"), key=f"{SLUG}_chrf_{source}_{target}", icon=":material/play_arrow:"):
            try:
                row = project.measure_translation(source, target)
            except HubError as error:
                show_error(error)
                return
            st.markdown(say("chrf_told", value=write_number(row.chrf, 1), span=write_span(row.low, row.high, 1),
                            n=row.n, baseline=write_number(row.baseline, 1)))  # fmt: skip
        call = f"measure_translation({source!r}, {target!r})"
        st.code(write_python(f"print({call})"), language="bash", wrap_lines=True)


def show_pairs(offers: Pairs) -> None:
    """List every pair; those that are not installed are grey, with the line that installs them."""
    here = [offer for offer in offers if not offer.missing]
    with st.expander(say("pairs", n=len(here), most=len(offers)), icon=":material/list:", type="compact"):
        lines = [f":material/check: {write_pair(offer)}" for offer in here]
        lines += [
            f":gray[:material/block: {write_pair(offer)} ·] `{offer.missing}`" for offer in offers if offer.missing
        ]
        st.markdown("  \n".join(lines))


def write_pair(offer: project.translation.Offer) -> str:
    """Name a pair, with the language between."""
    through = f" ({say('through_short', language=name_language(offer.through))})" if offer.through else ""
    return f"{name_language(offer.source)} → {name_language(offer.target)}{through}"


def show_neural(text: str, source: str, target: str) -> None:
    """Translate by MarianMT in a worker: its weights are fetched once, where the hub can be reached."""
    st.caption(say("marian_about"))
    job = find_run(SLUG, PLACE)
    if job is not None and job.state == "done":
        try:
            show_translated(text, project.open_translation(job.folder))
        except HubError as error:
            show_error(error)
    if watch_run(SLUG, job, say("translating"), PLACE):
        return
    if st.button(say("translate_job"), key=f"{SLUG}_marian_start", icon=":material/rocket_launch:"):
        recipe = project.TranslationRecipe(text, source, target)  # type: ignore[arg-type] # the pairs offered
        if start_run(JOB, recipe, SLUG, PLACE) is not None:
            st.rerun()
    call = f"translate({text[:200]!r}, {source!r}, {target!r}, 'marian').text"
    show_again(write_python(f"print({call})"))


def show_served(text: str, source: str, target: str) -> None:
    """Ask the configured server when told to: the text leaves this machine."""
    st.caption(say("server_about"))
    kept = f"{SLUG}_served"
    if st.button(say("translate"), key=f"{SLUG}_server_start", icon=":material/send:"):
        try:
            st.session_state[kept] = (text, project.translate(text, source, target, "server"))
        except HubError as error:
            show_error(error)
    if kept in st.session_state:
        show_translated(*st.session_state[kept])
