"""How networks that name pictures compare: with their baselines, with published figures, class by class, in pairs.

Left out: training (``image_training``), and the figures themselves, which ``core`` works out.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.datasets.export import to_csv
from core.evaluation.charts import calibration_chart, confusion_chart
from core.evaluation.leaderboard import LeaderboardRow
from core.hub.charts import Chart
from core.hub.fields import recipe_to_json
from core.vision import image_classification as project
from core.vision.image_classification.published import PUBLISHED, Standing, standing_chart
from core.vision.image_classification.recipe import NETWORK
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise, show_report
from pages.kit.errors import escape
from pages.kit.image_models import (
    N_KEPT,
    SHIPPED,
    SLUG,
    YOURS,
    Asked,
    choose_model,
    describe_asked,
    list_models,
    load_asked,
    load_board,
    load_shares,
)
from pages.kit.image_training import show_robustness, show_training, show_transfer
from pages.kit.leaderboard import show_leaderboard
from pages.kit.picture_page import find_run, list_shipped, open_run, show_command, show_run_files
from pages.kit.tabs import show_views

LEAST_WIDTH = 380


def show_comparison() -> None:
    """Draw the Train & compare tab."""
    show_training(find_run(SLUG))
    asked = choose_model("compare", label="Network shown")
    if asked is None:
        return
    st.caption(f":material/deployed_code: {describe_asked(asked)}  \nLearnt from {escape(asked.model.source)}.")
    show_command(project.describe_command(asked.model.recipe))
    views = {
        "Leaderboard": partial(show_board, asked),
        "Classes": partial(show_classes, asked),
        "Calibration": partial(show_calibration, asked),
        "Two models": partial(show_pair, asked),
        "Learning curve": partial(show_history, asked),
        "Transfer": show_transfer,
        "Robustness": show_robustness,
        "Take away": partial(show_files, asked),
    }
    show_views(views, f"{SLUG}_compare")


def show_board(asked: Asked) -> None:
    """Draw the shipped networks beside published figures, and one beside its baselines."""
    data_set = asked.model.recipe.data_set
    show_chart(load_standing(data_set, asked), f"{SLUG}_standing", 300)
    sources = dict.fromkeys(each.source for each in PUBLISHED if each.data_set == data_set)
    st.caption(f"Published: {escape('; '.join(sources))}. Ours: all on {asked.model.scores[0].n:,} test pictures.")
    st.subheader("Beside its baselines", anchor=False)
    rows = load_board(asked.key, asked.model)
    show_leaderboard(
        rows, f"{SLUG}_board", "McNemar's exact test against the best on the same pictures, adjusted by Holm."
    )
    show_differences(rows)


def load_standing(data_set: str, asked: Asked) -> Chart:
    """Chart every network that knows a set of pictures, the chosen one among them, beside published figures."""
    names = [name for name in SHIPPED if project.RECIPES[name].data_set == data_set]
    models = {name: load_asked(name) for name in list_shipped(SLUG, names)}
    models |= {asked.name: asked}
    ours = []
    for name, each in models.items():
        if each is not None:
            row = each.model.scores[0]
            shown = "trained here" if name == YOURS else name
            ours.append(Standing(shown, each.model.n_weights, row.value, row.low, row.high))
    return standing_chart(ours, data_set)


def show_differences(rows: tuple[LeaderboardRow, ...]) -> None:
    """Say in a sentence each how far the others are behind the best."""
    st.markdown("\n".join(f"- {capitalise(row.sentence)}." for row in rows if row.sentence))
    st.caption("All learnt from the same pictures and answer the same test pictures: McNemar's exact test, adjusted "
               "for how many models there are by Holm's method.")  # fmt: skip


def show_classes(asked: Asked) -> None:
    """Draw one model's confusions and its figures for each class."""
    model = asked.model
    name = st.segmented_control("Model", list(model.names), default=NETWORK, required=True, format_func=capitalise,
                                key=f"{SLUG}_classes_of", wrap=True) or NETWORK  # fmt: skip
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            counts = project.count_confusions(model, name)
            show_chart(confusion_chart(counts, model.classes), f"{SLUG}_confusions", 460)
        with st.container():
            show_report(project.report_classes(model, name), name)


@st.cache_resource(max_entries=N_KEPT, show_spinner=False)
def load_calibration(key: str, _asked: Asked) -> Chart:  # noqa: ARG001 - what it is kept under
    """Chart how often a network is right against how sure it says it is."""
    model = _asked.model
    truth = np.array(model.classes, dtype=object)[model.held_out.y]
    return calibration_chart(truth, load_shares(_asked.key, model), model.classes)


def show_calibration(asked: Asked) -> None:
    """Draw whether stated probabilities hold, and how often the candidates hold the true class."""
    model = asked.model
    show_chart(load_calibration(asked.key, asked), f"{SLUG}_calibration")
    error = next(row for row in model.scores if row.metric == "ece" and row.model == NETWORK)
    held = next(row for row in model.scores if row.metric.startswith("coverage"))
    st.markdown(
        f"Its logits are divided by a temperature of **{model.temperature:.3f}**, set on held-out pictures. "
        f"The expected calibration error on the test pictures is **{error.value:.3f}** ({error.low:.3f} to "
        f"{error.high:.3f}). The set of candidates held the true class in **{held.value:.1%}** of them, where "
        f"{project.COVERAGE:.0%} was asked."
    )


def show_pair(asked: Asked) -> None:
    """Compare two networks on the same test pictures."""
    others = [name for name in list_models() if name != asked.name]
    models = {name: each for name in others if (each := load_asked(name)) is not None}
    fitting = {name: each for name, each in models.items() if each.model.classes == asked.model.classes}
    if not fitting:
        st.info(f"No other network knows the classes of {escape(asked.title)} yet: train one above, and it is compared "
                "with this one on the same test pictures.", icon=":material/compare:")  # fmt: skip
        return
    first = next(iter(fitting))
    name = st.segmented_control("Beside", list(fitting), default=first, required=True, key=f"{SLUG}_beside",
                                format_func=lambda each: fitting[each].title) or first  # fmt: skip
    other = fitting[name]
    found = project.compare_models(asked.model, other.model, (asked.title, other.title))
    st.markdown(f"**{escape(found.sentence)}.**")
    both, one, two, none = count_pair(asked.model, other.model)
    with st.grid(4, min_column_width=150, gap="small"):
        st.metric("Both right", f"{both:,}", border=True)
        st.metric(f"Only {escape(asked.name)}", f"{one:,}", border=True)
        st.metric(f"Only {escape(other.name)}", f"{two:,}", border=True)
        st.metric("Both wrong", f"{none:,}", border=True)
    st.caption("McNemar's exact test looks only at the pictures on which one of the two is right.")
    st.caption(describe_asked(other))


def count_pair(first: project.Model, second: project.Model) -> tuple[int, int, int, int]:
    """Count test pictures that both, only the first, only the second, and neither names right."""
    one, two = (each.held_out.answers[NETWORK] == each.held_out.y for each in (first, second))
    return int((one & two).sum()), int((one & ~two).sum()), int((~one & two).sum()), int((~one & ~two).sum())


def show_history(asked: Asked) -> None:
    """Draw how the network came to know, epoch by epoch, where that was written down."""
    if not len(asked.model.history.get("accuracy", ())):
        st.info("The epochs of this network were not written down; those of a network trained here are.",
                icon=":material/show_chart:")  # fmt: skip
        return
    show_chart(project.history_chart(asked.model), f"{SLUG}_history")
    st.caption(f"The network took {asked.model.fit_s.get(NETWORK, 0):,.0f} s of processor time. Held-out pictures set "
               "the temperature and choose nothing of the weights.")  # fmt: skip


def show_files(asked: Asked) -> None:
    """Offer the files of the network that answers."""
    model = asked.model
    made = {
        "model.zip": lambda: project.make_download(model),
        "predictions.csv": lambda: to_csv(project.list_held_out(model)),
        "report.pdf": lambda: project.make_run_report(model),
        "recipe.json": recipe_to_json(model.recipe).encode(),
    }
    result = open_run(project, asked.job)
    kept = None if result is None else result.files
    show_run_files(project, model, project.describe_command(model.recipe), made, kept)
