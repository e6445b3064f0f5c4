"""The Explore tab of labelled pictures: samples of each class, how many there are, what they look like on average.

Augmentation is shown as it is done: the same pictures as they enter one epoch and the next.

Left out: what a network makes of them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.image_catalogue import find_image_entry
from core.datasets.image_sets import ImageSet, load_image_set
from core.vision.image_classification.augmentation import Augmentation, augment
from core.vision.image_classification.overview import count_chart, describe_likeness, find_means
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.image_strips import show_strip, show_tiles
from pages.kit.tabs import show_views

SETS = {"fashion_mnist": "Fashion-MNIST", "cifar10": "CIFAR-10"}
N_SHOWN, N_CHANGED, N_EPOCHS = 8, 6, 4
LEAST_WIDTH = 320


@st.cache_resource(max_entries=4, show_spinner="Reading the pictures…")
def load_set(name: str, split: Any) -> ImageSet:
    """Load the bundled pictures of one split once for everyone; read-only."""
    return load_image_set(name, split, bundled=True)


@st.cache_data(max_entries=4, show_spinner=False)
def load_means(name: str) -> np.ndarray:
    """Average the bundled training pictures of each class."""
    found = load_set(name, "train")
    return find_means(found.images, found.labels, len(found.classes))


def choose_set(slug: str) -> str:
    """Let a person choose which pictures are shown; the choice stands in the address."""
    name = st.segmented_control("Pictures", list(SETS), default="fashion_mnist", required=True, format_func=SETS.get,
                                key=f"{slug}_set", bind="query-params")  # fmt: skip
    return str(name or "fashion_mnist")


def show_sets(slug: str) -> None:
    """Draw the Explore tab."""
    name = choose_set(slug)
    entry, found = find_image_entry(name), load_set(name, "train")
    st.caption(
        f"{escape(entry.description)} {found.images.shape[2]} × {found.images.shape[1]} pixels, "
        f"{'grey' if found.images.shape[3] == 1 else 'colour'}. Shown: {escape(found.source)}."
    )
    views = {
        "Samples": partial(show_samples, found, f"{slug}_{name}"),
        "Counts and means": partial(show_means, found, f"{slug}_{name}"),
        "Augmentation": partial(show_augmentation, found, f"{slug}_{name}"),
    }
    show_views(views, f"{slug}_explore")
    show_source(name)


@st.fragment
def show_samples(found: ImageSet, key: str) -> None:
    """Draw some pictures of every class, others at the press of a button."""
    turn = st.session_state.setdefault(f"{key}_turn", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{N_SHOWN} training pictures of each of the {len(found.classes)} classes**", width="stretch")
        if st.button("Others", key=f"{key}_others", icon=":material/casino:"):
            turn = st.session_state[f"{key}_turn"] = turn + 1
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="small"):
        for place, name in enumerate(found.classes):
            rows = np.flatnonzero(found.labels == place)
            chosen = np.random.default_rng((turn, place)).choice(rows, N_SHOWN, replace=False)
            with st.container(gap="xsmall"):
                st.markdown(f"**{escape(name)}**")
                show_strip(found.images[chosen], "", f"{N_SHOWN} pictures of the class {name}")


def show_means(found: ImageSet, key: str) -> None:
    """Draw how many pictures each class has, and the mean of each."""
    means, test = load_means(found.name), load_set(found.name, "test")
    parts = {"train": found.labels, "test": test.labels}
    show_chart(count_chart(parts, found.classes), f"{key}_counts", 380)
    st.markdown(f"**{escape(describe_likeness(means, found.classes))}**")
    show_tiles(list(zip(means, found.classes, strict=True)))
    st.caption(f"The mean of each class over the {len(found.labels):,} bundled training pictures. Where means look "
               "alike, pixels alone tell little; where one is sharp, its pictures differ little.")  # fmt: skip


@st.fragment
def show_augmentation(found: ImageSet, key: str) -> None:
    """Draw the same pictures as they enter each epoch, changed as the settings say."""
    with st.grid(3, min_column_width=200, gap="medium"):
        mirror = st.toggle("Mirror", value=True, key=f"{key}_mirror", help="Left and right exchanged every other time.")
        pixels = st.slider("Shift by up to (pixels)", 0, 8, 2, key=f"{key}_shift")
        side = st.slider("Erased square (side in pixels)", 0, 16, 8, key=f"{key}_erase")
    firsts = [int(np.flatnonzero(found.labels == place)[0]) for place in range(N_CHANGED)]
    pictures = found.images[firsts]
    names = ", ".join(found.classes[:N_CHANGED])
    with st.grid(2, min_column_width=LEAST_WIDTH, gap="small"):
        show_strip(pictures, "As they are", f"{N_CHANGED} pictures as they are: {names}")
        for epoch in range(1, N_EPOCHS):
            changed = augment(pictures, Augmentation(mirror, pixels, side), epoch, seed=0)
            show_strip(changed, f"As epoch {epoch} sees them", f"The same pictures, changed: {names}")
    n_ways = (2 if mirror else 1) * (2 * pixels + 1) ** 2
    st.caption(f"Mirror and shift alone make {n_ways} pictures of one, all of its class, so that no network can learn "
               "a picture by heart.")  # fmt: skip
    st.code(f"augment(images, Augmentation(mirror={mirror}, shift={pixels}, erase={side}), epoch, seed=0)",
            language="python", wrap_lines=True)  # fmt: skip


def show_source(name: str) -> None:
    """Say who published the pictures, under which licence, and how to have all of them."""
    entry = find_image_entry(name)
    with st.expander("Where the pictures come from", icon=":material/database:", type="compact"):
        facts = {"Publication": escape(entry.publication), "Source": escape(f"{entry.source} {entry.version}"),
                 "Licence": escape(entry.licence), "All of them": f"`{entry.fetch}`"}  # fmt: skip
        facts |= {f"sha256, {split}": f"`{about.sha256[:16]}…`" for split, about in entry.splits.items()}
        st.table(facts, border="horizontal", alt=f"Provenance of {entry.title}")
