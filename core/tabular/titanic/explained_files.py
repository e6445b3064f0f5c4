"""Explanations as JSON facts and arrays, and back, so that a page shows them without asking a model again.

Left out: everything else of a model (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.evaluation.attribution.faithfulness import Curve, Deletion
from core.evaluation.attribution.result import Attribution
from core.evaluation.leaderboard import Measure
from core.tabular.titanic.explaining import Explanations
from core.tabular.titanic.recipe import COLUMNS

CURVES = ("chosen", "random", "reverse")
LINES = ("moved", "low", "high", "answer")
PARTS = ("values", "low", "high", "answers")


def explained_to_facts(found: Explanations) -> dict[str, object]:
    """Write what is text or few numbers."""
    return {
        "model": found.model,
        "methods": list(found.found),
        "refitted": list(found.refits),
        "bases": {method: each.base for method, each in found.found.items()},
        "n_rows": {method: each.n_rows for method, each in found.deletions.items()},
    }


def explained_to_arrays(found: Explanations) -> dict[str, np.ndarray]:
    """Write the effects, the refits' effects and the deletion curves, each under ``explained_``."""
    arrays = {"explained_places": found.places}
    for place, (method, each) in enumerate(found.found.items()):
        parts = {name: getattr(each, name) for name in PARTS}
        arrays |= {f"explained_{place}_{name}": part for name, part in parts.items() if part is not None}
        arrays |= _deletion_to_arrays(f"explained_{place}", found.deletions[method])
    return arrays | {f"explained_refits_{place}": each for place, each in enumerate(found.refits.values())}


def _deletion_to_arrays(stem: str, deletion: Deletion) -> dict[str, np.ndarray]:
    """Write the three curves of a deletion and its gain."""
    arrays = {f"{stem}_gain": _measure_to_array(deletion.gain)}
    for name in CURVES:
        curve: Curve = getattr(deletion, name)
        arrays[f"{stem}_{name}"] = np.stack([getattr(curve, line) for line in LINES])
        arrays[f"{stem}_{name}_area"] = _measure_to_array(curve.area)
    return arrays


def _measure_to_array(measure: Measure) -> np.ndarray:
    """Write a measure's value and ends."""
    return np.array([measure.value, measure.low, measure.high])


def _array_to_measure(array: np.ndarray) -> Measure:
    """Read a measure's value and ends."""
    value, low, high = array.tolist()
    return Measure(value, low, high)


def explained_from_files(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Explanations:
    """Build explanations from what the other two wrote."""
    methods = facts["methods"]
    return Explanations(
        model=facts["model"],
        places=arrays["explained_places"],
        found={
            method: Attribution(
                method,
                COLUMNS,
                base=facts["bases"][method],
                **{name: arrays.get(f"explained_{place}_{name}") for name in PARTS},  # type: ignore[arg-type]
            )
            for place, method in enumerate(methods)
        },
        refits={method: arrays[f"explained_refits_{place}"] for place, method in enumerate(facts["refitted"])},
        deletions={
            method: _deletion_from_arrays(f"explained_{place}", method, facts["n_rows"][method], arrays)
            for place, method in enumerate(methods)
        },
    )


def _deletion_from_arrays(stem: str, method: str, n_rows: int, arrays: Mapping[str, np.ndarray]) -> Deletion:
    """Build a deletion."""
    curves = {}
    for name in CURVES:
        moved, low, high, answer = arrays[f"{stem}_{name}"]
        curves[name] = Curve(moved, low, high, answer, _array_to_measure(arrays[f"{stem}_{name}_area"]))
    return Deletion(method, n_rows, **curves, gain=_array_to_measure(arrays[f"{stem}_gain"]))
