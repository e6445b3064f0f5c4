"""A training run on pictures with a curve that grows, transfer learning in three ways, and two models under change.

Each is a job: it goes on while the page is used or reloaded, and can be cancelled. Stored results are shown at once.

Left out: how a trained network compares (``image_board``).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.hub import jobs as core_jobs
from core.hub.jobs import Job
from core.vision import image_classification as project
from core.vision.image_classification.picture_changes import STRENGTHS, UNITS
from core.vision.image_classification.published import write_weights
from core.vision.image_classification.recipe import BASELINE, LINEAR, PERCEPTRON
from core.vision.image_classification.reporting import epochs_chart
from core.vision.image_classification.robustness import CLEAN
from core.vision.image_classification.robustness_runs import (
    RobustnessRecipe,
    describe_robustness,
    open_robustness,
)
from core.vision.image_classification.runs import read_epochs
from core.vision.image_classification.transfer import Comparison
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.image_models import SLUG, name_model
from pages.kit.image_sets import SETS
from pages.kit.picture_page import find_run, list_shipped, show_command, show_runs, start_run, watch_run
from pages.kit.training import Training, ask_recipe

ABOUT = {
    "speedrun": "10,000 bundled pictures of clothes, plain network, 8 epochs: about two minutes on two free cores, "
    "0.87 or more of the test pictures right.",
    "quick": "2,000 pictures, a tiny network, 4 epochs: some seconds, and it shows.",
    "small": "All 60,000 pictures of clothes, 16 epochs, as the shipped one: over half an hour, more than most servers "
    "allow a run; `python -m core train image_classification --recipe small` has no limit.",
}
JOB = "core.vision.image_classification:run_job"
TRAINING = Training(SLUG, JOB, project.Recipe, {name: project.RECIPES[name] for name in ABOUT}, ABOUT,
                    button="Train this network")  # fmt: skip
TRANSFER_ABOUT = {
    "quick": "20 pictures of each class, 5 epochs of fine-tuning, 500 pictures to score: some minutes.",
    "full": "200 pictures of each class: half an hour. Pictures that are not bundled are fetched.",
}
TRANSFER = Training(
    f"{SLUG}_transfer", "core.vision.image_classification:run_transfer_job", project.TransferRecipe,
    project.TRANSFER_RECIPES, TRANSFER_ABOUT, button="Compare on these pictures", doing="Comparing", icon="compare",
)  # fmt: skip
ROBUST_JOB = "core.vision.image_classification.robustness_runs:run_robustness_job"
PLACE_TRANSFER, PLACE_ROBUST = "_transfer", "_robust"
POLL_S = 2.0
BASELINES = (PERCEPTRON, LINEAR, BASELINE)


def show_training(job: Job | None) -> None:
    """Draw the way to a run, and of one under way its progress and its curve."""
    show_runs(TRAINING, job, "Train a network of your own", is_open=False)
    if job is not None and not job.is_finished:
        st.fragment(_draw_curve, run_every=POLL_S)(job.id)


def _draw_curve(job_id: str) -> None:
    """Draw the accuracies so far; they stand in the job's log, so a reload loses none."""
    job = core_jobs.find_job(job_id)
    history = read_epochs(job.log) if job is not None else {}
    if not history:
        st.caption("The curve starts with the first epoch; before it TensorFlow is loaded in the worker.")
        return
    show_chart(epochs_chart(history), f"{SLUG}_live_curve", 300)


def show_transfer() -> None:
    """Draw the stored comparisons, and the way to another one."""
    stored = project.load_stored_table()
    for target in dict.fromkeys(one.rows[0].target for one in stored):
        found = [one for one in stored if one.rows[0].target == target]
        show_chart(project.transfer_chart(found, target), f"{SLUG}_transfer_{target}")
        show_findings(found)
    st.caption(
        "*Scratch* knows nothing before; *frozen* fits only a last layer on what the other network sees; *fine-tuned* "
        "learns its last layers on from there. Intervals: Wilson, 95%; neighbours are compared by McNemar's exact test."
    )
    with st.expander("Every line with its weights and seconds", type="compact"):
        show_lines(stored)
    _show_own_transfer()


def show_findings(found: list[Comparison]) -> None:
    """Say in sentences which way is measurably better, for each number of pictures."""
    lines = []
    for one in found:
        first = one.rows[-1]
        told = "; ".join(one.findings)
        lines.append(f"- **{escape(first.start)}, {first.pictures} pictures of each class:** {escape(told)}.")
    st.markdown("\n".join(lines))


def show_lines(found: tuple[Comparison, ...]) -> None:
    """Draw every line of some comparisons as a table, with the commands that print them again."""
    rows = [row for one in found for row in one.rows]
    frame = pd.DataFrame(
        {
            "Start": [row.start for row in rows],
            "Onto": [SETS.get(row.target, row.target) for row in rows],
            "Pictures a class": [row.pictures for row in rows],
            "Method": [row.method for row in rows],
            "Accuracy": [f"{row.accuracy:.1%} ({row.low:.1%}–{row.high:.1%})" for row in rows],
            "Scored on": [row.n for row in rows],
            "Learnt weights": [write_weights(row.learnt) for row in rows],
            "Seconds": [row.seconds for row in rows],
        }
    )
    st.dataframe(frame, hide_index=True, alt="Scratch, frozen and fine-tuned with intervals")
    for command in dict.fromkeys(row.command for row in rows if row.command):
        show_command(command)


def _show_own_transfer() -> None:
    """Draw a comparison of one's own: under way, finished, or the way to one."""
    job = find_run(SLUG, PLACE_TRANSFER)
    if job is not None and job.state == "done":
        one = project.open_transfer_result(job.folder)
        st.subheader("Your comparison", anchor=False)
        if one.note:
            st.info(escape(one.note), icon=":material/info:")
        show_findings([one])
        show_lines((one,))
    if watch_run(SLUG, job, TRANSFER.doing, PLACE_TRANSFER):
        return
    with st.expander("Compare on other pictures, or from ResNet or VGG", icon=":material/tune:"):
        st.caption("ResNet50 and VGG16 come from keras.applications and are fetched; where they cannot be, the "
                   "EfficientNet that ships with the hub answers instead and the result says so.")  # fmt: skip
        recipe = ask_recipe(TRANSFER)
    if recipe is not None and start_run(TRANSFER.function, recipe, SLUG, PLACE_TRANSFER) is not None:
        st.rerun()


def list_comparable() -> list[str]:
    """Name the shipped networks, and the baselines that were fitted beside each."""
    shipped = list_shipped(SLUG, ("full", "small", "cifar"))
    return [*shipped, *(f"{name}/{part}" for name in shipped for part in BASELINES)]


def find_second(names: list[str]) -> int:
    """Find the first model after the first one that knows the same pictures."""
    sets = [project.RECIPES[name.partition("/")[0]].data_set for name in names]
    return next((place for place in range(1, len(names)) if sets[place] == sets[0]), 0)


def write_name(name: str) -> str:
    """Write a comparable model for a reader.

    Examples
    --------
    >>> write_name("small/logistic regression")
    'logistic regression beside small · plain network, Fashion-MNIST'
    """
    shipped, _, part = name.partition("/")
    return f"{part} beside {name_model(shipped)}" if part else name_model(shipped)


def show_robustness() -> None:
    """Draw two models under change as far as they were measured, and the way to measure others."""
    job = find_run(SLUG, PLACE_ROBUST)
    if job is not None and job.state == "done":
        draw_robustness(job)
    if watch_run(SLUG, job, "Measuring", PLACE_ROBUST):
        return
    st.markdown("**How do two models fare when pictures get worse?** Noise, blur, turns, light, contrast, shifts, "
                "covered parts and JPEG, each at several strengths, on the same pictures.")  # fmt: skip
    names = list_comparable()
    with st.form(f"{SLUG}_robust_form", border=False):
        with st.grid(3, min_column_width=210, gap="small"):
            first = st.selectbox("First model", names, format_func=write_name, key=f"{SLUG}_robust_first")
            second = st.selectbox("Second model", names, index=find_second(names), format_func=write_name,
                                  key=f"{SLUG}_robust_second")  # fmt: skip
            pictures = st.slider("Test pictures", 50, 1_000, 200, 50, key=f"{SLUG}_robust_pictures")
        pressed = st.form_submit_button("Measure both", type="primary", icon=":material/blur_on:")
    recipe = RobustnessRecipe(first, second, pictures)
    show_command(describe_robustness(recipe))
    if pressed and start_run(ROBUST_JOB, recipe, SLUG, PLACE_ROBUST) is not None:
        st.rerun()


def draw_robustness(job: Job) -> None:
    """Draw what a finished measurement found."""
    rows = open_robustness(job.folder)
    change = st.segmented_control("Change", list(STRENGTHS), default="noise", required=True, format_func=str.capitalize,
                                  key=f"{SLUG}_robust_change", wrap=True)  # fmt: skip
    show_chart(project.robustness_chart(rows, change or "noise"), f"{SLUG}_robust_chart")
    n_worse = sum(row.differs for row in rows)
    n_tested = sum(row.p_adjusted < 1 or row.differs for row in rows)
    second = next(row.model for row in rows if row.model != rows[0].model)
    st.markdown(f"**{escape(rows[0].model)}** and **{escape(second)}** differ measurably in {n_worse} of "
                f"{len(rows) // 2} cases (McNemar's exact test, adjusted by Holm's method).")  # fmt: skip
    with st.expander("Every figure", type="compact", expanded=n_tested == 0):
        st.dataframe(write_rows(rows), hide_index=True, alt="Accuracy of two models under each change")
    facts = job.summary
    recipe = RobustnessRecipe(str(facts["first"]), str(facts["second"]), int(facts["pictures"]), int(facts["seed"]))
    show_command(describe_robustness(recipe))


def write_rows(rows: tuple[project.Robustness, ...]) -> pd.DataFrame:
    """Lay a measurement out: a line for each change and strength, a column for each model."""
    names = list(dict.fromkeys(row.model for row in rows))
    by_case: dict[tuple[str, float], dict[str, project.Robustness]] = {}
    for row in rows:
        by_case.setdefault((row.change, row.strength), {})[row.model] = row
    lines = []
    for (change, strength), found in by_case.items():
        told = "" if change == CLEAN else f"{strength:g} ({UNITS[change]})"
        line = {"Change": change, "Strength": told}
        line |= {name: f"{found[name].accuracy:.1%} ({found[name].low:.1%}–{found[name].high:.1%})" for name in names}
        lines.append(line | {"Differ": "yes" if found[names[-1]].differs else "no"})
    return pd.DataFrame(lines)
