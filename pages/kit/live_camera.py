"""The last rung of the ladder: a live webcam whose frames are analysed on the server, with the answer beside it.

The video goes from the browser to this server by WebRTC and back with what was found drawn on it; frames are held only
while they are analysed, and nothing of them is recorded or logged. ``streamlit_webrtc`` is imported behind one seam,
:func:`open_stream`, when a person starts the camera; tests put a double there, as ``AppTest`` has no runtime for it.

Traps met, for whoever changes this:

- The component is never told to play (``desired_playing_state``): it then starts once a run until it plays, each time
  with a new connection whose answers get mixed up, and where the camera is denied it tries again without end. Its own
  *Start* button is the switch; so Python learns of a start only when the browser has a camera.
- An empty list of ICE servers must be given in words: without one, the library asks servers outside.
- Its loggers write visitors' addresses at the level INFO.
- The context it keeps in the session's state is reset when one whole run of the page passes without it: do not hide the
  stream for a single run. Runs of a fragment do not count.
- A callback that raises, or takes ten seconds, ends the stream: a ``Feed`` catches the first.
- Neither ``st.*`` nor a cached function belongs into the video's thread: load models before, and close over them.
- On loopback alone no frames arrive: browser and server both leave 127.0.0.1 out of their addresses.

Left out: sound, recording, choosing a picture (``camera``) and what is said while no frame comes (``live_state``).
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from core.hub.errors import LimitError
from core.hub.settings import load_settings
from core.vision._shared.frames import Analyse, Analysis, Feed, Frame, Report
from core.vision._shared.ice import IceServer, make_ice_servers
from core.vision._shared.marks import draw_marks
from pages.kit.errors import guard, show_error
from pages.kit.live_state import (
    HEIGHT,
    RATE,
    WIDTH,
    Stream,
    describe_pace,
    describe_promise,
    explain_silence,
    is_live,
    show_https_note,
)  # fmt: skip

TICK_S = 0.5
WAY_OUT = "snapshot_wanted"
NOISY = ("streamlit_webrtc", "aiortc", "aioice")
Draw = Callable[[Analysis], None]
Facing = Literal["user", "environment"]
VIDEO = {"autoPlay": True, "controls": False, "playsInline": True, "muted": True,
         "style": {"width": "100%", "borderRadius": "0.6rem"}}  # fmt: skip
WORDS = {"start": "Start the camera", "stop": "Switch it off", "select_device": "Choose a camera",
         "device_access_denied": "The browser denied the camera", "device_not_available": "No camera was found",
         "device_ask_permission": "Allow the camera when the browser asks",
         "media_api_not_available": "This browser gives no camera"}  # fmt: skip
_FEEDS: weakref.WeakSet[Feed] = weakref.WeakSet()
_LOCK = threading.Lock()


@st.fragment
def show_live(analyse: Analyse, draw: Draw, key: str, every: int = 3, facing: Facing = "environment") -> None:
    """Draw the webcam's video with its own *Start* and what was found on it, and the answer beside it.

    Parameters
    ----------
    analyse : callable
        ``analyse(frame) -> Analysis`` of an RGB frame (height, width, 3), in the video's thread: no ``st.*``, models
        closed over, under a second; a ``HubError`` becomes its sentence.
    draw : callable
        ``draw(analysis)`` writes the latest answer beside the video, twice a second.
    every : int
        Which frames are analysed; the marks of one stay on those up to the next.
    facing : str
        On a phone the camera at the back (``environment``) or at the front (``user``).
    """
    with guard():
        show_https_note()
        feed = _find_feed(key, analyse, every)
        video, answer = st.columns([3, 2], gap="medium")
        with video:
            stream = open_stream(f"{key}_stream", feed, facing)
            st.caption(describe_promise(every))
        with answer:
            _show_answer(feed, _note_start(stream, key), draw, key)


def open_stream(key: str, feed: Feed, facing: Facing) -> Stream:
    """Draw the video, both ways, and have every frame go through the feed: the one place that knows WebRTC."""
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": [_write_server(server) for server in make_ice_servers()]},
        media_stream_constraints={"audio": False, "video": make_constraints(facing)},
        queued_video_frames_callback=make_callback(feed),
        video_html_attrs=VIDEO,
        translations=WORDS,
        media_toggle_controls=False,
        async_processing=True,
    )
    return Stream(context.state.signalling, context.state.playing)


def _note_start(stream: Stream, key: str) -> Stream:
    """Remember since when there is a connection or one is being made."""
    name = f"{key}_asking"
    if not (stream.is_asking or stream.is_playing):
        st.session_state.pop(name, None)
        return stream
    return replace(stream, since=st.session_state.setdefault(name, time.monotonic()))


def make_constraints(facing: Facing) -> dict[str, Any]:
    """Write what is asked of the camera; each is a wish, so that a camera without it still serves.

    Examples
    --------
    >>> make_constraints("user")["frameRate"]
    {'ideal': 15, 'max': 15}
    """
    return {
        "width": {"ideal": WIDTH},
        "height": {"ideal": HEIGHT},
        "frameRate": {"ideal": RATE, "max": RATE},
        "facingMode": {"ideal": facing},
    }


def _write_server(server: IceServer) -> dict[str, Any]:
    """Write an ICE server as browsers want it."""
    access = {"username": server.username, "credential": server.credential} if server.credential else {}
    return {"urls": [server.url], **access}


def make_callback(feed: Feed) -> Callable[[list[Any]], Any]:
    """Make the function that takes all frames since the last call and gives the newest back, drawn on.

    Those before the newest are only counted, so that a slow analysis never falls behind the camera.
    """

    async def receive(frames: list[Any]) -> list[Any]:
        from av import VideoFrame

        frame: Frame = frames[-1].to_ndarray(format="rgb24")
        return [VideoFrame.from_ndarray(draw_marks(frame, feed.see(frame, len(frames))), format="rgb24")]

    return receive


def _find_feed(key: str, analyse: Analyse, every: int) -> Feed:
    """Return the session's feed, analysing as this run of the page has it, where the server has room for it."""
    name = f"{key}_feed_{every}"
    if name not in st.session_state:
        st.session_state[name] = Feed(analyse, every)
    feed: Feed = st.session_state[name]
    if not is_live(feed):
        _check_room()
    feed.use(analyse)
    with _LOCK:
        _FEEDS.add(feed)
    return feed


def _check_room() -> None:
    """Refuse one webcam more than the server is set to carry."""
    with _LOCK:
        n_live, most = sum(map(is_live, _FEEDS)), load_settings().live_cameras
    if n_live >= most:
        message = f"{n_live} webcams are live and this server carries {most}; try again soon or take a snapshot"
        raise LimitError(message)


@st.fragment(run_every=TICK_S)
def _show_answer(feed: Feed, stream: Stream, draw: Draw, key: str) -> None:
    """Draw the latest answer with its pace, or what stands in the way and the way out; twice a second."""
    report = feed.read()
    with guard():
        if not is_live(feed) or not (stream.is_asking or stream.is_playing):
            _show_waiting(report, stream, key)
            return
        if report.problem:
            show_error(report.problem)
        elif report.analysis is not None:
            draw(report.analysis)
        st.caption(describe_pace(report))


def _show_waiting(report: Report, stream: Stream, key: str) -> None:
    """Say what to do or what is waited for; from ten seconds on what may be wrong, with the snapshot as the way out."""
    problem = explain_silence(report, stream, time.monotonic())
    if not problem:
        is_on = stream.is_asking or stream.is_playing
        text = "Connecting to this server…" if is_on else "Press *Start the camera* and allow it when asked."
        st.info(text, icon=":material/hourglass_top:" if is_on else ":material/videocam:")
        return
    st.warning(problem, icon=":material/videocam_off:", title="No picture from the camera")
    if st.button("Take a snapshot instead", key=f"{key}_out", icon=":material/photo_camera:"):
        st.session_state[f"{key}_{WAY_OUT}"] = True
        st.rerun()


def leave_live(key: str) -> bool:
    """Tell once whether the person asked for a snapshot instead of the live video."""
    return bool(st.session_state.pop(f"{key}_{WAY_OUT}", False))
