"""How the families compare: one table on films and other domains, speed, trust, abstention, and files to take away.

Left out: training (``review_training``), and the figures themselves, which ``core`` works out.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.evaluation.charts import leaderboard_chart
from core.evaluation.metrics import show_metric
from core.hub.fields import recipe_to_json
from core.text import sentiment as project
from core.text.sentiment.board import describe_transfer, speed_chart
from core.text.sentiment.reporting import describe_drawn
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape
from pages.kit.picture_page import find_run, open_run, show_command, show_run_files
from pages.kit.review_models import SLUG, Asked, choose_family, choose_run, describe_family, load_board, load_table
from pages.kit.review_training import show_reviews_recipe, show_training
from pages.kit.tabs import show_views

METRICS = ("test_accuracy", "test_macro_f1", "test_roc_auc", "test_ece")
TRANSFER = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "roc_auc": "ROC AUC", "ece": "Calibration error"}
LEAST_WIDTH = 380


def show_comparison() -> None:
    """Draw the Train & compare tab."""
    show_training(find_run(SLUG))
    asked = choose_run("compare")
    if asked is None:
        return
    n = next(row.n for row in asked.model.scores if row.split == project.TEST)
    st.caption(f":material/deployed_code: Learnt from {escape(asked.model.source)}; {n:,} other texts test.")
    views = {
        "Families": partial(show_board, asked),
        "Other domains": partial(show_transfer, asked),
        "Speed": partial(show_speed, asked),
        "When to be silent": partial(show_abstention, asked),
        "Trust": partial(show_trust, asked),
        "IMDB recipe": show_reviews_recipe,
        "Take away": partial(show_files, asked),
    }
    show_views(views, f"{SLUG}_compare")


def show_board(asked: Asked) -> None:
    """Draw who leads by how much, and every family in one table."""
    rows = load_board(asked.key, asked.model)
    known = [name for name in METRICS if name in rows[0].metrics]
    metric = st.segmented_control("Score", known, default=known[0], required=True, format_func=show_metric, wrap=True,
                                  key=f"{SLUG}_metric") or known[0]  # fmt: skip
    show_chart(leaderboard_chart(rows, metric), f"{SLUG}_board", 330)
    frame = load_table(asked.key, asked.model)
    st.dataframe(frame, hide_index=True, column_config=describe_columns(frame),
                 alt="Every family on the test texts and elsewhere with intervals, speed and size")  # fmt: skip
    alike = ", since texts about one film are alike" if asked.model.unit == "film" else ""
    st.caption(f"95% intervals in brackets: {describe_drawn(asked.model)}{alike}. Other sets show accuracy; nothing "
               "was learnt from them.")  # fmt: skip
    st.markdown("\n".join(f"- {capitalise(row.sentence)}." for row in rows if row.sentence))
    st.caption(f"Differences are taken {asked.model.unit} by {asked.model.unit} on the same texts, and adjusted for "
               "how many families there are by Holm's method.")  # fmt: skip
    show_command(project.describe_command(asked.model.recipe))


def describe_columns(frame: pd.DataFrame) -> dict[str, object]:
    """Give each column its kind and digits."""
    numbers = {"ms a text": "%.2f", "MB": "%.2f"}
    config: dict[str, object] = {
        name: st.column_config.TextColumn(pinned=name == "Model") for name in frame.columns if name not in numbers
    }
    helps = {"ms a text": "Median of processor time for a text of about 32 tokens, asked alone.", "MB": "Stored files."}
    return config | {name: st.column_config.NumberColumn(format=how, help=helps[name]) for name, how in numbers.items()}


def show_transfer(asked: Asked) -> None:
    """Draw how far what was learnt carries."""
    metric = st.segmented_control("Score", list(TRANSFER), default="accuracy", required=True, wrap=True,
                                  format_func=TRANSFER.get, key=f"{SLUG}_transfer_metric") or "accuracy"  # fmt: skip
    show_chart(project.transfer_chart(asked.model, metric), f"{SLUG}_transfer", 420)
    st.markdown(escape(describe_transfer(asked.model)))
    if "tweets" in asked.model.held_out:
        st.info("The lexicon is at home here: its makers gathered these tweets, product and news sentences to judge "
                "it by, so its figures there flatter it. Foods are new to all.", icon=":material/info:")  # fmt: skip
    show_command(project.describe_command(asked.model.recipe))


def show_speed(asked: Asked) -> None:
    """Draw accuracy over time."""
    show_chart(speed_chart(asked.model), f"{SLUG}_speed", 380)
    st.caption(f"Measured where the run was trained ({escape(asked.model.scores[0].machine)}), one text at a time on "
               "one core, the median of 31 texts.")  # fmt: skip
    show_command(project.describe_command(asked.model.recipe))


def show_abstention(asked: Asked) -> None:
    """Draw what a family promises when it may be silent, and whether the test texts kept it."""
    one = choose_family(asked, "abstain", "Family")
    st.markdown(f"**{escape(project.describe_abstention(asked.model, one.name))}**")
    show_chart(project.abstention_chart(asked.model, one.name), f"{SLUG}_abstention", 380)
    st.caption(f"The limit is set on tune {asked.model.unit}s: the lowest at which, with 95% confidence for all limits "
               "tried at once, the promised share of answers is right (Geifman and El-Yaniv 2017). It holds for texts "
               "like those.")  # fmt: skip
    show_command(project.describe_command(asked.model.recipe))


def show_trust(asked: Asked) -> None:
    """Draw whether stated probabilities hold, and what is taken for what."""
    one = choose_family(asked, "trust", "Family")
    st.caption(describe_family(asked, one))
    splits = list(asked.model.held_out)
    names = {each: project.name_set(each, asked.model.unit).capitalize() for each in splits}
    split = st.segmented_control("Texts", splits, default=splits[0], required=True, format_func=names.get, wrap=True,
                                 key=f"{SLUG}_trust_set") or splits[0]  # fmt: skip
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_chart(project.trust_chart(asked.model, one.name, split), f"{SLUG}_trust", 380)
        with st.container():
            show_chart(project.confuse(asked.model, one.name), f"{SLUG}_confusions", 380)
    unit = asked.model.unit
    st.caption(f"Calibrated by Platt's line on tune {unit}s; the confusions are of the test {unit}s.")


def show_files(asked: Asked) -> None:
    """Offer the files of the run that answers."""
    model = asked.model
    made = {
        "model.zip": lambda: project.make_download(model),
        "families.csv": lambda: to_csv(project.families_table(model)),
        "predictions.csv": lambda: to_csv(project.list_held_out(model)),
        "report.pdf": lambda: project.make_run_report(model),
        "recipe.json": recipe_to_json(model.recipe).encode(),
    }
    result = open_run(project, asked.job)
    show_run_files(
        project, model, project.describe_command(model.recipe), made, None if result is None else result.files
    )
