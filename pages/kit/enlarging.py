"""A picture enlarged twice or four times by the network, beside bicubic and, where it is known, beside the truth.

A person's picture comes by the ladder (``camera``) and stays in the memory of their session.

Left out: enlarging itself (``core.vision.image_generation.upscaling``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.datasets.image_sets import load_image_set
from core.datasets.pictures import Picture
from core.hub.errors import DataError
from core.vision import image_generation as project
from core.vision.image_generation.upscale_files import write_png
from core.vision.image_generation.upscale_training import COMMAND
from core.vision.image_generation.upscaling import UPSCALER
from pages.kit.camera import choose_picture
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.generators import SLUG
from pages.kit.image_strips import enlarge, lay_side_by_side
from pages.kit.picture_page import list_shipped
from pages.kit.uploads import drop_with_session

SIDE = 768
AT_ONCE, LEAST = 20_000, 7
"""Pixels of the small picture that are enlarged without a button (under a second), and the least side to compare."""
WINDOW, STEP_PX, SHOWN_PX = 256, 8, 360
PLAIN, TESTED = "Enlarge it", "Shrink it first, and compare with the truth"
CIFAR = {"a frog": 4, "a ship": 1, "a car": 6, "a dog": 12}
SHEET = "24 pictures"


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A small picture, what was made of it in two ways, and the truth where it is known; all (height, width, 3)."""

    small: np.ndarray
    made: project.Enlarged
    truth: np.ndarray | None = None


def list_samples() -> dict[str, Callable[[], Picture]]:
    """List bundled test pictures that no training step saw."""
    samples: dict[str, Callable[[], Picture]] = {"an ankle boot": make_boot}
    samples |= {name: partial(make_cifar, name, place) for name, place in CIFAR.items()}
    return samples | {SHEET: make_sheet}


@st.cache_resource(max_entries=1, show_spinner=False)
def load_cifar() -> np.ndarray:
    """Load the bundled CIFAR-10 test pictures once for everyone."""
    return load_image_set("cifar10", "test", bundled=True).images


def make_boot() -> Picture:
    """Return the first test picture of Fashion-MNIST."""
    from pages.kit.generators import load_pictures

    return Picture(
        np.repeat(load_pictures().test_images[0][..., None], 3, axis=2), "an ankle boot, Fashion-MNIST", "PNG"
    )


def make_cifar(name: str, place: int) -> Picture:
    """Return a test picture of CIFAR-10."""
    return Picture(load_cifar()[place], f"{name}, CIFAR-10", "PNG")


def make_sheet() -> Picture:
    """Lay 24 test pictures out as one."""
    images = load_cifar()[:24].reshape(4, 6, 32, 32, 3).transpose(0, 2, 1, 3, 4).reshape(128, 192, 3)
    return Picture(images, "24 test pictures of CIFAR-10", "PNG")


def show_enlarging() -> None:
    """Ask for a picture and enlarge it."""
    if not list_shipped(SLUG, (UPSCALER,)):
        st.info(
            f"No upscaler is stored yet; `{COMMAND}` trains it in about a quarter of an hour.",
            icon=":material/zoom_in:",
        )
        return
    picture = choose_picture(SLUG, list_samples(), key="enlarge", side=SIDE)
    if picture is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = st.segmented_control("What to do", [TESTED, PLAIN], default=TESTED, required=True, wrap=True,
                                   key=f"{SLUG}_way", persist_state="session") or TESTED  # fmt: skip
        factor = st.segmented_control("Factor", [2, 4], default=2, required=True, format_func=lambda each: f"×{each}",
                                      key=f"{SLUG}_factor", persist_state="session") or 2  # fmt: skip
    with guard():
        trial = make_trial(picture, int(factor), tested=way == TESTED)
        if trial is not None:
            show_trial(trial, picture, int(factor))
    show_gains()


def make_trial(picture: Picture, factor: int, *, tested: bool) -> Trial | None:
    """Enlarge a picture, at once where it is small; a button, and None, before it was pressed where it is large.

    Raises
    ------
    DataError
        If it is too small to be shrunk and compared.
    """
    truth = cut_to(picture.pixels, factor) if tested else None
    small = picture.pixels if truth is None else project.shrink(truth[None], factor)[0]
    key = f"{hashlib.sha256(small.tobytes()).hexdigest()[:16]} {small.shape} {factor}"
    if small.shape[0] * small.shape[1] > AT_ONCE:
        asked = st.session_state.setdefault(f"{SLUG}_enlarge_asked", [])
        if key not in asked:
            st.button(f"Enlarge {small.shape[1]} × {small.shape[0]} pixels", key=f"{SLUG}_enlarge_ask", type="primary",
                      icon=":material/zoom_in:", on_click=asked.append, args=(key,))  # fmt: skip
            st.caption("Takes some seconds.")
            return None
    with st.spinner("Enlarging…"):
        return Trial(small, enlarge_once(key, small, factor), truth)


def cut_to(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Cut a picture to whole multiples of the factor."""
    height, width = (side // factor * factor for side in pixels.shape[:2])
    if min(height, width) < LEAST:
        message = (
            f"the picture is {pixels.shape[1]} × {pixels.shape[0]} pixels; to shrink and compare it, it must have at "
            f"least {2 * factor if factor * 2 > LEAST else LEAST + 1} on each side, or choose {PLAIN!r}"
        )
        raise DataError(message)
    return pixels[:height, :width]


@st.cache_resource(max_entries=6, scope="session", show_spinner=False)
def enlarge_once(key: str, _small: np.ndarray, factor: int) -> project.Enlarged:  # noqa: ARG001 - what it is kept under
    """Enlarge a picture once for its session."""
    return project.upscale(project.load_upscaler(), _small, factor)


drop_with_session("enlarged", enlarge_once)


def show_trial(trial: Trial, picture: Picture, factor: int) -> None:
    """Draw bicubic beside the network, the truth where it is known, the figures, and the file to take away."""
    height, width = trial.made.pixels.shape[:2]
    if trial.truth is None:
        st.markdown(f"**{escape(picture.name)}: {width:,} × {height:,} pixels, {factor} times as large**")
    else:
        show_figures(trial)
    top, left = ask_window(height, width)
    window = (slice(top, top + WINDOW), slice(left, left + WINDOW))
    of_small = tuple(slice(side.start // factor, -(-min(side.stop, most) // factor)) for side, most in
                     zip(window, (height, width), strict=True))  # fmt: skip
    shown = [("Small picture", trial.small[of_small]), ("Bicubic", trial.made.bicubic[window]),
             ("Network on bicubic", trial.made.pixels[window])]  # fmt: skip
    if trial.truth is not None:
        shown.append(("Truth", trial.truth[window]))
    with st.grid(len(shown), min_column_width=150, gap="small"):
        for words, pixels in shown:
            with st.container(gap="xsmall"):
                st.image(enlarge(pixels, SHOWN_PX), alt=words, width="stretch")
                st.caption(f"**{words}** · {pixels.shape[1]} × {pixels.shape[0]}")
    st.caption("Enlarged by **ESPCN on bicubic**, two networks of our own. The detail is likely, not known: it is no "
               "evidence of what a small picture showed.")  # fmt: skip
    size = f"{width:,} × {height:,} pixels"
    files = [
        Download(f"enlarged-x{factor}.png", lambda: write_png(trial.made.pixels), size),
        Download("comparison.png", lambda: write_comparison(shown), "what is drawn above, side by side"),
    ]
    show_downloads(files, f"{SLUG}_enlarged")


def show_figures(trial: Trial) -> None:
    """Draw PSNR and SSIM of brightness for both ways, and what the network gains."""
    if trial.truth is None:
        return
    from core.vision.image_generation.quality import to_luminance

    truth, ours, theirs = (to_luminance(each[None]) for each in (trial.truth, trial.made.pixels, trial.made.bicubic))
    psnr, base = (float(project.measure_psnr(each, truth)[0]) for each in (ours, theirs))
    ssim, base_ssim = (float(project.measure_ssim(each, truth)[0]) for each in (ours, theirs))
    gain = psnr - base
    words = f"The network is {gain:.1f} dB nearer to the truth than bicubic" if gain > 0 else (
        f"On this picture the network does not help: {gain:.1f} dB against bicubic"
    )  # fmt: skip
    st.markdown(f"**{words}**")
    with st.container(horizontal=True):
        st.metric(
            "PSNR, network", f"{psnr:.1f} dB", f"{gain:+.1f} dB", border=True, help="Of brightness; more is nearer."
        )
        st.metric("PSNR, bicubic", f"{base:.1f} dB", border=True)
        st.metric(
            "SSIM, network", f"{ssim:.3f}", f"{ssim - base_ssim:+.3f}", border=True, help="1 is the truth itself."
        )
        st.metric("SSIM, bicubic", f"{base_ssim:.3f}", border=True)


def ask_window(height: int, width: int) -> tuple[int, int]:
    """Let a person choose which part of a large picture to look at; its top and left edge in pixels."""
    edges = []
    with st.container(horizontal=True, gap="medium"):
        for words, side in (("Look from the top", height), ("Look from the left", width)):
            most = (side - WINDOW) // STEP_PX * STEP_PX
            key = f"{SLUG}_window_{words.split()[-1]}_{side}"
            middle = most // 2 // STEP_PX * STEP_PX
            edges.append(
                0 if most < STEP_PX else st.slider(words, 0, most, middle, STEP_PX, "%d px", key=key, width=320)
            )
    return int(edges[0]), int(edges[1])


def write_comparison(shown: list[tuple[str, np.ndarray]]) -> bytes:
    """Write what is drawn side by side as one PNG; the small picture is enlarged by whole pixels."""
    most = max(max(pixels.shape[:2]) for _, pixels in shown)
    high, wide = shown[1][1].shape[:2]
    rows = [enlarge(pixels, most)[:high, :wide] for _, pixels in shown]
    return write_png(lay_side_by_side([row for row in rows if row.shape == (high, wide, 3)]))


def show_gains() -> None:
    """Draw how good the networks are on test pictures."""
    with st.expander("How good it is on 1,000 test pictures of each set"):
        scores = project.load_upscaler().scores
        metric = st.segmented_control("Measure", ["psnr", "ssim"], default="psnr", required=True,
                                      format_func=str.upper, key=f"{SLUG}_gain") or "psnr"  # fmt: skip
        show_chart(project.draw_gains(scores, metric), f"{SLUG}_gains_{metric}")
        lines = [f"- {row.split.replace('_', ' ')}: {row.value:.2f} dB ({row.low:.2f} to {row.high:.2f}, n = {row.n:,})"
                 for row in scores if row.metric == "upscale_gain_db"]  # fmt: skip
        st.markdown("Gain in PSNR of brightness over bicubic, goal 1.5 dB:\n" + "\n".join(lines))
        st.caption(f":material/terminal: `{scores[0].command}`")
