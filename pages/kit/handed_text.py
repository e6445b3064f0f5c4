"""A text file that came on another page, handed to every box for one text: each takes it once, as if it were written.

Left out: telling a text from a table (``intake``), and what is done with it (``texts``).
"""

from __future__ import annotations

import hashlib

import streamlit as st

from core.datasets.reading.encoding import decode
from core.datasets.reading.notes import Notes
from core.hub.errors import HubError
from pages.kit.session import hold_state
from pages.kit.texts import HANDED, check_text


def hand_text(content: bytes) -> str:
    """Read a text file and keep it for the boxes of the text pages.

    Returns
    -------
    str
        Why it was refused; empty where it was taken.
    """
    try:
        text = check_text(decode(content, "auto", Notes()).text)
    except HubError as error:
        return str(error)
    st.session_state[HANDED] = (hashlib.sha256(content).hexdigest(), text)
    return ""


hold_state(HANDED)
