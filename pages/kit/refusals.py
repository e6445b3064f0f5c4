"""What a person asked for and did not get: one sentence, kept until the next try and shown where it was asked.

Left out: the tries themselves, which are in ``uploads``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.errors import HubError
from pages.kit import session
from pages.kit.errors import escape, show_error

PROBLEMS = "upload_problems"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last try at a place was refused; ``file`` is the name of the file that could not be read, if one was."""

    sentence: str
    file: str = ""


def attempt(place: str, action: Callable[[], Table], file: str = "") -> Table | None:
    """Do what a person asked for; a refusal is kept to be shown at that place, and None returned.

    Earlier refusals are forgotten, wherever they were.
    """
    st.session_state[PROBLEMS] = {}
    try:
        return action()
    except HubError as error:
        st.session_state[PROBLEMS] = {place: Problem(str(error), file)}
        return None


def show_problem(place: str) -> None:
    """Show why the last try was refused, if it was made at this place: the file first, then what is left as it was."""
    problem = st.session_state.get(PROBLEMS, {}).get(place)
    if problem is None:
        return
    if not problem.file:
        show_error(problem.sentence)
        return
    table = session.current_table()
    kept = f" Your table **{escape(cut(table.name))}** is unchanged." if table is not None else ""
    sentence = escape(problem.sentence).removesuffix(".")
    st.error(f"**{escape(cut(problem.file))}** was not read: {sentence}.{kept}", icon=":material/error:")
