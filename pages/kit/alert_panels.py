"""The panels of the alert console: the investigators' queue, newest alerts, drift, policy, closed days, the log.

Left out: the clock and the buttons (``alert_stream``, ``alert_console``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Literal

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.hub.charts import Chart
from core.hub.contract import Reason
from core.streaming.fraud.charts import decision_chart, drift_chart, queue_chart
from core.streaming.fraud.dashboard import Board
from core.streaming.fraud.live import Event
from core.streaming.fraud.policy import Action
from core.streaming.fraud.queue import Alert
from core.streaming.fraud.transactions import EPOCH, write_day
from pages.kit.alert_stream import Live, answer
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_download
from pages.kit.errors import escape
from pages.kit.payments import load_stored_figures

N_CARDS, N_REASONS, SURE, LEAST_EFFECT = 5, 2, 0.5, 0.005
LENGTHS = " in 1 / 7 / 30 days"
ICONS = {
    "alarm": ":orange[:material/troubleshoot:]", "attack": ":red[:material/bolt:]",
    "trial": ":blue[:material/science:]",
    "decision": ":green[:material/gavel:]", "day": ":gray[:material/event_available:]",
}  # fmt: skip


def show_queue(live: Live, board: Board, key: str) -> None:
    """Draw the day's best cards, each with two buttons."""
    queue = live.engine.queue
    cards = queue.list(N_CARDS)
    n_today = live.capacity - queue.n_left
    st.markdown(f"**Investigator queue** · {queue.n_left} of {live.capacity} looks left today")
    if not cards:
        waits = "No card has reached the threshold yet today; the first that does will stand here."
        spent = "All of today's looks are spent. A new day brings new cards."
        st.caption(f":material/inbox: {waits if queue.n_left else spent}")
    for alert in cards:
        _show_card(live, alert, key)
    st.caption(
        f"{escape(board.person)} Looked at today: {n_today}; at midnight the best cards left fill the rest. "
        "Three shares beside each other are of the last 1, 7 and 30 days. Your answers are held against the labels "
        "that come a week later; they do not reach the model."
    )


def _show_card(live: Live, alert: Alert, key: str) -> None:
    """Draw one card: score, payment, reasons, and what the investigator says."""
    made = alert.transaction
    colour = "red" if alert.score >= SURE else "orange"
    with st.container(border=True, gap="xsmall"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="xsmall"
        ):
            st.markdown(
                f":{colour}-badge[{alert.score:.2f}] **{made.amount:,.2f}** · {made.time:%H:%M}", width="content"
            )
            with st.container(horizontal=True, gap="xsmall", width="content"):
                for label, icon, fraud in (("Fraud", "gpp_bad", True), ("Genuine", "verified_user", False)):
                    st.button(label, key=f"{key}_{label}_{made.id}", icon=f":material/{icon}:", on_click=answer,
                              args=(live, key, made.id), kwargs={"fraud": fraud}, type="tertiary")  # fmt: skip
        st.caption(f"card {made.customer} · terminal {made.terminal} · {describe(live.engine.explain(alert))}")


def describe(reasons: tuple[Reason, ...]) -> str:
    """Write the strongest reasons that raise a score, in a line; a point is a hundredth of probability.

    Examples
    --------
    >>> describe((Reason("amount", "240.00", 0.2), Reason("time", "day", -0.1)))
    'amount +20 points'
    """
    told = [each for each in reasons if each.effect > LEAST_EFFECT][:N_REASONS]
    return ", ".join(f"{escape(_write_reason(each))} +{100 * each.effect:.0f} points" for each in told) or (
        "no part alone raises it")  # fmt: skip


def _write_reason(reason: Reason) -> str:
    """Name a reason; shares are short enough to stand beside it."""
    name = reason.name.replace("_", " ")
    return f"{name} {reason.value.removesuffix(LENGTHS)}" if "%" in reason.value else name


def show_details(live: Live, board: Board, key: str) -> None:
    """Draw the chosen panel."""
    panels = {
        "Alerts": partial(show_alerts, live, board, key),
        "Drift": partial(show_drift, board, key),
        "Policy": partial(show_policy, live, board, key),
        "Days": partial(show_days, live, board, key),
        "Log": partial(show_log, live),
    }
    name = st.segmented_control("Panel", list(panels), default="Alerts", required=True, key=f"{key}_panel", wrap=True,
                                label_visibility="collapsed", persist_state="session")  # fmt: skip
    panels[name]()


def show_alerts(live: Live, board: Board, key: str) -> None:
    """Draw the newest alerts with their reasons."""
    threshold = live.engine.watch.reference.threshold
    st.markdown(f"**Newest alerts** · payments that score {threshold:.3f} or more")
    if board.alerts.empty:
        st.caption(":material/notifications_none: None yet.")
        return
    show_alert_rows(board.alerts)
    show_download(Download("alerts.csv", partial(to_csv, board.alerts), "these alerts"), f"{key}_alerts_csv")


def show_alert_rows(alerts: pd.DataFrame, height: int | Literal["auto"] = "auto") -> None:
    """Tabulate alerts: when, how sure, how much and why; then where."""
    frame = alerts[["time", "score", "amount", "reasons", "customer", "terminal"]].rename(columns=str.capitalize)
    st.dataframe(frame, hide_index=True, alt="The newest alerts with their reasons", height=height,
                 column_config={
        "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm", timezone="UTC", width=95),
        "Score": st.column_config.NumberColumn(format="%.2f", width=55),
        "Amount": st.column_config.NumberColumn(format="%.2f", width=70),
        "Reasons": st.column_config.TextColumn(width=210),
        "Customer": st.column_config.NumberColumn("Card", format="%d", width=60),
        "Terminal": st.column_config.NumberColumn(format="%d", width=70),
    })  # fmt: skip


def show_drift(board: Board, key: str) -> None:
    """Draw how far the last payments are from the reference, and the alarms."""
    chart = drift_chart(board)
    if chart is not None:
        show_chart(lay_down(chart), f"{key}_drift", 300)
    if board.alarms.empty:
        st.caption(":material/check_circle: No watch has raised an alarm.")
    else:
        for row in board.alarms.head(5).itertuples(index=False):
            days = write_day(row.day) if row.day == row.last else f"{write_day(row.day)} to {write_day(row.last)}"
            st.markdown(f":orange[:material/troubleshoot:] **{days}, {row.watch}:** {escape(row.sentence)}")
    each = next(iter(load_stored_figures().rehearsed.values()))
    st.caption("Means of features, score and fraud are of places among the reference's values: 0.5 is as usual. Where "
               "an attack begins, ends, and when its labels come a week later, alarms may follow. Promise of each "
               f"watch: at most {each.stated:.0%} of quiet streams of 50,000 payments raise a false one; see "
               "*Explain*.")  # fmt: skip


def show_policy(live: Live, board: Board, key: str) -> None:
    """Draw what the policy says: how a trial stands, or what the last one came to."""
    engine = live.engine
    waits = bool(engine.alarms) and engine.trials.shadow is None and not engine.trials.decisions
    told = "Drift was noticed: a challenger learns once there are labels for it." if waits else board.trial
    st.markdown(f"**{escape(told)}**")
    champion = name_champion([decision.action for _, decision in engine.trials.decisions])
    st.caption(f"Alerts come from {champion}. After an alarm a challenger learns from the newest labels, after one of "
               "features or score only from labels later than it; labels that come later still decide whether it "
               "replaces the champion, whether the champion is recalibrated, or all stays. The rule may be read after "
               f"every label: a needless change happens in at most {engine.settings.alpha:.0%} of trials.")  # fmt: skip
    decision = engine.trials.shadow.decide() if engine.trials.shadow is not None else None
    if decision is None and engine.trials.decisions:
        decision = engine.trials.decisions[-1][1]
    chart = decision_chart(decision) if decision is not None else None
    if chart is not None:
        show_chart(lay_down(chart), f"{key}_policy", 260)


def lay_down(chart: Chart) -> Chart:
    """Turn a chart whose names stand along x, so that long ones can be read."""
    marks = tuple(replace(mark, x=mark.y, y=mark.x) for mark in chart.marks)
    return replace(chart, marks=marks, x_label=chart.y_label, y_label="")


def name_champion(actions: Sequence[Action]) -> str:
    """Say which model alerts after some decisions, the earliest first.

    Examples
    --------
    >>> name_champion(["keep"]), name_champion(["recalibrate", "keep"])
    ('the shipped model', 'the shipped model, recalibrated on this stream')
    >>> name_champion(["recalibrate", "retrain"])
    'a model trained on this stream'
    """
    last = max((place for place, action in enumerate(actions) if action == "retrain"), default=-1)
    first = "the shipped model" if last < 0 else "a model trained on this stream"
    if "recalibrate" not in actions[last + 1 :]:
        return first
    return f"{first}, recalibrated on this stream" if last < 0 else f"{first} and recalibrated since"


def show_days(live: Live, board: Board, key: str) -> None:
    """Draw the days that are over."""
    chart = queue_chart(live.engine.queue.reports)
    if chart is None:
        st.caption(":material/event: No day has closed yet.")
        return
    show_chart(chart, f"{key}_days", 260)
    frame = board.days.iloc[::-1].rename(columns=str.capitalize)
    frame["Day"] = [write_day(day) for day in frame["Day"]]
    frame["Precision"] *= 100
    st.dataframe(frame, hide_index=True, alt="Closed days",
                 column_config={"Precision": st.column_config.NumberColumn(format="%.0f%%")})  # fmt: skip


def show_log(live: Live) -> None:
    """Draw what happened, the newest first."""
    if not live.events:
        st.caption(":material/list: Alarms, attacks, trials, decisions and closed days will stand here.")
    runs = [list(run) for _, run in groupby(list(live.events)[::-1], key=_name_run)]
    st.markdown("  \n".join(_write_event(run[-1], len(run)) for run in runs[:20]))


def _name_run(event: Event) -> object:
    """Name what alarms that follow each other share; any other event stands alone."""
    return event.text.partition(":")[0] if event.kind == "alarm" else id(event)


def _write_event(event: Event, n_alike: int = 1) -> str:
    """Write one event, or the first of a run of alarms with their count, as a line."""
    moment = pd.Timestamp(EPOCH) + pd.Timedelta(seconds=event.seconds)
    more = f" :gray[(and {n_alike - 1} more in a row)]" if n_alike > 1 else ""
    return f"{ICONS.get(event.kind, '')} :gray[{moment.day} {moment:%b %H:%M}] {escape(event.text)}{more}"
