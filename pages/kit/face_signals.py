"""A living face or a picture of one: a task drawn by lot before the webcam, and marks of print and screen in a picture.

Everything here is a signal with what it measured and what fools it, never proof. Looks are held for some seconds, in
the session, and let go with the answer.

Left out: a verdict, which none of it allows.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.vision import face_recognition as project
from core.vision._shared.frames import Analysis, Frame
from core.vision.face_recognition.charts import signal_chart
from core.vision.face_recognition.engine import FaceEngine
from core.vision.face_recognition.frames import FaceStream, Pace, Track, make_analyse
from core.vision.face_recognition.liveness import collect_signals, sum_up
from core.vision.face_recognition.print_check import check_glare, check_grid
from core.vision.face_recognition.signals import ANSWER_S, Challenge, Observation, Signal, make_challenge
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.face_people import WATCH
from pages.kit.face_pictures import choose_faces, show_none
from pages.kit.live_camera import show_live

KEY = WATCH
BEFORE_S, MOST_LOOKS = 2.0, 150
PRINT, CAMERA = "Print or screen, from a picture", "Blink or turn, before the camera"
GRID_LEVELS, GRID_PX = 6.0, 3.1
LEAST_WIDTH = 320
ICONS = {"a living face": "sentiment_satisfied", "a picture": "image", "neither": "horizontal_rule"}


class Watch:
    """The looks at one face before a camera, and the task that was asked for; threads share it."""

    def __init__(self, engine: FaceEngine) -> None:
        self._engine = engine
        self._stream = FaceStream(engine, lambda _vector: None, Pace())
        self._draw = make_analyse(self._stream, lambda _track: "")
        self._lock = threading.Lock()
        self._looks: deque[Observation] = deque(maxlen=MOST_LOOKS)
        self._number = 0
        self.challenge: Challenge | None = None
        self.answer: tuple[tuple[Signal, ...], tuple[Observation, ...], Challenge] | None = None

    def analyse(self, frame: Frame) -> Analysis:
        """Follow the faces of a frame and note one, the largest, until it is gone."""
        found = self._draw(frame)
        tracks: tuple[Track, ...] = found.value  # type: ignore[assignment]
        if tracks:
            track = max(tracks, key=lambda each: (each.number == self._number, each.face.box.size))
            look = Observation(time.monotonic(), track.face, self._engine.align(frame, track.face))
            with self._lock:
                self._note(look, track.number)
        return found

    def _note(self, look: Observation, number: int) -> None:
        """Keep a look: before a task only the last seconds, and never of two faces."""
        if number != self._number:
            self._looks.clear()
            self._number = number
        self._looks.append(look)
        if self.challenge is None:
            while self._looks[0].time_s < look.time_s - BEFORE_S:
                self._looks.popleft()

    def ask(self, seed: int) -> None:
        """Draw a task by lot, to be done from now on."""
        with self._lock:
            self.challenge, self.answer = make_challenge(time.monotonic(), seed), None

    def read(self) -> float:
        """Return the seconds left for the task, and when they are over let its looks be judged."""
        with self._lock:
            if self.challenge is None:
                return 0.0
            left = self.challenge.until_s - time.monotonic()
            if left <= 0:
                looks, challenge = tuple(self._looks), self.challenge
                self.answer, self.challenge = (collect_signals(looks, challenge), looks, challenge), None
                self._looks.clear()
            return max(left, 0.0)

    def forget(self) -> None:
        """Let every look and the answer go."""
        with self._lock:
            self._looks.clear()
            self.challenge = self.answer = None


def show_signals() -> None:
    """Draw both ways to look for signals."""
    st.markdown("**To the network a photograph of a face is that face.** So other signs are looked for. They are "
                "signals, not proof: a film of the person passes them all.")  # fmt: skip
    way = st.segmented_control("Signs of", [PRINT, CAMERA], default=PRINT, required=True, key=f"{KEY}_way", wrap=True)
    if way == CAMERA:
        show_challenge()
    else:
        show_print()


def show_print() -> None:
    """Look for marks of a print or a screen in one face of a picture."""
    found = choose_faces("print", first="Eileen Collins")
    if found is None or show_none(found):
        return
    chip = found.portraits[0].chip
    if st.toggle("Lay a fine grid over it, as a print or a screen has", key=f"{KEY}_grid"):
        chip = lay_grid(chip)
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="large"):
        with st.container():
            st.image(chip.repeat(2, axis=0).repeat(2, axis=1), alt="The face as it was judged")
        with st.container():
            show_table((check_grid([chip]), check_glare([chip])))


def lay_grid(chip: np.ndarray) -> np.ndarray:
    """Lay dots of a few grey levels over a face, some three pixels apart.

    Examples
    --------
    >>> int(np.abs(lay_grid(np.full((150, 150, 3), 100, np.uint8)).astype(int) - 100).max())
    6
    """
    x, y = np.meshgrid(*(np.arange(side) for side in chip.shape[1::-1]))
    dots = GRID_LEVELS * np.sin(2 * np.pi * x / GRID_PX) * np.sin(2 * np.pi * y / GRID_PX)
    return np.clip(np.rint(chip + dots[:, :, None]), 0, 255).astype(np.uint8)


def show_challenge() -> None:
    """Draw a task by lot and judge the answer before the webcam."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Watch(project.load_engine())
    watch: Watch = st.session_state[KEY]
    st.button("Ask me for something", type="primary", key=f"{KEY}_ask", icon=":material/casino:",
              on_click=lambda: watch.ask(secrets.randbelow(2**31)))  # fmt: skip
    st.caption(f"Start the camera first. A blink or a turn is drawn by lot and must be done within {ANSWER_S:.0f} s; "
               "the looks are let go with the answer.")  # fmt: skip
    show_live(watch.analyse, lambda _analysis: draw_challenge(watch), f"{KEY}_live", every=1, facing="user")


def draw_challenge(watch: Watch) -> None:
    """Draw the task while it runs, then what was measured."""
    left = watch.read()
    if watch.challenge is not None:
        st.subheader(escape(watch.challenge.text), anchor=False)
        st.progress(min(left / ANSWER_S, 1.0), f"{left:.0f} s left")
        return
    if watch.answer is None:
        st.info("Press *Ask me for something*.", icon=":material/casino:")
        return
    signals, looks, challenge = watch.answer
    st.markdown(f"Asked: {escape(challenge.text)}")
    show_table(signals)
    if looks:
        with guard():
            show_chart(signal_chart(looks, challenge), f"{KEY}_chart", 240)


def show_table(signals: Sequence[Signal]) -> None:
    """Draw each signal: what it speaks for, what was measured, and what fools it."""
    st.markdown(f"**{escape(sum_up(signals))}**")
    for signal in signals:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/{ICONS[signal.speaks_for]}: **{signal.name.capitalize()}** speaks for "
                        f"**{signal.speaks_for}**")  # fmt: skip
            st.markdown(escape(signal.measured))
            st.caption(f"What fools it: {escape(signal.limits)}")
