"""Tables of faces, a row a face: who was recognised in which picture, who is enrolled, and how the methods did.

Left out: writing them as files (``core.datasets.export``).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from core.vision.face_recognition.consent import show_time
from core.vision.face_recognition.identification import Match
from core.vision.face_recognition.method_trial import MethodScore
from core.vision.face_recognition.people import Person
from core.vision.face_recognition.types import Face

UNKNOWN = "unknown"
COLUMNS = (
    "picture", "face", "name", "unsure", "nearest", "distance", "gate", "reason", "left", "top", "right", "bottom",
)  # fmt: skip
NO_FACE = {"unsure": "", "nearest": "", "reason": "No face was found."}


def list_matches(found: Sequence[tuple[str, Sequence[tuple[Face, Match, str]]]]) -> pd.DataFrame:
    """List every face of some pictures; a picture without a face has a row that says so.

    Parameters
    ----------
    found : sequence of (name of the picture, its faces with who they are and what makes that unsure)

    Examples
    --------
    >>> list_matches([("empty.png", ())])[["picture", "face", "name"]].values.tolist()
    [['empty.png', 0, 'no face']]
    """
    rows = []
    for name, faces in found:
        if not faces:
            rows.append({"picture": name, "face": 0, "name": "no face", **NO_FACE})
        for number, (face, match, unsure) in enumerate(faces, 1):
            box = {side: getattr(face.box, side) for side in ("left", "top", "right", "bottom")}
            facts = {"nearest": match.nearest, "distance": match.distance, "gate": match.gate, "reason": match.reason}
            told = {"name": match.name or UNKNOWN, "unsure": unsure}
            rows.append({"picture": name, "face": number, **told, **facts, **box})
    return pd.DataFrame(rows, columns=COLUMNS)


def list_people(people: Sequence[Person]) -> pd.DataFrame:
    """List who is enrolled, with their consent."""
    return pd.DataFrame(
        {
            "Name": [each.name for each in people],
            "Pictures": [len(each.vectors) for each in people],
            "Erased on": [show_time(each.consent.expires)[:10] for each in people],
            "Consent of": [show_time(each.consent.given)[:10] for each in people],
            "Given by": [each.consent.given_by for each in people],
        }
    )


def list_methods(scores: Sequence[MethodScore]) -> pd.DataFrame:
    """List how each method did, with intervals as text."""
    return pd.DataFrame(
        {
            "Method": [each.name for each in scores],
            "Known, named rightly": [_write(each.named) for each in scores],
            "Strangers named": [_write(each.strangers) for each in scores],
            "Named rightly without a gate": [f"{each.named_ungated:.1%}" for each in scores],
            "Pictures": [each.n_known for each in scores],
            "Of strangers": [each.n_strangers for each in scores],
        }
    )


def _write(span: tuple[float, float, float]) -> str:
    """Write a share with its interval."""
    value, low, high = span
    return f"{value:.1%} ({low:.1%}–{high:.1%})"
