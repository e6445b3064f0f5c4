"""Training runs of one's own: the families on the bundled films or on a labelled table, and the IMDB recipe.

Each is a job: it goes on while the page is used or reloaded, and can be cancelled.

Left out: how a finished run compares (``review_board``).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.datasets.table import Table
from core.datasets.text_sets import drop_mild, load_texts
from core.hub.errors import HubError
from core.hub.jobs import Job
from core.text import sentiment as project
from core.text.sentiment.hub_runs import ImdbRecipe, open_imdb
from core.text.sentiment.imdb import PUBLISHED
from pages.kit import jobs, uploads
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.picture_page import find_run, start_run, watch_run
from pages.kit.review_models import SLUG
from pages.kit.training import Training, ask_recipe

ABOUT = {
    "quick": "At most 2,000 texts; the lexicon, TF-IDF and NB-SVM, scored on held-out texts and elsewhere: seconds.",
    "full": "All training texts and all six families: over half an hour, more than most servers allow a run; "
    "`python -m core train sentiment --recipe full` has no limit.",
}
JOB, IMDB_JOB = "core.text.sentiment:run_job", "core.text.sentiment.hub_runs:run_imdb_job"
TRAINING = Training(SLUG, JOB, project.Recipe, project.RECIPES, ABOUT, button="Train and compare")
IMDB_ABOUT = {
    "short": "1,000 reviews, 2 epochs: many minutes of one core. Reviews and encoder are fetched; where IMDB is out of "
    "reach the same recipe runs on the bundled film snippets, and says so.",
}
IMDB = Training(f"{SLUG}_imdb", IMDB_JOB, ImdbRecipe, {"short": ImdbRecipe()}, IMDB_ABOUT, button="Fine-tune BERT")
PLACE_IMDB = "_imdb"
FILMS, OWN = "Bundled films", "My labelled table"
N_EXAMPLE = 600


def show_training(job: Job | None) -> None:
    """Draw the run under way, or the way to start one."""
    if watch_run(SLUG, job, TRAINING.doing):
        return
    with st.expander("Train on films, or on a labelled table of your own", icon=":material/tune:"):
        source = st.segmented_control("Learn from", [FILMS, OWN], default=FILMS, required=True, key=f"{SLUG}_source")
        table = ask_labelled() if source == OWN else None
        if source == OWN and table is None:
            return
        recipe = ask_recipe(TRAINING)
    if recipe is not None and start_training(recipe, table) is not None:
        st.rerun()


def start_training(recipe: Any, table: Table | None) -> Job | None:
    """Start a run on the films or on a table."""
    return start_run(JOB, recipe, SLUG) if table is None else jobs.start_job(JOB, recipe, SLUG, table)


def ask_labelled() -> Table | None:
    """Ask for a table with texts and labels, and say what was understood; None until one can be learnt from."""
    st.caption("A column of texts and one called label or sentiment that holds positive or negative, 1 or 0, good "
               "or bad; 300 rows or more. A fifth of it "
               "tests, a tenth tunes; the test films become another domain.")  # fmt: skip
    what = f"a table to try: {N_EXAMPLE} rated sentences about products"
    show_downloads([Download("labelled-products.csv", make_example, what)], f"{SLUG}_example")
    table = uploads.show_reader(f"{SLUG}_labelled", "Labelled table")
    if table is None:
        return None
    try:
        told = describe_own(table.sha256, table)
    except HubError as error:
        show_error(f"{table.name} cannot be learnt from: {error}")
        return None
    st.markdown(f":green[:material/check_circle:] {escape(told)}")
    return table


@st.cache_data(max_entries=8, scope="session", show_spinner="Reading the labels…")
def describe_own(sha256: str, _table: Table) -> str:  # noqa: ARG001 - what it is kept under
    """Say what a labelled table holds; refuse one that cannot be learnt from."""
    data = project.load(project.RECIPES["quick"], _table)
    share = data.train.labels.mean()
    return (
        f"{data.source}: up to {len(data.train):,} train ({share:.0%} positive), {len(data.tune):,} tune, "
        f"{len(data.test):,} test; equal texts stay on one side."
    )


def make_example() -> bytes:
    """Make a labelled table to try."""
    data = drop_mild(load_texts("product_sentences"))
    frame = pd.DataFrame({"text": data.texts, "label": ["positive" if label else "negative" for label in data.labels]})
    return to_csv(frame.sample(N_EXAMPLE, random_state=0))


def show_reviews_recipe() -> None:
    """Draw the IMDB recipe: what it is, and a run of it."""
    st.markdown("**The published recipe: fine-tune BERT on 25,000 reviews of IMDB, test on 25,000 of other films.** "
                f"{escape(PUBLISHED)}.")  # fmt: skip
    job = find_run(SLUG, PLACE_IMDB)
    if job is not None and job.state == "done":
        draw_reviews(job)
    if watch_run(SLUG, job, "Fine-tuning", PLACE_IMDB):
        return
    recipe = ask_recipe(IMDB)
    if recipe is not None and start_run(IMDB_JOB, recipe, SLUG, PLACE_IMDB) is not None:
        st.rerun()


def draw_reviews(job: Job) -> None:
    """Draw what a run of the IMDB recipe found."""
    try:
        found = open_imdb(job.folder)
    except HubError as error:
        show_error(error)
        return
    with st.grid(3, min_column_width=150, gap="small"):
        st.metric("Accuracy", f"{found.accuracy:.1%}", f"{found.low:.1%} to {found.high:.1%}, n = {found.n_test:,}",
                  delta_color="off", delta_arrow="off", border=True)  # fmt: skip
        st.metric("Most frequent class", f"{found.baseline:.1%}", border=True)
        st.metric("Train reviews", f"{found.n_train:,}", border=True)
    st.caption(escape(found.note))


uploads.drop_with_session("review_tables", describe_own)
