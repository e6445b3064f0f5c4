"""Pictures that wait to be enrolled: a box or a camera, each judged as it comes, with its face, refusal or doubt.

Left out: consent, the name, and who is enrolled (``face_gallery``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from core.hub.errors import HubError
from core.hub.settings import load_settings
from core.vision import face_recognition as project
from core.vision.face_recognition.pictures import check_portrait, read_portrait
from pages.kit.errors import escape
from pages.kit.face_people import PENDING, SLUG, TURN
from pages.kit.image_strips import show_tiles
from pages.kit.live_state import show_https_note
from pages.kit.pictures import describe_limits, part_files, show_refused, widget_key

KEY = f"{SLUG}_enrol"
UPLOADS, SNAPSHOTS = "Upload", "Snapshots"
GOOD_NUMBER = 3


@dataclass(slots=True, eq=False)
class Pending:
    """Pictures measured for an enrolment that is not yet done, by file: small faces, vectors, refusals and doubts."""

    faces: dict[str, tuple[str, np.ndarray, np.ndarray]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    in_box: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """What the pictures are called."""
        return [name for name, _, _ in self.faces.values()]

    @property
    def vectors(self) -> list[np.ndarray]:
        """What would be kept of them."""
        return [vector for _, _, vector in self.faces.values()]

    def follow_box(self, held: set[str]) -> None:
        """Let go of what was taken out of the box; what came by the camera stays."""
        for key in self.in_box - held:
            self.faces.pop(key, None)
            self.problems.pop(key, None)
            self.doubts.pop(key, None)
        self.in_box = held


def ask_pictures(pending: Pending, turn: int) -> None:
    """Draw the box or the camera and measure each new picture."""
    way = st.segmented_control("Pictures by", [UPLOADS, SNAPSHOTS], default=UPLOADS, required=True, key=f"{KEY}_way")
    if way == SNAPSHOTS:
        show_https_note()
        st.caption("Look into the camera, then a little to each side: three snapshots are enough.")
        file = st.camera_input("Take a snapshot", key=widget_key(f"{KEY}_{turn}", "camera"))
        pending.in_box = set()
        take_files(pending, [] if file is None else [file], "a snapshot")
        return
    st.caption(f"{GOOD_NUMBER} pictures of one face, different ones · {describe_limits()}")
    files: Any = st.file_uploader(
        "Pictures of this person", accept_multiple_files=True, key=widget_key(f"{KEY}_{turn}", "box"),
        max_upload_size=load_settings().upload_mb, label_visibility="collapsed",
    )  # fmt: skip
    pending.follow_box({file.file_id for file in files})
    take_files(pending, files)


def take_files(pending: Pending, files: Sequence[Any], called: str = "") -> None:
    """Measure files that were not seen yet; of each that cannot be used keep the sentence."""
    fresh = [file for file in files if file.file_id not in pending.seen]
    taken, beyond = part_files(fresh)
    if beyond:
        show_refused([beyond])
    for file in taken:
        pending.seen.add(file.file_id)
        name = called or file.name
        try:
            with st.spinner("Measuring…"):
                found = check_portrait(read_portrait(project.load_engine(), file.getvalue(), name), name)
        except HubError as error:
            pending.problems[file.file_id] = str(error)
            continue
        if found.quality.doubt:
            pending.doubts[file.file_id] = f"{name}: {found.quality.doubt}"
        pending.faces[file.file_id] = (name, found.chip[::2, ::2], found.vector)


def show_pending(pending: Pending) -> None:
    """Draw the faces that are good to enrol, and say of the others why not."""
    show_refused(list(pending.problems.values()))
    if not pending.faces:
        return
    show_tiles([(chip, name) for name, chip, _ in pending.faces.values()])
    n = len(pending.faces)
    more = "" if n >= GOOD_NUMBER else f" {GOOD_NUMBER} or more, in other light or from another side, are better."
    st.caption(f"{n} {'face is' if n == 1 else 'faces are'} good to enrol.{more} A print in colour may pass.")
    st.button(
        "Forget these pictures", key=f"{KEY}_forget", icon=":material/delete:", type="tertiary", on_click=start_anew
    )


def ask_doubts(pending: Pending, turn: int) -> bool:
    """Say which faces have no colour, and ask for a tick; return whether the pictures may be enrolled."""
    if not pending.doubts:
        return True
    st.warning("  \n".join(map(escape, pending.doubts.values())), icon=":material/help:")
    return st.checkbox(
        "They are photographs of a person, not of a sculpture or a drawing", key=f"{KEY}_are_photographs_{turn}"
    )


def start_anew() -> None:
    """Empty the form, its box and what was measured."""
    st.session_state.pop(PENDING, None)
    st.session_state.pop(f"{KEY}_alike", None)
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
