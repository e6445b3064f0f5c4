"""Boxes and labels drawn onto a frame so that they can be read on a phone and by colour-blind readers.

A box has a coloured line on a dark one, its label white letters on a dark strip with an edge of the same colour: dark
and light stand out on any picture, and the label says what the colour does. The seven colours are those of Okabe and
Ito (https://jfly.uni-koeln.de/color/). Letters are a twentieth of the frame's width high, 17 px on a screen of 390 px.

Left out: OpenCV's own lettering, which writes question marks for all but ASCII.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.vision._shared.frames import Analysis, Frame, Mark

TONES: tuple[tuple[int, int, int], ...] = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
Strip = tuple[int, int, int, int]
DARK, LIGHT = (15, 21, 28), (255, 255, 255)
TEXT_SHARE = 20
LINE_SHARE = 160
MOST_LETTERS = 40
FONT = "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf"
"""Within matplotlib: Latin, Greek, Cyrillic and more."""


def draw_marks(frame: Frame, analysis: Analysis | None) -> Frame:
    """Draw an analysis onto a copy of a frame.

    Parameters
    ----------
    frame : array of uint8, shape (height, width, 3)
        In RGB.
    analysis : Analysis, optional
        None draws nothing and returns the frame itself.

    Examples
    --------
    >>> frame = np.zeros((480, 640, 3), np.uint8)
    >>> drawn = draw_marks(frame, Analysis((Mark("coat 97%", 0.25, 0.25, 0.75, 0.75),)))
    >>> tuple(map(int, drawn[240, 160])), int(frame.max())
    ((230, 159, 0), 0)
    """
    if analysis is None or not (analysis.marks or analysis.caption):
        return frame
    drawn = np.ascontiguousarray(frame).copy()
    for mark in analysis.marks:
        _draw_box(drawn, mark)
    taken: list[Strip] = []
    if analysis.caption:
        taken.append(_write(drawn, analysis.caption, (0, drawn.shape[0]), TONES[0], taken))
    for mark in analysis.marks:  # above every box
        if mark.label:
            left, top, _, bottom = _find_edges(drawn, mark)
            taken.append(_write(drawn, mark.label, (left, top), TONES[mark.tone % len(TONES)], taken, bottom))
    return drawn


def _find_edges(frame: Frame, mark: Mark) -> tuple[int, int, int, int]:
    """Turn a mark's shares into pixels inside the frame: left, top, right, bottom."""
    high, wide = frame.shape[:2]
    x = np.clip(np.round(np.array([mark.left, mark.right]) * wide), 0, wide - 1).astype(int)
    y = np.clip(np.round(np.array([mark.top, mark.bottom]) * high), 0, high - 1).astype(int)
    return int(x[0]), int(y[0]), int(x[1]), int(y[1])


def _draw_box(frame: Frame, mark: Mark) -> None:
    """Draw a coloured box on a wider dark one."""
    import cv2

    left, top, right, bottom = _find_edges(frame, mark)
    line = max(2, frame.shape[1] // LINE_SHARE)
    cv2.rectangle(frame, (left, top), (right, bottom), DARK, line + 4)
    cv2.rectangle(frame, (left, top), (right, bottom), TONES[mark.tone % len(TONES)], line)


def _write(
    frame: Frame,
    text: str,
    corner: tuple[int, int],
    tone: tuple[int, int, int],
    taken: Sequence[Strip],
    below: int | None = None,
) -> Strip:
    """Write a strip whose lower left corner is given, moved so that it stays inside the frame; return where it stands.

    Where another strip stands already it is written below the box, unless there is another one too.
    """
    high, wide = frame.shape[:2]
    letters = _draw_letters(cut(text), max(10, wide // TEXT_SHARE))[:high, :wide]
    strip = np.empty((*letters.shape, 3), np.uint8)
    strip[:] = (np.array(DARK) + letters[..., None] / 255 * (np.array(LIGHT) - DARK)).astype(np.uint8)
    strip[:, : max(2, wide // LINE_SHARE)] = tone
    left = min(max(0, corner[0]), wide - letters.shape[1])
    tops = [corner[1] - letters.shape[0], *([] if below is None else [below])]
    places = [_place(left, min(max(0, top), high - letters.shape[0]), letters) for top in tops]
    found = next((each for each in places if not any(_do_meet(each, other) for other in taken)), places[0])
    frame[found[1] : found[3], found[0] : found[2]] = strip
    return found


def _place(left: int, top: int, letters: npt.NDArray[np.uint8]) -> Strip:
    """Give the edges of a strip of letters: left, top, right, bottom."""
    return left, top, left + letters.shape[1], top + letters.shape[0]


def _do_meet(one: Strip, other: Strip) -> bool:
    """Tell whether two strips lie upon each other.

    Examples
    --------
    >>> _do_meet((0, 0, 9, 9), (8, 8, 20, 20)), _do_meet((0, 0, 9, 9), (9, 0, 20, 9))
    (True, False)
    """
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def cut(text: str) -> str:
    """Shorten a label to what fits a frame.

    Examples
    --------
    >>> cut("a very long name of a class that nobody could read on a phone")
    'a very long name of a class that nobody…'
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= MOST_LETTERS else flat[: MOST_LETTERS - 1].rstrip() + "…"


@lru_cache(maxsize=256)
def _draw_letters(text: str, size: int) -> npt.NDArray[np.uint8]:
    """Draw a line of letters, 255 where they are, with a margin; cached, as a label stands on many frames."""
    from PIL import Image, ImageDraw

    font = _load_font(size)
    margin = size // 3
    wide = round(font.getlength(text)) + 3 * margin
    image = Image.new("L", (wide, size + 2 * margin))
    ImageDraw.Draw(image).text((2 * margin, margin + size // 2), text, fill=255, font=font, anchor="lm")
    return np.asarray(image).copy()


@lru_cache(maxsize=8)
def _load_font(size: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 — Pillow's own type
    """Load the lettering once a size."""
    from PIL import ImageFont

    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(Path(found.origin).parent / FONT, size)
