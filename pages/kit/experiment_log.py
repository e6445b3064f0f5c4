"""Which log a dashboard shows: a replay of a real trial in a log of this session's own, or the hub's own log.

A replay has its own SQLite file, which goes with the session, and the dates of its stream as its clock; the hub's log
is the one that the HTTP API and the command line write to.

Left out: what is shown of a log (``experiment_board``).
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.experimentation.ab_testing.ledger import Ledger, Moment, open_ledger
from core.experimentation.ab_testing.looks import Past
from core.experimentation.ab_testing.recipe import TrialName
from core.experimentation.ab_testing.register import Entry, list_experiments
from core.experimentation.ab_testing.replay import Results, find_results
from core.experimentation.ab_testing.simulation import Monitoring
from core.experimentation.ab_testing.stream import Playback, make_stream
from core.experimentation.ab_testing.trials import TRIALS
from core.hub.store import Store
from pages.kit.errors import escape
from pages.kit.uploads import drop_with_session

REPLAY, HUB = "A replayed trial", "The hub's own log"
WAYS: tuple[Monitoring, ...] = ("anytime", "O'Brien–Fleming", "Pocock", "one look")
TICK_S = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A log and one experiment of it; ``playback`` is None for the hub's own."""

    ledger: Ledger
    name: str
    playback: Playback | None

    @property
    def key(self) -> str:
        """What results are kept under."""
        return self.name if self.playback is None else f"{id(self.playback)}"


class Folder:
    """A folder that goes when its session does, with the store in it."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="mastery-replay-"))
        # Whoever forgets the session drops this object; its folder goes with it, or at the latest with the process.
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.store = Store(f"sqlite:///{folder / 'log.sqlite3'}")


@st.cache_resource(max_entries=4, scope="session", show_spinner="Preparing the replay…")
def load_playback(trial: TrialName, monitoring: Monitoring, turn: int) -> tuple[Playback, Folder]:  # noqa: ARG001 — the key
    """Open a fresh log and a stream on its way into it; ``turn`` counts the times it was started again."""
    folder = Folder()
    return Playback(folder.store, make_stream(trial, monitoring=monitoring)), folder


@st.cache_resource(max_entries=128, scope="session", show_spinner=False)
def load_results(
    key: str,  # noqa: ARG001 — the key
    number: int,
    time_us: int,
    name: str,
    past: Past | None,
    _ledger: Ledger,
) -> Results:
    """Compute the results of a moment once: a moment stands for the same events for ever."""
    return find_results(_ledger, name, Moment(number, time_us), past=past)


drop_with_session("experiments", load_playback, load_results)


def show_results_of(shown: Shown, moment: Moment | None = None, past: Past | None = None) -> Results:
    """Return the results of an experiment at a moment; by default now, and by the looks that were written down."""
    moment = moment or shown.ledger.find_moment()
    if shown.playback is None:  # its clock runs on, so no two moments are the same
        return find_results(shown.ledger, shown.name, moment, past=past)
    return load_results(shown.key, moment.number, moment.time_us, shown.name, past, shown.ledger)


def choose_log(key: str) -> Shown | None:
    """Ask which log and which experiment; None where the hub's log has none yet."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control("Log", (REPLAY, HUB), default=REPLAY, required=True, key=f"{key}_log",
                                     persist_state="session", wrap=True)  # fmt: skip
        if which == REPLAY:
            return _choose_replay(key)
        return _choose_own(key)


def _choose_replay(key: str) -> Shown:
    """Ask which trial is replayed and how it is watched."""
    trial = st.selectbox("Trial", list(TRIALS), format_func=lambda name: TRIALS[name].title, key=f"{key}_trial",
                         width=300, persist_state="session")  # fmt: skip
    way = st.selectbox("Looking", WAYS, key=f"{key}_way", width=180, persist_state="session",
                       help="How often one may look; the plan is frozen before the first exposure.")  # fmt: skip
    turn = st.session_state.get(f"{key}_turn", 0)
    playback, _ = load_playback(trial, way, turn)
    return Shown(playback.ledger, playback.stream.experiment.name, playback)


def _choose_own(key: str) -> Shown | None:
    """Ask which experiment of the hub's log."""
    ledger = open_ledger()
    found = list_experiments(ledger)
    if not found:
        st.info("The hub's log has no experiment yet. Design one below, or start one with "
                "`python -m core ab start FILE`; its events come by HTTP.", icon=":material/inbox:")  # fmt: skip
        return None
    name = st.selectbox("Experiment", list(found), key=f"{key}_experiment", format_func=escape, width=300)
    return Shown(ledger, name, None)


def describe_entry(entry: Entry) -> str:
    """Name an experiment's arms with their shares, its coverage and its plan's hash."""
    it = entry.experiment
    arms = ", ".join(f"{escape(arm)} {share:.1%}" for arm, share in zip(it.arms, it.shares, strict=True))
    state = "running" if entry.is_running else "stopped"
    return f"**{escape(it.name)}** · {state} · {arms} · coverage {it.coverage:.0%} · plan `{entry.plan_sha256[:12]}`"
