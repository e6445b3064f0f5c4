"""What a server does once, before its first visitor: open its log, start a spare worker, and load what answers need.

``deploy/run_app.py`` asks for the warm-up (``WARM_UP``) and announces the address only when it is over, so no visitor
pays for an import. A drawing of Home without it stays light.

Left out: drawing.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging

import streamlit as st

from core.hub import jobs
from core.hub.artifacts import load_artifact
from core.hub.errors import HubError
from core.hub.registry import Project, find_built, load_module
from core.hub.settings import load_settings, start_log

LOG = logging.getLogger(__name__)


@st.cache_resource(max_entries=1, show_spinner=False)
def start_app() -> int:
    """Open the log and, where the settings ask for it, warm the server; return how many projects were warmed."""
    start_log()
    if not load_settings().warm_up:
        return 0
    jobs.warm_up()
    tend_store()
    n_warm = sum(warm_project(project) for project in find_built())
    # Streamlit collects all garbage after every run of a page; what was imported lives on, so it need not be searched.
    # https://docs.python.org/3/library/gc.html#gc.freeze
    gc.collect()
    gc.freeze()
    give_memory_back()
    return n_warm


def give_memory_back() -> None:
    """Hand back to the system what reading models has freed; only glibc keeps it, and only glibc can be told.

    https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def tend_store() -> None:
    """Have people whose consent runs out erased from the store, and delete what forgotten pages' streams left in it."""
    from core.hub.store import open_store
    from core.streaming.fraud.stream_sweep import sweep_streams
    from core.vision.face_recognition.store_people import watch_store

    try:
        watch_store(open_store())
        sweep_streams(open_store(), load_settings().jobs_keep_s)
    except HubError:
        LOG.exception("the store cannot be tended")


def warm_project(project: Project) -> bool:
    """Let a shipped model answer once, so that its libraries are loaded; a damaged one is logged and left alone."""
    module = load_module(project)
    try:
        module.predict(module.load_model(load_artifact(project.slug).folder / "weights"), module.Inputs())
    except HubError:
        LOG.exception("the shipped model of %s does not answer", project.slug)
        return False
    return True
