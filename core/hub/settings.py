"""Every environment variable the hub reads, with its default and what it changes.

``docs/ARCHITECTURE.md`` shows this table; a test fails when a field here is not documented there. Nothing else in the
tree reads the environment.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.hub.errors import RecipeError

ROOT = Path(__file__).resolve().parents[2]
MOST_S = 31_536_000
"""A year: the longest time that a setting may name."""
_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """The hub's configuration; each field is the environment variable of the same name in capitals.

    Parameters
    ----------
    hub_home : Path
        Folder of what the app writes: database, job results, caches.
    data_cache : Path
        Folder of large data sets that ``python -m core data fetch`` puts there; deleting it only costs the fetching.
    database_url : str
        SQLAlchemy address; empty means SQLite (WAL) in ``HUB_HOME``.
    jobs_dask : str
        ``tcp://host:port`` of a Dask scheduler; empty means worker processes on this machine.
    kafka_bootstrap_servers : str
        ``host:port`` of the Kafka brokers that payments stream through; empty means port 9092 of this machine.
    translation_api : str
        Address of a server that speaks LibreTranslate's API; empty means none.
    jobs_workers : int
        Worker processes of the local pool; 0 means cores minus one, at least one.
    jobs_per_session : int
        Most unfinished jobs of one session.
    jobs_queued : int
        Most unfinished jobs of the whole hub.
    jobs_timeout_s : float
        Wall-clock limit of one job.
    jobs_memory_mb : int
        Address-space limit of one worker process.
    jobs_keep_s : float
        How long a finished job and its files are kept.
    upload_mb : int
        Largest upload in megabytes.
    upload_rows : int
        Most rows of a table to analyse; more are sampled with a seed, and the page says so.
    upload_columns : int
        Most columns of a table to analyse.
    upload_cells_mb : int
        Most megabytes a table may need once unpacked.
    upload_megapixels : int
        Most megapixels of one picture; a larger one is refused before it is unpacked.
    upload_pictures : int
        Most pictures of one batch.
    upload_pictures_mb : int
        Most megabytes of all pictures of one batch.
    train_rows : int
        Most rows to train on; more are sampled with a seed, and the page says so.
    log_level : str
        Least severe message to log: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    ice_servers : str
        Addresses, parted by commas, through which a live webcam finds the server: ``stun:host:3478``,
        ``turn:host:3478?transport=udp`` or ``turns:host:5349``; empty means direct, as on localhost or in one network.
    turn_username : str
        Name for the ``turn:`` and ``turns:`` addresses; each visitor's browser is told it.
    turn_credential : str
        Password for them; each visitor's browser is told it.
    turn_secret : str
        Secret shared with the TURN server, from which each visitor gets a password of two hours instead.
    ab_log_open : bool
        Whether a visitor may change or stop any experiment of the hub's log from the page, not only one's own.
    live_cameras : int
        Most live webcams at once on one server.
    warm_up : bool
        Whether the app loads its libraries before the first visitor; ``make run`` and the image set it.
    idle_release_s : float
        Seconds without an open page after which the app lets go of its models, 0 for never; the next visitor waits a
        moment longer. Under 300, for which a lost connection keeps its session, a replay may be gone when it is back.
    """

    hub_home: Path = ROOT / ".cache" / "hub"
    data_cache: Path = ROOT / ".cache" / "data"
    database_url: str = ""
    jobs_dask: str = ""
    kafka_bootstrap_servers: str = ""
    translation_api: str = ""
    jobs_workers: int = 0
    jobs_per_session: int = 3
    jobs_queued: int = 20
    jobs_timeout_s: float = 600.0
    jobs_memory_mb: int = 4_096
    jobs_keep_s: float = 86_400.0
    upload_mb: int = 25
    upload_rows: int = 200_000
    upload_columns: int = 200
    upload_cells_mb: int = 1_024
    upload_megapixels: int = 50
    upload_pictures: int = 100
    upload_pictures_mb: int = 200
    train_rows: int = 50_000
    log_level: str = "INFO"
    ice_servers: str = ""
    turn_username: str = ""
    turn_credential: str = field(default="", repr=False)
    turn_secret: str = field(default="", repr=False)
    ab_log_open: bool = False
    live_cameras: int = 4
    warm_up: bool = False
    idle_release_s: float = 600.0


def make_settings(environment: dict[str, str] | None = None) -> Settings:
    """Read the settings from an environment (by default the process's own).

    Raises
    ------
    RecipeError
        If a variable cannot be read as its field's type.
    """
    source = os.environ if environment is None else environment
    found: dict[str, Any] = {}
    for each in fields(Settings):
        text = source.get(each.name.upper(), "").strip()
        if text:
            found[each.name] = _read_value(each.name, text, type(each.default))
    return Settings(**found)


def _read_value(name: str, text: str, kind: Any) -> Any:
    """Read one variable as the type of its default."""
    try:
        if issubclass(kind, bool):
            return _SWITCH[text.lower()]
        if kind is float:
            return _read_seconds(text)
        return Path(text).expanduser().resolve() if issubclass(kind, Path) else kind(text)
    except (KeyError, ValueError) as error:
        wanted = f"number of seconds from 0 to {MOST_S:,}" if kind is float else kind.__name__
        message = f"{name.upper()} is {text!r}; it must be a {wanted}"
        raise RecipeError(message) from error


def _read_seconds(text: str) -> float:
    """Read a time that a clock can wait for."""
    found = float(text)
    if not 0 <= found <= MOST_S:
        raise ValueError(text)
    return found


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Return the process's settings, read once."""
    return make_settings()


def start_log(settings: Settings | None = None) -> None:
    """Log to standard error from ``LOG_LEVEL`` on; a process whose log is set up already keeps it.

    Raises
    ------
    RecipeError
        If ``LOG_LEVEL`` is no level.
    """
    level = (settings or load_settings()).log_level.upper()
    if level not in logging.getLevelNamesMapping():
        message = f"LOG_LEVEL is {level!r}; it must be DEBUG, INFO, WARNING or ERROR"
        raise RecipeError(message)
    logging.basicConfig(level=level)
