"""The report of a run as PDF: what it drew in figures, how the losses went, and every setting.

Left out: the layout (``core.evaluation.report``); pictures, which lie beside it as a sheet.
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.leaderboard import leaderboard_frame
from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.vision.image_generation.charts import logit_chart, loss_chart
from core.vision.image_generation.model import Model
from core.vision.image_generation.scoring import describe_command


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    sections = [
        Section("Comparison", tuple(f"{row.sentence}." for row in model.leaderboard if row.sentence), _compare(model)),
        Section("Figures", (_explain(),), _list_scores(model)),
        Section("Losses", (), None, loss_chart(model)),
        Section("What the discriminator believes", (), None, logit_chart(model)),
        Section("Settings", (), _list_settings(model)),
    ]
    facts = {
        "Data": f"Fashion-MNIST, {model.recipe.pictures:,} training pictures",
        "Data sha256": model.sha256,
        "Steps": f"{model.recipe.last_step:,}",
        "Training time": f"{model.fit_s:,.0f} s",
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model.recipe),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("How well does it draw?", f"A {model.name} on Fashion-MNIST", sections, facts)


def _compare(model: Model) -> pd.DataFrame:
    """Lay the leaderboard out as text."""
    return leaderboard_frame(model.leaderboard, as_text=True).drop(columns="Fit time (s)")


def _explain() -> str:
    """Say how the samples were drawn."""
    return (
        "Split test draws styles as they come, truncated as the page does by default. The Fréchet ratio is 1 where "
        "drawn pictures are as near to the test set as the training pictures are."
    )


def _list_scores(model: Model) -> pd.DataFrame:
    """List every figure."""
    return pd.DataFrame(
        [
            {
                "Model": row.model,
                "Split": row.split,
                "Metric": row.metric.replace("_", " "),
                "Value": f"{row.value:.4g} ({row.low:.4g} to {row.high:.4g})",
                "Beside": f"{row.baseline}: {row.baseline_value:.4g}",
            }
            for row in model.scores
        ]
    )


def _list_settings(model: Model) -> pd.DataFrame:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    return pd.DataFrame({"Setting": list(values), "Value": [str(each) for each in values.values()]})
