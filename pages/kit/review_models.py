"""Which run and which family answer about a text: the shipped run or the one trained in this session, and the sentence.

Left out: training (``review_training``), and what is drawn of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.fields import make_key, recipe_to_json
from core.hub.jobs import Job
from core.text import sentiment as project
from core.text.sentiment.board import lay_board
from core.text.sentiment.model import FittedFamily
from pages.kit.errors import escape
from pages.kit.picture_page import find_run, list_shipped, load_run
from pages.kit.texts import ask_text

SLUG = project.SLUG
FULL, YOURS = "full", "yours"
N_KEPT = 8
SAMPLES = {
    "Mixed": "I expected a dull film, but it is a quiet, funny story that earns its ending.",
    "Negated": "Not a good film: the jokes do not work and nobody seems to care.",
    "Praise": "A warm, clever and moving film with two wonderful performances.",
    "Irony": "Two hours long, and it felt like only five.",
    "Tweet": "ugh, missed my train AGAIN 😩 but the coffee here is amazing!!",
    "Product": "The battery died after a week and the screen scratches if you look at it.",
}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The run that answers: its name, what it is in a few words, the model, and the job that made it, if any."""

    name: str
    title: str
    model: project.Model
    job: Job | None = None

    @property
    def key(self) -> str:
        """Changes with the run: what cached charts are kept under."""
        row = self.model.scores[0]
        return make_key(self.name, self.model.sha256, recipe_to_json(self.model.recipe), f"{row.date} {row.value}")


def list_runs() -> tuple[str, ...]:
    """Name the runs that can answer, the one trained here first."""
    job = find_run(SLUG)
    yours = (YOURS,) if job is not None and job.state == "done" else ()
    return (*yours, *list_shipped(SLUG, (FULL,)))


def name_run(name: str) -> str:
    """Say what a run is in a few words, without loading it."""
    if name != YOURS:
        return f"shipped · {len(project.RECIPES[name].families)} families"
    job = find_run(SLUG)
    facts = job.summary if job is not None else {}
    best = project.TITLES.get(str(facts.get("family", "")), "")
    return f"trained here · {best}, {facts.get('n_texts', 0):,} texts" if best else "trained here"


def load_asked(name: str) -> Asked | None:
    """Load a run by its name; None where the one trained here is gone, which is told."""
    found = load_run(project, SLUG, name, YOURS)
    return None if found is None else Asked(name, name_run(name), *found)


def choose_run(place: str) -> Asked | None:
    """Let a person choose a run where there are two; the choice holds for all tabs of the page."""
    known, key = list_runs(), f"{SLUG}_run"
    if not known:
        st.info("No model ships with this copy. `python -m core train sentiment --recipe full --save` makes it; the "
                "quick recipe under Train & compare takes seconds.", icon=":material/model_training:")  # fmt: skip
        return None
    current = st.session_state.get(key)
    current = current if current in known else known[0]
    if len(known) > 1:
        chosen = st.segmented_control("Run", known, default=current, required=True, format_func=name_run, wrap=True,
                                      key=f"{key}_{place}_{current}")  # fmt: skip
        if chosen != current:
            st.session_state[key] = chosen
            st.rerun()
    return load_asked(current)


def choose_family(asked: Asked, place: str, label: str = "Who answers") -> FittedFamily:
    """Let a person choose a family of a run; the choice holds for all tabs of the page."""
    names, key = list(reversed(asked.model.fitted)), f"{SLUG}_family"
    current = st.session_state.get(key)
    current = current if current in names else names[0]
    chosen = st.selectbox(label, names, index=names.index(current), format_func=project.TITLES.get, width=320,
                          key=f"{key}_{place}_{current}_{len(names)}")  # fmt: skip
    if chosen != current:
        st.session_state[key] = chosen
        st.rerun()
    return asked.model.find(chosen)


def ask_sentence() -> str | None:
    """Ask for the one sentence that all tabs are about."""
    return ask_text(SLUG, SAMPLES)


def describe_family(asked: Asked, one: FittedFamily) -> str:
    """Say who answers, how good it is, on what, and when it learnt."""
    row = next(
        row for row in asked.model.scores if (row.model, row.split, row.metric) == (one.name, "test", "accuracy")
    )
    return (
        f":material/deployed_code: **{escape(one.title)}** · right in {row.value:.1%} of {row.n:,} test texts "
        f"({row.low:.1%} to {row.high:.1%}, 95% interval) · {one.text_ms:.2g} ms a text · {row.date}"
    )


def describe_header() -> str:
    """Name the run that answers, for the head of the page."""
    known = list_runs()
    current = st.session_state.get(f"{SLUG}_run")
    return name_run(current if current in known else known[0]) if known else ""


@st.cache_resource(max_entries=N_KEPT, show_spinner="Comparing the families…")
def load_board(key: str, _model: Any) -> tuple[LeaderboardRow, ...]:  # noqa: ARG001 - what it is kept under
    """Rank a run's families once."""
    rows: tuple[LeaderboardRow, ...] = _model.leaderboard
    return rows


@st.cache_data(max_entries=N_KEPT, show_spinner="Comparing the families…")
def load_table(key: str, _model: Any) -> Any:  # noqa: ARG001 - what it is kept under
    """Lay a run's families out once."""
    return lay_board(_model)
