"""The Learn tab: one subtopic at a time, in words, as a formula, as a figure that moves, and as the code that does it.

The code is read from the running function, so it cannot drift; three questions with explained answers close the tab.

Left out: the lessons themselves, which each project keeps beside its method.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.hub.contract import Lesson, Question
from core.hub.settings import ROOT
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.forms import show_form

LEAST_WIDTH = 340


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a function: its text, its file in the checkout, and its first line."""

    text: str
    path: str
    line: int


@st.fragment
def show_learn(lessons: Sequence[Lesson], questions: Sequence[Question], key: str) -> None:
    """Draw the lessons and the questions; what a reader does here redraws only this tab.

    Parameters
    ----------
    key : str
        Starts the key of every widget; the chosen lesson stands in the address as ``<key>_lesson``.
    """
    by_key = {lesson.key: lesson for lesson in lessons}
    chosen = st.pills(
        "Topic",
        list(by_key),
        default=next(iter(by_key)),
        required=True,
        format_func=lambda name: by_key[name].title,
        key=f"{key}_lesson",
        bind="query-params",
        wrap=True,
    )
    with guard():
        _show_lesson(by_key[chosen], f"{key}_{chosen}")
    _show_questions(questions, key)


def _show_lesson(lesson: Lesson, key: str) -> None:
    """Draw one lesson: text and formula beside its figure, the code below."""
    st.subheader(lesson.title, anchor=False)
    with st.grid(2 if lesson.figure else 1, min_column_width=LEAST_WIDTH, gap="large"):
        with st.container():
            st.markdown(lesson.text)
            if lesson.formula:
                st.latex(lesson.formula)
            control = show_form(lesson.control, key, columns=1) if lesson.control else None
        if lesson.figure and (lesson.control is None or control is not None):
            with st.container():
                show_chart(lesson.figure(control), f"{key}_figure")
    _show_code(lesson.function, key)


def _show_code(function: str, key: str) -> None:
    """Show the source of the function that does it, read only once a reader asks for it."""
    module, _, name = function.partition(":")
    panel = st.expander(
        f"The code: `{name}` in `{module}`", icon=":material/code:", key=f"{key}_code", on_change="rerun"
    )
    if panel.open:
        with panel, guard():
            source = find_source(function)
            st.caption(f"{escape(source.path)}, line {source.line}")
            st.code(source.text, language="python", wrap_lines=True)


def find_source(function: str) -> Source:
    """Read the source of a function named ``module:function``.

    Raises
    ------
    ValueError
        If there is no such function: a lesson names code that was moved.

    Examples
    --------
    >>> find_source("core.hub.registry:find_built").path
    'core/hub/registry.py'
    """
    found = load_function(function)
    lines, line = inspect.getsourcelines(found)
    path = inspect.getsourcefile(found) or ""
    return Source("".join(lines), path.removeprefix(f"{ROOT}/"), line)


def load_function(function: str) -> Callable[..., Any]:
    """Import a function by its name, which may be a method: ``module:Class.method``."""
    module, _, name = function.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        message = f"there is no {name!r} in {module}; the lesson names code that was moved"
        raise ValueError(message)
    return inspect.unwrap(found)


def _show_questions(questions: Sequence[Question], key: str) -> None:
    """Ask the questions; each answer is explained at once."""
    if not questions:
        return
    st.subheader("Check yourself", anchor=False)
    right = [_ask(question, f"{key}_question_{place}", place) for place, question in enumerate(questions, 1)]
    if None not in right:
        st.caption(f"{sum(map(bool, right))} of {len(right)} right")


def _ask(question: Question, key: str, place: int) -> bool | None:
    """Ask one question; None until it is answered."""
    with st.container(border=True):
        options = range(len(question.choices))
        chosen = st.radio(
            f"**{place}.** {question.text}",
            options,
            index=None,
            format_func=lambda choice: question.choices[choice],
            key=key,
        )
        if chosen is None:
            return None
        if chosen == question.answer:
            st.success(question.why, icon=":material/check_circle:", title="Right")
        else:
            st.error(question.why, icon=":material/cancel:", title=f"No: {question.choices[question.answer]}")
        return bool(chosen == question.answer)
