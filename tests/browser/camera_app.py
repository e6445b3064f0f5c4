"""The smallest page with the ladder of pictures: it names the colours of the left and the right half."""

from functools import partial

import numpy as np
import streamlit as st

from core.datasets.pictures import Picture
from core.vision._shared.frames import Analysis, Mark
from pages.kit.camera import choose_picture
from pages.kit.live_camera import show_live

COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 60, 200), "grey": (128, 128, 128)}
MARK = Mark("Mitte · middle", 0.3, 0.3, 0.7, 0.7, tone=3)


def make_sample(name: str) -> Picture:
    """Make a picture of one colour."""
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[:] = COLOURS[name]
    return Picture(pixels, name, "made", ())


def name_halves(pixels: np.ndarray) -> str:
    """Name the nearest colour of each half."""
    middle = pixels.shape[1] // 2
    means = [half.reshape(-1, 3).mean(axis=0) for half in (pixels[:, :middle], pixels[:, middle:])]
    return ", ".join(min(COLOURS, key=lambda name: float(np.abs(COLOURS[name] - mean).sum())) for mean in means)


def analyse(frame: np.ndarray) -> Analysis:
    """Name a frame's halves and mark its middle."""
    seen = name_halves(frame)
    return Analysis((MARK,), seen, seen)


def draw(analysis: Analysis) -> None:
    """Show what was seen live."""
    st.metric("Seen live", str(analysis.value))


def main() -> None:
    """Draw the page."""
    st.title("Colours")
    samples = {name: partial(make_sample, name) for name in ("green", "grey")}
    picture = choose_picture("camera_app", samples, live=partial(show_live, analyse, draw))
    if picture is not None:
        st.metric("Seen", name_halves(picture.pixels))


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    main()
