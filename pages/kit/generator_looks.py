"""What a generator draws beside real pictures, how its training went, and its losses with their meaning.

Left out: pictures on demand (``generator_trial``).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.vision import image_generation as project
from pages.kit.charts import show_chart
from pages.kit.film import show_film
from pages.kit.generators import SLUG, Asked, choose_generator, draw_once, load_pictures, show_sheet
from pages.kit.tabs import show_views

ALL = "All classes"
N_SHOWN, ACROSS, HALF_PX = 30, 6, 520


def show_looks() -> None:
    """Draw *Explore*: real beside drawn, the film, and the losses of the generator that is chosen."""
    asked = choose_generator()
    if asked is None:
        return
    views = {
        "Real and drawn": partial(show_both, asked),
        "Film": partial(show_codes, asked),
        "Losses": partial(show_losses, asked),
    }
    show_views(views, f"{SLUG}_explore")


def show_both(asked: Asked) -> None:
    """Draw real pictures of a class beside drawn ones."""
    data = load_pictures()
    name = st.pills("Class", [ALL, *data.classes], default=ALL, required=True, key=f"{SLUG}_class", wrap=True,
                    persist_state="session") or ALL  # fmt: skip
    rows = np.arange(len(data.labels)) if name == ALL else np.flatnonzero(data.labels == data.classes.index(name))
    item = None if name == ALL or not asked.is_style else name
    sheet = draw_once((asked.key, "both", item), partial(project.draw_sheet, asked.model, N_SHOWN, item, seed=3))
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container(gap="xsmall"):
            st.markdown(f"**Real: {name.lower() if name == ALL else name}**")
            show_sheet(data.images[rows[:N_SHOWN]], f"{N_SHOWN} real pictures: {name}", ACROSS, HALF_PX)
            st.caption(f"The first of {len(rows):,} bundled training pictures.")
        with st.container(gap="xsmall"):
            st.markdown(f"**Drawn by the {asked.title}**")
            show_sheet(sheet.pictures, f"{N_SHOWN} pictures drawn by the {asked.title}", ACROSS, HALF_PX)
            st.caption(describe_seen(sheet, asked, name))
    if name != ALL and not asked.is_style:
        st.info(f"A {asked.title} cannot be asked for a class; it draws what its codes say.", icon=":material/info:")


def describe_seen(sheet: project.Sheet, asked: Asked, name: str) -> str:
    """Say how many pictures our classifier takes for what was asked."""
    n = len(sheet.seen)
    if asked.is_style:
        right = sum(a == b for a, b in zip(sheet.asked, sheet.seen, strict=True))
        return f"Our classifier sees what was asked for in {right} of {n}. Truncation 0.8, seed 3."
    if name != ALL:
        return f"Our classifier sees {name} in {sum(seen == name for seen in sheet.seen)} of {n}. Seed 3."
    return f"Our classifier sees {len(set(sheet.seen))} different classes in {n} pictures. Seed 3."


def show_codes(asked: Asked) -> None:
    """Draw the film of 64 fixed codes, and one code's way through it."""
    film = asked.model.film
    st.markdown(f"**What the same 64 codes drew over {film.steps[-1]:,} steps of training**")

    def draw(place: int) -> None:
        show_sheet(film.frames[place], f"64 pictures after step {film.steps[place]}", 8, 560)
        if place:
            change = np.abs(film.frames[place].astype(float) - film.frames[place - 1]).mean() / 255
            st.caption(f"Since the frame before, a pixel moved by {change:.1%} of its range on average.")
        else:
            st.caption("Before the first step: every code draws the same grey.")

    show_film(list(film.steps), draw, f"{SLUG}_film_{asked.key[:8]}")
    with st.expander("Follow one code"):
        code = st.slider("Code", 1, 64, 1, key=f"{SLUG}_code")
        way = film.follow(code - 1)
        chosen = np.unique(np.linspace(0, len(way) - 1, min(16, len(way))).round().astype(int))
        show_sheet(way[chosen], f"What code {code} drew at {len(chosen)} moments", 8, 560)
        moments = ", ".join(f"{film.steps[place]:,}" for place in chosen)
        st.caption(f"Row by row, after steps {moments}.")


def show_losses(asked: Asked) -> None:
    """Draw both losses and the discriminator's logits, with what they mean."""
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container():
            show_chart(project.loss_chart(asked.model), f"{SLUG}_losses")
            st.caption(
                "Each loss is measured against an opponent that moves too, so neither falls for good: level curves "
                "mean balance, not standstill. The generator's is high where the discriminator sees through it. "
                "Good and collapsed runs can show the same curves."
            )
        with st.container():
            show_chart(project.logit_chart(asked.model), f"{SLUG}_logits")
            st.caption(
                "A logit is the discriminator's belief: above 0 it says real, below 0 drawn. The nearer the two "
                "lines, the harder it finds the game."
            )
    st.caption(f":material/terminal: `{project.describe_command(asked.model.recipe)}`")
