"""The dashboard of an experiment on its log: design, live, results, decision, and what it said on an earlier day.

Left out: which log (``experiment_log``), and starting an experiment (``experiment_design``).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.fixes.wording import count_of
from core.experimentation.ab_testing.charts import arms_chart, looks_chart
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.looks import Past, spends
from core.experimentation.ab_testing.register import find_experiment
from core.experimentation.ab_testing.replay import Results, look, repeat_looks
from core.experimentation.ab_testing.stream import DAY_US, Playback
from core.experimentation.ab_testing.tables import list_arms
from core.hub.charts import Chart, Mark
from core.hub.errors import HubError
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard, show_error
from pages.kit.experiment_design import show_design
from pages.kit.experiment_log import TICK_S, Shown, choose_log, describe_entry, show_results_of
from pages.kit.player import show_buttons
from pages.kit.tabs import show_views
from pages.kit.trial_look import show_figures, show_split
from pages.kit.trial_views import show_decision, tidy_tests
from pages.kit.trials import show_rows

PACES = (100, 250, 500, 1_000)
MOST_REFUSED = 200


@st.fragment
def show_board(key: str) -> None:
    """Draw the dashboard; what happens in it redraws only it."""
    shown = choose_log(key)
    if shown is None:
        show_design(None, key)
        return
    views = {
        "Live": partial(show_live, shown, key),
        "Design": partial(show_design, shown, key),
        "Results": partial(show_results, shown, key),
        "Decision": partial(show_outcome, shown, key),
        "As of a day": partial(show_day, shown, key),
        "Quarantine": partial(show_quarantine, shown, key),
    }
    show_views(views, f"{key}_board")


def show_live(shown: Shown, key: str) -> None:
    """Draw the replay with its buttons, or the hub's log as it is now."""
    playback = shown.playback
    if playback is None:
        st.button("Read the log again", icon=":material/refresh:", key=f"{key}_refresh")
        draw_now(shown, key)
        return
    st.caption(f"A replay, not traffic: the {playback.stream.n_units:,} units of the real trial arrive here on seeded "
               f"dates from 5 January 2026 on, each in its real arm with its real outcome, through the same log as the "
               f"API's; {playback.stream.n_spoiled:,} spoiled events are mixed in on purpose.")  # fmt: skip
    playing = bool(st.session_state.get(f"{key}_playing")) and not playback.is_over
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pace = st.selectbox("Events a tick", PACES, index=1, key=f"{key}_pace", width=130, persist_state="session")
        show_buttons(key, lambda action: _press(playback, action, pace, key), playing=playing, is_over=playback.is_over)
    st.fragment(_draw_tick, run_every=TICK_S if playing else None)(shown, pace, key, playing)


def _press(playback: Playback, action: str, pace: int, key: str) -> None:
    """Move the replay as a button says."""
    state = st.session_state
    state[f"{key}_playing"] = action == "play"
    if action == "restart":
        state[f"{key}_turn"] = state.get(f"{key}_turn", 0) + 1
    elif action in {"step", "end"}:
        playback.advance(pace if action == "step" else len(playback.stream.steps))


def _draw_tick(shown: Shown, pace: int, key: str, playing: bool) -> None:
    """Draw the log as it is; a playing replay sends the next events first."""
    playback = shown.playback
    if playing and playback is not None:
        playback.advance(pace)
        if playback.is_over:
            st.session_state[f"{key}_playing"] = False
            st.rerun()
    with guard():
        draw_now(shown, key)


def draw_now(shown: Shown, key: str) -> None:
    """Draw the experiment's counts, the quarantine's, and the effect so far."""
    playback = shown.playback
    if playback is not None:
        total = len(playback.stream.steps)
        st.progress(playback.place / total, text=f"{playback.place:,} of {total:,} events · day {playback.n_days} · "
                    f"{show_time(playback.now_us)[:16].replace('T', ' ')} UTC")  # fmt: skip
        if not playback.place:
            st.info("Nothing has come yet: press Play, or Step for one tick.", icon=":material/play_arrow:")
            return
    refused = shown.ledger.count_quarantine()
    try:
        found = show_results_of(shown)
    except HubError as error:
        st.info(escape(str(error)), icon=":material/hourglass_empty:")
        _show_refused(refused)
        return
    view = found.view
    figures = {"Assigned": view.n_assigned, "Exposed": view.n_exposed, "Metric events": view.n_metrics,
               "Quarantined": sum(refused.values())}  # fmt: skip
    with st.grid(4, min_column_width=120, gap="small"):
        for name, value in figures.items():
            st.metric(name, f"{value:,}", border=True)
    show_decision(found.analysis, is_study=shown.playback is not None)
    if playback is not None:
        with guard():
            show_chart(days_chart(shown, playback), f"{key}_days")
    show_split(found.analysis)
    _show_refused(refused)


def _show_refused(refused: dict[str, int]) -> None:
    """Say in one line what was refused, by reason."""
    if refused:
        text = " · ".join(f"{escape(reason)} {count:,}" for reason, count in refused.items())
        st.caption(f":material/inventory_2: Quarantine of the whole log: {text}")


def list_days(shown: Shown, playback: Playback) -> list[tuple[float, float, float, float]]:
    """List the effect with its ends at the end of each day so far; where looks spend alpha, each day's end is one."""
    rows, units = [], []
    for day in range(1, playback.n_days + 1):
        past = Past(tuple(units)) if spends(playback.stream.plan) else None
        try:
            found = show_results_of(shown, playback.find_day_end(day), past)
        except HubError:
            continue  # too few units on that day yet
        units.append(found.view.n)
        verdict = found.analysis.verdict
        rows.append((float(day), verdict.effect, verdict.low, verdict.high))
    return rows


def days_chart(shown: Shown, playback: Playback) -> Chart:
    """Draw the effect with its interval at the end of each day so far."""
    rows = list_days(shown, playback)
    if not rows:
        message = "no day has enough units for an interval yet; let more events come"
        raise HubError(message)
    days, effect, low, high = np.array(rows, dtype=np.float64).T
    out = next((int(day) for day, below, above in zip(days, low, high, strict=True) if below > 0 or above < 0), None)
    way = playback.stream.plan.monitoring
    lead = f"The interval ({way}{', a look at the end of each day' if spends(playback.stream.plan) else ''})"
    if way == "one look":
        lead = "The interval of one look, read every day as it must not be,"
    if out is None or low[-1] <= 0 <= high[-1]:
        title = f"{lead} still holds 0 after {int(days[-1])} days"
    else:
        is_steady = not ((low <= 0) & (high >= 0))[days >= out].any()
        title = f"{lead} leaves 0 out from day {out} on{'' if is_steady else ', but for some days since'}"
    marks = (
        Mark("band", days, effect, "interval", "muted", low=low, high=high),
        Mark("line", days, effect, "effect"),
        Mark("points", days, effect, "", size=6),
        Mark("line", days, np.zeros(len(days)), "no effect", "baseline", dash=True),
    )
    return Chart(title, "Day", f"Effect on {playback.stream.plan.metric}", marks, f"{title}.")


def show_results(shown: Shown, key: str) -> None:
    """Draw the arms and the tests as of now."""
    found = show_results_of(shown)
    show_figures(found.analysis)
    show_chart(arms_chart(found.analysis), f"{key}_arms")
    chart = looks_chart(found.analysis)
    if chart is not None:
        show_chart(chart, f"{key}_looks")
    show_rows(list_arms(found.analysis), key=f"{key}_arm_rows")
    show_rows(tidy_tests(found.analysis), key=f"{key}_test_rows")
    _show_set_aside(found)
    _show_how(shown, found)


def _show_set_aside(found: Results) -> None:
    """Say what is in the log and does not count, and how the plan was kept."""
    for note in found.notes:
        st.caption(f":material/info: {escape(note)}")
    if len(found.view.out_of_order):
        with st.expander(f"{len(found.view.out_of_order):,} metrics from before their exposure"):
            frame = found.view.out_of_order.copy()
            for name in ("time_us", "exposed_us"):
                frame[name.removesuffix("_us")] = frame.pop(name).map(show_time)
            show_rows(frame.head(MOST_REFUSED))


def _show_how(shown: Shown, found: Results) -> None:
    """Say how the same figures are had again."""
    number, digest = found.view.moment.number, found.digest[:16]
    if shown.playback is not None:
        read = "look" if found.standing else "find_results"
        code = ("from core.experimentation.ab_testing import replay, stream; from core.hub.store import Store; "
                "p = stream.Playback(Store('sqlite:///replay.sqlite3'), stream.make_stream("
                f"'{shown.playback.stream.plan.trial}', monitoring={shown.playback.stream.plan.monitoring!r})); "
                f"p.advance({shown.playback.place}); "
                f"print(replay.{read}(p.ledger, '{shown.name}').analysis.decision.sentence)")  # fmt: skip
        command = f'python -c "{code}"'
    else:
        command = f"python -m core ab results {shown.name}"
    st.caption(f"As of event {number:,} of the log; result hash `{digest}…`, the same however the events arrived.  \n"
               f":material/terminal: `{command}`")  # fmt: skip


def show_outcome(shown: Shown, key: str) -> None:
    """Draw the decision, and write the look down."""
    top = st.container()  # drawn last: writing a look down changes what it says
    if st.button("Write this look down", key=f"{key}_record", icon=":material/edit_note:",
                 help="Keeps what was seen, when, and its hash in the log itself."):  # fmt: skip
        try:
            look(shown.ledger, shown.name)
        except HubError as error:
            show_error(error)
    found = show_results_of(shown)
    with top:
        show_decision(found.analysis, is_study=shown.playback is not None)
        show_split(found.analysis)
        _show_set_aside(found)
    seen = repeat_looks(shown.ledger, shown.name)
    if seen:
        rows = [(show_time(each.seen.time_us), each.seen.number, each.n, write_said(shown, each.sentence),
                 each.seen.digest[:16], each.is_same) for each in seen]  # fmt: skip
        st.markdown(f"**{count_of(len(rows), 'look')} written down; computed again, "
                    f"{sum(row[-1] for row in rows)} show the same.**")  # fmt: skip
        columns = ["seen", "event", "units", "said", "hash", "same again"]
        show_rows(pd.DataFrame(rows, columns=columns), key=f"{key}_seen")
    _show_how(shown, found)


def write_said(shown: Shown, sentence: str) -> str:
    """Write what a look said; a replayed study of others has nothing to ship or to stop."""
    return sentence if shown.playback is None else sentence.partition(": ")[2]


def show_day(shown: Shown, key: str) -> None:
    """Draw what the dashboard said at the end of an earlier day."""
    playback, entry = shown.playback, find_experiment(shown.ledger, shown.name)
    now_us = shown.ledger.find_moment().time_us
    start_us = playback.stream.start_us if playback is not None else entry.started_us
    n_days = max(1, -(-(now_us - start_us + 1) // DAY_US))
    day = st.slider("Day", 1, n_days, min(3, n_days), key=f"{key}_day_{shown.key}") if n_days > 1 else 1
    moment = shown.ledger.find_moment(min(now_us, start_us + day * DAY_US - 1))
    st.markdown(f"**What the dashboard said on day {day}** :gray[({moment.shown[:16].replace('T', ' ')} UTC, "
                f"{moment.number:,} events)]")  # fmt: skip
    try:
        found = show_results_of(shown, moment)
    except HubError as error:
        show_error(error)
        return
    show_decision(found.analysis, is_study=shown.playback is not None)
    show_figures(found.analysis)
    show_split(found.analysis)
    _show_refused(shown.ledger.count_quarantine(moment))
    st.caption(f"Computed anew from the log as it was then; result hash `{found.digest[:16]}…`")


def show_quarantine(shown: Shown, key: str) -> None:
    """Draw what was refused, by reason, with what was sent."""
    st.markdown(describe_entry(find_experiment(shown.ledger, shown.name)))
    counts = shown.ledger.count_quarantine()
    if not counts:
        st.success("Nothing was refused.", icon=":material/check_circle:")
        return
    names = np.array(list(counts), dtype=object)
    title = (
        f"{sum(counts.values()):,} events of the whole log were refused, for {count_of(len(counts), 'reason')}; "
        "none of them counts, none is lost"
    )
    mark = Mark("bars", np.array(list(counts.values()), dtype=np.float64), names)
    show_chart(Chart(title, "Events", "", (mark,), f"{title}."), f"{key}_reasons", 240)
    rows = shown.ledger.list_quarantine(limit=MOST_REFUSED)
    rows["arrived"] = rows["ingest_us"].map(show_time)
    rows["payload"] = rows["payload"].str.slice(0, MOST_REFUSED)
    show_rows(rows[["arrived", "reason", "sentence", "payload"]], key=f"{key}_refused")
