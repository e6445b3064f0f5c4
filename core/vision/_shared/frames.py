"""A live stream's latest answer, shared between the thread that receives frames and the page that shows it.

The video thread hands each frame to a :class:`Feed`; every k-th is analysed and the answer is kept for the frames
between, as a detector that runs on each frame would fall behind the camera. The page reads the latest answer, the frame
rate and the latency. Whatever the analysis raises becomes one sentence; the stream goes on. Nothing is kept of a frame.

Left out: receiving frames (``pages/kit/live_camera.py``), drawing on them (``marks``), tracking objects between
analysed frames, and an analysis that takes longer than ten seconds, after which the receiving library gives up.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from core.hub.errors import HubError

logger = logging.getLogger(__name__)

Frame = npt.NDArray[np.uint8]
N_TIMES, N_LATENCIES = 60, 30
WINDOW_S = 3.0
"""Seconds over which the frame rate is counted."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a frame with its label.

    Parameters
    ----------
    label : str
        Text above the box.
    left, top, right, bottom : float
        Edges as shares of the frame's width and height, 0 to 1, since a stream may change its size.
    tone : int
        Which of the seven colours; the label tells boxes apart without it.
    """

    label: str
    left: float
    top: float
    right: float
    bottom: float
    tone: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was found in one frame.

    Parameters
    ----------
    marks : tuple of Mark
        Drawn onto this frame and those up to the next analysis.
    caption : str
        One line at the foot of the frame.
    value : object
        Whatever the page shows beside the video, for instance a prediction.
    """

    marks: tuple[Mark, ...] = ()
    caption: str = ""
    value: object = None


Analyse = Callable[[Frame], Analysis]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The state of a stream at one moment.

    Parameters
    ----------
    analysis : Analysis, optional
        The latest; None before the first and while the analysis fails.
    problem : str
        Why the last analysis failed; empty where it did not.
    n_frames, n_analysed : int
        Frames received and frames analysed.
    frames_per_s : float
        Frames received a second, over the last three seconds.
    latency_ms : float
        Median time of the last thirty analyses.
    silent_s : float
        Seconds since the last frame, or since the feed was made.
    """

    analysis: Analysis | None
    problem: str
    n_frames: int
    n_analysed: int
    frames_per_s: float
    latency_ms: float
    silent_s: float


class Feed:
    """The latest answer of a stream; one thread hands in frames, any thread reads.

    Parameters
    ----------
    analyse : callable
        ``analyse(frame) -> Analysis`` of a frame (height, width, 3) in RGB. It runs in the video's own thread: no
        Streamlit calls, models loaded beforehand, well under a second.
    every : int
        Which frames are analysed: 1 is each, 3 every third. Higher is cheaper and lags more.
    now : callable
        A clock in seconds that never goes back.

    Examples
    --------
    >>> feed = Feed(lambda frame: Analysis(caption=f"mean {frame.mean():.0f}"), every=2)
    >>> [feed.see(np.full((4, 4, 3), level, np.uint8)).caption for level in (10, 20, 30)]
    ['mean 10', 'mean 10', 'mean 30']
    >>> feed.read().n_frames, feed.read().n_analysed
    (3, 2)
    """

    def __init__(self, analyse: Analyse, every: int = 3, now: Callable[[], float] = time.monotonic) -> None:
        if every < 1:
            message = f"every is {every}; it must be 1 or more"
            raise ValueError(message)
        self._analyse, self._every, self._now = analyse, every, now
        self._lock = threading.Lock()
        self._analysis: Analysis | None = None
        self._problem = ""
        self._fault = ""
        self._waiting = every  # so that the first frame is analysed
        self._n_frames = self._n_analysed = 0
        self._times: deque[tuple[float, int]] = deque(maxlen=N_TIMES)
        self._latencies: deque[float] = deque(maxlen=N_LATENCIES)
        self._last = now()

    def use(self, analyse: Analyse) -> None:
        """Analyse the next frames by another function, for instance after another model was chosen."""
        with self._lock:
            self._analyse = analyse

    def see(self, frame: Frame, n_new: int = 1) -> Analysis | None:
        """Take a frame and return the latest analysis, which is of this frame or of an earlier one.

        Parameters
        ----------
        frame : array of uint8, shape (height, width, 3)
            The newest frame, in RGB.
        n_new : int
            Frames that arrived since the last call; those before the newest are counted and passed over.
        """
        with self._lock:
            self._last = self._now()
            self._times.append((self._last, n_new))
            self._n_frames += n_new
            self._waiting += n_new
            is_due, analyse = self._waiting >= self._every, self._analyse
        if is_due:
            self._answer(analyse, frame)
        with self._lock:
            return self._analysis

    def read(self) -> Report:
        """Return the stream's state now."""
        with self._lock:
            now = self._now()
            latency_ms = 1_000 * median(self._latencies) if self._latencies else 0.0
            return Report(
                self._analysis, self._problem, self._n_frames, self._n_analysed, self._count_rate(now), latency_ms,
                now - self._last,
            )  # fmt: skip

    def _count_rate(self, now: float) -> float:
        """Count frames a second in the last seconds; zero with fewer than two arrivals."""
        recent = [(at, n_new) for at, n_new in self._times if now - at <= WINDOW_S]
        if len(recent) < 2 or recent[-1][0] == recent[0][0]:  # noqa: PLR2004 — a rate needs two times
            return 0.0
        return sum(n_new for _, n_new in recent[1:]) / (recent[-1][0] - recent[0][0])

    def _answer(self, analyse: Analyse, frame: Frame) -> None:
        """Analyse a frame; what goes wrong becomes a sentence."""
        started = self._now()
        analysis, problem, fault = None, "", ""
        try:
            analysis = analyse(frame)
        except HubError as error:
            problem = str(error)
        except Exception:
            problem = fault = self._fault or _name_fault()
            if not self._fault:  # once, until an analysis succeeds again: a stream fails five times a second
                logger.exception("%s", fault)
        with self._lock:
            self._analysis, self._problem, self._fault = analysis, problem, fault
            self._waiting = 0
            self._n_analysed += 1
            self._latencies.append(self._now() - started)


def _name_fault() -> str:
    """Say that a fault of ours was logged, and under which id."""
    return f"This frame could not be analysed; the log has the details under the id {secrets.token_hex(4)}"
