"""The promises of the framework as simulated: the shipped table, and a run for a plan's own error and seed.

Left out: simulating, which a worker does (``core.experimentation.ab_testing.runs``).
"""

from __future__ import annotations

import streamlit as st

from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.hub.jobs import Job
from pages.kit import jobs
from pages.kit.charts import show_chart
from pages.kit.downloads import list_kept, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.models import Models, load_shipped, open_job
from pages.kit.trials import SLUG, load_plan, show_rows

MODELS = Models(SLUG, project, bundled="resumes")
JOB = "core.experimentation.ab_testing:run_job"
SHARES = ("value", "low", "high", "its value")


def show_promises(table: Table, job: Job | None) -> None:
    """Draw the promises as simulated: those of this plan where a run has made them, else the shipped ones."""
    done = jobs.find_done(job, table)
    model = open_job(MODELS, done).model if done is not None else load_shipped(SLUG, project)
    show_chart(project.guarantees_chart(model.guarantees), f"{SLUG}_promises")
    st.caption("Simulated, not asserted: each row counts over trials whose truth is known. The z-test read at each of "
               "30 looks stands beside the methods that allow looking.")  # fmt: skip
    frame = project.list_guarantees(model.guarantees)
    frame["promise"] = frame["promise"].str.replace("_", " ")
    show_rows(frame, SHARES, f"{SLUG}_promise_rows")
    st.caption(f":material/terminal: `{project.describe_command(model)}` or, without a trial, `python -m core ab "
               f"simulate --simulations {model.recipe.simulations} --alpha {model.recipe.alpha:g} "
               f"--seed {model.recipe.seed}`")  # fmt: skip
    show_run(table, job)


def show_run(table: Table, job: Job | None) -> None:
    """Have the plan analysed and its promises simulated by a worker, whose files can be taken away."""
    if job is not None and (not job.is_finished or job.data_sha256 == table.sha256):
        jobs.show_job(job.id, f"{SLUG}_job", "Analysing and simulating")
        if not job.is_finished:
            return
    done = jobs.find_done(job, table)
    if done is not None:
        st.markdown(escape(done.summary["sentence"]))
        show_downloads(list_kept(project, open_job(MODELS, done).files), f"{SLUG}_kept")
    with guard():
        plan = load_plan(table)
        if st.button("Simulate for this plan", icon=":material/science:", key=f"{SLUG}_run",
                     help="Every promise for the plan's own α and seed, beside its analysis."):  # fmt: skip
            project.load(plan, table)
            if jobs.start_job(JOB, plan, SLUG, table) is not None:
                st.rerun()
