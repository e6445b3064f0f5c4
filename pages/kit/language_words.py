"""The words of the multilingual page in the language that its reader chose, and numbers as that language writes them.

Left out: lessons, the model card and what every page of the hub shares, which are in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from core.text import multilingual as project
from pages.kit.errors import guard
from pages.kit.tabs import Part
from pages.kit.text_words import TextWords

SLUG = project.SLUG
KEY = f"{SLUG}_interface"
POINTED = {"en", "zh"}
"""Languages of the page that write 1,234.5; the others write 1 234,5."""
COMMA = str.maketrans({",": "\u202f", ".": ","})


def choose_interface() -> None:
    """Draw the choice of the page's language, which also stands in the address."""
    names = project.INTERFACE_LANGUAGES
    st.segmented_control(":material/translate:", list(names), default="en", required=True, key=KEY, wrap=True,
                         format_func=lambda code: names[code], bind="query-params", persist_state="session",
                         label_visibility="collapsed", help=say("interface_language"))  # fmt: skip
    st.markdown(f"**{say('page_title')}.** {say('page_intro')}")
    if find_interface() != "en":
        tabs = " · ".join(f"{project.say(key)}: {say(key)}" for key in TAB_KEYS)
        st.caption(f"{tabs}  \n{say('own_language')}")


TAB_KEYS = ("tab_explore", "tab_train", "tab_try", "tab_explain", "tab_learn")


def find_interface() -> str:
    """Return the language of the page."""
    chosen = str(st.session_state.get(KEY) or "en")
    return chosen if chosen in project.INTERFACE_LANGUAGES else "en"


def say(key: str, /, **values: object) -> str:
    """Say one of the page's words in its language."""
    return project.say(key, find_interface(), **values)


def name_language(code: str) -> str:
    """Name a language in the page's language; unknown stays so."""
    if code == project.UNKNOWN:
        return say("unknown")
    return project.name_language(code, find_interface())


def fix_labels(name: Callable[[Any], str], options: Sequence[Any]) -> Callable[[Any], str]:
    """Name options now, in the page's language, for a widget that asks for their names later."""
    return {option: name(option) for option in options}.__getitem__


def write_number(value: float, digits: int = 0) -> str:
    """Write a number as the page's language does."""
    text = f"{value:,.{digits}f}"
    return text if find_interface() in POINTED else text.translate(COMMA)


def write_share(share: float, digits: int = 0) -> str:
    """Write a share of 0 to 1 in percent."""
    return f"{write_number(100 * share, digits)}%"


def write_span(low: float, high: float, digits: int = 2) -> str:
    """Write a 95% interval."""
    return f"{write_number(low, digits)}–{write_number(high, digits)}"


def make_words(**others: str) -> TextWords:
    """Give the parts that ask for texts their words in the page's language."""
    words = project.interface.load_interface()[find_interface()]
    names = [each.name for each in fields(TextWords) if each.name != "comma"]
    others.setdefault("comma", "," if find_interface() in POINTED else "\u202f")
    return TextWords(**{name: words[f"texts_{name}"] for name in names} | others)


def show_language_views(views: Mapping[str, Part], key: str) -> None:
    """Draw a row of views and the chosen one; it stays chosen when the page's language changes.

    Parameters
    ----------
    views : mapping of key of the page's words to callable
        ``view_<key>`` is what the view is called.
    """
    names, kept = list(views), f"{SLUG}_{key}_shown"
    shown = st.session_state.get(kept, names[0])
    labels = {name: say(f"view_{name}") for name in names}
    chosen = st.segmented_control(say("view"), names, default=shown, required=True, wrap=True,
                                  format_func=lambda name: labels[name], label_visibility="collapsed",
                                  key=f"{SLUG}_{key}_view_{find_interface()}")  # fmt: skip
    st.session_state[kept] = chosen
    with guard():
        views[chosen or shown]()
