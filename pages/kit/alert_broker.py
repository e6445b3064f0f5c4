"""The stream through a real broker: started on a button in a worker process, watched while it runs, stopped again.

The job starts the broker, sends payments and labels, and consumes them; what it committed to the hub's database is read
here. Cancelling the job stops the broker.

Left out: brokers of one's own, which ``KAFKA_BOOTSTRAP_SERVERS`` names.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.hub import jobs as core_jobs
from core.hub.charts import Chart, Mark
from core.hub.fields import make_fields, make_recipe, recipe_from_json
from core.hub.jobs import Job
from core.hub.settings import load_settings
from core.streaming.fraud.quarantine import REASONS
from core.streaming.fraud.stream_runs import StreamRecipe, list_stream_alerts, list_stream_refusals, read_news
from core.streaming.fraud.stream_sweep import name_stream
from core.streaming.fraud.transactions import EPOCH
from pages.kit.alert_panels import show_alert_rows
from pages.kit.charts import show_chart
from pages.kit.forms import show_form
from pages.kit.payments import SLUG, find_shipped
from pages.kit.picture_page import find_run, start_run, watch_run

JOB = "core.streaming.fraud.stream_runs:run_stream_job"
PLACE = "_stream"
POLL_S = 1.5
COMMANDS = "python -m core fraud broker", "python -m core fraud watch", "python -m core fraud send --first 129"


def has_stream() -> bool:
    """Tell whether the page's address names a stream, as after a reload."""
    return find_run(SLUG, PLACE) is not None


def show_broker(key: str) -> None:
    """Draw the stream under way, or the way to start one."""
    job = find_run(SLUG, PLACE)
    under_way = watch_run(SLUG, job, "Streaming", PLACE)
    if job is None or not under_way:
        _ask_stream(key)
    if job is not None:
        st.fragment(_draw_stream, run_every=POLL_S if under_way else None)(job.id, key)
    st.caption(f"An alert is a payment that scores {find_shipped().alert_from:.3f} or more, the shipped model's own "
               "threshold; the engine in this process alerts on the highest hundredth instead.")  # fmt: skip
    st.caption("The same in three terminals:  \n" + "  \n".join(f":material/terminal: `{each}`" for each in COMMANDS))


def _ask_stream(key: str) -> None:
    """Ask how much is sent and how fast; the button starts broker, sender and consumer."""
    own = getattr(load_settings(), "kafka_bootstrap_servers", "")
    broker = "your own Kafka (`KAFKA_BOOTSTRAP_SERVERS`)" if own else "Tansu, a broker that speaks Kafka's protocol"
    st.markdown(f"A worker process starts **{broker}**, sends payments and their late labels, some of them spoilt on "
                "purpose, and consumes them: alerts, offsets and state are committed together, so that a kill at any "
                "moment loses and repeats nothing.")  # fmt: skip
    specs = [spec for spec in make_fields(StreamRecipe) if spec.name not in {"stream", "seed"}]
    values = show_form(specs, f"{key}_form", columns=3, submit="Start the broker and stream")
    if values is not None:
        recipe = replace(make_recipe(StreamRecipe, values), stream=name_stream())
        if start_run(JOB, recipe, SLUG, PLACE) is not None:
            st.rerun()


def _draw_stream(job_id: str, key: str) -> None:
    """Draw counts, latencies, alerts and refusals as they were committed."""
    job = core_jobs.find_job(job_id)
    found = read_figures(job)
    if job is None or not found:
        st.caption(":material/hourglass_empty: The worker is starting its broker; figures come with the first hour.")
        return
    now = pd.Timestamp(EPOCH) + pd.Timedelta(seconds=found["clock"])
    state = "runs in a worker process" if not job.is_finished else "has ended; the broker that it started is stopped"
    st.caption(f":material/hub: The stream {state}. Latency is from a message's arrival to its commit; an hour's "
               "messages are sent at once.")  # fmt: skip
    figures = {
        f"{now:%a} {now.day} {now:%b}": f"{now:%H:%M}",
        "Payments": f"{found['scored']:,.0f}",
        "Alerts": f"{found['alerts']:,.0f}",
        "Quarantine": f"{found['refused']:,.0f}",
        "p50, ms": f"{found['p50_ms']:.0f}",
        "p99, ms": f"{found['p99_ms']:.0f}",
    }
    with st.grid(6, min_column_width=115, gap="small"):
        for name, value in figures.items():
            st.metric(name, value, border=True)
    stream = recipe_from_json(StreamRecipe, job.recipe).stream
    with st.grid(2, min_column_width=350, gap="medium"):
        with st.container():
            _show_alerts(stream)
        with st.container():
            _show_refusals(stream, key)


def read_figures(job: Job | None) -> dict[str, Any]:
    """Return a stream's figures: those of its last step, or of its end."""
    if job is None:
        return {}
    return dict(job.summary) if job.summary else dict(read_news(job.log))


def _show_alerts(stream: str) -> None:
    """Draw the newest committed alerts."""
    rows = list_stream_alerts(stream)
    st.markdown("**Newest alerts, as committed**")
    if not rows:
        st.caption("None yet.")
        return
    frame = pd.DataFrame(rows)
    frame["time"] = [pd.Timestamp(EPOCH) + pd.Timedelta(seconds=seconds) for seconds in frame["seconds"]]
    frame["reasons"] = ["; ".join(reasons[:2]) for reasons in frame["reasons"]]
    show_alert_rows(frame, height=400)


def _show_refusals(stream: str, key: str) -> None:
    """Draw what was put in quarantine, by reason."""
    rows = list_stream_refusals(stream)
    if not rows:
        st.markdown("**Quarantine**")
        st.caption("Nothing was refused.")
        return
    counts = Counter(str(row["reason"]) for row in rows).most_common()
    names = np.array([name for name, _ in counts], dtype=object)
    title = f"Of the last {len(rows)} in quarantine most are {names[0]}"
    mark = Mark("bars", np.array([n for _, n in counts], dtype=np.float64), names)
    show_chart(Chart(title, "Messages", "", (mark,), f"{title}."), f"{key}_reasons", 200)
    with st.expander("What was refused, and why", type="compact"):
        frame = pd.DataFrame(rows)[["reason", "sentence", "payload", "offset"]]
        st.dataframe(frame, hide_index=True, alt="Refused messages with their reasons")
        st.caption(" · ".join(f"*{name}*: {REASONS[name]}" for name, _ in counts if name in REASONS))
