"""The report of a run as PDF: its verifiers, both error rates at every gate, naming, and what cannot be claimed.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.vision.face_recognition.error_rates import ErrorRates
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.scoring import describe_command


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    values = dataclasses.asdict(model.recipe)
    sections = [
        Section("Figures", _describe_figures(model), list_scores(model)),
        Section("Gates", (_describe_gates(model),), None, model.curve.chart(model.gate)),
        Section("What the people support", (model.claim.sentence,)),
        Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": list(map(str, values.values()))})),
    ]
    facts = {
        "Data": model.source,
        "Data sha256": model.sha256,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model.recipe),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("Is it the same person?", f"Gates chosen and scored on {model.source}", sections, facts)


def _describe_figures(model: Model) -> tuple[str, ...]:
    """Say how the figures came to be."""
    told = (
        "Every gate was chosen on one half of the people; the figures are of the other half. Intervals are over people."
    )
    return (told, *model.notes)


def _describe_gates(model: Model) -> str:
    """Name the gates in use."""
    naming = ", ".join(f"{gate:.2f} ({name})" for name, gate in model.naming_gates.items())
    return f"Two pictures are one person up to a distance of {model.gate:.2f}; a face is named up to {naming}."


def list_scores(model: Model) -> pd.DataFrame:
    """List every figure as text: model, figure, value, interval, n, and what it stands beside."""
    return pd.DataFrame(
        {
            "Model": [row.model for row in model.scores],
            "Figure": [row.metric.replace("_", " ") for row in model.scores],
            "Value": [f"{row.value:.3f}" for row in model.scores],
            "95% interval": [f"{row.low:.3f} to {row.high:.3f}" for row in model.scores],
            "n": [f"{row.n:,}" for row in model.scores],
            "Beside": [f"{row.baseline_value:.3f} ({row.baseline})" for row in model.scores],
        }
    )


def list_curve(model: Model) -> pd.DataFrame:
    """List both error rates of the test people at every gate, with their intervals."""
    curve = model.curve
    return pd.DataFrame(
        {"gate": curve.gates} | _lay_rates("false_accepts", curve.accepts) | _lay_rates("false_rejects", curve.rejects)
    )


def _lay_rates(name: str, rates: ErrorRates) -> dict[str, object]:
    """Put one kind of error into columns."""
    ends = {f"{name}_low": rates.low, f"{name}_high": rates.high, f"{name}_errors": rates.errors}
    return {name: rates.rate, **ends, f"{name}_independent_pairs": rates.n_independent}
