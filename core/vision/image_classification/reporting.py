"""The report of a run as PDF: how often it is right, what it confuses, whether to believe it, and how to do it again.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.charts import calibration_chart, confusion_chart
from core.evaluation.classification import report_as_text
from core.evaluation.leaderboard import leaderboard_frame, note_spreads
from core.evaluation.report import Section, make_report
from core.hub.charts import Chart, Mark
from core.hub.scores import describe_machine
from core.vision.image_classification.model import COVERAGE, Model
from core.vision.image_classification.scoring import count_confusions, describe_command, report_classes


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    sections = [
        _describe_pictures(model),
        _describe_comparison(model),
        Section("Classes", (), report_as_text(report_classes(model)), None),
        Section("Confusions", (), None, confusion_chart(count_confusions(model), model.classes)),
        _describe_trust(model),
        *_describe_history(model),
        _describe_layers(model),
        _describe_recipe(model),
    ]
    facts = {
        "Data": model.source,
        "Data sha256": model.sha256,
        "Network": f"{model.recipe.network}, {model.n_weights:,} numbers",
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model.recipe),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("What is in the picture?", f"{model.recipe.network} network on {model.source}", sections, facts)


def _describe_pictures(model: Model) -> Section:
    """Say what was learnt from."""
    height, width, n_channels = model.shape
    colour = "grey" if n_channels == 1 else "colour"
    told = f"Learnt from {model.source}; {height} by {width} {colour} pixels. Classes: {', '.join(model.classes)}."
    return Section("Pictures", (told, *model.notes))


def _describe_comparison(model: Model) -> Section:
    """Give the leaderboard and what can be said of it."""
    rows = model.leaderboard
    how = "All models learnt from the same pictures; differences by McNemar's exact test with Holm's correction."
    sentences = tuple(f"{row.sentence}." for row in rows if row.sentence)
    spread = note_spreads(rows)
    return Section(
        "Comparison", (how, *sentences, *((spread,) if spread else ())), leaderboard_frame(rows, as_text=True)
    )


def _describe_trust(model: Model) -> Section:
    """Show whether the probabilities hold, and how often the sets held the true class."""
    held = next(row for row in model.scores if row.metric.startswith("coverage"))
    told = (
        f"The logits are divided by a temperature of {model.temperature:.3f}, set on pictures held out of training. "
        f"The set of candidates held the true class in {held.value:.1%} of the test pictures; {COVERAGE:.0%} was asked."
    )
    classes = np.array(model.classes, dtype=object)
    chart = calibration_chart(classes[model.held_out.y], model.test_shares, model.classes)
    return Section("Trust", (told,), None, chart)


def history_chart(model: Model) -> Chart:
    """Draw the accuracy of the pictures that train and of those held out, epoch by epoch."""
    return epochs_chart(model.history)


def epochs_chart(history: Mapping[str, NDArray[np.float64]]) -> Chart:
    """Draw accuracies epoch by epoch, also of a run that is still going on.

    Parameters
    ----------
    history : mapping of str to array of shape (n_epochs,)
        ``accuracy`` and ``held_out_accuracy``; at least one epoch.
    """
    held, fitted = history["held_out_accuracy"], history["accuracy"]
    epochs = np.arange(1, len(held) + 1)
    first, last = held[np.isfinite(held)][[0, -1]]
    after = "one epoch" if len(held) == 1 else f"{len(held)} epochs"
    return Chart(
        title=f"After {after} {last:.1%} of the held-out pictures are named right",
        x_label="Epoch",
        y_label="Accuracy",
        marks=(
            Mark("line", epochs, held, name="held out"),
            Mark("line", epochs, fitted, name="last batch of training", dash=True, index=1),
        ),
        alt=f"Two lines over {after}: held-out accuracy goes from {first:.2f} to {last:.2f}.",
        y_percent=True,
    )


def _describe_history(model: Model) -> tuple[Section, ...]:
    """Show how the network came to know, where that was written down."""
    return (Section("Training", (), None, history_chart(model)),) if len(model.history.get("accuracy", ())) else ()


def _describe_layers(model: Model) -> Section:
    """List the network's layers."""
    frame = pd.DataFrame(
        {
            "Layer": [each.name for each in model.layers],
            "Kind": [each.kind for each in model.layers],
            "Gives": [" × ".join(map(str, each.shape)) for each in model.layers],
            "Numbers": [each.n_weights for each in model.layers],
        }
    )
    return Section("Layers", (f"{model.n_weights:,} numbers in all.",), frame)


def _describe_recipe(model: Model) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": list(map(str, values.values()))}))
