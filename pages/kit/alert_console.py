"""The live dashboard: payments are scored as they arrive, alerts queue up for investigators, drift is watched.

One tick plays a little simulated time and draws the console again; nothing runs while nobody looks.

Left out: the engine itself (``core.streaming.fraud.live``); the same stream through a broker (``alert_broker``).
"""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.streaming.fraud.dashboard import Board, make_board
from core.streaming.fraud.live_start import alert_chart, traffic_chart
from core.streaming.fraud.transactions import EPOCH
from pages.kit.alert_broker import has_stream, show_broker
from pages.kit.alert_panels import show_details, show_queue
from pages.kit.alert_stream import TICK_S, Live, find_live, show_controls, start
from pages.kit.charts import show_small_chart
from pages.kit.errors import escape, guard
from pages.kit.payments import has_world
from pages.kit.picture_page import show_command

HERE, BROKER = "In this process", "Through a broker"
LEAST_WIDTH, CHART_HEIGHT = 350, 180
HELP = {
    "Work rate": "Payments that one second of work answers: features and scores together, on this server "
    "as busy as it is now.",
    "Latency": "From a micro-batch's arrival to its scores: half take no longer, and of a hundred ninety-nine "
    "take no longer than p99. Drawing the page is not in it.",
}
COMMAND = (
    'python -c "from core.streaming.fraud.live_start import start_engine; e = start_engine(); '
    'e.advance(seconds=86_400); print(e.n_seen, len(e.alerts), 1_000 * e.latencies.find(99))"'
)


@st.fragment
def show_console(key: str) -> None:
    """Draw the console; what happens in it redraws only it."""
    first = BROKER if has_stream() else HERE
    engine = st.segmented_control("Engine", (HERE, BROKER), default=first, required=True, key=f"{key}_engine",
                                  persist_state="session", wrap=True,
                                  help="The same features and model. The first needs nothing; the second starts a "
                                  "Kafka-speaking broker, a sender and a consumer in a worker process.")  # fmt: skip
    with guard():
        if engine == BROKER:
            show_broker(f"{key}_broker")
            return
        live = find_live(key)
        if live is None:
            show_entrance(key)
            return
        show_live(live, key)


def show_entrance(key: str) -> None:
    """Draw what will be seen, and the button that starts it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("### :material/stream: A bank's payments, one after another", text_alignment="center")
        st.markdown("About 2,400 payments a day of 1,253 customers, from 8 August 2018 on: all of it new to the model. "
                    "Watch alerts come with their reasons, answer the investigators' queue, inject an attack, and see "
                    "whether drift is noticed and what the policy does about it.", text_alignment="center")  # fmt: skip
        st.button("Start the live stream", key=f"{key}_start", type="primary", icon=":material/play_arrow:",
                  on_click=start, args=(key,), kwargs={"playing": True})  # fmt: skip
        first = "This server has not simulated the payments yet: the first start does so, in about twenty seconds."
        st.caption("Starts within seconds." if has_world() else first, text_alignment="center")


def show_live(live: Live, key: str) -> None:
    """Draw the controls and the part that ticks."""
    playing = bool(st.session_state.get(f"{key}_playing")) and not live.engine.is_over
    seconds = show_controls(live, key, playing=playing)
    st.fragment(_draw_tick, run_every=TICK_S if playing else None)(live, key, seconds, playing)
    show_command(COMMAND)


def _draw_tick(live: Live, key: str, seconds: float, playing: bool) -> None:
    """Play on, and draw the console as it stands."""
    if playing:
        live.advance(seconds)
        if live.engine.is_over:
            st.session_state[f"{key}_playing"] = False
            st.rerun()
    with guard():
        draw_console(live, key)


def draw_console(live: Live, key: str) -> None:
    """Draw figures, charts, the queue and the chosen panel."""
    board = make_board(live.engine)
    _show_state(live)
    if problem := st.session_state.pop(f"{key}_problem", None):
        st.toast(escape(problem), icon=":material/error:")
    show_figures(live, board)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        for name, chart in (("traffic", traffic_chart(live.engine.hours)),
                            ("alerts", alert_chart(live.engine.hours, tuple(live.attacks)))):  # fmt: skip
            with st.container():
                if chart is not None:
                    show_small_chart(chart, f"{key}_{name}_chart", CHART_HEIGHT)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="medium"):
        with st.container():
            show_queue(live, board, key)
        with st.container():
            show_details(live, board, key)


def _show_state(live: Live) -> None:
    """Say what runs: the engine, the model, and attacks under way."""
    engine = live.engine
    if not engine.n_seen:
        st.caption(":material/memory: Runs in this process. Nothing has come yet: press Play or Step.")
        return
    under_way = [attack.kind for attack in engine.feed.attacks]
    told = f" · :red[:material/bolt: {', '.join(under_way)} under way]" if under_way else ""
    if engine.is_over:
        told += " · the recording is over: start again"
    st.caption(f":material/memory: Runs in this process · shipped model at first · micro-batches of "
               f"{engine.settings.batch} payments{told}")  # fmt: skip


def show_figures(live: Live, board: Board) -> None:
    """Draw the figures at the top."""
    now = pd.Timestamp(EPOCH) + pd.Timedelta(seconds=board.seconds)
    n_found, n_checked = int(board.days["found"].sum()), int(board.days["checked"].sum())
    figures = {
        "Simulated time": (f"{now:%H:%M}", f"{now:%a} {now.day} {now:%b}"),
        "Payments": (f"{board.n_seen:,}", f"{board.per_hour:,.0f} an hour"),
        "Alerts": (f"{live.n_alerts:,}", f"{live.engine.queue.n_alerts} today"),
        "Bad cards": (f"{n_found:,}", f"of {n_checked:,} seen"),
        "Work rate": (_write(board.work_rate, ",.0f", ""), "a second"),
        "Latency": (_write(board.p50_ms, ".0f", " ms"), f"p99 {_write(board.p99_ms, '.0f', ' ms')}"),
    }
    with st.grid(6, min_column_width=115, gap="small"):
        for name, (value, more) in figures.items():
            st.metric(name, value, more, delta_color="off", delta_arrow="off", border=True, help=HELP.get(name))


def _write(value: float, pattern: str, unit: str) -> str:
    """Write a number that may not be there yet."""
    return "–" if math.isnan(value) else f"{value:{pattern}}{unit}"
