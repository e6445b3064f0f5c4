"""What a server does once, before its first visitor: open its log, start a spare worker, and load the libraries.

``deploy/run_app.py`` asks for the warm-up (``WARM_UP``) and announces the address only when it is over, so no visitor
pays for an import. A drawing of Home without it stays light. Of what was loaded the libraries stay; models go again,
now and whenever nobody has been there for a while (``deploy/hub_app.py``).

Left out: drawing.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache

import streamlit as st

from core.hub import jobs
from core.hub.artifacts import load_artifact
from core.hub.errors import HubError
from core.hub.kept import let_go
from core.hub.registry import Project, find_built, load_module
from core.hub.settings import load_settings, start_log

LOG = logging.getLogger(__name__)


_STARTING = threading.Lock()


def start_app() -> int:
    """Open the log and, where the settings ask for it, warm the server, once; return how many projects were warmed."""
    with _STARTING:
        return _start_once()


@lru_cache(maxsize=1)
def _start_once() -> int:
    """Start what a process starts once, whatever else it lets go of."""
    start_log()
    if not load_settings().warm_up:
        return 0
    jobs.warm_up()
    tend_store()
    n_warm = sum(warm_project(project) for project in find_built())
    let_go()  # the slow part was the libraries; a model is read again in a moment, by who needs it
    return n_warm


def rest_app() -> None:
    """Let go of every model and all data that is only kept to answer sooner; the next visitor loads them again."""
    st.cache_data.clear()
    st.cache_resource.clear()
    let_go()


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
    """Let a shipped model answer once: its libraries are loaded then. A damaged one is logged and left alone."""
    module = load_module(project)
    try:
        module.predict(module.load_model(load_artifact(project.slug).folder / "weights"), module.Inputs())
    except HubError:
        LOG.exception("the shipped model of %s does not answer", project.slug)
        return False
    return True
