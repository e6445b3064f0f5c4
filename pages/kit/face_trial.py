"""Try it: who is it (a picture or the webcam), is it the same person (two pictures), and many pictures at once.

Left out: whether the face is a living one (``face_signals``), and why an answer was given (``face_reasons``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.datasets.export import to_csv
from core.vision import face_recognition as project
from core.vision._shared.frames import Analysis
from core.vision.face_recognition.frames import FaceStream, Pace, Track, make_analyse
from core.vision.face_recognition.identification import METHODS, Match
from core.vision.face_recognition.pictures import FacePicture, Portrait
from core.vision.face_recognition.tables import UNKNOWN, list_matches
from core.vision.face_recognition.types import Face, write_distances
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.face_people import SAMPLE_NAMES, SLUG, Mine, load_mine, load_model, name_people
from pages.kit.face_pictures import (
    choose_faces,
    find_measured,
    find_problem,
    list_doubts,
    show_chip,
    show_doubts,
    show_none,
)
from pages.kit.face_signals import show_signals
from pages.kit.live_camera import show_live
from pages.kit.picture_page import show_command
from pages.kit.pictures import choose_pictures
from pages.kit.tabs import show_views

if TYPE_CHECKING:
    from core.datasets.pictures import Picture

BATCH_PX = 1_024
MOST_TOLD = 6
ALIKE = "Blurred, small or dark faces and drawings look alike whoever they show, so this answer is unsure."
MOST_LETTERS, LEAST_LETTERS = 24, 5
COMPARE = (
    'python -m core predict face_recognition --input "{\\"picture\\": \\"$(base64 -w0 FIRST)\\", '
    '\\"second\\": \\"$(base64 -w0 SECOND)\\"}"'
)


def show_trial() -> None:
    """Draw the Try it tab."""
    views = {
        "Who is it?": show_naming,
        "The same person?": show_verifying,
        "Many pictures": show_many,
        "A living face?": show_signals,
    }
    show_views(views, f"{SLUG}_try")


def show_naming() -> None:
    """Name every face of a picture or of the webcam, or call it unknown."""
    mine = load_mine()
    show_rule(mine)
    found = choose_faces(
        live=partial(show_naming_live, mine),
        label=lambda found: shorten_labels([match.name or UNKNOWN for _, match, _ in name_all(found, mine)]),
    )
    if found is None or show_none(found):
        return
    show_matches(tuple(match for _, match, _ in name_all(found, mine)), found.portraits)


def show_rule(mine: Mine) -> None:
    """Say who is enrolled and by which rule they are named, and let the method be changed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        key = f"{SLUG}_method"
        st.session_state.setdefault(key, mine.gallery.recogniser.method)
        st.segmented_control("Named by", METHODS, required=True, key=key, on_change=_use_method, wrap=True)
    st.caption(f"Enrolled: {name_people(mine)} · a name is given up to a distance of {mine.gallery.gate:.2f}, which "
               "*Train & compare · Gates* changes.")  # fmt: skip


def _use_method() -> None:
    """Name by the chosen classifier from now on."""
    gallery = load_mine().gallery
    gallery.set_rule(gallery.gate, st.session_state[f"{SLUG}_method"])


def write_label(match: Match | None) -> str:
    """Write what stands above a face.

    Examples
    --------
    >>> write_label(None), write_label(Match("k", "Ann", 0.31, 0.5, "Ann", ""))
    ('…', 'Ann 0.31')
    """
    if match is None:
        return "…"
    return f"{match.name or UNKNOWN} {match.distance:.2f}" if match.nearest else UNKNOWN


def shorten_labels(names: list[str]) -> list[str]:
    """Put numbers before names and cut them so that those of several faces stand side by side; many are numbers alone.

    Examples
    --------
    >>> shorten_labels(["Eileen Collins"]), shorten_labels(["Eileen Collins", "unknown", "Ann"])
    (['1 Eileen Collins'], ['1 Eilee…', '2 ?', '3 Ann'])
    >>> shorten_labels(["Ann"] * 5)
    ['1', '2', '3', '4', '5']
    """
    most = MOST_LETTERS // max(len(names), 1)
    if most < LEAST_LETTERS:
        return [str(number) for number in range(1, len(names) + 1)]
    short = "?" if most < len(f"9 {UNKNOWN}") else UNKNOWN
    labels = [f"{number} {short if name == UNKNOWN else name}" for number, name in enumerate(names, 1)]
    return [label if len(label) <= most else f"{label[: most - 1].rstrip()}…" for label in labels]


def show_matches(matches: tuple[Match, ...], portraits: Sequence[Portrait] = ()) -> None:
    """Say who each face is, the largest first, each with its reason and with what makes it unsure."""
    with st.grid(3, min_column_width=220, gap="small"):
        for number, match in enumerate(matches[:MOST_TOLD], 1):
            with st.container(border=True, gap="xsmall"):
                st.metric(f"Face {number}", escape(match.name or UNKNOWN))
                st.caption(escape(match.reason))
                for portrait in portraits[number - 1 : number]:
                    show_doubts(portrait)
    if len(matches) > MOST_TOLD:
        n_named = sum(match.name is not None for match in matches)
        st.caption(f"{len(matches)} faces in all, {n_named} of them named.")
        rest = enumerate(matches[MOST_TOLD:], MOST_TOLD + 1)
        st.caption(" · ".join(f"Face {number}: {escape(match.name or UNKNOWN)}" for number, match in rest))


def show_naming_live(mine: Mine, key: str) -> None:
    """Name faces before the webcam; whoever is erased is unknown from the next look on."""
    stream = mine.recall("stream", lambda: FaceStream(project.load_engine(), mine.gallery.identify, Pace()))
    show_live(make_analyse(stream, label_track), draw_live, key, every=1, facing="user")


def label_track(track: Track) -> str:
    """Write what stands above a face that is followed."""
    return write_label(track.name if isinstance(track.name, Match) else None)


def draw_live(analysis: Analysis) -> None:
    """Draw who is before the webcam."""
    tracks: tuple[Track, ...] = analysis.value  # type: ignore[assignment]
    known = tuple(track.name for track in tracks if isinstance(track.name, Match))
    if not known:
        st.info("No face yet: look into the camera, from the front and in even light.", icon=":material/face:")
        return
    show_matches(known)


def show_verifying() -> None:
    """Compare two pictures: one comparison, one gate, one answer."""
    st.markdown("**One comparison, yes or no.** Nobody needs to be enrolled for it, and nothing is kept of it.")
    names = list(SAMPLE_NAMES.values())
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container(border=True):
            first = choose_faces("first", first=names[0])
        with st.container(border=True):
            second = choose_faces("second", first=names[1])
    if first is None or second is None:
        return
    problem = next(filter(None, (find_problem(each) for each in (first, second))), "")
    if problem:
        show_error(problem)
        return
    show_verdict(first, second)


def show_verdict(first: FacePicture, second: FacePicture) -> None:
    """Draw the answer about two pictures, with how common such a distance is."""
    model = load_model()
    one, other = first.portraits[0], second.portraits[0]
    verdict = project.verify(one.vector, other.vector, gate=model.gate, curve=model.curve)
    left, middle, right = st.columns([1, 1, 2], gap="medium")
    with left:
        show_chip(one, "first face")
    with middle:
        show_chip(other, "second face")
    with right, st.container(border=True):
        answer = "the same person" if verdict.same else "two people"
        far, gate = write_distances(verdict.distance, verdict.gate)
        st.metric("They are", answer, f"{far} apart; the gate is {gate}",
                  delta_color="off", delta_arrow="off")  # fmt: skip
        st.markdown(escape(verdict.sentence))
        if any([show_doubts(one, "First picture: "), show_doubts(other, "Second picture: ")]):
            st.caption(ALIKE)
        st.caption("Shares are of 20 people who did not choose the gate (ORL). Relatives lie nearer than strangers.")
    show_command(COMPARE)


def show_many() -> None:
    """Name every face of many pictures and give the answers back as a file."""
    mine = load_mine()
    st.caption(f"Enrolled: {name_people(mine)}")
    pictures = choose_pictures(SLUG, "batch", BATCH_PX)
    if not pictures:
        st.session_state.pop(f"{SLUG}_measured_batch", None)
        st.info("Bring some pictures and each face gets a line: who it is, how far away, and where it stands.",
                icon=":material/photo_library:")  # fmt: skip
        return
    found = [(each.name, name_all(each, mine)) for each in measure_batch(pictures)]
    frame = list_matches(found)
    n_faces = int((frame["face"] > 0).sum())
    n_named = int((~frame["name"].isin([UNKNOWN, "no face"])).sum())
    st.markdown(f"**{len(found)} pictures, {n_faces} faces, {n_named} of them named.**")
    st.dataframe(frame, hide_index=True, alt="Who is in each picture", column_config={
        name: st.column_config.NumberColumn(format="%.2f") for name in ("distance", "gate")})  # fmt: skip
    show_downloads([Download("faces.csv", to_csv(frame), "a line for each face")], f"{SLUG}_batch")


def measure_batch(pictures: tuple[Picture, ...]) -> list[FacePicture]:
    """Measure pictures, each once for as long as it stays in the box."""
    key = f"{SLUG}_measured_batch"
    held: dict[int, tuple[Picture, FacePicture]] = st.session_state.get(key, {})
    fresh: dict[int, tuple[Picture, FacePicture]] = {}
    bar = st.progress(0.0, "Looking for faces…") if any(id(each) not in held for each in pictures) else None
    for number, picture in enumerate(pictures, 1):
        known = held.get(id(picture))
        fresh[id(picture)] = known if known and known[0] is picture else (picture, find_measured(picture, "one"))
        if bar is not None:
            bar.progress(number / len(pictures), f"Looking for faces: {number} of {len(pictures)} pictures")
    if bar is not None:
        bar.empty()
    st.session_state.pop(f"{SLUG}_measured_one", None)
    st.session_state[key] = fresh
    return [found for _, found in fresh.values()]


def name_all(found: FacePicture, mine: Mine) -> list[tuple[Face, Match, str]]:
    """Name every face of a picture, and say what makes each answer unsure."""
    if not found.portraits:
        return []
    matches = mine.gallery.recogniser.identify_many(np.stack([each.vector for each in found.portraits]))
    pairs = zip(found.portraits, matches, strict=True)
    return [(each.face, match, " ".join(list_doubts(each))) for each, match in pairs]
