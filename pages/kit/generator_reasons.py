"""Why a generator draws what it draws: styles, layers, truncation, its opponent, memory and collapse.

Left out: the lessons (``learn``), which explain each step by itself.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.hub.charts import Chart
from core.vision import image_generation as project
from core.vision.image_generation.reasons import (
    draw_layers,
    draw_styles,
    draw_variety_over_time,
    swap_layers,
    trade_truncation,
    truncate_along,
)
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.generators import SLUG, Asked, choose_generator, draw_once, load_generators, load_pictures, show_sheet
from pages.kit.image_strips import enlarge
from pages.kit.slow import load_on_demand
from pages.kit.tabs import show_views

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
N_CODES, N_PAIRS, N_FILM = 6, 8, 64


def show_reasons() -> None:
    """Draw *Explain*."""
    asked = choose_generator()
    if asked is None:
        return
    views = {
        "Truncation": partial(show_truncation, asked),
        "Mapping": partial(show_mapping, asked),
        "Layers": partial(show_layers, asked),
        "Discriminator": partial(show_opponent, asked),
        "Memory": partial(show_memory, asked),
        "Collapse": show_collapse,
    }
    if not asked.is_style:
        st.caption(
            f"A {asked.title} has no mapping and no layers with styles; the views of them need a style generator."
        )
        views = {name: draw for name, draw in views.items() if name not in {"Truncation", "Mapping", "Layers"}}
    show_views(views, f"{SLUG}_explain_{asked.is_style}")


def show_cached(asked: Asked, name: str, make: partial[Chart], key: str) -> None:
    """Draw a chart that is worked out once for everyone."""
    chart = draw_once((asked.key, name), make)
    show_chart(chart, key)


def show_truncation(asked: Asked) -> None:
    """Draw the same codes pulled towards the mean of their class, and what that trades."""
    classes = list(project.CLASSES)
    with st.grid(2, min_column_width=210, gap="medium"):
        item = st.selectbox("Class", classes, index=8, key=f"{SLUG}_truncated")
        seed = st.slider("Seed", 0, 40, 2, key=f"{SLUG}_truncated_seed")
    found = truncate_along(asked.model, classes.index(item), N_CODES, STEPS, seed)
    st.markdown(f"**At 0 every {escape(item)} is the same one; to the right each code goes its own way**")
    rows = project.lay_rows(*found.transpose(1, 0, 2, 3))
    st.image(enlarge(rows, 700), width=560, alt=f"{N_CODES} codes under truncation 0 to 1.5")
    st.caption(f"Columns: truncation {', '.join(f'{each:g}' for each in STEPS)}. Rows: {N_CODES} codes. "
               f"Drawn by the **{asked.title}**.")  # fmt: skip
    st.latex(r"w' = \bar w_c + \psi\,(w - \bar w_c)")
    chart = load_on_demand("Measure what truncation trades", (asked.key, "trade"),
                           lambda: trade_truncation(asked.model), f"{SLUG}_trade")  # fmt: skip
    if chart is not None:
        show_chart(chart, f"{SLUG}_trade_chart")


def show_mapping(asked: Asked) -> None:
    """Draw where the mapping puts the codes of each class."""
    show_cached(asked, "styles", partial(draw_styles, asked.model), f"{SLUG}_styles")
    st.caption("Forty codes for each class. Before the mapping a code is random noise and knows no class; three dense "
               "layers turn it, with the class, into a style w. Classes that look alike lie close.")  # fmt: skip


def show_layers(asked: Asked) -> None:
    """Draw which layer's style decides how much, and show it on a picture."""
    show_cached(asked, "layers", partial(draw_layers, asked.model), f"{SLUG}_layers")
    st.caption("Forty pictures of all classes; one layer takes the style of another picture of the same class. At each "
               "layer the style scales every channel (modulation); dividing by the filters' lengths (demodulation) "
               "keeps loud channels from growing.")  # fmt: skip
    classes = list(project.CLASSES)
    with st.grid(2, min_column_width=210, gap="medium"):
        item = st.selectbox("Class", classes, index=3, key=f"{SLUG}_layer_class")
        seed = st.slider("Seed", 0, 40, 6, key=f"{SLUG}_layer_seed")
    show_sheet(
        swap_layers(asked.model, classes.index(item), seed), "A picture, and five with one layer changed", 6, 560
    )
    st.caption("First the picture; then the same with only the coarse, middle up, middle, fine up and fine layer's "
               "style from another one.")  # fmt: skip


def show_opponent(asked: Asked) -> None:
    """Draw how the discriminator saw real and drawn pictures over the run."""
    show_chart(project.logit_chart(asked.model), f"{SLUG}_opponent")
    real, drawn = (float(asked.model.history[name][-1]) for name in ("real_logit", "drawn_logit"))
    trust = [1 / (1 + np.exp(-each)) for each in (real, drawn)]
    st.markdown(
        f"At the last step the discriminator gave real pictures {trust[0]:.0%} and drawn ones {trust[1]:.0%} on "
        "average to be real. Only this judgement ever reaches the generator: it never sees a real picture itself."
    )
    if asked.model.recipe.r1:
        last = float(asked.model.history["penalty"][-1])
        st.caption(f"R1 (weight {asked.model.recipe.r1:g}) keeps its judgement from being steep at real pictures; its "
                   f"mean squared slope ended at {last:.2f}.")  # fmt: skip
    st.caption("The discriminator itself is not kept: nothing that draws needs it. *Train & compare* → *Game of "
               "points* shows a discriminator's whole map while it learns.")  # fmt: skip


def show_memory(asked: Asked) -> None:
    """Draw how near samples come to training pictures, and the most suspicious pairs."""
    data = load_pictures()
    found = load_on_demand("Search 500 samples for copies", (asked.key, "memory"),
                           lambda: project.search_copies(asked.model, data), f"{SLUG}_memory")  # fmt: skip
    stored = [row for row in asked.model.scores if (row.metric, row.split, row.model) == (
        "near_copies", "test", asked.model.name)]  # fmt: skip
    for row in stored:
        st.markdown(f"**Stored figure:** {row.value:.1%} ({row.low:.1%} to {row.high:.1%}) of {row.n:,} samples are "
                    f"nearer to one of {asked.model.recipe.pictures:,} training pictures than 99% of test pictures "
                    "are; chance gives 1%.")  # fmt: skip
    if found is None:
        return
    pictures, near = found
    show_chart(project.draw_distances(near), f"{SLUG}_distances")
    st.caption(f"{escape(near.sentence)} Against the {len(data.images):,} bundled training pictures.")
    order = np.argsort(near.ratios)[:N_PAIRS]
    st.markdown("**The most suspicious samples, each above its nearest training picture**")
    rows = project.lay_rows(pictures[order], data.images[near.places[order]])
    st.image(enlarge(rows, 700), width=640, alt="Suspicious samples above, nearest training pictures below")
    st.caption("Suspicious is what is far nearer to one training picture than to the next nine; a copy would have a "
               f"ratio below 0.33, the lowest here is {near.ratios[order[0]]:.2f}.")  # fmt: skip


def show_collapse() -> None:
    """Draw how much the pictures of each run differed while it learnt, and where each run ended."""
    models, data = load_generators(), load_pictures()
    keys = tuple(f"{name} {model.fit_s}" for name, model in models.items())
    chart = draw_once((*keys, "variety"), partial(draw_variety_over_time, models, data.test_images[:N_FILM]))
    show_chart(chart, f"{SLUG}_variety")
    st.caption("Mean distance of two of the 64 film pictures, over that of real ones. A collapsed run draws nearly one "
               "picture for every code; its losses do not say so.")  # fmt: skip
    with st.grid(len(models), min_column_width=280, gap="medium"):
        for name, model in models.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{name}**")
                show_sheet(model.film.frames[-1][:32], f"32 pictures of the {name} at the end", 8, 400)
