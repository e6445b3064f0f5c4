"""Picture files as the pages take them: their limits, one sentence for each that cannot be used, and how one is shown.

Left out: reading a picture's bytes (``core.datasets.pictures``) and the ladder of one picture (``camera``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.typing import UploadedFile

from core.datasets.fixes.wording import cut
from core.datasets.picture_files import check_batch
from core.datasets.pictures import Picture, read_picture
from core.hub.errors import HubError, LimitError
from core.hub.settings import load_settings
from pages.kit.errors import escape
from pages.kit.session import upload_key

UPLOAD, SNAPSHOT, HANDED = "Upload", "Snapshot", "camera_handed"
FORMATS = "PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
KEEPING = "kept in the memory of this session alone, and never stored"
SIDE_PX, BATCH_PX = 2_048, 640
"""Longest side at which one picture, and one of a batch, is kept."""
SHOWN_PX, LEAST_PX = 480, 224
"""Longest side of a picture as it is shown, and what a small one is enlarged to."""
PARTS = ("shown", "last", "read", *(f"{way}{end}" for way in (UPLOAD, SNAPSHOT) for end in ("", "_id", "_problem")))
"""What a ladder or batch keeps in the session's state, below its own name."""


def choose_pictures(slug: str, key: str = "batch", side: int = BATCH_PX) -> tuple[Picture, ...]:
    """Draw a box for many files and return those that can be used, each read once; of the others say why not.

    Parameters
    ----------
    side : int
        Longest side that each picture is kept at, in pixels, since a hundred photographs do not fit into memory.
    """
    place, settings = f"{slug}_{key}", load_settings()
    st.caption(
        f"Up to {settings.upload_pictures} files and {settings.upload_pictures_mb} MB in all · {describe_limits()} · "
        f"larger pictures are shrunk to {side} pixels"
    )
    files: list[UploadedFile] = st.file_uploader(
        "Upload pictures", accept_multiple_files=True, key=widget_key(place, "box"),
        max_upload_size=settings.upload_mb, label_visibility="collapsed",
    )  # fmt: skip
    taken, beyond = part_files(files)
    read: dict[str, tuple[Picture | None, str]] = st.session_state.get(f"{place}_read", {})
    with st.spinner("Reading the pictures…"):
        read = {file.file_id: read.get(file.file_id) or read_file(file, file.name, side) for file in taken}
    st.session_state[f"{place}_read"] = read
    show_refused([*(problem for _, problem in read.values() if problem), *filter(None, [beyond])])
    if files:
        st.button("Forget these pictures", icon=":material/delete:", key=f"{place}_forget", on_click=forget_pictures,
                  args=(place,))  # fmt: skip
    return tuple(picture for picture, _ in read.values() if picture is not None)


def part_files(files: Sequence[UploadedFile]) -> tuple[list[UploadedFile], str]:
    """Return the first files that are within the limits of a batch, and a sentence where others are beyond."""
    taken, sentence = list(files), ""
    while taken:
        try:
            check_batch([file.size for file in taken])
        except LimitError as error:
            sentence = sentence or str(error)
            taken.pop()
        else:
            break
    return taken, f"{sentence}; now only the first {len(taken)} are used" if sentence else ""


def show_refused(problems: Sequence[str]) -> None:
    """List what was not used, a sentence each."""
    if problems:
        st.error("\n".join(f"- {escape(problem)}" for problem in problems))


def read_file(file: UploadedFile, name: str, side: int = SIDE_PX) -> tuple[Picture | None, str]:
    """Read a picture and keep it small; one that cannot be used gives None and a sentence that names it."""
    try:
        return shrink(read_picture(file.getvalue(), name), side), ""
    except HubError as error:
        return None, str(error)


def shrink(picture: Picture, side: int) -> Picture:
    """Shrink a picture whose longest side is above some pixels, and note it."""
    if max(picture.pixels.shape[:2]) <= side:
        return picture
    note = f"shrunk to {side:,} pixels"
    return replace(picture, pixels=fit_pixels(picture.pixels, side, 0), notes=(*picture.notes, note))


def show_picture(picture: Picture) -> None:
    """Draw a picture at a size that suits a screen, with its name, size and what was done to it."""
    high, wide = picture.pixels.shape[:2]
    name = escape(cut(picture.name))
    st.image(fit_pixels(picture.pixels), alt=f"The picture {picture.name}, {wide} by {high} pixels")
    st.caption(" · ".join([f"{name}, {wide:,} × {high:,} pixels", *map(escape, picture.notes)]))


def fit_pixels(pixels: np.ndarray, most: int = SHOWN_PX, least: int = LEAST_PX) -> np.ndarray:
    """Shrink a picture that is too large for its place, and enlarge a tiny one by whole steps so that it stays sharp.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3)
    most, least : int
        Longest side after, in pixels; ``least`` 0 enlarges nothing.

    Examples
    --------
    >>> fit_pixels(np.zeros((28, 28, 3), np.uint8)).shape, fit_pixels(np.zeros((900, 1_800, 3), np.uint8)).shape
    ((224, 224, 3), (240, 480, 3))
    """
    from PIL import Image

    longest = max(pixels.shape[:2])
    if longest > most:
        wide, high = (max(1, round(side * most / longest)) for side in (pixels.shape[1], pixels.shape[0]))
        return np.asarray(Image.fromarray(pixels).resize((wide, high), Image.Resampling.LANCZOS, reducing_gap=2.0))
    step = max(1, least // longest)
    return pixels.repeat(step, axis=0).repeat(step, axis=1) if step > 1 else pixels


def describe_limits() -> str:
    """Say what a box takes and how long it is kept.

    Examples
    --------
    >>> describe_limits().split(" · ")[0]
    'PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF'
    """
    settings = load_settings()
    return f"{FORMATS} · up to {settings.upload_mb} MB and {settings.upload_megapixels} megapixels each · {KEEPING}"


def widget_key(place: str, kind: str) -> str:
    """Return the key of a box or camera, which changes when its picture is forgotten, so that the browser drops it."""
    return upload_key(f"{place}_{kind}_{st.session_state.get(f'{place}_turn', 0)}")


def forget_pictures(place: str) -> None:
    """Drop every picture of a ladder or batch, also what Home handed over, and empty its box and camera."""
    for part in PARTS:
        st.session_state.pop(f"{place}_{part}", None)
    st.session_state.pop(HANDED, None)
    st.session_state[f"{place}_turn"] = st.session_state.get(f"{place}_turn", 0) + 1


def hand_picture(picture: Picture) -> None:
    """Offer a picture to the ladder of every page of this session, as Home does."""
    turn = st.session_state.get(f"{HANDED}_turn", 0) + 1
    st.session_state[HANDED], st.session_state[f"{HANDED}_turn"] = picture, turn
