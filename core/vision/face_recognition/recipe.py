"""What decides a run: which faces, the false-accept rate to keep, and how people are enrolled; and one question.

Left out: the settings of the network that measures a face, which comes as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import PICTURE_TEXT, Label, Range, Seed

SLUG = "face_recognition"
Faces = Literal["simulated", "orl"]
EMBEDDING, STANDARD, EIGENFACES, AT_RANDOM = "embedding", "embedding, gate 0.6", "eigenfaces", "accepting at random"
"""The compared verifiers: at the gate of the run, at the gate of the network's author, and what they have to beat."""
N_ORL, N_ORL_EACH = 40, 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run.

    Parameters
    ----------
    faces : str
        ``orl``: 400 photographs of 40 people, fetched once; ``simulated``: vectors of people who do not exist.
    people, pictures : int
        How many, and how many pictures of each; of the photographs at most 40 and 10.
    false_accepts : float
        Share of pairs of different people (and of strangers, when naming) that may pass.
    enrolled : int
        Pictures that a person is enrolled with, fewer than ``pictures``; the others are asked about.
    draws : int
        How often who is enrolled and who is a stranger is drawn; more steadies the figures of naming.
    """

    faces: Annotated[Faces, Label("Faces", "Photographs are fetched once; simulated ones belong to nobody.")] = (
        "simulated"
    )
    people: Annotated[int, Range(8, 200, 1), Label("People", "Half choose the gate, half are scored.")] = 24
    pictures: Annotated[int, Range(2, 20, 1), Label("Pictures of each")] = 5
    false_accepts: Annotated[
        float, Range(0.001, 0.2, 0.001, log=True), Label("False accepts", "Share of strangers that may pass.")
    ] = 0.02
    enrolled: Annotated[int, Range(1, 10, 1), Label("Enrolled pictures", "Of each person that is known.")] = 2
    draws: Annotated[int, Range(1, 50, 1), Label("Draws", "Of who is known and who is a stranger.")] = 4
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One picture, or two to compare; without any, the two bundled portraits are compared.

    Parameters
    ----------
    picture, second : str
        Small picture files as base64.
    """

    picture: Annotated[str, PICTURE_TEXT, Label("Picture file, base64", "With one face in it.")] = ""
    second: Annotated[str, PICTURE_TEXT, Label("Second picture file", "Base64; is it the same person?")] = ""


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(),
    "full": Recipe("orl", N_ORL, N_ORL_EACH, 0.01, 5, 20),
}
"""``quick`` needs no picture of anybody; ``full`` is what ``models/`` ships."""
