"""What a page says of a live webcam: what happens to its video, how fast it is, and why no picture comes.

Left out: drawing the video and its answer (``live_camera``).
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.vision._shared.frames import Feed, Report

WAIT_S = 10.0
"""How long a connection may take before the way out is shown."""
SILENT_S = 5.0
WIDTH, HEIGHT, RATE = 640, 480, 15
LOCAL = ("localhost", "127.0.0.1", "[::1]")
DENIED = (
    "No camera yet: press Start the camera; where the browser then shows an error, the camera was denied, is in use by "
    "another program, or there is none: allow it for this site beside the address, or take a snapshot instead."
)
UNCONNECTED = (
    f"The camera is on, but no connection to this server came up in {WAIT_S:.0f} s: a firewall is in the way, or the "
    "operator must set ICE_SERVERS; take a snapshot instead."
)
LOST = (
    f"No frame has come for {SILENT_S:.0f} s: the camera or the connection was lost; switch it off and start it again, "
    "or take a snapshot instead."
)


@dataclass(frozen=True, slots=True)
class Stream:
    """What the browser says of its connection.

    Parameters
    ----------
    is_asking : bool
        It has a camera and asks for a connection.
    is_playing : bool
        The connection is there.
    since : float
        When it began to ask, in seconds of a clock that never goes back.
    """

    is_asking: bool
    is_playing: bool
    since: float = 0.0


def is_live(feed: Feed) -> bool:
    """Tell whether frames arrive."""
    report = feed.read()
    return report.n_frames > 0 and report.silent_s <= SILENT_S


def describe_pace(report: Report) -> str:
    """Say how fast frames come and how long an analysis takes.

    Examples
    --------
    >>> describe_pace(Report(None, "", 90, 30, 14.8, 21.4, 0.1))
    '15 frames a second · every analysis takes 21 ms · 90 frames, 30 analysed'
    """
    return (
        f"{report.frames_per_s:.0f} frames a second · every analysis takes {report.latency_ms:.0f} ms · "
        f"{report.n_frames:,} frames, {report.n_analysed:,} analysed"
    )


def explain_silence(report: Report, stream: Stream, now: float) -> str:
    """Say in one sentence why no frame comes; empty while it is too early to say.

    Examples
    --------
    >>> explain_silence(Report(None, "", 0, 0, 0.0, 0.0, 12.0), Stream(True, False, since=100.0), now=111.0)[:57]
    'The camera is on, but no connection to this server came u'
    """
    if not (stream.is_asking or stream.is_playing):
        return DENIED if not report.n_frames and report.silent_s >= WAIT_S else ""
    if now - stream.since < WAIT_S:
        return ""
    return LOST if report.n_frames and stream.is_playing else UNCONNECTED


def describe_promise(every: int) -> str:
    """Say what happens to the video.

    Examples
    --------
    >>> describe_promise(3)[:92]
    'The video goes to this server, 640 × 480 at 15 frames a second, each 3rd analysed in memory '
    """
    which = {1: "each", 2: "each 2nd", 3: "each 3rd"}.get(every, f"each {every}th")
    return (
        f"The video goes to this server, {WIDTH} × {HEIGHT} at {RATE} frames a second, {which} analysed in memory · "
        "nothing is recorded or logged · the camera is let go when you switch it off or leave"
    )


def show_https_note() -> None:
    """Say it where a browser will give no camera because the page came over plain HTTP from another machine."""
    if needs_https(st.context.url or ""):
        st.warning(
            "Browsers give a camera only to pages over HTTPS, and this one came over plain HTTP: open it by its https "
            "address, or upload a picture instead.",
            icon=":material/lock_open:",
        )


def needs_https(url: str) -> bool:
    """Tell whether a browser refuses its camera to a page of this address.

    Examples
    --------
    >>> needs_https("http://hub.example/scanner"), needs_https("http://localhost:8501"), needs_https("https://a.example")
    (True, False, False)
    """
    host = url.removeprefix("http://").split("/")[0]
    name = host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdigit() else host
    return url.startswith("http://") and name not in LOCAL
