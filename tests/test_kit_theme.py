"""The theme reads well, tells classes apart for colour-blind readers, and names only what the browser knows."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import plotly.io
import pytest
import streamlit.elements.lib.streamlit_plotly_theme as streamlit_theme

from core.hub.settings import ROOT
from pages.kit import theme

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
MODES = ("light", "dark")
WHITE = "#FFFFFF"
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
# How a reader without one kind of cone sees linear RGB: Machado, Oliveira & Fernandes 2009, severity 1,
# https://doi.org/10.1109/TVCG.2009.113
VISION = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Linear RGB to Oklab: Ottosson 2020, https://bottosson.github.io/posts/oklab/
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def read_rgb(color: str) -> np.ndarray:
    return np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255


def to_linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other) -> float:
    """WCAG 2.2 contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    rgbs = [read_rgb(each) if isinstance(each, str) else each for each in (one, other)]
    low, high = sorted(float(to_linear(rgb) @ [0.2126, 0.7152, 0.0722]) for rgb in rgbs)
    return (high + 0.05) / (low + 0.05)


def mix(over: str, under: str, share: float) -> np.ndarray:
    return share * read_rgb(over) + (1 - share) * read_rgb(under)


def distance(one: str, other: str, vision: str) -> float:
    seen = (np.clip(np.array(VISION[vision]) @ to_linear(read_rgb(each)), 0, 1) for each in (one, other))
    labs = [np.array(TO_LAB) @ np.cbrt(np.array(TO_CONES) @ rgb) for rgb in seen]
    return 100 * float(np.linalg.norm(labs[0] - labs[1]))


def palette(mode: str) -> list[str]:
    return CONFIG["theme"][mode]["chartCategoricalColors"]


def test_contrast_matches_known_values():
    assert contrast("#000000", WHITE) == pytest.approx(21.0)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
def test_text_reads_on_every_surface(mode):
    look = CONFIG["theme"][mode]
    surfaces = [look["backgroundColor"], look["secondaryBackgroundColor"], *look["sidebar"].values()]
    for surface in surfaces:
        assert contrast(look["textColor"], surface) >= 7
        assert contrast(look["linkColor"], surface) >= 4.5
        # captions, placeholders and unchosen navigation entries are text at 60%
        assert contrast(mix(look["textColor"], surface, 0.6), surface) >= 4.5
    assert contrast(look["codeTextColor"], look["codeBackgroundColor"]) >= 4.5
    assert contrast(look["dataframeHeaderTextColor"], look["dataframeHeaderBackgroundColor"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_the_accent_carries_white_text_and_reads_as_text(mode):
    look = CONFIG["theme"][mode]
    assert contrast(WHITE, look["primaryColor"]) >= 4.5
    assert contrast(look["primaryColor"], look["backgroundColor"]) >= 4.5
    # a chosen pill: the accent on a tenth of itself, inside a border of the full accent
    tint = mix(look["primaryColor"], look["backgroundColor"], 0.1)
    assert contrast(read_rgb(look["primaryColor"]), tint) >= 4.1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hue", HUES)
def test_alerts_and_badges_read(mode, hue):
    look = CONFIG["theme"][mode]
    assert contrast(look[f"{hue}TextColor"], look[f"{hue}BackgroundColor"]) >= 4.5
    assert contrast(look[f"{hue}TextColor"], look["backgroundColor"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_every_mark_stands_out_from_the_page(mode):
    for color in palette(mode):
        assert contrast(color, CONFIG["theme"][mode]["backgroundColor"]) >= 3


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("mode", MODES)
def test_classes_differ_for_every_reader(mode, vision):
    classes = palette(mode)[: theme.N_CLASS_COLORS]
    assert min(distance(*pair, vision) for pair in itertools.combinations(classes[:3], 2)) >= 13
    assert min(distance(*pair, vision) for pair in itertools.combinations(classes, 2)) >= 8
    assert distance(palette(mode)[theme.PLACES["good"]], palette(mode)[theme.PLACES["bad"]], vision) >= 11


@pytest.mark.parametrize("mode", MODES)
def test_scales_run_one_way(mode):
    look = CONFIG["theme"][mode]
    shades = [float(to_linear(read_rgb(each)) @ [0.2126, 0.7152, 0.0722]) for each in look["chartSequentialColors"]]
    assert len(shades) == len(look["chartDivergingColors"]) == len(palette(mode)) == 10
    steps = np.diff(shades)
    assert (steps > 0).all() if mode == "dark" else (steps < 0).all()


def test_both_modes_set_the_same_things():
    assert set(CONFIG["theme"]["light"]) == set(CONFIG["theme"]["dark"])


def test_stand_ins_are_those_that_the_browser_replaces():
    template = plotly.io.templates["streamlit"].layout
    assert tuple(template.colorway) == theme.STAND_INS
    assert tuple(each for _, each in template.colorscale.sequential) == theme.SEQUENTIAL_STAND_INS
    assert tuple(each for _, each in template.colorscale.diverging) == theme.DIVERGING_STAND_INS
    assert (streamlit_theme.GRAY_70, streamlit_theme.GRAY_90) == (theme.GRAY_STAND_IN, theme.TEXT_STAND_IN)


def test_each_role_has_one_colour():
    roles = ["main", "second", "third", "muted", "good", "bad", "baseline"]
    assert len({theme.color(role) for role in roles}) == len(roles)
    assert [theme.color("class", place) for place in range(3)] == [theme.color(role) for role in roles[:3]]


def test_twenty_classes_differ_by_colour_or_shape():
    looks = {(theme.color("class", place), theme.symbol("class", place)) for place in range(20)}
    assert len(looks) == 20


def test_nothing_comes_from_outside():
    text = (ROOT / ".streamlit" / "config.toml").read_text() + Path(theme.FAVICON).read_text()
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert Path(theme.FAVICON).parent == theme.ASSETS
