"""A training run of a generator in a worker: its losses and its pictures while it goes, and what it leaves behind.

Left out: how it compares (``generator_board``) and the game of points that the page plays itself (``ring_game``).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.hub import jobs as core_jobs
from core.hub.jobs import Job
from core.vision import image_generation as project
from pages.kit.charts import show_chart
from pages.kit.generators import SLUG, YOURS, Asked, load_generator, name_generator, show_sheet
from pages.kit.picture_page import find_run, list_shipped, show_run_files, show_runs
from pages.kit.training import Training

ABOUT = {
    "quick": "2,000 pictures, a tiny network, 60 steps: some seconds; the pictures stay blurs, but the game is on.",
    "micro": "10,000 bundled pictures, a style generator of half the width, 3,000 steps: about three minutes on a free "
    "core, and clothes appear.",
    "collapsed": "A generator that learns a hundred times as fast as its judge: about a minute, and it ends in "
    "mode collapse, which the alarm must hear.",
}
JOB = "core.vision.image_generation:run_job"
TRAINING = Training(SLUG, JOB, project.Recipe, {name: project.RECIPES[name] for name in ABOUT}, ABOUT,
                    button="Train this generator")  # fmt: skip
POLL_S = 2.0
LONG = (
    "The shipped generators learn from all 60,000 pictures for an hour or less, longer than a run may take here: "
    "`python -m core train image_generation --recipe full`."
)


def show_generator_training() -> None:
    """Draw the way to a run, of one under way its losses and pictures, and of a finished one what it drew."""
    job = find_run(SLUG)
    show_runs(TRAINING, job, "Train a generator of your own", is_open=True)
    if job is not None and not job.is_finished:
        st.fragment(_draw_live, run_every=POLL_S)(job.id)
    elif job is not None and job.state == "done":
        _show_finished()
    st.caption(LONG)


def _draw_live(job_id: str) -> None:
    """Draw the losses so far and what the 64 codes draw now; both lie in the job's folder, so a reload loses none."""
    job = core_jobs.find_job(job_id)
    live = _read(job)
    if live is None:
        st.caption("The first pictures come after some seconds: TensorFlow is loaded in the worker, not in this page.")
        return
    folder = job.inputs.parent / "outputs"
    _show_handles(live, folder)
    with st.grid(2, min_column_width=340, gap="medium"):
        show_chart(project.lone_chart(live) if live.moves else project.live_chart(live), f"{SLUG}_live", 320)
        with st.container(gap="xsmall"):
            st.markdown(f"**What 64 codes draw after step {live.step:,}**")
            show_sheet(live.pictures, f"64 pictures after step {live.step}", 8, 460)


def _show_handles(live: project.Live, folder: Path) -> None:
    """Draw what holds the run, moves one network alone, and lets it go on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        label, icon, action = ("Play", "play_arrow", "play") if live.is_held else ("Pause", "pause", "pause")
        st.button(label, key=f"{SLUG}_{action}", icon=f":material/{icon}:", on_click=project.ask, args=(folder, action))
        for player, name in (("generator", "G"), ("discriminator", "D")):
            st.button(f"{project.LONE_STEPS} steps of {name} alone", key=f"{SLUG}_alone_{name}", on_click=project.ask,
                      args=(folder, player), disabled=not live.is_held, icon=":material/skip_next:",
                      help=f"Moves the {player} while the other network stands still.")  # fmt: skip
    if live.is_held:
        minutes = project.LONGEST_S / 60
        st.caption(
            f"The run stands still after step {live.step:,}. What you move alone is a trial: *Play* goes on as if it "
            f"had not been, and after {minutes:g} minutes the run does so by itself."
        )
    else:
        st.caption("Pause the run to move the generator (G) or the discriminator (D) alone and see who loses.")


def _read(job: Job | None) -> project.Live | None:
    """Read the latest moment of a run whose working folder this server can see."""
    return None if job is None or job.is_finished else project.read_live(job.inputs.parent / "outputs")


def _show_finished() -> None:
    """Say what a finished run reached, and draw its last pictures and losses."""
    asked = load_generator(YOURS)
    if asked is None:
        return
    row = next(row for row in asked.model.scores if (row.metric, row.split) == ("frechet_ratio", "test"))
    better = "nearer than" if row.high < row.baseline_value else "not measurably nearer than"
    st.markdown(f"**Your {asked.model.name} is {row.value:.1f} times as far from the test set as real pictures are, "
                f"{better} {row.baseline} ({row.baseline_value:.1f}).** It now draws wherever *{asked.title}* is "
                "chosen.")  # fmt: skip
    with st.grid(2, min_column_width=340, gap="medium"):
        show_chart(project.loss_chart(asked.model), f"{SLUG}_done_losses", 320)
        show_sheet(asked.model.film.frames[-1], "64 pictures after the last step", 8, 460)


def show_takeaway() -> None:
    """Offer the files of a generator: the one trained here, or a shipped one."""
    shipped = list_shipped(SLUG, ("full", "dcgan", "collapsed"))
    job = find_run(SLUG)
    names = [*([YOURS] if job is not None and job.state == "done" else []), *shipped]
    if not names:
        st.info("No generator is stored yet.", icon=":material/folder_zip:")
        return
    name = st.segmented_control("Take away", names, default=names[0], required=True, format_func=name_generator,
                                key=f"{SLUG}_away", wrap=True) or names[0]  # fmt: skip
    asked = load_generator(name)
    if asked is not None:
        _show_files(asked)


def _show_files(asked: Asked) -> None:
    """Offer a generator's files; those of a shipped one are made when their button is pressed."""
    model = asked.model
    command = project.describe_command(model.recipe)
    made = {
        "model.zip": lambda: project.make_download(model),
        "sheet.png": lambda: project.to_png(project.lay_out(model.film.frames[-1])),
        "report.pdf": lambda: project.make_run_report(model),
    }
    result = None
    if asked.job is not None:
        from pages.kit.picture_page import open_run

        result = open_run(project, asked.job)
    show_run_files(project, model, command, made, None if result is None else result.files)
