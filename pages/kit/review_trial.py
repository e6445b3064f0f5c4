"""Try it: what every family says of one sentence, of many pasted or in a table, and what a model of the hub says.

Left out: why (``review_reasons``).
"""

from __future__ import annotations

import json
from functools import partial

import streamlit as st

from core.hub.contract import Prediction
from core.hub.errors import HubError
from core.hub.jobs import Job
from core.text import sentiment as project
from core.text.sentiment.board import compare_text, families_chart
from core.text.sentiment.hub_models import SOURCES
from core.text.sentiment.hub_runs import HubRecipe, open_hub_answers
from core.text.sentiment.model import FittedFamily
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.picture_page import find_run, start_run, watch_run
from pages.kit.review_models import (
    FULL,
    SAMPLES,
    SLUG,
    Asked,
    ask_sentence,
    choose_family,
    choose_run,
    describe_family,
)
from pages.kit.sentence_effects import show_quick_reasons
from pages.kit.tabs import show_views
from pages.kit.texts import answer_texts, ask_texts, check_text, show_answered

HUB_JOB, PLACE_HUB = "core.text.sentiment.hub_runs:run_hub_job", "_hub"
LEAST_WIDTH, LONGEST_COMMAND = 360, 400
EXAMPLE = "text\n" + "\n".join(f'"{text}"' for text in SAMPLES.values()) + "\n"


def show_trial() -> None:
    """Draw the Try it tab."""
    views = {"One text": show_one, "Many texts": show_many, "A model of the hub": show_hub}
    show_views(views, f"{SLUG}_trial")


def show_one() -> None:
    """Answer about one sentence."""
    text = ask_sentence()
    asked = choose_run("try")
    if text is None or asked is None:
        return
    one = choose_family(asked, "try")
    found = project.predict_text(asked.model, text, one.name)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="large"):
        with st.container():
            show_verdict(found, one, describe_family(asked, one))
        with st.container():
            show_chart(families_chart(compare_text(asked.model, text)), f"{SLUG}_families", 300)
    show_quick_reasons(asked, one, text)
    show_predict_command(asked, one, text)


def show_verdict(found: Prediction, one: FittedFamily, who: str) -> None:
    """Say which way a text leans, how sure that is, or that it is not sure enough to say."""
    guess = str(found.details["guess"])
    share = found.probabilities[guess]
    with st.container(border=True):
        if found.refused:
            st.warning(escape(found.refused), icon=":material/block:", title="I would rather not say")
        else:
            st.metric("The text is", guess, f"{share:.1%} of the probability", delta_color="off", delta_arrow="off")
            rule = one.abstention
            st.markdown(f"It answers from {rule.limit:.0%} confidence on; of such answers about texts like those it "
                        f"learnt from at least {rule.promise:.0%} are right.")  # fmt: skip
        for note in found.details["notes"]:
            st.info(escape(note), icon=":material/info:")
        st.caption(who)


def show_predict_command(asked: Asked, one: FittedFamily, text: str) -> None:
    """Say which command gives the same answer, for a run that ships and a text that fits in a line."""
    quotes = text.isascii() and not set(text) & set("`'\\")
    if asked.name == FULL and quotes and len(text) <= LONGEST_COMMAND:
        given = json.dumps({"text": text, "model": one.name})
        st.code(f"python -m core predict {SLUG} --input '{given}'", language="bash", wrap_lines=True)


@st.fragment
def show_many() -> None:
    """Answer many texts and give the answers back as a file."""
    asked = choose_run("many")
    if asked is None:
        return
    one = choose_family(asked, "many")
    st.caption(describe_family(asked, one))
    table = ask_texts(f"{SLUG}_many")
    if table is None:
        st.info("Bring texts and each gets a line: answer, confidence, probability, or why it stays without one.",
                icon=":material/table_rows:")  # fmt: skip
        show_downloads([Download("texts.csv", EXAMPLE.encode(), "six texts to try")], f"{SLUG}_try")
        return
    answer = partial(list_answers, asked, one)
    found = answer_texts(table, answer, f"{SLUG}_many_{asked.key}_{one.name}")
    if found is None:
        return
    column = "answer (answer)" if "answer (answer)" in found else "answer"
    st.markdown(f"**{say_counts(found[column].fillna('').tolist())}** · by {escape(one.title)}")
    show_answered(found, f"{SLUG}_many_answers", shares=("confidence", project.POSITIVE))


def list_answers(asked: Asked, one: FittedFamily, texts: list[str]) -> object:
    """Answer some texts; the texts themselves stand in the table already."""
    return project.predict_texts(asked.model, texts, one.name).drop(columns="text").round(4)


def say_counts(answers: list[str]) -> str:
    """Count a batch's answers.

    Examples
    --------
    >>> say_counts(["positive", "negative", "", "positive"])
    '4 texts: 2 positive, 1 negative, 1 not sure enough or empty'
    """
    counts = [answers.count(name) for name in (project.POSITIVE, project.NEGATIVE, "")]
    told = f"{counts[0]:,} positive, {counts[1]:,} negative, {counts[2]:,} not sure enough or empty"
    return f"{len(answers):,} texts: {told}"


def show_hub() -> None:
    """Ask DistilBERT, fetched from the hub, in a job."""
    source = SOURCES["distilbert"]
    st.markdown("**DistilBERT, fine-tuned on film sentences by its publishers, as a second opinion.** It is fetched "
                "once (268 MB), pinned by revision, and asked in a worker.")  # fmt: skip
    st.caption(f"{source.repository} at {source.revision[:7]}. Its training sentences come from the same site as our "
               "snippets, so its accuracy on our test films would be no fair comparison. BERT base, the other one "
               "that can be fetched, answers nothing before it "
               "is fine-tuned: that is the IMDB recipe's way.")  # fmt: skip
    job = find_run(SLUG, PLACE_HUB)
    if job is not None and job.state == "done":
        show_hub_answers(job)
    if watch_run(SLUG, job, "Fetching and asking", PLACE_HUB):
        return
    with st.form(f"{SLUG}_hub_form", border=False):
        lines = st.text_area("Texts, one a line, at most 50", "\n".join(SAMPLES.values()), 150, key=f"{SLUG}_hub_texts")
        pressed = st.form_submit_button("Ask DistilBERT", type="primary", icon=":material/cloud_download:")
    if not pressed:
        return
    try:
        check_text(lines or "")
    except HubError as error:
        show_error(error)
        return
    if start_run(HUB_JOB, HubRecipe(lines or ""), SLUG, PLACE_HUB) is not None:
        st.rerun()


def show_hub_answers(job: Job) -> None:
    """Draw what the hub's model said."""
    try:
        found = open_hub_answers(job.folder)
    except HubError as error:
        show_error(error)
        return
    columns = {"Text": found.texts, "Positive": [round(share, 3) for share in found.positive]}
    st.dataframe(columns, hide_index=True, alt="The hub model's answers",
                 column_config={"Positive": st.column_config.NumberColumn(format="percent")})  # fmt: skip
    st.caption(f"Answered by {escape(found.answered_by)}; no calibration and no abstention.")
