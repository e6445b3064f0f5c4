"""Champion against challenger on a model of the hub: each case goes to one of them by its hash, and the truth is told.

The cases are rows of the project's own data that the models did not learn from; each answer is the one that the model
gave for that row. Answers and truths go through the same log as the API's, in a file of this session's own.

Left out: trials of two stored models over HTTP (``POST /v1/ab/{experiment}/predict``, ``python -m core ab duel``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.champion import (
    Route,
    list_accuracy,
    make_duel_plan,
    record_answer,
    record_feedback,
)
from core.experimentation.ab_testing.ledger import Ledger
from core.experimentation.ab_testing.register import Entry, find_experiment, start
from core.experimentation.ab_testing.replay import find_results
from core.hub.charts import Chart, Mark
from core.hub.errors import HubError
from core.hub.registry import find_project, load_module
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.experiment_log import Folder
from pages.kit.models import load_shipped
from pages.kit.trial_views import show_decision
from pages.kit.trials import show_rows
from pages.kit.uploads import drop_with_session

PROJECTS = ("churn", "titanic")
PACES = (10, 25, 100)
SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Duel:
    """Two models of a project, the cases they answer, and the log that the answers go to.

    Parameters
    ----------
    answers : mapping of arm to array of shape (n,)
        Class that each model gave for each case.
    truth : array of shape (n,)
    """

    ledger: Ledger
    entry: Entry
    answers: dict[str, np.ndarray]
    truth: np.ndarray
    folder: Folder

    @property
    def n_sent(self) -> int:
        """Cases answered so far."""
        return int(list_accuracy(self.ledger, self.entry.experiment.name)["answered"].sum())


def write_arm(model: str) -> str:
    """Write a model's name as an arm's.

    Examples
    --------
    >>> write_arm("logistic regression + SMOTE")
    'logistic-regression-SMOTE'
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", model).strip("-")[:64]


@st.cache_resource(max_entries=4, scope="session", show_spinner="Fetching the models…")
def load_duel(slug: str, models: tuple[str, str], share: float, turn: int) -> Duel:  # noqa: ARG001 — the key
    """Start a trial of two models of a project in a fresh log."""
    model = load_models(slug)
    classes = np.array(sorted(set(model.held_out.y)), dtype=object)
    named = {write_arm(name): model.held_out.probabilities[name] for name in models}
    answers = {arm: classes[np.asarray(found).argmax(axis=1)] for arm, found in named.items()}
    folder = Folder()
    ledger = Ledger(folder.store)
    arms = tuple(answers)
    plan = replace(make_duel_plan(), planned_units=len(model.held_out.y))
    entry = start(ledger, Experiment(f"{slug}-duel", arms, (share, round(1 - share, 12))), plan)
    order = np.random.default_rng(0).permutation(len(model.held_out.y))
    return Duel(ledger, entry, {arm: each[order] for arm, each in answers.items()}, model.held_out.y[order], folder)


def load_models(slug: str) -> Any:
    """Return the shipped models of a project, with what they said of rows they did not learn from."""
    return load_shipped(slug, load_module(find_project(slug)))


drop_with_session("duels", load_duel)


@st.fragment
def show_duel(key: str) -> None:
    """Draw the duel; what happens in it redraws only it."""
    st.caption("A share of the requests goes to the challenger; which one is a hash of who asks. Each answer is logged "
               "as an exposure, and what turns out to be true as its metric.")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = st.selectbox("Project", PROJECTS, format_func=lambda name: find_project(name).title, width=220,
                            key=f"{key}_project")  # fmt: skip
        if not st.toggle("Load its models", key=f"{key}_load"):
            return
        names = list(load_models(slug).names)
        champion = st.selectbox("Champion", names, 0, key=f"{key}_champion_{slug}", width=240)
        rest = [name for name in names if name != champion]
        challenger = st.selectbox("Challenger", rest, 0, key=f"{key}_challenger_{slug}_{champion}", width=240)
        share = st.slider("To the challenger (%)", 5, 95, 50, 5, key=f"{key}_share", width=220)
    duel = load_duel(slug, (challenger, champion), share / 100, st.session_state.get(f"{key}_turn", 0))
    show_buttons(duel, key)
    show_standing(duel, key)


def show_buttons(duel: Duel, key: str) -> None:
    """Draw the buttons that send cases, and the next case, whose truth a person may tell."""
    sent = duel.n_sent
    left = len(duel.truth) - sent
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for pace in PACES:
            st.button(f"Send {pace}", key=f"{key}_send_{pace}", icon=":material/send:", on_click=send,
                      args=(duel, pace), disabled=left <= 0)  # fmt: skip
        st.button("Start again", key=f"{key}_again", icon=":material/restart_alt:", on_click=_start_again, args=(key,))
    if left > 0:
        _show_next(duel, sent, key)


def _start_again(key: str) -> None:
    """Take a fresh log."""
    st.session_state[f"{key}_turn"] = st.session_state.get(f"{key}_turn", 0) + 1


def _show_next(duel: Duel, place: int, key: str) -> None:
    """Draw the case that comes next: who answers it, what it says, and the truth to be told."""
    arm = assign(duel.entry.experiment, f"visitor-{place}")
    answer = duel.answers[str(arm)][place]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**visitor-{place}** is answered by **{escape(arm)}**: {escape(answer)}. What is true?", width=420)
        for name in sorted(set(duel.truth)):
            st.button(escape(name), key=f"{key}_truth_{name}", on_click=send, args=(duel, 1, str(name)))
        st.caption(f"In the data: {escape(duel.truth[place])}")


def send(duel: Duel, n: int, told: str = "") -> None:
    """Send the next cases: route, answer, log, and tell the truth (or what a person says is true)."""
    first = duel.n_sent
    for place in range(first, min(first + n, len(duel.truth))):
        unit, request = f"visitor-{place}", f"case-{place}"
        arm = str(assign(duel.entry.experiment, unit))
        record_answer(duel.ledger, Route(duel.entry, arm, is_inside=True), unit, request, str(duel.answers[arm][place]))
        record_feedback(duel.ledger, duel.entry.experiment.name, request, told or str(duel.truth[place]))


def show_standing(duel: Duel, key: str) -> None:
    """Draw each model's accuracy by feedback, and the decision."""
    name = duel.entry.experiment.name
    frame = list_accuracy(duel.ledger, name)
    judged = frame[frame["judged"] > 0]
    if judged.empty:
        st.info("No answer was judged yet: send some cases.", icon=":material/hourglass_empty:")
        return
    shares = [f"{model} {100 * value:.1f}%" for model, value in zip(judged["model"], judged["value"], strict=True)]
    title = f"Right by feedback: {' against '.join(shares)}"
    mark = Mark("points", judged["value"].to_numpy(float), judged["model"].to_numpy(object), "accuracy by feedback",
                low=judged["low"].to_numpy(float), high=judged["high"].to_numpy(float))  # fmt: skip
    show_chart(Chart(title, "Accuracy", "", (mark,), f"{title}.", x_percent=True), f"{key}_chart", 240)
    show_rows(frame, ("value", "low", "high"), key=f"{key}_rows")
    try:
        found = find_results(duel.ledger, name)
    except HubError as error:
        st.info(escape(str(error)), icon=":material/hourglass_empty:")
        return
    show_decision(found.analysis)
    entry = find_experiment(duel.ledger, name)
    st.caption(f"Plan `{entry.plan_sha256[:12]}`, watched at any time; result hash `{found.digest[:16]}…`. Two "
               f"stored models over HTTP: `python -m core ab duel {name} --project … --challenger … …`")  # fmt: skip
