"""Pictures on demand: sheets by class, seed, truncation and noise, each picture beside its nearest real one.

Left out: mixes, walks and sums of codes (``code_games``).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.hub.contract import Label, Range, Seed
from core.hub.fields import make_fields
from core.hub.packing import make_zip
from core.vision import image_generation as project
from core.vision.image_generation.recipe import ClassName
from pages.kit.downloads import Download, show_downloads
from pages.kit.forms import show_form
from pages.kit.generators import SLUG, Asked, choose_generator, draw_once, load_pictures, show_sheet
from pages.kit.image_strips import enlarge

ALL = "all classes"
Wanted = Literal["all classes", ClassName]
TWINS, ACROSS = 16, 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw."""

    item: Annotated[Wanted, Label("Class")] = ALL
    seed: Seed = 0
    n: Annotated[int, Range(8, 64, 8), Label("Pictures")] = 64
    truncation: Annotated[
        float, Range(0.0, 1.5, 0.05), Label("Truncation", "0 is the mean of the class, 1 as mapped.")
    ] = 0.8
    noise: Annotated[bool, Label("Pixel noise", "Each pixel's own small noise.")] = True


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest real picture of each sample, its class, and how far it is (pixels of 0 to 1)."""

    pictures: np.ndarray
    labels: tuple[str, ...]
    distances: np.ndarray


def show_drawing() -> None:
    """Ask what to draw and draw it."""
    asked = choose_generator()
    if asked is None:
        return
    hidden = set() if asked.is_style else {"item", "noise"}
    values = show_form([spec for spec in make_fields(Wish) if spec.name not in hidden], f"{SLUG}_wish", columns=3)
    if values is None:
        return
    wish = Wish(**values)
    if not asked.is_style:
        st.caption(f"A {asked.title} takes no class: it draws what its code says; truncation shortens the code.")
    item = None if wish.item == ALL else wish.item
    draw = partial(project.draw_sheet, asked.model, wish.n, item, wish.truncation, wish.seed, noise=wish.noise)
    sheet = draw_once((asked.key, "wish", wish), draw)
    show_drawn(asked, wish, sheet)


def show_drawn(asked: Asked, wish: Wish, sheet: project.Sheet) -> None:
    """Draw a sheet, what our classifier sees in it, the nearest real pictures, and the ways to take it away."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_sheet(sheet.pictures, f"{wish.n} pictures drawn by the {asked.title}", ACROSS, 640)
        st.caption(f"Drawn by the **{asked.title}** · seed {wish.seed} · truncation {wish.truncation:g}")
    with right:
        show_seen(sheet, asked)
        files = [
            Download("sheet.png", lambda: write_sheet(sheet), "one picture of them all, three times as large"),
            Download("pictures.zip", lambda: zip_pictures(sheet), "each picture as PNG, with a list of what is on it"),
            Download("generator.zip", lambda: project.make_download(asked.model), "ONNX networks and a script"),
        ]
        show_downloads(files, f"{SLUG}_drawn")
    if st.toggle("Nearest real picture beside each", key=f"{SLUG}_near", value=True, persist_state="session"):
        show_neighbours(asked, wish, sheet)


def show_seen(sheet: project.Sheet, asked: Asked) -> None:
    """Say what our classifier sees in the pictures."""
    n = len(sheet.seen)
    if asked.is_style:
        right = sum(a == b for a, b in zip(sheet.asked, sheet.seen, strict=True))
        st.metric("Seen as asked", f"{right} of {n}", border=True, help="By our own classifier, which errs itself.")
    counts = pd.Series(sheet.seen).value_counts()
    frame = pd.DataFrame({"Our classifier sees": counts.index, "Pictures": counts.to_numpy()})
    config = {"Pictures": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=n)}
    st.dataframe(frame, hide_index=True, column_config=config, alt="Classes that our classifier sees")


def show_neighbours(asked: Asked, wish: Wish, sheet: project.Sheet) -> None:
    """Draw the first samples, each above its nearest real picture."""
    found = draw_once((asked.key, "near", wish), partial(find_neighbours, sheet.pictures))
    n = min(TWINS, wish.n)
    nearest = float(found.distances.min())
    told = "No sample repeats a bundled training picture: the nearest pair is" if nearest > 1 else "The nearest pair is"
    st.markdown(f"**{told} {nearest:.1f} white pixels apart{'' if nearest > 1 else ': look at it'}**")
    for start in range(0, n, ACROSS):
        part = slice(start, min(start + ACROSS, n))
        rows = project.lay_rows(sheet.pictures[part], found.pictures[part])
        st.image(enlarge(rows, 700), width=640, alt="Samples above, the nearest real picture of each below")
    st.caption("Above what was drawn, below the nearest of 10,000 bundled training pictures, pixel by pixel (root of "
               "the summed squares, white is 1). *Explain* shows how near test pictures come.")  # fmt: skip


def find_neighbours(pictures: np.ndarray) -> Neighbours:
    """Find the nearest bundled training picture of each."""
    data = load_pictures()
    found = project.find_nearest(pictures, data.images)
    places = found.places[:, 0]
    labels = tuple(data.classes[label] for label in data.labels[places])
    return Neighbours(data.images[places], labels, found.distances[:, 0] / 255)


def write_sheet(sheet: project.Sheet) -> bytes:
    """Write a sheet as PNG, three times as large."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(enlarge(project.lay_out(sheet.pictures), 700)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def zip_pictures(sheet: project.Sheet) -> bytes:
    """Zip every picture as PNG, with a table of what was asked for and what is seen."""
    names = [f"{place + 1:02d}.png" for place in range(len(sheet.pictures))]
    frame = pd.DataFrame({"file": names, "asked": sheet.asked, "seen": sheet.seen, "share": sheet.shares.round(4)})
    files = {name: project.to_png(picture) for name, picture in zip(names, sheet.pictures, strict=True)}
    return make_zip({**files, "pictures.csv": to_csv(frame)})
