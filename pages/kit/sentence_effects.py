"""A sentence with its words coloured by what they do to the answer, by any method, at once or when asked for.

Left out: whether the explanation is true (``sentence_checks``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from core.text.sentiment.model import FittedFamily
from pages.kit.errors import escape, guard
from pages.kit.review_models import SLUG, Asked
from pages.kit.slow import load_on_demand
from pages.kit.token_colours import STRONG, colour_words
from pages.kit.uploads import drop_with_session

N_KEPT = 64
QUICK = "occlusion"
BOLD = f"bold: at least {STRONG:.0%} of the strongest"
LEGEND = f":blue-background[speaks for positive] :orange-background[speaks against] · {BOLD}"
COSTS = {"attention": 0, "rollout": 0, "gradient": 0, "integrated": 0, "linear": 0, "occlusion": 1, "shapley": 12}
"""Times that a method asks about each word's worth of a text, roughly."""
MOST_PIECES = 6_000
"""Word-readings of a transformer that take about a second on one core."""


def is_slow(one: FittedFamily, text: str, method: str) -> bool:
    """Tell whether a method would take more than about a second.

    Parameters
    ----------
    method : str
        By its name in ``explain.METHODS``.
    """
    n = len(text.split())
    if one.name not in {"bert", "bilstm"}:
        return False
    work = COSTS[method] * n * n * (1 if one.name == "bert" else 0.1)
    return work > MOST_PIECES or (method == "integrated" and one.name == "bert" and n > 100)  # noqa: PLR2004  # words


@st.cache_resource(max_entries=N_KEPT, scope="session", show_spinner="Explaining…")
def load_effects(key: str, text: str, method: str, _one: FittedFamily) -> Any:  # noqa: ARG001 - what it is kept under
    """Explain one text by one method once."""
    from core.text.sentiment import explain

    return explain.explain_text(explain.make_subject(_one.model), text, method)


def find_effects(asked: Asked, one: FittedFamily, text: str, method: str) -> Any | None:
    """Explain at once, or when a button was pressed where it takes longer than a second; None before."""
    key = f"{asked.key}{one.name}"
    if not is_slow(one, text, method):
        return load_effects(key, text, method, one)
    return ask_first(f"Explain {len(text.split())} words by {method}", (key, text, method),
                     lambda: load_effects(key, text, method, one), method)  # fmt: skip


def ask_first(label: str, what: tuple[Hashable, ...], make: Callable[[], Any], place: str) -> Any | None:
    """Return what takes some seconds once a person has asked for it."""
    return load_on_demand(label, what, make, f"{SLUG}_slow_{place}")


def write_effects(text: str, found: Any) -> str:
    """Write a text with its words coloured by their effects; attention has no sign and is all blue."""
    return colour_words(
        text, [(word.start, word.end, float(value)) for word, value in zip(found.words, found.values, strict=True)]
    )


def show_effects(text: str, found: Any) -> None:
    """Draw the coloured text."""
    with st.container(border=True):
        st.markdown(write_effects(text, found))
    st.caption(LEGEND if found.is_signed else f":blue-background[gets attention] · {BOLD}")


def show_quick_reasons(asked: Asked, one: FittedFamily, text: str) -> None:
    """Colour the words by what happens when each is left out; where that takes long, say where it is done."""
    st.markdown(f"**Which words decide, for {escape(one.title)}** :gray[· each left out in turn]")
    if is_slow(one, text, QUICK):
        st.caption("The text is long: Explain does it when asked.")
        return
    with guard():
        show_effects(text, load_effects(f"{asked.key}{one.name}", text, QUICK, one))


drop_with_session("sentence_effects", load_effects)
