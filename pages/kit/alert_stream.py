"""The live stream of one session: its engine, how fast it plays, and what a person does to it.

Left out: drawing what the engine found (``alert_console``, ``alert_panels``).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import streamlit as st

from core.hub.errors import HubError
from core.streaming.fraud.attacks import ATTACKS, Attack
from core.streaming.fraud.live import Event, LiveEngine
from core.streaming.fraud.live_start import EFFECTS, Start, make_start, start_engine
from core.streaming.fraud.transactions import DAY_S
from pages.kit.payments import find_shipped, has_world, load_world
from pages.kit.uploads import drop_with_session

N_EVENTS, N_ATTACKS = 120, 20
TICK_S = 1.0
HOUR_S = 3_600
PACES = {"15 minutes": HOUR_S // 4, "1 hour": HOUR_S, "3 hours": 3 * HOUR_S, "6 hours": 6 * HOUR_S, "1 day": DAY_S}
CAPACITIES = (10, 25, 50, 100)


@dataclass(slots=True)
class Live:
    """A replay under way, with what happened in it and what was thrown into it."""

    engine: LiveEngine
    capacity: int
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=N_EVENTS))
    attacks: deque[Attack] = field(default_factory=lambda: deque(maxlen=N_ATTACKS))
    n_alerts: int = 0

    def advance(self, seconds: float) -> None:
        """Play on, and keep what happened; alerts have a list of their own."""
        for event in self.engine.advance(seconds=seconds):
            self.n_alerts += event.kind == "alert"
            if event.kind != "alert":
                self.events.append(event)


@st.cache_resource(max_entries=1, show_spinner=False)
def load_start() -> Start:
    """Prepare the replay once for everyone: some seconds."""
    return make_start(find_shipped(), load_world())


@st.cache_resource(max_entries=1, scope="session", show_spinner=False)
def load_live(turn: int, capacity: int) -> Live:  # noqa: ARG001 — the key
    """Start this session's replay; ``turn`` counts the times it was started again."""
    return Live(start_engine(load_start(), capacity), capacity)


drop_with_session("alert_stream", load_live)


def find_live(key: str) -> Live | None:
    """Return the session's replay; None until a person has started it."""
    state = st.session_state
    if not state.get(f"{key}_started"):
        return None
    with st.spinner(tell_wait()):
        return load_live(state.get(f"{key}_turn", 0), state.get(f"{key}_capacity_used", CAPACITIES[1]))


def tell_wait() -> str:
    """Say what a start waits for."""
    first = "" if has_world() else "Simulating 1,754,155 payments, once on this server, then playing "
    return f"{first or 'Playing '}the weeks before the start, so that every window is full …"


def start(key: str, *, playing: bool) -> None:
    """Start the replay, or start it again; for a button's ``on_click``."""
    state = st.session_state
    state[f"{key}_turn"] = state.get(f"{key}_turn", 0) + bool(state.get(f"{key}_started"))
    state[f"{key}_capacity_used"] = state.get(f"{key}_capacity", CAPACITIES[1])
    state[f"{key}_started"], state[f"{key}_playing"] = True, playing
    state.pop(f"{key}_problem", None)


def show_controls(live: Live, key: str, *, playing: bool) -> float:
    """Draw the buttons, the speed and the attacks; return the simulated seconds that a tick plays."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pace = st.selectbox("A second is", list(PACES), index=1, key=f"{key}_pace", width=130, persist_state="session")
        seconds = float(PACES[pace])
        is_over = live.engine.is_over
        st.button("Pause" if playing else "Play", key=f"{key}_play", on_click=_play, args=(key, not playing),
                  icon=":material/pause:" if playing else ":material/play_arrow:", type="primary",
                  disabled=is_over)  # fmt: skip
        st.button("Step", key=f"{key}_step", icon=":material/skip_next:", on_click=live.advance,
                  args=(seconds,), disabled=is_over or playing, help="Plays once what a second is.")  # fmt: skip
        with st.popover("Inject an attack", icon=":material/bolt:", key=f"{key}_attack_box"):
            _ask_attack(live, key)
        with st.popover("Start again", icon=":material/restart_alt:", key=f"{key}_again_box"):
            st.selectbox("Cards looked at in a day", CAPACITIES, index=CAPACITIES.index(live.capacity),
                         key=f"{key}_capacity", persist_state="session")  # fmt: skip
            st.button("Start again from 8 August", key=f"{key}_again", on_click=start, args=(key,),
                      kwargs={"playing": False})  # fmt: skip
    return seconds


def _play(key: str, playing: bool) -> None:
    """Play or pause: what the button said when it was pressed, however often."""
    st.session_state[f"{key}_playing"] = playing


def _ask_attack(live: Live, key: str) -> None:
    """Ask which attack, for how long."""
    kind = st.selectbox("Attack", ATTACKS, key=f"{key}_attack_kind", persist_state="session", width=260)
    st.caption(f"{EFFECTS[kind].capitalize()}.")
    days = st.slider("Days", 1, 14, 3, key=f"{key}_attack_days", disabled=kind == "price rise", width=260)
    st.button("Inject it now", key=f"{key}_inject", icon=":material/bolt:", type="primary", on_click=_attack,
              args=(live, key, kind, days), disabled=live.engine.is_over)  # fmt: skip


def _attack(live: Live, key: str, kind: str, days: int) -> None:
    """Throw an attack into the stream."""
    try:
        live.events.append(live.engine.attack(kind, float(days)))  # type: ignore[arg-type]
    except HubError as error:
        st.session_state[f"{key}_problem"] = str(error)
        return
    live.attacks.append(live.engine.feed.attacks[-1])


def answer(live: Live, key: str, transaction_id: int, *, fraud: bool) -> None:
    """Take a person's answer to a card; for a button's ``on_click``."""
    try:
        live.engine.answer(transaction_id, fraud)
    except HubError as error:
        st.session_state[f"{key}_problem"] = str(error)
    else:
        st.session_state.pop(f"{key}_problem", None)
