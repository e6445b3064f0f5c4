"""Which network answers about a picture: one of those that ship, or the one that was trained in this session.

Left out: training (``image_training``) and what is drawn of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.fields import make_key, recipe_to_json
from core.hub.jobs import Job
from core.vision import image_classification as project
from core.vision.image_classification.baselines import Shares
from core.vision.image_classification.published import write_weights
from pages.kit.image_sets import SETS
from pages.kit.picture_page import find_run, list_shipped, load_run

SLUG = project.SLUG
SHIPPED = ("full", "small", "cifar")
YOURS = "yours"
N_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The network that answers: its name, what it is in a few words, the model, and the job that made it, if any."""

    name: str
    title: str
    model: project.Model
    job: Job | None = None

    @property
    def key(self) -> str:
        """Changes with the run: what cached charts are kept under."""
        return make_key(self.name, self.model.sha256, recipe_to_json(self.model.recipe), self.model.scores[0].date)

    @property
    def held(self) -> float:
        """In how many test pictures the candidates held the true class, a share."""
        return next(row.value for row in self.model.scores if row.metric.startswith("coverage"))

    @property
    def limit(self) -> float:
        """Under which share of known pictures as strange an answer is refused; 0 where nothing is."""
        return 0.0 if self.model.unknown is None else self.model.unknown.limit

    @property
    def is_grey(self) -> bool:
        """Whether it takes pictures of one channel."""
        return self.model.shape[2] == 1


def list_models() -> tuple[str, ...]:
    """Name the networks that can answer, the one trained here first, then those that ship, the best first."""
    job = find_run(SLUG)
    yours = (YOURS,) if job is not None and job.state == "done" else ()
    return (*yours, *list_shipped(SLUG, SHIPPED))


def name_model(name: str) -> str:
    """Say what a network is in a few words, without loading it.

    Examples
    --------
    >>> name_model("small")
    'small · plain network, Fashion-MNIST'
    """
    if name == YOURS:
        job = find_run(SLUG)
        data_set = str(job.summary.get("data_set", "")) if job is not None else ""
        return f"trained here · {SETS.get(data_set, data_set)}"
    recipe = project.RECIPES[name]
    return f"{name} · {recipe.network} network, {SETS[recipe.data_set]}"


def load_asked(name: str) -> Asked | None:
    """Load a network by its name; None where the one trained here is gone, which is told."""
    found = load_run(project, SLUG, name, YOURS)
    return None if found is None else Asked(name, name_model(name), *found)


def choose_model(place: str, label: str = "Who answers") -> Asked | None:
    """Let a person choose who answers and return it; the choice holds for all tabs of the page."""
    known, key = list_models(), f"{SLUG}_model"
    if st.session_state.get(key) not in known:
        st.session_state[key] = known[0]
    titles = {name: name_model(name) for name in known}
    chosen = st.selectbox(label, known, index=known.index(st.session_state[key]), format_func=lambda name: titles[name],
                          key=f"{key}_{place}_{'_'.join(known)}_{st.session_state[key]}")  # fmt: skip
    if chosen != st.session_state[key]:
        st.session_state[key] = chosen
        st.rerun()
    return load_asked(chosen)


def find_chosen() -> str:
    """Return the name of the network that answers now."""
    known = list_models()
    chosen = str(st.session_state.get(f"{SLUG}_model", ""))
    return chosen if chosen in known else known[0]


def describe_asked(asked: Asked) -> str:
    """Say which network answers, how large it is, how good and when it was made."""
    row = asked.model.scores[0]
    return (
        f"**{asked.title}** · {write_weights(asked.model.n_weights)} weights · {row.value:.1%} of {row.n:,} test "
        f"pictures right ({row.low:.1%} to {row.high:.1%}) · {row.date}"
    )


@st.cache_resource(max_entries=N_KEPT, show_spinner="Comparing the models…")
def load_board(key: str, _model: Any) -> tuple[LeaderboardRow, ...]:  # noqa: ARG001 - what it is kept under
    """Rank a model's network and baselines once."""
    rows: tuple[LeaderboardRow, ...] = _model.leaderboard
    return rows


@st.cache_resource(max_entries=N_KEPT, show_spinner=False)
def load_shares(key: str, _model: Any) -> Shares:  # noqa: ARG001 - what it is kept under
    """Return the probabilities of a model's test pictures, worked out once."""
    shares: Shares = _model.test_shares
    return shares
