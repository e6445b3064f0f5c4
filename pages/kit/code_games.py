"""What can be done with codes: mix two pictures, walk from one to another, and add and subtract classes.

Left out: the sums themselves (``core.vision.image_generation.latents`` and ``answers``).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.vision import image_generation as project
from core.vision.image_generation.recipe import Inputs
from pages.kit.charts import show_chart
from pages.kit.film import show_film
from pages.kit.generators import SLUG, Asked, choose_generator, draw_once, load_pictures, show_sheet
from pages.kit.image_strips import enlarge

N_CUTS, N_LAST_SEED, PICTURE_PX, LEAST_PX = 5, 40, 168, 96
N_FRAMES, N_STOPS, N_SUMS = 12, 4, 8


def ask_picture(label: str, key: str, item: str, seed: int) -> Inputs:
    """Let a person choose a picture by its class and a slider of pictures."""
    classes = list(project.CLASSES)
    with st.container(border=True, gap="small"):
        chosen = st.selectbox(f"{label}: class", classes, index=classes.index(item), key=f"{key}_class")
        number = st.slider(f"{label}: picture", 0, N_LAST_SEED, seed, key=f"{key}_seed")
    return Inputs(chosen, number, 0.8, noise=True)  # type: ignore[arg-type]


@st.fragment
def show_mixing() -> None:
    """Mix two pictures: shape from one, surface from the other."""
    asked = choose_generator(style_only=True)
    if asked is None:
        return
    key = f"{SLUG}_mix"
    left, right = st.columns(2, gap="medium")
    with left:
        first = ask_picture("First", f"{key}_first", "Dress", 3)
    with right:
        second = ask_picture("Second", f"{key}_second", "Coat", 8)
    with st.grid(2, min_column_width=210, gap="medium"):
        coarse = st.slider("Shape: first to second", 0.0, 1.0, 0.0, 0.05, key=f"{key}_coarse",
                           help="The layers at 7 and 14 pixels.")  # fmt: skip
        fine = st.slider("Surface: first to second", 0.0, 1.0, 1.0, 0.05, key=f"{key}_fine",
                         help="The layers at 28 pixels.")  # fmt: skip
    ends = [project.blend_pictures(asked.model, first, second, share, share) for share in (0.0, 1.0)]
    mixed = project.blend_pictures(asked.model, first, second, coarse, fine)
    with st.container(width=4 * PICTURE_PX), st.grid(3, min_column_width=LEAST_PX, gap="small"):
        for picture, words in ((ends[0], "first"), (mixed, "mixed"), (ends[1], "second")):
            with st.container(gap="xsmall"):
                st.image(enlarge(picture, 2 * PICTURE_PX), alt=f"The {words} picture", width="stretch")
                st.caption(f"**{words.capitalize()}** · {name_seen(asked, picture)}")
    cuts = np.stack([project.mix_pictures(asked.model, first, second, cut) for cut in range(N_CUTS, -1, -1)])
    st.markdown("**Layer by layer: from left to right one more layer follows the second picture**")
    show_sheet(cuts, "Six mixes, from five layers of the first picture to none", N_CUTS + 1, 560)
    st.caption(f"Drawn by the **{asked.title}**. The first changes shape, the last ones the surface.")


def name_seen(asked: Asked, picture: np.ndarray) -> str:
    """Say what our classifier sees in a picture, and how sure it is."""
    seen = project.look(asked.model.judge, picture[None])
    return f"{project.CLASSES[int(seen.labels[0])]}, {float(seen.shares.max()):.0%}"


def show_walk() -> None:
    """Walk in a circle through codes, or from one class to another; play it, and see the nearest real pictures."""
    asked = choose_generator()
    if asked is None:
        return
    key, kinds = f"{SLUG}_walk", ["Walk in a circle", *(["Between two pictures"] if asked.is_style else [])]
    kind = st.segmented_control("Way", kinds, default=kinds[0], required=True, key=f"{key}_kind", wrap=True) or kinds[0]
    if kind == kinds[0]:
        with st.grid(2, min_column_width=210, gap="medium"):
            item = st.selectbox("Class", project.CLASSES, index=7, key=f"{key}_item", disabled=not asked.is_style)
            seed = st.slider("Seed of the walk", 0, N_LAST_SEED, 1, key=f"{key}_seed")
        what, make = (asked.key, "walk", item, seed), partial(make_walk, asked, str(item), seed)
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            first = ask_picture("From", f"{key}_from", "Sandal", 2)
        with right:
            second = ask_picture("To", f"{key}_to", "Ankle boot", 5)
        what, make = (asked.key, "between", first, second), partial(make_passage, asked, first, second)
    found = draw_once(what, make)
    show_strip_of(asked, found, f"{key}_{hash(what) & 0xFFFFFF:x}")


def make_walk(asked: Asked, item: str, seed: int) -> project.Strip:
    """Walk through drawn codes and back to the first."""
    codes = project.walk(asked.model.sampler.latent, N_STOPS, N_FRAMES, seed)
    return project.draw_strip(partial(draw_codes, asked, item), codes, load_pictures().images)


def draw_codes(asked: Asked, item: str, codes: np.ndarray) -> np.ndarray:
    """Draw codes: of a class by a style generator, as they are by a DCGAN."""
    sampler = asked.model.sampler
    if not asked.is_style:
        return sampler.draw_codes(codes)
    labels = np.full(len(codes), project.CLASSES.index(item))
    return sampler.synthesise(sampler.find_styles(codes, labels, 0.8))


def make_passage(asked: Asked, first: Inputs, second: Inputs) -> project.Strip:
    """Go in a straight line from one style to another."""
    ends = [project.find_style(asked.model, each)[0] for each in (first, second)]
    styles = project.interpolate(*ends, 2 * N_FRAMES, "linear")
    return project.draw_strip(asked.model.sampler.synthesise, styles, load_pictures().images)


def show_strip_of(asked: Asked, strip: project.Strip, key: str) -> None:
    """Draw a way: its film with the nearest real picture, all its frames, and how it changes."""
    n = len(strip.images)

    def draw(place: int) -> None:
        pair = project.lay_rows(strip.images[[place]], strip.nearest[[place]])
        both = np.concatenate([pair[:28], np.full((28, 2, 3), 235, np.uint8), pair[-28:]], axis=1)
        st.image(enlarge(both, 2 * PICTURE_PX), width=2 * PICTURE_PX, alt="A frame, and the nearest real picture")
        st.caption(f"Left what the **{asked.title}** draws ({name_seen(asked, strip.images[place])}), right "
                   f"the nearest of 10,000 real pictures, {strip.distances[place]:.1f} away")  # fmt: skip

    with st.grid(2, min_column_width=330, gap="medium"):
        with st.container():
            show_film(list(range(1, n + 1)), draw, key, "frame", 0)
        show_chart(project.draw_path(strip), f"{key}_path", 320)
    show_sheet(strip.images, f"All {n} frames", N_FRAMES, 700)


def show_sums() -> None:
    """Add and subtract classes: pictures of one class, moved by the way from a second class to a third."""
    asked = choose_generator(style_only=True)
    if asked is None:
        return
    key, classes = f"{SLUG}_sum", list(project.CLASSES)
    with st.grid(3, min_column_width=210, gap="small"):
        start = st.selectbox("Pictures of", classes, index=3, key=f"{key}_start")
        minus = st.selectbox("minus the mean of", classes, index=0, key=f"{key}_minus")
        plus = st.selectbox("plus the mean of", classes, index=2, key=f"{key}_plus")
    strength = st.slider("How far", 0.0, 1.5, 1.0, 0.1, key=f"{key}_strength", width=420)
    before, after = add_classes(asked, (start, minus, plus), strength)
    st.markdown(f"**{start} − {minus} + {plus} = {name_most(asked, after)}**")
    rows = project.lay_rows(before, after)
    st.image(enlarge(rows, 700), width=640, alt=f"{N_SUMS} pictures of {start}, and the same after the sum")
    st.caption(f"Above {N_SUMS} pictures by the **{asked.title}**, below the same codes moved by mean({plus}) − "
               f"mean({minus}) in the space of styles; the title says what most of them show.")  # fmt: skip


def add_classes(asked: Asked, names: tuple[str, str, str], strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of a class before and after adding the way from a second class to a third."""
    sampler = asked.model.sampler
    start, minus, plus = (project.CLASSES.index(name) for name in names)
    codes = project.make_codes(N_SUMS, sampler.latent, 4)
    styles = sampler.find_styles(codes, np.full(N_SUMS, start), 0.8)
    way = project.combine([sampler.means[plus]], [sampler.means[minus]])
    return sampler.synthesise(styles), sampler.synthesise(styles + np.float32(strength) * way)


def name_most(asked: Asked, pictures: np.ndarray) -> str:
    """Name the class that our classifier sees most often, and how often."""
    counts = np.bincount(project.look(asked.model.judge, pictures).labels, minlength=len(project.CLASSES))
    return f"{project.CLASSES[int(counts.argmax())]} ({counts.max()} of {len(pictures)})"
