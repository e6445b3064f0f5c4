"""The one place that turns an error into what a person sees, and text of theirs into text that stays text.

A ``HubError`` is one sentence and is shown as it stands. Anything else is logged with an id, and the id is shown: never
a traceback. Streamlit's own signals (stop, rerun, switch page) are no errors and pass through.

Left out: errors of jobs, which the worker has already turned into a sentence (``core.hub.jobs``).
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.hub.errors import HubError

logger = logging.getLogger(__name__)

# what CommonMark and GitHub Markdown read as markup inside a line, and at its start
_MARKUP = re.compile(r"([\\`*\[\]<$~&|]|(?<![^\W_])_|_(?![^\W_])|^[#+>=-]|(?<=^\d)[.)])")
# what is looked for once backslashes are gone: :icon: and :colour[, addresses, arrows and other typographic signs
_DIRECTIVE = re.compile(r":(?=[\w/+-])|www(?=\.)|@(?=\w)|[<>~-](?=[->=])", re.IGNORECASE)
_INVISIBLE = "\u2060"  # word joiner: no width, no line break


def escape(text: object) -> str:
    r"""Make a name or value of a person's data safe to stand inside Markdown: it can format nothing and link nowhere.

    Parameters
    ----------
    text : object
        Shown as ``str(text)``; line breaks become spaces.

    Examples
    --------
    >>> escape("size_cm [*]")
    'size_cm \\[\\*\\]'
    """
    flat = " ".join(str(text).split())
    broken = _DIRECTIVE.sub(lambda found: found.group(0) + _INVISIBLE, flat)
    return _MARKUP.sub(r"\\\1", broken)


def show_error(error: HubError | str) -> None:
    """Show one sentence of a person's own making, for instance next to the form that caused it."""
    st.error(escape(error), icon=":material/error:")


@contextmanager
def guard() -> Iterator[None]:
    """Draw a part of a page so that whatever goes wrong in it becomes one sentence; also a decorator.

    Examples
    --------
    >>> @guard()
    ... def draw() -> None:
    ...     message = "rows is 20; it must be 50 to 5000"
    ...     raise HubError(message)
    """
    try:
        yield
    except HubError as error:
        show_error(error)
    except Exception:
        number = secrets.token_hex(4)
        logger.exception("error %s", number)
        st.error(
            f"This part could not be drawn. The log has the details under the id {number}; reload to try again.",
            icon=":material/bug_report:",
        )
