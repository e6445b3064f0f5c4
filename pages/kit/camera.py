"""A picture, by the ladder that every page with pictures has: sample, upload, snapshot, live webcam.

The page opens with a sample and is complete at once. A file that cannot be used is refused in one sentence and the
earlier picture stays. Pictures are held in the memory of the session alone, never written, and go with *Forget*.

Left out: reading a picture's bytes (``core.datasets.pictures``) and the live video (``live_camera``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.typing import UploadedFile

from core.datasets.fixes.wording import cut
from core.datasets.pictures import Picture
from core.hub.settings import load_settings
from pages.kit.errors import escape, show_error
from pages.kit.live_camera import leave_live
from pages.kit.live_state import show_https_note
from pages.kit.pictures import (
    HANDED,
    KEEPING,
    SIDE_PX,
    SNAPSHOT,
    UPLOAD,
    describe_limits,
    forget_pictures,
    read_file,
    show_picture,
    widget_key,
)

SAMPLE, LIVE = "Sample", "Live"

Samples = Mapping[str, Callable[[], Picture]]


def choose_picture(
    slug: str,
    samples: Samples,
    key: str = "picture",
    live: Callable[[str], None] | None = None,
    side: int = SIDE_PX,
    draw: Callable[[Picture], None] = show_picture,
) -> Picture | None:
    """Draw the ladder and return the picture to work on.

    Parameters
    ----------
    slug : str
        The page.
    samples : mapping of name to callable
        Each gives a bundled picture; the first is shown when the page opens.
    key : str
        Tells several ladders of a page apart.
    live : callable, optional
        ``live(key)`` draws the live rung, for instance ``partial(show_live, analyse, draw)``; without it there is none.
    side : int
        Longest side that what is brought is kept at, in pixels: 2,048 by 2,048 take 13 MB of the server's memory.
    draw : callable
        ``draw(picture)`` shows it beside the ladder, for instance with what was found in it.

    Returns
    -------
    Picture or None
        The sample, or what was brought last on the chosen rung, and until something is brought there what was shown
        before; None while the live rung is on, which draws its own answer.
    """
    place = f"{slug}_{key}"
    take_handed(place)
    ways = [SAMPLE] * bool(samples) + [UPLOAD, SNAPSHOT] + [LIVE] * (live is not None)
    way = _ask_way(place, ways)
    if way == LIVE and live is not None:
        live(f"{place}_live")
        return None
    asking, showing = st.columns([3, 2], gap="medium")
    with asking:
        picture = _ask_sample(place, samples) if way == SAMPLE else _receive(place, way, side)
        if picture is None:
            picture = _fall_back(place, samples)
    with showing:
        if picture is not None:
            st.session_state[f"{place}_shown"] = picture
            draw(picture)
    return picture


def _ask_way(place: str, ways: list[str]) -> str:
    """Draw the rungs, with the one on which a picture was brought chosen when a person comes back to the page."""
    key = f"{place}_way"
    if leave_live(f"{place}_live"):
        st.session_state[key] = SNAPSHOT
    wanted = st.session_state.pop(f"{place}_wanted", None)
    if wanted is not None or st.session_state.get(key) not in ways:
        last = wanted or st.session_state.get(f"{place}_last", ways[0])
        st.session_state[key] = last if last in ways else ways[0]
    way: str = st.segmented_control(
        "Picture from",
        ways,
        required=True,
        key=key,
        wrap=True,
    ) or ways[0]  # fmt: skip
    return way


def _ask_sample(place: str, samples: Samples) -> Picture:
    """Draw the names of the samples and return the chosen one."""
    names = list(samples)
    st.session_state[f"{place}_last"] = SAMPLE
    name = st.pills("Sample", names, default=names[0], required=True, key=f"{place}_sample", wrap=True,
                    label_visibility="collapsed", format_func=escape)  # fmt: skip
    return samples[name or names[0]]()


def _receive(place: str, way: str, side: int) -> Picture | None:
    """Draw the box or the camera of a rung and return what was brought there last, if anything was."""
    draw_box = _draw_box if way == UPLOAD else _draw_camera
    kept = f"{place}_{way}"
    file = draw_box(place)
    if file is not None and file.file_id != st.session_state.get(f"{kept}_id"):
        st.session_state[f"{kept}_id"] = file.file_id
        _keep(place, way, file, side)
    problem = st.session_state.get(f"{kept}_problem", "")
    if problem:
        show_error(problem)
    picture: Picture | None = st.session_state.get(kept)
    if picture is not None:
        st.button("Forget this picture", icon=":material/delete:", key=f"{kept}_forget", on_click=forget_pictures,
                  args=(place,))  # fmt: skip
    return picture


def _keep(place: str, way: str, file: UploadedFile, side: int) -> None:
    """Read a file and keep its picture, or why it cannot be used; the earlier picture then stays."""
    kept = f"{place}_{way}"
    with st.spinner("Reading the picture…"):
        picture, problem = read_file(file, "the snapshot" if way == SNAPSHOT else file.name, side)
    st.session_state[f"{kept}_problem"] = problem
    if picture is not None:
        st.session_state[kept] = picture
        st.session_state[f"{place}_last"] = way


def _draw_box(place: str) -> UploadedFile | None:
    """Draw the box for a file, what it takes above it."""
    st.caption(describe_limits())
    file: UploadedFile | None = st.file_uploader(
        "Upload a picture",
        key=widget_key(place, "box"),
        max_upload_size=load_settings().upload_mb,
        label_visibility="collapsed",
    )
    return file


def _draw_camera(place: str) -> UploadedFile | None:
    """Draw the browser's camera for one picture."""
    show_https_note()
    st.caption(f"One picture from this device's camera · {KEEPING} · the camera is let go when you leave this rung")
    return st.camera_input("Take a snapshot", key=widget_key(place, "camera"), label_visibility="collapsed")


def _fall_back(place: str, samples: Samples) -> Picture | None:
    """Return what was shown before, or the first sample, and say so."""
    shown: Picture | None = st.session_state.get(f"{place}_shown")
    picture = shown if shown is not None else next(iter(samples.values()))() if samples else None
    if picture is not None:
        st.caption(f"Until one is there the page shows **{escape(cut(picture.name))}**.")
    return picture


def take_handed(place: str) -> None:
    """Take what was handed over since this ladder last looked, as if it had been uploaded here."""
    turn: Any = st.session_state.get(f"{HANDED}_turn")
    picture = st.session_state.get(HANDED)
    if picture is None or st.session_state.get(f"{place}_handed") == turn:
        return
    st.session_state[f"{place}_handed"] = turn
    st.session_state[f"{place}_{UPLOAD}"] = picture
    st.session_state[f"{place}_wanted"] = st.session_state[f"{place}_last"] = UPLOAD
    st.session_state.pop(f"{place}_{UPLOAD}_problem", None)
