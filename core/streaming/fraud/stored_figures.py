"""What takes too long for a page, worked out once and kept as JSON: the handbook's payments, the rehearsals of drift.

``python -c "from core.streaming.fraud import stored_figures as s; s.write_stored()"`` writes the file again, in some
minutes.

Left out: figures of models, which are in their scores.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.whole_files import write_whole
from core.hub.errors import ArtifactError
from core.hub.settings import ROOT
from core.streaming.fraud.overview import Overview, describe_payments, overview_from_values

if TYPE_CHECKING:
    from core.streaming.fraud.model import FraudModel
    from core.streaming.fraud.rehearsals import Rehearsals

STORED = ROOT / "data" / "fraud" / "figures.json"
COMMAND = 'python -c "from core.streaming.fraud import stored_figures as s; s.write_stored()"'
REHEARSED_PAYMENTS = 12_000
"""Of each rehearsed stream; the second half is room for the slowest alarm."""
LIVE_DAY, DISTRICT = 129, 0.25
"""The replay begins with the test week of the shipped model: all from then on is new to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsed:
    """What one watch of the drift did on streams with a known truth.

    Parameters
    ----------
    n_streams, n_false : int
        Quiet streams, and those of them with an alarm.
    low, high : float
        95% interval of their share.
    stated : float
        Share that was promised at most.
    delays : float array of shape (n_streams,)
        Payments from a planted shift to its alarm; infinite where it was missed.
    sentence : str
        All of it in words.
    """

    n_streams: int
    n_false: int
    low: float
    high: float
    stated: float
    length: int
    delays: np.ndarray
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The file's content; ``model_sha256`` is of the model whose scores were rehearsed, see :func:`hash_weights`."""

    overview: Overview
    rehearsed: Mapping[str, Rehearsed]
    model_sha256: str


def load_stored(path: Path = STORED) -> Stored:
    """Read the file.

    Raises
    ------
    ArtifactError
        If it is missing or damaged.

    Examples
    --------
    >>> load_stored().overview.n
    1754155
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        overview = overview_from_values(values["overview"])
        rehearsed = {name: _read(each) for name, each in values["rehearsed"].items()}
        model_sha256 = str(values["model_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path.name} is missing or damaged; write it again: {COMMAND}"
        raise ArtifactError(message) from error
    return Stored(overview, rehearsed, model_sha256)


def _read(values: Mapping[str, Any]) -> Rehearsed:
    """Read one rehearsal; a missed shift is written as null."""
    delays = np.array([math.inf if each is None else each for each in values["delays"]], dtype=np.float64)
    return Rehearsed(**{**values, "delays": delays})


def make_stored() -> dict[str, Any]:
    """Work everything out: the handbook's payments counted, each watch rehearsed on 200 streams."""
    from core.hub.artifacts import load_artifact
    from core.streaming.fraud.files import load_model
    from core.streaming.fraud.simulator import load_transactions

    artifact = load_artifact("fraud")
    found = rehearse_shipped(load_model(artifact.folder / "weights"))
    rehearsed = {
        name: {
            "n_streams": each.n_streams,
            "n_false": each.n_false,
            "low": each.false_alarms[1],
            "high": each.false_alarms[2],
            "stated": each.stated,
            "length": each.length,
            "delays": [None if math.isinf(delay) else float(delay) for delay in each.delays],
            "sentence": each.sentence,
        }
        for name, each in found.items()
    }
    overview = describe_payments(load_transactions()).to_values()
    return {"overview": overview, "rehearsed": rehearsed, "model_sha256": hash_weights(artifact.weights)}


def hash_weights(weights: Mapping[str, bytes]) -> str:
    """Return one sha256 of a model's weight files, by name and content.

    Examples
    --------
    >>> hash_weights({"a": b"1", "b": b"2"})[:12] == hash_weights({"b": b"2", "a": b"1"})[:12]
    True
    """
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(f"{name} {hashlib.sha256(weights[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def rehearse_shipped(model: FraudModel) -> Rehearsals:
    """Rehearse each watch on 200 streams of rows drawn from the payments that the replay begins with."""
    from core.streaming.fraud.feed import take_district
    from core.streaming.fraud.rehearsals import WATCHES, rehearse_watch
    from core.streaming.fraud.simulator import load_transactions
    from core.streaming.fraud.warm import warm_up

    warm = warm_up(take_district(load_transactions(), DISTRICT), model, LIVE_DAY)
    drawn = warm.labelled.features.astype(np.float64), warm.labelled.scores, warm.labelled.fraud
    return {name: rehearse_watch(name, warm.reference, drawn, REHEARSED_PAYMENTS) for name in WATCHES}


def write_stored(path: Path = STORED) -> None:
    """Write the file, whole or not at all."""
    text = json.dumps(make_stored(), separators=(",", ":"))
    write_whole(path, lambda handle: handle.write(text.encode()))
