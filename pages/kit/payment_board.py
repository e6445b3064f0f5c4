"""How models of payments compare: leaderboard, published figures, the weeks, cards to look at, and runs of one's own.

Left out: the figures, which ``core`` works out.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.evaluation.leaderboard import LeaderboardRow
from core.hub.errors import HubError
from core.streaming import fraud as project
from core.streaming.fraud.baselines import SOURCE
from core.streaming.fraud.model_charts import show_metric
from core.streaming.fraud.runs import list_alerts
from core.streaming.fraud.weeks import goals_frame, list_splits, timeline_chart, weeks_chart, weeks_frame
from pages.kit import jobs, session
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape
from pages.kit.leaderboard import show_leaderboard
from pages.kit.payments import HANDBOOK, SLUG, YOURS, Asked, choose_model, describe_asked, find_run
from pages.kit.picture_page import show_command, show_run_files, start_run, watch_run
from pages.kit.tabs import show_views
from pages.kit.training import Training, ask_recipe

JOB = "core.streaming.fraud:run_job"
ABOUT = {
    "quick": "Five models, two validation and two test weeks, 600 customers where payments are simulated: under half a "
    "minute on two free cores.",
    "full": "Seven models and a blend, four validation and four test weeks of all 1,754,155 payments, as the shipped "
    "one: some minutes.",
}
TRAINING = Training(SLUG, JOB, project.Recipe, project.RECIPES, ABOUT)
TEST = "Average precision of the first test week against the best's, on resampled customers, by Holm's method."


def show_comparison() -> None:
    """Draw the Train & compare tab."""
    show_runs()
    asked = choose_model("compare")
    st.caption(f":material/deployed_code: {describe_asked(asked)}.")
    views = {
        "Leaderboard": partial(show_board, asked),
        "Beside the handbook": partial(show_published, asked),
        "The protocol": partial(show_protocol, asked),
        "Week by week": partial(show_weeks, asked),
        "Cards a day": partial(show_cards, asked),
        "Take away": partial(show_files, asked),
    }
    show_views(views, f"{SLUG}_compare")


def show_runs() -> None:
    """Draw the run under way, or the way to start one on simulated payments or on a table of one's own."""
    if watch_run(SLUG, find_run(), TRAINING.doing):
        return
    table = session.current_table()
    with st.expander("Train on payments of your own, or again with other settings", icon=":material/tune:"):
        source = HANDBOOK
        if table is not None:
            source = st.segmented_control("Learn from", (YOURS, HANDBOOK), default=YOURS, required=True,
                                          key=f"{SLUG}_learn_from")  # fmt: skip
        if source == YOURS and table is not None:
            st.caption(f"**{escape(table.name)}**: it needs a column that says which payments were frauds, and as many "
                       "days as the weeks take.")  # fmt: skip
        recipe = ask_recipe(TRAINING)
    if recipe is None:
        return
    mine = source == YOURS and table is not None
    started = jobs.start_job(JOB, recipe, SLUG, table) if mine else start_run(JOB, recipe, SLUG)
    if started is not None:
        st.rerun()


def show_board(asked: Asked) -> None:
    """Draw every model with its interval, and who is really better."""
    model = asked.model
    with st.container(horizontal=True):
        metrics = list(model.test)
        metric = st.segmented_control("Score", metrics, default="average_precision", required=True, wrap=True,
                                      format_func=show_metric, key=f"{SLUG}_score")  # fmt: skip
        splits = list_splits(model)
        split = st.segmented_control("Over", list(splits), default="test", required=True, wrap=True,
                                     format_func=splits.__getitem__, key=f"{SLUG}_split")  # fmt: skip
    show_chart(project.model_chart(model, metric, split), f"{SLUG}_models", 300)
    goals = goals_frame(model) if model.source.sha256 and asked.result is None else pd.DataFrame()
    if len(goals):
        n_met = int(goals["Met"].sum())
        st.markdown(f"**{n_met} of {len(goals)} aims, set before training, are met.**")
        _show_frame(goals, "Figures beside their aims")
    st.subheader("Who is really better", anchor=False)
    rows = rank_models(asked.key, model)
    show_leaderboard(rows, f"{SLUG}_board", TEST)
    st.markdown("\n".join(f"- {capitalise(escape(row.sentence))}." for row in rows if row.sentence))
    st.caption("Verdicts are of the first test week's average precision: its customers are drawn anew a thousand "
               "times, the same ones for every model. The best is the one that the validation weeks chose. What "
               "another training week would change is not in it.")  # fmt: skip
    for note in model.notes:
        st.caption(f":material/info: {escape(note)}")
    show_command(project.describe_command(model))


@st.cache_resource(max_entries=4, show_spinner="Comparing the models in pairs…")
def rank_models(key: str, _model: project.FraudModel) -> tuple[LeaderboardRow, ...]:  # noqa: ARG001 — the key
    """Compare a model's candidates once for everyone."""
    return _model.leaderboard


def show_published(asked: Asked) -> None:
    """Draw our figures beside those that the handbook printed."""
    frame = project.compare_published(asked.model)
    splits = list_splits(asked.model)
    if asked.result is not None:
        st.info("The handbook's figures are of its own 1,754,155 payments; this run's are comparable only if it learnt "
                "from those.", icon=":material/compare:")  # fmt: skip
    for split, title in splits.items():
        rows = frame[frame["Split"] == split].drop(columns="Split").sort_values("Average precision", ascending=False)
        printed = rows[rows["Model"].str.contains("handbook")]
        ours = rows[~rows["Model"].str.contains("handbook")]
        told = f"{ours['Average precision'].max():.3f} is our best average precision"
        if len(printed):
            told += f", {printed['Average precision'].max():.3f} the best that was printed"
        st.markdown(f"**{title}: {told}**")
        shown = rows.dropna(axis="columns", how="all")
        figures = {name: _write_figures(shown[name]) for name in shown if shown[name].dtype.kind == "f"}
        _show_frame(shown.assign(**figures), f"{title}: ours and the handbook's")
    st.caption(f"{escape(SOURCE)}. A dash means that the figure was not printed. The handbook's models see its fifteen "
               "features; ours see ten ratios of them as well.")  # fmt: skip
    show_command(project.describe_command(asked.model))


def _write_figures(values: pd.Series) -> pd.Series:
    """Write figures with three digits, and a dash where nothing was printed."""
    return values.map("{:.3f}".format, na_action="ignore").fillna("–")


def show_protocol(asked: Asked) -> None:
    """Draw the weeks that are learnt from, waited for and scored."""
    recipe = asked.model.recipe
    show_chart(timeline_chart(asked.model), f"{SLUG}_timeline", 380)
    st.markdown(
        f"Each line is one model's life: it learns for {recipe.train_days} days, waits {recipe.delay_days} days until "
        f"those days' frauds are known, and scores the next {recipe.test_days}. Customers known to be compromised by "
        "then are taken out. The validation weeks choose the best model, the blend's weights and the height of the "
        "alarm; the test weeks choose nothing."
    )


def show_weeks(asked: Asked) -> None:
    """Draw every model in each test week."""
    metric = st.segmented_control("Score", list(asked.model.test), default="average_precision", required=True,
                                  format_func=show_metric, key=f"{SLUG}_week_score", wrap=True)  # fmt: skip
    show_chart(weeks_chart(asked.model, metric), f"{SLUG}_weeks")
    _show_frame(weeks_frame(asked.model, metric), "Every model in each test week")
    st.caption("Each week is scored by models that learnt two weeks before it.")


def show_cards(asked: Asked) -> None:
    """Draw card precision beside its ceiling, and precision against recall."""
    model = asked.model
    show_chart(project.card_chart(model), f"{SLUG}_cards", 300)
    st.markdown(f"Of one who knows every fraud, **{model.ceiling:.1%}** of {model.recipe.top_k} cards a day would be "
                "compromised: on most days there are fewer compromised cards than that.")  # fmt: skip
    show_chart(project.precision_recall_chart(model), f"{SLUG}_curve")


def show_files(asked: Asked) -> None:
    """Offer the files of a run."""
    model = asked.model
    made = {
        "alerts.csv": lambda: to_csv(list_alerts(model)),
        "model.zip": lambda: project.make_download(model),
        "report.pdf": lambda: project.make_run_report(model),
    }
    kept = None if asked.result is None else asked.result.files
    try:
        show_run_files(project, model, project.describe_command(model), made, kept)
    except HubError as error:
        st.error(escape(error))


def _show_frame(frame: pd.DataFrame, alt: str) -> None:
    """Draw a table with three digits."""
    config = {name: st.column_config.NumberColumn(format="%.3f") for name in frame if frame[name].dtype.kind == "f"}
    if "Model" in frame:
        config["Model"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(frame, hide_index=True, column_config=config, alt=alt)
