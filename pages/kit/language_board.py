"""Train & compare: figures of each language beside TF-IDF, what English alone teaches, published figures, the files.

Left out: what a run leaves, which ``core`` works out.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.hub.artifacts import MODELS
from core.hub.charts import Chart, Mark, Role
from core.hub.contract import ScoreRow
from core.text import multilingual as project
from pages.kit.charts import show_chart
from pages.kit.language_models import SHIPPED, Asked, choose_asked, describe_asked, name_metric
from pages.kit.language_texts import name_split
from pages.kit.language_words import (
    SLUG,
    name_language,
    say,
    show_language_views,
    write_number,
    write_share,
    write_span,
)
from pages.kit.picture_page import find_run, show_command, show_run_files, show_runs
from pages.kit.training import Training

JOB = "core.text.multilingual:run_job"
MEAN = "test"
NEARLY_ALL = 0.99


def show_comparison() -> None:
    """Draw the Train & compare tab."""
    asked = choose_asked("board")
    if asked is not None:
        st.caption(f":material/deployed_code: {describe_asked(asked)}")
        views = {
            "board": partial(show_board, asked),
            "zero_shot": partial(show_zero_shot, asked),
            "pruning": partial(show_pruning, asked),
            "files": partial(show_files, asked),
        }
        show_language_views(views, "compare")
    about = {"quick": say("quick_about")}
    training = Training(SLUG, JOB, project.Recipe, {"quick": project.RECIPES["quick"]}, about,
                        button=say("train_button"), doing=say("training"))  # fmt: skip
    show_runs(training, find_run(SLUG), say("train_own"))


def show_board(asked: Asked) -> None:
    """Draw each language's figure beside TF-IDF's, the published means, and every figure."""
    show_chart(chart_board(asked), f"{SLUG}_board", 360)
    st.caption(say("board_about", n=write_number(find_all(asked, "en").n)))
    show_chart(chart_published(asked), f"{SLUG}_published", 220)
    st.caption(say("published_about", source=project.PUBLISHED[0].source))
    st.dataframe(lay_out(asked), hide_index=True, alt=say("view_board"))
    show_command(project.describe_command(asked.model.recipe))
    for note in asked.model.notes:
        st.caption(f":material/info: {note}")


def find_all(asked: Asked, split: str, metric: str = "", model: str = project.NETWORK) -> ScoreRow:
    """Return a figure that every run has."""
    row = asked.find_row(split, metric, model)
    if row is None:
        message = f"the run has no figure {metric} of {model} on {split}"
        raise ValueError(message)
    return row


def chart_board(asked: Asked) -> Chart:
    """Draw macro-F1 on the tweets of each language: TF-IDF first, then the network."""
    splits = project.TWEET_LANGUAGES
    names = np.array([name_language(split) for split in splits], dtype=object)
    marks, found = [], {}
    for model, name, role in (
        (project.LINEAR, say("model_linear"), "baseline"),
        (project.NETWORK, say("model_network"), "main"),
    ):
        rows = found[model] = [find_all(asked, split, "macro_f1", model) for split in splits]
        marks.append(make_bars(rows, names, name, role))
    better = sum(
        mine.low > other.high for mine, other in zip(found[project.NETWORK], found[project.LINEAR], strict=True)
    )
    title = say("board_title", better=better, n=len(splits), value=write_number(asked.model.scores[0].value, 2),
                baseline=write_number(asked.model.scores[0].baseline_value, 2))  # fmt: skip
    return Chart(title, name_metric("macro_f1"), "", tuple(marks), alt=title, x_range=(0.0, 1.0))


def make_bars(rows: list[ScoreRow], names: np.ndarray, name: str, role: Role) -> Mark:
    """Make the bars of some figures with their intervals."""
    low, high = (np.array([getattr(row, end) for row in rows]) for end in ("low", "high"))
    return Mark("bars", np.array([row.value for row in rows]), names, name, role, low=low, high=high)


def chart_published(asked: Asked) -> Chart:
    """Draw our means beside published ones of other texts."""
    ours = [(say(key), find_all(asked, MEAN, "macro_f1", model)) for key, model in
            (("mean_linear", project.LINEAR), ("mean_network", project.NETWORK))]  # fmt: skip
    known = [(say("mean_published", model=each.model, n=each.n_languages), each.macro_f1) for each in project.PUBLISHED]
    names = np.array([name for name, _ in (*ours, *known)], dtype=object)
    rows = [row for _, row in ours]
    marks = (
        make_bars(rows[:1], names[:1], say("ours_linear"), "baseline"),
        make_bars(rows[1:], names[1:2], say("ours"), "main"),
        Mark("bars", np.array([value for _, value in known]), names[len(rows) :], say("published"), "muted"),
    )  # fmt: skip
    title = say(
        "published_title", model=project.PUBLISHED[0].model, value=write_number(project.PUBLISHED[0].macro_f1, 2)
    )
    return Chart(title, name_metric("macro_f1"), "", marks, alt=title, x_range=(0.0, 1.0))


def lay_out(asked: Asked) -> pd.DataFrame:
    """Lay every figure out: texts, figure, n, the baselines first, then the network."""
    rows = [row for row in asked.model.scores if row.model == project.NETWORK]
    beside = {(row.split, row.metric): row for row in asked.model.scores if row.model == project.LINEAR}
    zero = {(row.split, row.metric): row for row in asked.model.scores if row.model == project.ZERO_SHOT}
    keys = [(row.split, row.metric) for row in rows]
    return pd.DataFrame(
        {
            say("texts"): [name_texts(row.split) for row in rows],
            say("figure"): [name_metric(row.metric) for row in rows],
            "n": [write_number(row.n) for row in rows],
            say("common_class"): [write_number(beside[key].baseline_value, 3) if key in beside else "" for key in keys],
            say("model_linear"): [write_row(beside.get(key)) for key in keys],
            say("model_network"): [write_row(row) for row in rows],
            say("model_zero_shot"): [write_row(zero.get(key)) for key in keys],
        }
    )


def name_texts(split: str) -> str:
    """Name the texts of a figure."""
    return say("mean_of", n=len(project.TWEET_LANGUAGES)) if split == MEAN else name_split(split)


def write_row(row: ScoreRow | None) -> str:
    """Write a figure with its interval; nothing where there is none."""
    return "" if row is None else f"{write_number(row.value, 3)} ({write_span(row.low, row.high, 3)})"


def show_zero_shot(asked: Asked) -> None:
    """Draw what the network knew of Chinese reviews after English labels alone."""
    models = (
        (project.LINEAR, "model_linear_zh"),
        (project.ZERO_SHOT, "model_zero_shot"),
        (project.NETWORK, "model_network"),
    )
    rows = [find_all(asked, "zh", "roc_auc", model) for model, _ in models]
    names = np.array([say(key) for _, key in models], dtype=object)
    marks = tuple(
        Mark("bars", np.array([row.value]), names[at : at + 1], role=role, low=np.array([row.low]),  # type: ignore[arg-type]
             high=np.array([row.high]))
        for at, (row, role) in enumerate(zip(rows, ("baseline", "second", "main"), strict=True))
    )  # fmt: skip
    title = say("zero_title", value=write_number(rows[1].value, 2), baseline=write_number(rows[0].value, 2))
    chart = Chart(title, name_metric("roc_auc"), "", marks, alt=title, x_range=(0.5, 1.0))
    show_chart(chart, f"{SLUG}_zero", 240)
    st.caption(say("zero_about", n=write_number(rows[1].n), span=write_span(rows[1].low, rows[1].high)))
    show_command(project.describe_command(asked.model.recipe))


def show_pruning(asked: Asked) -> None:
    """Draw what the smaller vocabulary did to each language's words."""
    rows = asked.model.coverage
    if not rows:
        st.info(say("pruning_none"), icon=":material/content_cut:")
        return
    names = np.array([name_language(row.language) for row in rows], dtype=object)
    marks = (
        Mark("bars", np.array([row.pieces_before for row in rows]), names, say("vocabulary_full"), "baseline"),
        Mark("bars", np.array([row.pieces for row in rows]), names, say("vocabulary_kept"), "main"),
    )
    worst = min(rows, key=lambda row: row.whole)
    same = sum(row.whole > NEARLY_ALL for row in rows)
    title = say("pruning_title", n=same, most=len(rows), language=name_language(worst.language),
                share=write_share(worst.whole))  # fmt: skip
    show_chart(Chart(title, say("fertility"), "", marks, alt=title), f"{SLUG}_pruning", 340)
    st.caption(say("pruning_about", kept=write_number(asked.model.recipe.pieces)))


def show_files(asked: Asked) -> None:
    """Offer the files of the run."""
    made = {
        "model.zip": partial(project.make_download, asked.model),
        "report.pdf": partial(project.make_run_report, asked.model),
    }
    if asked.name == SHIPPED:
        folder = MODELS / SLUG / SHIPPED
        made |= {name: (folder / name).read_bytes() for name in ("scores.json", "recipe.json")}  # type: ignore[dict-item]
    kept = None
    if asked.job is not None:
        kept = project.open_result(asked.job.folder).downloads
    show_run_files(project, asked.model, project.describe_command(asked.model.recipe), made, kept)
