"""Which network answers on the multilingual page: the shipped one, or the one trained in this session.

Left out: training (``language_board``).
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

import streamlit as st

from core.hub.contract import ScoreRow
from core.hub.fields import make_key, recipe_to_json
from core.hub.jobs import Job
from core.text import multilingual as project
from pages.kit.language_words import SLUG, find_interface, name_language, say, write_number, write_span
from pages.kit.picture_page import find_run, load_run

SHIPPED, YOURS = "full", "yours"
LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The network that answers, and the job that made it, if any."""

    name: str
    model: project.Model
    job: Job | None = None

    @property
    def key(self) -> str:
        """Changes with the run: what cached figures are kept under."""
        return make_key(self.name, self.model.sha256, recipe_to_json(self.model.recipe), str(len(self.model.content)),
                        repr(self.model.balance))  # fmt: skip

    def find_row(self, split: str, metric: str = "", model: str = project.NETWORK) -> ScoreRow | None:
        """Return a figure: of a metric, or the first one of the split."""
        return next((row for row in self.model.scores
                     if row.split == split and row.model == model and metric in ("", row.metric)), None)  # fmt: skip


def choose_asked(place: str) -> Asked | None:
    """Return the network that answers; where one was trained here, let a person choose."""
    job = find_run(SLUG)
    if job is None or job.state != "done":
        return load_asked(SHIPPED)
    labels = {YOURS: say("model_yours"), SHIPPED: say("model_shipped")}
    kept = f"{SLUG}_asked"
    chosen = st.segmented_control(say("model"), list(labels), default=st.session_state.get(kept, YOURS), required=True,
                                  format_func=lambda name: labels[name],
                                  key=f"{kept}_{place}_{find_interface()}")  # fmt: skip
    st.session_state[kept] = chosen
    return load_asked(str(chosen))


def load_asked(name: str) -> Asked | None:
    """Load a network; None where the one trained here is gone, which is told."""
    found = load_run(project, SLUG, name, YOURS)
    return None if found is None else Asked(name, *found)


def describe_asked(asked: Asked) -> str:
    """Say which network answers, how good it is and when it was made."""
    row = asked.model.scores[0]
    return say(
        "model_told",
        model=say(f"model_{'shipped' if asked.name == SHIPPED else 'yours'}"),
        value=write_number(row.value, 2),
        span=write_span(row.low, row.high),
        baseline=write_number(row.baseline_value, 2),
        n=len(project.TWEET_LANGUAGES),
        date=row.date,
    )


def describe_trust(asked: Asked, code: str) -> str:
    """Say how well the network did on a language's held-out texts, or that it was never tested there."""
    row, language = asked.find_row(code), name_language(code)
    if row is None:
        return say("trust_untested" if code in project.ANSWERED else "trust_foreign", language=language)
    kind = "reviews" if row.metric == "roc_auc" else "tweets" if code == "en" else "machine"
    return say(
        "trust_tested",
        n=write_number(row.n),
        kind=say(f"kind_{kind}"),
        language=language,
        metric=name_metric(row.metric),
        value=write_number(row.value, 2),
        span=write_span(row.low, row.high),
        baseline=write_number(row.baseline_value, 2),
    )


def name_metric(metric: str) -> str:
    """Name a metric in the page's language."""
    return say(f"metric_{metric}")


def write_command(asked: Asked, text: str, language: str) -> str:
    """Write the command that gives the same answer; empty for a network trained here."""
    if asked.name != SHIPPED or len(text) > LONGEST_SHOWN:
        return ""
    inputs = json.dumps({"text": text, "language": language}, ensure_ascii=False)
    return f"python -m core predict {SLUG} --model {asked.name} --input {shlex.quote(inputs)}"


def write_python(code: str) -> str:
    """Write a command that runs a line of Python after everything public of the project was imported."""
    return f"python -c {shlex.quote(f'from core.text.multilingual import *; {code}')}"


def show_again(command: str) -> None:
    """Say which command gives the same."""
    if command:
        with st.expander(say("again"), icon=":material/terminal:", type="compact"):
            st.code(command, language="bash", wrap_lines=True)
