"""Explain: where a network looked, what each layer makes of a picture, what it mixes up, and what is strange to it.

Left out: the explanations themselves, which ``core.vision.image_classification`` works out.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.evaluation.intervals import wilson_interval
from core.vision import image_classification as project
from core.vision.image_classification.grad_cam import grad_cam
from core.vision.image_classification.overview import find_alike, find_confused, refusal_chart
from pages.kit.charts import show_chart
from pages.kit.errors import escape
from pages.kit.image_models import N_KEPT, SLUG, Asked, choose_model, describe_asked, load_shares
from pages.kit.image_sets import load_set
from pages.kit.image_strips import show_strip, show_tiles
from pages.kit.slow import load_on_demand
from pages.kit.tabs import show_views

TEST, YOURS = "Test picture", "Yours from Try it"
N_USUAL, N_MAPS, N_LIKELY, N_PICTURES, N_CAMS, N_SEARCHED, N_STRANGERS = 48, 24, 3, 7, 16, 400, 120
FIRST_CLASS = 6  # a shirt, which is easily mistaken, or a frog
SETS_OF_STRANGERS = ("letters", "textures", "noise", "shapes", "jigsaw", "other data set")


def show_reasoning() -> None:
    """Draw the Explain tab."""
    asked = choose_model("explain")
    if asked is None:
        return
    st.caption(describe_asked(asked))
    views = {
        "Where it looked": partial(show_places, asked),
        "Layers": partial(show_layers, asked),
        "First filters": partial(show_filters, asked),
        "Most confused": partial(show_confused, asked),
        "Unknown": partial(show_unknown, asked),
    }
    show_views(views, f"{SLUG}_explain")


def choose_image(asked: Asked) -> tuple[np.ndarray, str]:
    """Let a person choose a test picture or their own; return it as the network takes it, and its name."""
    data_set = asked.model.recipe.data_set
    own = st.session_state.get(f"{SLUG}_picture_{data_set}_shown")
    ways = [TEST, *([YOURS] if own is not None else [])]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = st.segmented_control("Picture", ways, default=TEST, required=True, key=f"{SLUG}_explain_{len(ways)}")
        if way == YOURS and own is not None:
            return project.walk_photo(own.pixels, data_set).image, own.name
        found = load_set(data_set, "test")
        place = st.selectbox("Class", range(len(found.classes)), FIRST_CLASS, key=f"{SLUG}_explain_class_{data_set}",
                             format_func=lambda each: found.classes[each])  # fmt: skip
        turn = st.number_input("Its picture number", 1, 50, 1, key=f"{SLUG}_explain_turn", width=160)
    row = int(np.flatnonzero(found.labels == place)[int(turn) - 1])
    return found.images[row], f"{found.classes[place]}, test picture {row}"


@st.fragment
def show_places(asked: Asked) -> None:
    """Draw which places of a picture speak for a class, for the likeliest classes and any other."""
    model = asked.model
    image, name = choose_image(asked)
    found = project.predict_pictures(model, image[None])[0]
    likely = list(found.probabilities)
    chosen = st.selectbox("Places that speak for", likely, key=f"{SLUG}_cam_class_{asked.key[:6]}_{name}",
                          format_func=lambda each: f"{each} ({found.probabilities[each]:.1%})")  # fmt: skip
    classes = list(dict.fromkeys([chosen, *likely[:N_LIKELY]]))
    numbers = np.array([model.classes.index(each) for each in classes])
    maps = grad_cam(model, np.repeat(image[None], len(classes), axis=0), numbers)
    tiles = [(image, name)] + [
        (project.overlay(image, places), f"for {each}, {found.probabilities[each]:.1%}" if places.any() else
         f"nothing speaks for {each}") for each, places in zip(classes, maps, strict=True)
    ]  # fmt: skip
    show_tiles(tiles, 150)
    told = found.refused or f"It says {found.answer}."
    st.markdown(f"{escape(told)} Orange places speak for the class named below each picture (Grad-CAM).")
    st.caption(f":material/terminal: `grad_cam(model, image[None], np.array([{numbers[0]}]))` with the model "
               f"{escape(asked.title)}")  # fmt: skip
    st.subheader("Does it show what the network used?", anchor=False)
    faithful = load_on_demand(f"Measure on {N_CAMS} test pictures", (asked.key,), partial(measure_cams, asked),
                              f"{SLUG}_faithful")  # fmt: skip
    if faithful is not None:
        show_chart(project.deletion_chart(faithful), f"{SLUG}_deletion", 260)
        gap, low, high = (100 * each for each in (faithful.random - faithful.ours, faithful.low, faithful.high))
        st.caption(
            f"Random places less Grad-CAM's: {gap:+.0f} points of answers that survive (95% interval {low:+.0f} to "
            f"{high:+.0f}); rank correlation with covering parts {faithful.correlation:.2f}."
        )


def measure_cams(asked: Asked) -> project.Faithfulness:
    """Measure on some test pictures whether Grad-CAM shows what the network used."""
    images = load_set(asked.model.recipe.data_set, "test").images[:N_CAMS]
    return project.measure_faithfulness(asked.model, images)


@st.cache_resource(max_entries=16, show_spinner="Reading every layer…")
def load_maps(key: str, digest: str, _asked: Asked, _image: Any) -> tuple[project.LayerMaps, ...]:  # noqa: ARG001
    """Read a picture's maps once."""
    usual = load_set(_asked.model.recipe.data_set, "test").images[:N_USUAL]
    return project.read_feature_maps(_asked.model, _image, usual)


@st.fragment
def show_layers(asked: Asked) -> None:
    """Draw the maps of one layer of a picture, the most unusual first."""
    image, name = choose_image(asked)
    layers = load_maps(asked.key, hashlib.sha256(image.tobytes()).hexdigest(), asked, image)
    names = [each.layer for each in layers]
    place = st.select_slider("Layer, from the picture to the answer", range(len(names)),
                             format_func=lambda each: names[each], key=f"{SLUG}_layer_{len(names)}")  # fmt: skip
    layer = layers[int(place)]
    shown = layer.order[:N_MAPS]
    st.markdown(f"**{escape(layer.sentence)}**")
    sheet = project.tile_maps(layer.maps, shown, columns=8)
    pixels = np.where(np.isnan(sheet), 128, 255 * np.nan_to_num(sheet)).astype(np.uint8)[..., None]
    left, right = st.columns([1, 4], gap="medium")
    with left:
        show_strip([image], name, f"The picture {name}")
    with right:
        show_strip([pixels], f"The {len(shown)} of {layer.maps.shape[2]} maps that answer most unusually to this "
                   "picture, row by row; white is strong.", f"Maps of the layer {layer.layer}")  # fmt: skip
    spread = f"{layer.answers[shown[0]]:+.1f} standard deviations"
    st.caption(f"First is filter {shown[0]}: its mean answer is {spread} from that to {N_USUAL} test pictures.")
    which = st.selectbox("Pictures that excite filter", [int(each) for each in shown],
                         key=f"{SLUG}_filter_{layer.layer}")  # fmt: skip
    rows = load_on_demand(f"Look through {N_SEARCHED} test pictures", (asked.key, layer.layer, int(which)),
                          partial(search_exciting, asked, layer.layer, int(which)), f"{SLUG}_exciting")  # fmt: skip
    if rows is not None:
        found = load_set(asked.model.recipe.data_set, "test")
        told = ", ".join(found.classes[found.labels[row]] for row in rows)
        show_strip(found.images[rows], f"The strongest first: {told}", f"Pictures that excite filter {which} most")


def search_exciting(asked: Asked, layer: str, which: int) -> np.ndarray:
    """Find the test pictures that a filter answers to most."""
    images = load_set(asked.model.recipe.data_set, "test").images[:N_SEARCHED]
    return project.find_exciting(asked.model, images, layer, which, N_PICTURES)


@st.cache_data(max_entries=N_KEPT, show_spinner="Reading the first filters…")
def load_filters(key: str, _asked: Asked) -> np.ndarray:  # noqa: ARG001 - what it is kept under
    """Read the first layer's filters once."""
    return project.read_first_filters(_asked.model)


def show_filters(asked: Asked) -> None:
    """Draw the first layer's filters as pictures."""
    filters = load_filters(asked.key, asked)
    n, height, width, n_channels = filters.shape
    pixels = np.rint(127.5 * (filters + 1)).astype(np.uint8)
    kind = "grey: no weight" if n_channels == 1 else "as colours: grey is no weight"
    st.markdown(f"**The first layer looks through {n} windows of {height} by {width} pixels**")
    large = list(pixels.repeat(3, axis=1).repeat(3, axis=2))
    show_strip(large, f"White weights add, black ones take away; {kind}. Each filter's largest weight is 1.",
               f"{n} filters of {height} by {width}", columns=min(n, 12))  # fmt: skip
    frame = [
        {"Layer": each.name, "Kind": each.kind, "Gives": " × ".join(map(str, each.shape)), "Weights": each.n_weights}
        for each in asked.model.layers
    ]
    st.markdown(f"**{asked.model.n_weights:,} weights in {len(frame)} layers**")
    st.dataframe(frame, hide_index=True, alt="Every layer of the network with its shape and weights")


@st.fragment
def show_confused(asked: Asked) -> None:
    """Draw the test pictures of one class that get another's name, and what the network takes them to be like."""
    model = asked.model
    counts = project.count_confusions(model)
    errors = counts - np.diag(np.diag(counts))
    ranked = np.argsort(-errors, axis=None, kind="stable")[:12]
    pairs = [(int(each) // len(counts), int(each) % len(counts)) for each in ranked if errors.flat[each]]
    names = model.classes
    told = [f"{names[i]} taken for {names[j]}: {errors[i, j]} times" for i, j in pairs]
    place = st.selectbox("Mixed up", range(len(pairs)), format_func=lambda each: told[each],
                         key=f"{SLUG}_mixed_{asked.key[:8]}")  # fmt: skip
    true, answer = pairs[int(place)]
    test, shares = load_set(model.recipe.data_set, "test"), load_shares(asked.key, model)
    if not np.array_equal(test.labels, model.held_out.y[: len(test.labels)]):
        st.info("The test pictures of this network are not bundled, so they cannot be shown.", icon=":material/info:")
        return
    rows = find_confused(model.held_out.y, shares, true, answer, len(shares))
    rows = rows[rows < len(test.labels)][:N_PICTURES]
    if not len(rows):
        st.info("None of these pictures is among the bundled ones.", icon=":material/info:")
        return
    st.markdown(f"**{escape(names[true])} that it takes for {escape(names[answer])}, the surest mistakes first**")
    show_tiles([(test.images[row], f"{shares[row, answer]:.0%} {names[answer]} · no. {row}") for row in rows])
    row = int(st.selectbox("Nearest to", rows.tolist(), key=f"{SLUG}_near_{true}_{answer}_{asked.key[:8]}",
                           format_func=lambda each: f"test picture {each}"))  # fmt: skip
    alike = find_alike(model.held_out.logits[: len(test.labels)].copy(), row, N_PICTURES - 1)
    tiles = [(test.images[row], f"asked: {names[true]}")]
    tiles += [(test.images[each], f"{names[test.labels[each]]} · no. {each}") for each in alike]
    show_tiles(tiles)
    st.caption("Nearest: the test pictures to which the network gives most nearly the same logits, with their true "
               "classes.")  # fmt: skip


@st.fragment
def show_unknown(asked: Asked) -> None:
    """Draw how usual known pictures and strangers look, and how many of each are refused."""
    if asked.model.unknown is None:
        st.info("This network was trained without a measure of what is unknown.", icon=":material/info:")
        return
    with st.grid(2, min_column_width=240, gap="medium"):
        name = st.selectbox("Strangers", SETS_OF_STRANGERS, key=f"{SLUG}_strangers")
        limit = st.slider("Refuse below", 0.001, 0.300, round(asked.limit, 3), 0.001, format="%.3f",
                          key=f"{SLUG}_refuse_below_{asked.key[:8]}")  # fmt: skip
    known, strange = (load_p_values(asked.key, each, asked) for each in ("", name))
    show_chart(refusal_chart(known, strange, name, limit), f"{SLUG}_refusal")
    images = load_strangers(asked, name)
    show_strip(images[:12], f"Some of the {N_STRANGERS} {name}", f"Twelve pictures of {name}")
    lost, refused = ("{:.0%} to {:.0%}".format(*wilson_interval(int((p < limit).sum()), len(p)))
                     for p in (known, strange))  # fmt: skip
    st.caption(f"Of {N_STRANGERS} pictures each; 95% intervals: refused {refused}, known ones lost {lost}. The app "
               f"refuses below {asked.limit:.3f}, set on held-out pictures so that at most {project.MOST_LOST:.0%} of "
               "known ones are lost. On larger sets: `python -m benchmarks image_understanding`.")  # fmt: skip


def load_strangers(asked: Asked, name: str) -> np.ndarray:
    """Make pictures that are none of the classes."""
    data_set = asked.model.recipe.data_set
    other = "cifar10" if data_set == "fashion_mnist" else "fashion_mnist"
    source = load_set(data_set if name == "jigsaw" else other, "test").images
    return project.make_unknown(name, N_STRANGERS, asked.model.shape, seed=1, source=source)


@st.cache_data(max_entries=32, show_spinner="Asking how usual they look…")
def load_p_values(key: str, name: str, _asked: Asked) -> np.ndarray:  # noqa: ARG001 - what it is kept under
    """Ask how usual known pictures (no name) or strangers look, once."""
    model = _asked.model
    images = load_strangers(_asked, name) if name else load_set(model.recipe.data_set, "test").images[:N_STRANGERS]
    found = model.read(images)
    if model.unknown is None:
        return np.ones(len(images))
    return np.asarray(model.unknown.p_value(found["embedding"], found["logits"]))
