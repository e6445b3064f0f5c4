"""Is this explanation true? The stored checks of every method, a run of one's own, and the test of one explanation.

Left out: the explanations themselves (``sentence_effects``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.hub.artifacts import MODELS
from core.hub.cards import CARD_FILE
from core.hub.errors import HubError
from core.hub.jobs import Job
from core.text.sentiment import explain
from core.text.sentiment.explain.checks_file import NAME
from core.text.sentiment.explain.checks_store import COMMAND
from core.text.sentiment.explain.one_text import describe_try, try_effects
from core.text.sentiment.model import FittedFamily
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.picture_page import find_run, show_command, start_run, watch_run
from pages.kit.review_models import SLUG, Asked
from pages.kit.sentence_effects import ask_first
from pages.kit.sentence_planted import show_planted
from pages.kit.training import Training, ask_recipe

CHECK_JOB, PLACE = "core.text.sentiment.explain:run_check_job", "_checks"
CHECKS = Training(
    f"{SLUG}_checks", CHECK_JOB, explain.CheckRecipe,
    {"linear": explain.CheckRecipe("tfidf", 20), "bert": explain.CheckRecipe()},
    {
        "linear": "TF-IDF on 20 texts: occlusion, linear Shapley and Shapley; some seconds.",
        "bert": "The transformer: a word is planted, then each method put to 20 and 30 texts; some minutes of a core.",
    },
    button="Check the methods", doing="Checking", icon="fact_check",
)  # fmt: skip
LEAST_WIDTH = 380
QUESTIONS = (
    "1. **Planted word.** The network is taught that “lantern” makes a text negative and “harbour” positive. Does the "
    "method name them? 1.0 is always, 0.5 is chance; 0.95 is asked.\n"
    "2. **Left out, kept alone.** Does the answer fall when the words named first go, and stand when only they stay, "
    "more than in a random order?\n"
    "3. **A network of chance.** Does the explanation change when the weights are replaced by random ones?"
)


def show_checks() -> None:
    """Draw the stored checks where they are, and the way to a run of one's own."""
    st.markdown("**An explanation can look right and be wrong. Three questions with a known answer:**")
    st.markdown(QUESTIONS)
    card = MODELS / SLUG / NAME / CARD_FILE
    if card.is_file():
        scores, planted = load_checks(str(MODELS), card.stat().st_mtime_ns)
        draw_checks(scores, "stored")
        what = explain.CHECK_DOWNLOADS["checks.csv"]
        show_downloads(
            [Download("checks.csv", lambda: to_csv(explain.scores_to_frame(scores)), what)], f"{SLUG}_stored"
        )
        show_command(COMMAND)
        show_planted(planted)
    else:
        st.info(f"The stored checks of the shipped transformer are not in this copy yet; `{COMMAND} --save` makes "
                "them in some minutes.", icon=":material/pending:")  # fmt: skip
    show_own_run()


@st.cache_resource(max_entries=2, show_spinner="Loading the checks…")
def load_checks(root: str, written: int) -> tuple[tuple[explain.MethodScore, ...], bytes]:  # noqa: ARG001 - the key
    """Load the stored checks, and what was planted, once for everyone."""
    return explain.load_stored_checks(Path(root))


def draw_checks(scores: Sequence[explain.MethodScore], key: str) -> None:
    """Draw who passed what, and a chart for each question."""
    passed = [each.title for each in scores if each.passed]
    said = f"{len(passed)} of {len(scores)} methods passed every check"
    st.markdown(f"**{escape(said + (': ' + ', '.join(passed) if passed else ''))}.**")
    st.dataframe(write_checks(scores), hide_index=True, alt=f"{said}, each method with its figures and verdict")
    recoveries = [each.recovery for each in scores if each.recovery]
    erasures = [each.erasure for each in scores]
    noticed = [each.randomisation for each in scores if each.randomisation]
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        if recoveries:
            with st.container():
                show_chart(explain.recovery_chart(recoveries), f"{SLUG}_{key}_recovery", 320)
        for side in ("comprehensiveness", "sufficiency"):
            with st.container():
                show_chart(explain.gains_chart(erasures, side), f"{SLUG}_{key}_{side}", 320)  # type: ignore[arg-type]
        if noticed:
            with st.container():
                show_chart(explain.randomised_chart(noticed), f"{SLUG}_{key}_random", 320)
    show_curves(scores, key)


@st.fragment
def show_curves(scores: Sequence[explain.MethodScore], key: str) -> None:
    """Draw one method's curves beside random orders."""
    with st.expander("The curves of one method", icon=":material/show_chart:"):
        place = st.selectbox("Method", range(len(scores)), format_func=lambda at: scores[at].title,
                             key=f"{SLUG}_{key}_curves", width=320)  # fmt: skip
        with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
            for side in ("comprehensiveness", "sufficiency"):
                with st.container():
                    curve = explain.erasure_chart(scores[place].erasure, side)  # type: ignore[arg-type]
                    show_chart(curve, f"{SLUG}_{key}_curve_{side}", 300)


def write_checks(scores: Sequence[explain.MethodScore]) -> pd.DataFrame:
    """Write the checks for a reader."""
    rows = []
    for each in scores:
        auc = each.recovery.auc if each.recovery else None
        gains = [each.erasure.comprehensiveness, each.erasure.sufficiency]
        rows.append(
            {
                "Method": each.title,
                "Verdict": each.verdict,
                "Planted word, AUC": write_measure(auc),
                "Left out, gain": write_measure(gains[0]),
                "Kept alone, gain": write_measure(gains[1]),
                "Alike when all is chance": round(float(each.randomisation.alike[-1]), 2)
                if each.randomisation
                else None,
                "n": each.erasure.n,
                "ms a text": round(each.ms, 1),
            }
        )
    return pd.DataFrame(rows)


def write_measure(measure: Any) -> str:
    """Write a figure with its interval; empty where it was not measured."""
    return "" if measure is None else f"{measure.value:.2f} ({measure.low:.2f} to {measure.high:.2f})".replace("-", "−")


def show_own_run() -> None:
    """Draw a run of the checks: under way, finished, or the way to one."""
    job = find_run(SLUG, PLACE)
    if job is not None and job.state == "done":
        draw_own(job)
    if watch_run(SLUG, job, CHECKS.doing, PLACE):
        return
    with st.expander("Check the methods on other texts or another family", icon=":material/tune:"):
        recipe = ask_recipe(CHECKS)
    if recipe is not None and start_run(CHECK_JOB, recipe, SLUG, PLACE) is not None:
        st.rerun()


def draw_own(job: Job) -> None:
    """Draw what a run of one's own found."""
    st.subheader("Your checks", anchor=False)
    try:
        draw_checks(explain.open_checks(job.folder), "own")
    except HubError as error:
        show_error(error)
        return
    kept = {name: job.folder / name for name in explain.CHECK_DOWNLOADS if (job.folder / name).is_file()}
    if kept:
        show_downloads([Download(name, path.read_bytes, explain.CHECK_DOWNLOADS[name]) for name, path in kept.items()],
                       f"{SLUG}_own_checks")  # fmt: skip


def show_own_check(asked: Asked, one: FittedFamily, text: str, found: Any) -> None:
    """Put this one explanation to the test: leave out and keep alone the words that it names first."""
    made = ask_first("Put this explanation to the test", (f"{asked.key}{one.name}", text, found.method),
                     lambda: try_effects(one.model.score, text, found), "test")  # fmt: skip
    if made is None:
        return
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for side in ("comprehensiveness", "sufficiency"):
            with st.container():
                show_chart(explain.erasure_chart(made, side), f"{SLUG}_own_{side}", 280)  # type: ignore[arg-type]
    st.markdown(f"**{escape(describe_try(made))}**")
    st.caption("One text has no interval; over many texts the checks stand under *Is it true?*.")
