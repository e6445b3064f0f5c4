"""The checks of all methods as JSON, every curve with them, and back.

Left out: what was planted, which is stored beside it (``low_rank``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluation.leaderboard import Measure
from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError
from core.text.sentiment.explain.checks import MethodScore
from core.text.sentiment.explain.erasure import Erasure
from core.text.sentiment.explain.randomised import Randomisation
from core.text.sentiment.explain.recovery import Recovery
from core.text.sentiment.recipe import SLUG

NAME, CHECKS_FILE, PLANTED_FILE = "explanations", "checks.json", "planted.npz"
CURVES = ("without", "kept", "random_without", "random_kept")


def checks_to_json(scores: Sequence[MethodScore]) -> str:
    """Write every method's checks, a method a line."""
    lines = (json.dumps(asdict(each), default=_list_numbers, ensure_ascii=False) for each in scores)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def checks_from_json(text: str) -> tuple[MethodScore, ...]:
    """Read the checks back.

    Raises
    ------
    ArtifactError
        If the text is not what ``checks_to_json`` writes.

    Examples
    --------
    >>> sure = Measure(1.0, 0.9, 1.0)
    >>> erasure = Erasure("occlusion", (0.1,), *[np.array([0.5])] * 4, sure, sure, 9)
    >>> made = MethodScore("occlusion", "Occlusion", erasure, None, None, 12.0)
    >>> checks_from_json(checks_to_json([made]))[0].erasure.without
    array([0.5])
    """
    try:
        found = json.loads(text)
        return tuple(_read_score(each) for each in found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        message = f"the stored checks cannot be read ({str(error)[:80]}); check the methods again"
        raise ArtifactError(message) from error


def load_stored_checks(root: Path | None = None) -> tuple[tuple[MethodScore, ...], bytes]:
    """Load the checks that ship with the hub, and the planted words for :func:`open_planted`.

    Raises
    ------
    ArtifactError
        If they are not there or damaged.
    """
    weights = load_artifact(SLUG, NAME, root).weights
    content = weights.get(CHECKS_FILE, b"").decode("utf-8", "replace")
    return checks_from_json(content), weights.get(PLANTED_FILE, b"")


def _read_score(value: Mapping[str, Any]) -> MethodScore:
    """Read one method's checks."""
    erasure = dict(value["erasure"])
    gains = {side: Measure(**erasure[side]) for side in ("comprehensiveness", "sufficiency")}
    curves = {name: np.array(erasure[name], dtype=np.float64) for name in CURVES}
    first, third = value["recovery"], value["randomisation"]
    return MethodScore(
        str(value["name"]),
        str(value["title"]),
        Erasure(**{**erasure, **gains, **curves, "shares": tuple(erasure["shares"])}),
        _read_recovery(first) if first else None,
        Randomisation(third["method"], tuple(third["parts"]), np.array(third["alike"]), int(third["n"]))
        if third
        else None,
        float(value["ms"]),
    )


def _read_recovery(value: Mapping[str, Any]) -> Recovery:
    """Read one method's first check."""
    measures = {name: Measure(**value[name]) for name in ("auc", "first", "fooled")}
    return Recovery(method=str(value["method"]), n=int(value["n"]), **measures)


def _list_numbers(value: object) -> list[float]:
    """Turn an array into a list."""
    if isinstance(value, np.ndarray):
        return [float(each) for each in value]
    message = f"{type(value).__name__} cannot be written as JSON"
    raise TypeError(message)
