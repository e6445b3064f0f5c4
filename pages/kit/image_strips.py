"""Small pictures enlarged and side by side, as one image that scales with its column.

Left out: a person's own picture (``pictures``), which keeps its size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.kit.errors import escape

STRIP_PX, GAP = 720, 1
GROUND = 128  # of the gaps: seen in the light and in the dark theme


def lay_side_by_side(images: Sequence[np.ndarray], columns: int = 0) -> np.ndarray:
    """Lay pictures of one size side by side, enlarged by whole pixels so that they stay sharp.

    Parameters
    ----------
    images : sequence of uint8 arrays of shape (height, width, 1 or 3)
    columns : int
        In a row; 0 is all in one row.

    Returns
    -------
    uint8 array of shape (height, width, 3)

    Examples
    --------
    >>> lay_side_by_side([np.zeros((28, 28, 1), np.uint8)] * 8).shape
    (84, 693, 3)
    """
    columns = columns or len(images)
    height, width = images[0].shape[:2]
    n_rows = -(-len(images) // columns)
    sheet = np.full((n_rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), GROUND, np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = image
    return enlarge(sheet, STRIP_PX)


def enlarge(image: np.ndarray, most: int) -> np.ndarray:
    """Enlarge a picture by whole pixels, up to some longest side.

    Examples
    --------
    >>> enlarge(np.zeros((28, 28, 3), np.uint8), 100).shape
    (84, 84, 3)
    """
    step = max(1, most // max(image.shape[:2]))
    return image.repeat(step, axis=0).repeat(step, axis=1)


def show_strip(images: Sequence[np.ndarray], caption: str, alt: str, columns: int = 0) -> None:
    """Draw pictures side by side as wide as their place, with a line below."""
    st.image(lay_side_by_side(images, columns), alt=alt, width="stretch")
    if caption:
        st.caption(escape(caption))


def show_tiles(tiles: Sequence[tuple[np.ndarray, str]], least_width: int = 96) -> None:
    """Draw pictures each with its own words below, as many in a row as fit."""
    with st.grid("auto", min_column_width=least_width, gap="small"):
        for image, caption in tiles:
            with st.container(gap="xsmall"):
                shown = np.broadcast_to(image, (*image.shape[:2], 3))
                st.image(enlarge(shown, 160), alt=caption, width="stretch")
                st.caption(escape(caption))
