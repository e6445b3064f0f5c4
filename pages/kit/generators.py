"""Which generator draws: one of those that ship, or the one that was trained in this session; and the real pictures.

Left out: training (``generator_training``) and what is drawn of a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from core.hub.fields import make_key, recipe_to_json
from core.hub.jobs import Job
from core.vision import image_generation as project
from pages.kit.image_strips import enlarge
from pages.kit.picture_page import find_run, list_shipped, load_run

SLUG = "image_generation"
TITLES = {"full": "Style generator", "dcgan": "DCGAN", "collapsed": "Collapsed generator"}
YOURS, YOURS_TITLE = "yours", "Trained here"
T = TypeVar("T")
N_BUNDLED, N_KEPT, SHEET_PX = 10_000, 64, 700


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The generator that draws: its name, its title, the model, and the job that made it, if any."""

    name: str
    title: str
    model: project.Model
    job: Job | None = None

    @property
    def key(self) -> str:
        """Changes with the run: what cached pictures are kept under."""
        return make_key(self.name, self.model.sha256, recipe_to_json(self.model.recipe), f"{self.model.fit_s:.6f}")

    @property
    def is_style(self) -> bool:
        """Whether it can be asked for a class."""
        return self.model.recipe.kind == "style"


def list_generators() -> tuple[str, ...]:
    """Name the generators that can draw, the shipped ones first."""
    job = find_run(SLUG)
    yours = (YOURS,) if job is not None and job.state == "done" else ()
    return (*list_shipped(SLUG, tuple(TITLES)), *yours)


def name_generator(name: str) -> str:
    """Say what a generator is called, without loading it.

    Examples
    --------
    >>> name_generator("full"), name_generator("yours")
    ('Style generator', 'Trained here')
    """
    return TITLES.get(name, YOURS_TITLE)


def load_generator(name: str) -> Asked | None:
    """Load a generator by its name; None where the one trained here is gone, which is told."""
    found = load_run(project, SLUG, name, YOURS)
    return None if found is None else Asked(name, name_generator(name), *found)


def load_generators() -> dict[str, project.Model]:
    """Load every generator that can draw, by its title."""
    found = [load_generator(name) for name in list_generators()]
    return {each.title: each.model for each in found if each is not None}


def choose_generator(*, style_only: bool = False) -> Asked | None:
    """Let a person choose who draws; the choice holds for the whole page.

    Parameters
    ----------
    style_only : bool
        Whether only generators with styles are offered.
    """
    known: Sequence[str] = list_generators()
    if style_only:
        loaded = [load_generator(name) for name in known]
        known = [each.name for each in loaded if each is not None and each.is_style]
    if not known:
        st.info("No generator is stored yet; train one in *Train & compare*.", icon=":material/palette:")
        return None
    key = f"{SLUG}_model_{style_only}_{len(known)}"
    name = st.segmented_control("Who draws", known, default=known[0], required=True, format_func=name_generator,
                                key=key, wrap=True, persist_state="session")  # fmt: skip
    asked = load_generator(name if name in known else known[0])
    if asked is not None:
        st.caption(describe_generator(asked))
    return asked


def describe_generator(asked: Asked) -> str:
    """Say who draws, what it learnt from and how far it is from real pictures."""
    recipe = asked.model.recipe
    row = next(row for row in asked.model.scores if (row.metric, row.split) == ("frechet_ratio", "test"))
    return (
        f"**{asked.title}** draws · {recipe.last_step:,} steps on {recipe.pictures:,} pictures, seed {recipe.seed} · "
        f"Fréchet ratio {row.value:.2f} ({row.low:.2f} to {row.high:.2f}; real pictures: 1) · {row.date}"
    )


def describe_header() -> str:
    """Name the shipped generator for the header, without loading it; empty lets the header say it."""
    job = find_run(SLUG)
    if job is None or job.state != "done":
        return ""
    return f"{job.summary['model']} trained here · Fréchet ratio {float(job.summary['frechet_ratio']):.2f}"


@st.cache_resource(max_entries=1, show_spinner="Loading the pictures…")
def load_pictures() -> project.Data:
    """Load the bundled pictures once for everyone."""
    return project.load(project.Recipe(pictures=N_BUNDLED))


def draw_once(what: tuple[object, ...], draw: Callable[[], T]) -> T:
    """Draw something once for everyone; ``what`` names all that it depends on, the generator's key first."""
    found: T = _draw_once(what, draw)
    return found


@st.cache_resource(max_entries=N_KEPT, show_spinner=False)
def _draw_once(what: tuple[object, ...], _draw: Callable[[], Any]) -> Any:  # noqa: ARG001 - what it is kept under
    """Draw it."""
    return _draw()


def show_sheet(pictures: np.ndarray, alt: str, across: int = 8, width: int = SHEET_PX) -> None:
    """Draw grey pictures (n, 28, 28) as one sheet with thin lines, sharp, at most so many pixels wide."""
    n = len(pictures)
    down = -(-n // across)
    shown = np.zeros((down * across, *pictures.shape[1:]), np.uint8)
    shown[:n] = pictures
    sheet = project.lay_rows(*shown.reshape(down, across, *pictures.shape[1:]))
    st.image(enlarge(sheet, width), alt=alt, width=width)
