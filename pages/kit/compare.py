"""How trained classifiers compare: leaderboard, who is really better, and each model's errors, curves and calibration.

Everything drawn comes from the rows that no model was trained on.

Left out: training, and the figures themselves, which ``core.evaluation`` works out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.charts import Chart
from core.hub.contract import Scores
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.leaderboard import show_leaderboard
from pages.kit.uploads import drop_with_session

LEAST_WIDTH = 360
N_CHARTS = 64
FIGURES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a comparison left behind, as the kit draws it.

    Parameters
    ----------
    key : str
        Changes with the run and its data: what cached charts are kept under.
    models : tuple of str
        Compared models, best first, the baseline last.
    classes : tuple of str
        In the order of the columns of ``probabilities``.
    y : array of shape (n_test,)
        True classes of the held-out rows.
    probabilities : mapping of model to array of shape (n_test, n_classes)
        What each model said of the held-out rows.
    rows : DataFrame of shape (n_test, n_features)
        The held-out rows as the table holds them, indexed by their position in it.
    fold_scores : mapping of model to array of shape (n_folds,)
        Accuracy in each fold.
    leaderboard : sequence of LeaderboardRow
        Best first.
    scores : sequence of ScoreRow
        Every figure of the run.
    """

    key: str
    models: tuple[str, ...]
    classes: tuple[str, ...]
    y: np.ndarray
    probabilities: Mapping[str, np.ndarray]
    rows: pd.DataFrame
    fold_scores: Mapping[str, np.ndarray]
    leaderboard: Sequence[LeaderboardRow]
    scores: Scores


def show_board(outcome: Outcome, key: str) -> None:
    """Draw who leads, by how much, and which differences are real."""
    show_leaderboard(outcome.leaderboard, f"{key}_board")
    show_verdicts(outcome.leaderboard)
    has_loo = any(row.split == "loo" for row in outcome.scores)
    loo = ", and *leave one out* answers each row by models that learnt from all others" if has_loo else ""
    lead = "Three accuracies, three questions" if has_loo else "Two accuracies, two questions"
    st.caption(f"{lead}: *cross-validation* (Accuracy) compares models on folds of the training rows"
               f"{',' if has_loo else ' and'} the *test rows* score models on rows kept aside from all training{loo}; "
               "the rows differ, and so do they.")  # fmt: skip
    show_left_out(outcome.scores)


def show_verdicts(rows: Sequence[LeaderboardRow]) -> None:
    """Say in words which models are really worse than the best and which cannot be told apart from it."""
    st.subheader("Which is really better?", anchor=False)
    best = next(row.model for row in rows if row.is_best)
    level = [row.model for row in rows if not row.is_best and row.verdict != "worse"]
    worse = [row.model for row in rows if row.verdict == "worse"]
    if level:
        st.markdown(
            f":material/balance: **{escape(best)}** does not differ measurably from {escape(', '.join(level))}."
        )
    if worse:
        st.markdown(f":material/trending_down: It is measurably better than {escape(', '.join(worse))}.")
    with st.expander("Every comparison with its interval", type="compact"):
        sentences = [row.sentence for row in rows if row.sentence]
        st.markdown("\n".join(f"- {capitalise(sentence)}" for sentence in sentences))
        st.caption("Folds share training rows, so the t-test is the corrected one of Nadeau and Bengio (2003); its "
                   "p-values are adjusted for many comparisons by Holm's method.")  # fmt: skip


def show_left_out(scores: Scores) -> None:
    """Draw the errors when each row is left out once, where a run counted them."""
    found = [row for row in scores if row.split == "loo"]
    if not found:
        return
    st.subheader("Leave one out", anchor=False)
    st.caption(f"Each of the {found[0].n} rows is answered by models that learnt from all the others.")
    shown = pd.DataFrame({
        "Model": [row.model for row in found],
        "Errors": [round((1 - row.value) * row.n) for row in found],
        "Accuracy": [f"{row.value:.1%}" for row in found],
        "95% interval (Wilson)": [f"{100 * row.low:.1f}–{100 * row.high:.1f}%" for row in found],
    })  # fmt: skip
    st.dataframe(shown.sort_values("Errors", kind="stable"), hide_index=True, width="content",
                 alt="Leave-one-out errors of each model with their intervals")  # fmt: skip


def choose_model(outcome: Outcome, key: str) -> str:
    """Let a person choose which model to look at; the best comes first."""
    return st.selectbox("Model", outcome.models, key=f"{key}_{outcome.key[:8]}", format_func=capitalise)


def show_errors(outcome: Outcome, key: str) -> None:
    """Draw one model's confusion matrix and its figures for each class."""
    model = choose_model(outcome, f"{key}_errors_model")
    left, right = st.columns([5, 6], gap="medium")
    with left, guard():
        show_chart(load_chart(outcome.key, model, "confusion", outcome), f"{key}_confusion")
    with right, guard():
        show_report(load_report(outcome.key, model, outcome), model)


def show_report(report: pd.DataFrame, model: str) -> None:
    """Draw precision, recall and F1 of each class with their intervals."""
    st.markdown(f"**Per class, on {int(report['support'].sum())} rows that no model was trained on**")
    named = zip(report["class"], report["support"], strict=True)
    shown = pd.DataFrame({"Class (rows)": [f"{name} ({n_rows})" for name, n_rows in named]})
    for name, title in FIGURES.items():
        cells = zip(report[name], report[f"{name}_low"], report[f"{name}_high"], strict=True)
        shown[title] = [write_measure(*cell) for cell in cells]
    st.dataframe(shown, hide_index=True, alt=f"Precision, recall and F1 of {model} for each class")
    st.caption(
        "With 95% intervals. Precision: of the rows given this class, how many belong to it. Recall: of the rows of "
        "this class, how many were found. F1: their harmonic mean."
    )


def write_measure(value: float, low: float, high: float) -> str:
    """Write a share with its interval; a figure without a denominator is a dash.

    Examples
    --------
    >>> write_measure(0.9, 0.596, 0.982), write_measure(float("nan"), float("nan"), float("nan"))
    ('0.90 (0.60–0.98)', '–')
    """
    return "–" if np.isnan(value) else f"{value:.2f} ({low:.2f}–{high:.2f})"


def show_curves(outcome: Outcome, key: str) -> None:
    """Draw one model's ROC curve for each class, and whether its probabilities mean what they say."""
    model = choose_model(outcome, f"{key}_curves_model")
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name in ("roc", "calibration", "precision_recall"):
            with st.container(), guard():
                show_chart(load_chart(outcome.key, model, name, outcome), f"{key}_{name}")


def show_folds(outcome: Outcome, key: str) -> None:
    """Draw the score of each fold of each model."""
    from core.evaluation.charts import fold_chart

    show_chart(fold_chart(outcome.fold_scores), f"{key}_folds")
    st.caption("Each dot is one part of the training rows, answered by a model trained on the other parts.")


def find_answers(outcome: Outcome, model: str) -> np.ndarray:
    """Return a model's likeliest class of each held-out row, shape (n_test,)."""
    return np.array(outcome.classes, dtype=object)[outcome.probabilities[model].argmax(axis=1)]


@st.cache_data(max_entries=N_CHARTS, scope="session", show_spinner=False)
def load_chart(key: str, model: str, name: str, _outcome: Outcome) -> Chart:  # noqa: ARG001 — part of the key
    """Work out one chart of one model once."""
    from core.evaluation import charts
    from core.evaluation.classification import confusion

    if name == "confusion":
        return charts.confusion_chart(
            confusion(_outcome.y, find_answers(_outcome, model), _outcome.classes), _outcome.classes
        )
    draw: dict[str, Callable[..., Chart]] = {
        "roc": charts.roc_chart,
        "calibration": charts.calibration_chart,
        "precision_recall": charts.precision_recall_chart,
    }
    return draw[name](_outcome.y, _outcome.probabilities[model], _outcome.classes)


@st.cache_data(max_entries=N_CHARTS, scope="session", show_spinner=False)
def load_report(key: str, model: str, _outcome: Outcome) -> pd.DataFrame:  # noqa: ARG001 — part of the key
    """Work out one model's figures for each class once."""
    from core.evaluation.classification import class_report

    return class_report(_outcome.y, find_answers(_outcome, model), _outcome.classes)


def capitalise(text: str) -> str:
    """Write a name with a capital, as it opens a line; it may stand in Markdown.

    Examples
    --------
    >>> capitalise("naive Bayes")
    'Naive Bayes'
    """
    return escape(f"{text[:1].upper()}{text[1:]}")


drop_with_session("compare", load_chart, load_report)
