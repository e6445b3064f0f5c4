"""Your gallery: ask for consent and record it, enrol from pictures or snapshots, rename, merge, remove, export.

A picture is measured only after the consent was given, and judged before it is taken; what is kept of it is its vector.

Left out: the pictures that wait (``face_pending``), where the gallery lives (``face_people``) and which gate it needs
(``face_rates``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.hub.errors import HubError
from core.hub.fields import make_key
from core.vision import face_recognition as project
from core.vision.face_recognition.consent import DEFAULT_DAYS, MOST_DAYS, VERSION, Consent, show_time
from core.vision.face_recognition.people import Person, fold_name
from core.vision.face_recognition.pictures import check_same_person
from core.vision.face_recognition.tables import list_people
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.face_pending import KEY, Pending, ask_doubts, ask_pictures, show_pending, start_anew
from pages.kit.face_people import PENDING, SAMPLES_TOLD, TURN, Mine, load_mine, show_problem

ALIKE = "under two names"
LEAST_WIDTH = 300


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to: by whom, for how many days, and whether it replaces an earlier consent."""

    who: str
    days: int
    renew: bool = False


def show_gallery() -> None:
    """Draw who is enrolled, the way to enrol somebody, and the ways to change and erase."""
    mine = load_mine()
    show_news()
    if mine.is_sample and mine.gallery.people:
        st.info(SAMPLES_TOLD, icon=":material/info:")
    people = mine.gallery.people
    if people:
        st.dataframe(list_people(people), hide_index=True, alt=f"{len(people)} people enrolled, with their consents")
    else:
        st.info("Nobody is enrolled: whoever comes is unknown.", icon=":material/group_off:")
    adding, changing = st.columns([3, 2], gap="large")
    with adding, st.container(border=True):
        show_enrolment(mine)
    with changing, st.container(border=True):
        show_changes(mine)


def show_news() -> None:
    """Say once what the last press has done, or why it could not be done."""
    done = st.session_state.pop(f"{KEY}_done", "")
    if done:
        st.success(escape(done), icon=":material/check_circle:")
    show_problem(st.session_state.pop(f"{KEY}_problem", ""))


def show_enrolment(mine: Mine) -> None:
    """Ask for consent first, then for pictures, then enrol."""
    st.markdown("**Add somebody**")
    turn = st.session_state.setdefault(TURN, 0)
    with st.grid(2, min_column_width=180, gap="small"):
        name = st.text_input("Name", max_chars=80, key=f"{KEY}_name_{turn}", placeholder="how the face is called")
        who = st.text_input("Consent given by", value="the person shown", max_chars=80, key=f"{KEY}_who_{turn}")
        days = st.number_input("Erase after (days)", 1, MOST_DAYS, DEFAULT_DAYS, key=f"{KEY}_days_{turn}")
    agreed = st.checkbox(project.TEXTS[VERSION], key=f"{KEY}_agreed_{turn}")
    if not agreed:
        st.caption(":material/gavel: No picture is taken before this box is ticked; what was agreed to is recorded "
                   "with its date and stands in the export.")  # fmt: skip
        st.session_state.pop(PENDING, None)
        return
    renew = ask_renewal(mine, name)
    pending: Pending = st.session_state.setdefault(PENDING, Pending())
    ask_pictures(pending, turn)
    show_pending(pending)
    sure = ask_doubts(pending, turn)
    alike = _ask_alike()
    if st.button("Enrol", type="primary", key=f"{KEY}_press", icon=":material/person_add:",
                 disabled=not (pending.vectors and sure)):  # fmt: skip
        enrol(mine, pending, name, Agreed(who, int(days), renew), allow_alike=alike)


def find_known(mine: Mine, name: str) -> Person | None:
    """Return who of one's own people has that name."""
    known = (person for person in mine.gallery.people if fold_name(person.name) == fold_name(name))
    return None if mine.is_sample else next(known, None)


def ask_renewal(mine: Mine, name: str) -> bool:
    """Ask of somebody who is enrolled already whether the new consent replaces the earlier one."""
    known = find_known(mine, name)
    if known is None:
        return False
    st.caption(f"The pictures join those of {escape(known.name)}. Of the two consents the one that ends first holds; "
               f"the earlier ends on {show_time(known.consent.expires)[:10]}.")  # fmt: skip
    return st.checkbox("Let this consent replace the earlier one", key=f"{KEY}_renew_{known.key}")


def _ask_alike() -> bool:
    """Ask whether two people look alike, after a face was refused for that."""
    if not st.session_state.get(f"{KEY}_alike"):
        return False
    return st.checkbox("They are two people who look alike", key=f"{KEY}_are_two")


def enrol(mine: Mine, pending: Pending, name: str, agreed: Agreed, *, allow_alike: bool) -> None:
    """Record the consent and add the vectors; the pictures are let go."""
    problem = add_person(mine, (name, pending), agreed, allow_alike=allow_alike)
    if problem:
        st.session_state[f"{KEY}_alike"] = ALIKE in problem
        if ALIKE in problem and not allow_alike:
            st.session_state[f"{KEY}_problem"] = problem
            st.rerun()
        show_error(problem)
        return
    if (person := find_known(mine, name)) is not None:
        n = len(person.vectors)
        st.session_state[f"{KEY}_done"] = (
            f"{person.name} is enrolled with {n} {'picture' if n == 1 else 'pictures'} until "
            f"{show_time(person.consent.expires)[:10]}; the classifiers were made again, and the pictures are let go."
        )
    start_anew()
    st.rerun()


def add_person(mine: Mine, given: tuple[str, Pending], agreed: Agreed, *, allow_alike: bool) -> str:
    """Add somebody to the gallery; the samples leave with the first one. Return what stood in the way."""
    name, pending = given
    try:
        consent = project.make_consent(agreed.who, time.time(), agreed=True, days=agreed.days)
        check_same_person(pending.vectors, pending.names, mine.gallery.same_gate)
        if mine.is_sample:
            _check_alone(name, pending, consent)
    except HubError as error:
        return str(error)
    if mine.is_sample:
        mine.gallery.clear()
        mine.is_sample = False
    faces = np.stack(pending.vectors)
    return mine.change(partial(mine.gallery.add, name, faces, consent, allow_alike=allow_alike, renew=agreed.renew))


def _check_alone(name: str, pending: Pending, consent: Consent) -> None:
    """Add somebody to an empty gallery, so that the samples leave only for one who can be added."""
    project.Gallery().add(name, np.stack(pending.vectors), consent)


def show_changes(mine: Mine) -> None:
    """Draw renaming, merging and removing of one person, and the export."""
    people = mine.gallery.people
    st.markdown("**Change, take away, erase**")
    if not people:
        st.caption("Nobody is enrolled.")
        return
    names = {person.key: person.name for person in people}
    now = make_key(str(mine.sign()))[:8]  # a box that stays would go on showing the names as they were
    place = next((n for n, key in enumerate(names) if key == st.session_state.get(f"{KEY}_person")), 0)
    key = st.selectbox("Person", list(names), place, lambda each: names.get(each, ""), key=f"{KEY}_person_{now}")
    st.session_state[f"{KEY}_person"] = key
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input("New name", max_chars=80, key=f"{KEY}_new_{key}_{now}", placeholder=names[key])
        st.button("Rename", key=f"{KEY}_rename", icon=":material/edit:", disabled=not name.strip(),
                  on_click=_change, args=("rename", key, name))  # fmt: skip
    others = [each for each in names if each != key]
    if others:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            other = st.selectbox("Is the same person as", others, format_func=lambda each: names.get(each, ""),
                                 key=f"{KEY}_other_{key}_{now}")  # fmt: skip
            st.button(
                "Merge", key=f"{KEY}_merge", icon=":material/merge:", on_click=_change, args=("merge", key, other)
            )
    st.button(f"Remove {escape(names[key])}", key=f"{KEY}_remove", icon=":material/person_remove:", on_click=_change,
              args=("remove", key))  # fmt: skip
    if mine.is_sample:
        return
    export = Download("people.json", partial(project.export_people, people), "all that is kept: vectors and consents")
    show_downloads([export], f"{KEY}_export")


def _change(act: str, key: str, *values: str) -> None:
    """Rename, merge or remove; say what was done or why not."""
    mine = load_mine()
    name = next((person.name for person in mine.gallery.people if person.key == key), "")
    problem = mine.change(partial(getattr(mine.gallery, act), key, *values))
    done = {
        "rename": f"{name} is now called {values[0].strip() if values else ''}.",
        "merge": f"The two entries are one person now, called {name}.",
        "remove": f"{name} was erased: name, vectors, consent; the classifiers were made again without them.",
    }[act]
    st.session_state[f"{KEY}_problem" if problem else f"{KEY}_done"] = problem or done
