"""Train & compare: the gallery, its gates, ways to name, the head that learns, and the shipped figures.

Left out: enrolling (``face_gallery``), gates and methods (``face_rates``), the head (``face_head``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from core.datasets.export import to_csv
from core.evaluation.leaderboard import LeaderboardRow
from core.hub.fields import recipe_to_json
from core.vision import face_recognition as project
from core.vision.face_recognition.model import ACCEPT, FALSE_ACCEPT, FALSE_IDENTIFY, IDENTIFY
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.face_gallery import show_gallery
from pages.kit.face_head import show_head
from pages.kit.face_people import SLUG, load_model
from pages.kit.face_rates import show_methods, show_rates
from pages.kit.leaderboard import show_leaderboard
from pages.kit.picture_page import find_run, open_run, show_command, show_run_files, show_runs
from pages.kit.tabs import show_views
from pages.kit.training import Training

ABOUT = {
    "quick": "24 simulated people, 5 vectors each: some seconds, and no picture of anybody.",
    "full": "400 photographs of 40 people (ORL), fetched once: about a minute, as the shipped figures.",
}
TRAINING = Training(
    SLUG, f"{project.__name__}:run_job", project.Recipe, {name: project.RECIPES[name] for name in ABOUT}, ABOUT,
    button="Choose gates and score them", doing="Choosing gates", icon="rule",
)  # fmt: skip
TEST = "Every gate was chosen on one half of the people and scored on the other; intervals are over people."


def show_comparison() -> None:
    """Draw the Train & compare tab."""
    views = {
        "Shipped figures": show_shipped,
        "Your gallery": show_gallery,
        "Gates": show_rates,
        "Ways to name": show_methods,
        "Head that learns": show_head,
        "Take away": show_files,
    }
    show_views(views, f"{SLUG}_compare")


def find_model() -> tuple[project.Model, str]:
    """Return the run made in this session, or the shipped one, and what it is called."""
    result = open_run(project, find_run(SLUG))
    return (load_model(), "shipped") if result is None else (result.model, "made here")


def show_shipped() -> None:
    """Draw what the gates do on people who chose nothing, for both tasks, and the way to another run."""
    show_runs(TRAINING, find_run(SLUG), "Choose and score gates on other people")
    model, whose = find_model()
    st.caption(f":material/deployed_code: {escape(model.source)} · {whose} · {model.scores[0].date}. {TEST}")
    st.markdown("**1 : 1, verification — is it the same person?**")
    show_leaderboard(take_rows(model, ACCEPT, FALSE_ACCEPT), f"{SLUG}_verify", TEST)
    st.caption(describe_baselines(model, ACCEPT))
    st.markdown("**1 : n, identification — who of those enrolled is it, or nobody?**")
    show_leaderboard(take_rows(model, IDENTIFY, FALSE_IDENTIFY), f"{SLUG}_identify", TEST)
    st.caption(f"{describe_baselines(model, IDENTIFY)} {describe_size(model)}")
    st.markdown("\n".join(f"- {escape(note)}" for note in model.notes))
    show_chart(model.curve.chart(model.gate), f"{SLUG}_curve_{whose}")
    st.info(
        escape(model.claim_in_words), icon=":material/verified:" if model.claim.is_supported else ":material/block:"
    )
    show_command(project.describe_command(model.recipe))


def describe_baselines(model: project.Model, metric: str) -> str:
    """Name what each model of a task has to beat, with its figure."""
    rows = [row for row in model.scores if row.metric == metric]
    told = [f"{row.model} against {row.baseline_value:.3f} ({row.baseline})" for row in rows]
    return f"To beat: {escape('; '.join(told))}."


def describe_size(model: project.Model) -> str:
    """Say how large the gallery was in which faces were named."""
    n_people = model.curve.accepts.n_people // 2
    return (
        f"Measured with {n_people} people enrolled, {model.recipe.enrolled} pictures each, while the others came as "
        "strangers; a larger gallery names more strangers."
    )


def take_rows(model: project.Model, *metrics: str) -> list[LeaderboardRow]:
    """Keep the models that have some metrics, with those alone; what was scored on is said once, above them."""
    names = [f"test_{metric}" for metric in metrics]
    rows = [row for row in model.leaderboard if set(names) <= set(row.metrics)]
    kept = [replace(row, metrics={name: row.metrics[f"test_{name}"] for name in metrics}) for row in rows]
    if any(row.is_best for row in kept):
        return kept
    best = max(kept, key=lambda row: row.metrics[metrics[0]].value)
    return [_stand_beside(row, best, metrics[0]) for row in kept]


def _stand_beside(row: LeaderboardRow, best: LeaderboardRow, name: str) -> LeaderboardRow:
    """Judge a model by whether its interval reaches that of the best of the same task."""
    if row is best:
        return replace(row, is_best=True, verdict="best")
    reaches = row.metrics[name].high >= best.metrics[name].low
    return replace(row, verdict="not distinguishable from best" if reaches else "worse")


def show_files() -> None:
    """Offer the files of the run shown, and the code that makes its figures again."""
    model, _ = find_model()
    made = {
        "model.zip": partial(project.make_download, model),
        "curve.csv": partial(to_csv, project.list_curve(model)),
        "report.pdf": partial(project.make_run_report, model),
        "recipe.json": recipe_to_json(model.recipe).encode(),
    }
    result = open_run(project, find_run(SLUG))
    kept = None if result is None else result.files
    show_run_files(project, model, project.describe_command(model.recipe), made, kept)
