"""The report of a run as PDF: figures of each language beside TF-IDF, the vocabulary, the balance, the settings.

Left out: the layout (``core.evaluation.report``).
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from core.evaluation.report import Section, make_report
from core.hub.scores import describe_machine
from core.text.multilingual.model import Model
from core.text.multilingual.recipe import CLASSES
from core.text.multilingual.scoring import describe_command


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    values = dataclasses.asdict(model.recipe)
    settings = pd.DataFrame({"Setting": list(values), "Value": list(map(str, values.values()))})
    told = (
        "Tweets have three classes, reviews two. The row test is the mean over the languages of tweets; its interval "
        "resamples tweets with all their translations."
    )
    sections = [Section("Figures", (told, *model.notes), list_scores(model))]
    if model.coverage:
        sections.append(Section("Vocabulary", (_describe_coverage(),), list_coverage(model)))
    sections += [Section("Balance", (describe_balance(model),)), Section("Settings", (), settings)]
    facts = {
        "Data": model.source,
        "Data sha256": model.sha256,
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model.recipe),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("One network for many languages", model.source, sections, facts)


def _describe_coverage() -> str:
    """Say what the table of the vocabulary shows."""
    return "Of each language's 4,000 commonest words: written as before, and mean pieces of a word."


def describe_balance(model: Model) -> str:
    """Say in a sentence how logits become probabilities."""
    moved = ", ".join(f"{label} {bias:+.2f}" for label, bias in zip(CLASSES, model.balance.bias, strict=True))
    return (
        f"Logits are divided by {model.balance.temperature:.2f} and moved ({moved}), as if classes were equally common."
    )


def list_scores(model: Model) -> pd.DataFrame:
    """List every figure as text: model, texts, figure, value, interval, n, and what it stands beside."""
    rows = model.scores
    return pd.DataFrame(
        {
            "Model": [row.model for row in rows],
            "Texts": [row.split for row in rows],
            "Figure": [row.metric.replace("_", " ") for row in rows],
            "Value": [f"{row.value:.3f}" for row in rows],
            "95% interval": [f"{row.low:.3f} to {row.high:.3f}" for row in rows],
            "n": [f"{row.n:,}" for row in rows],
            "Beside": [f"{row.baseline_value:.3f} ({row.baseline})" for row in rows],
        }
    )


def list_coverage(model: Model) -> pd.DataFrame:
    """List what pruning did to each language: share of words written as before, pieces of a word after and before."""
    return pd.DataFrame(
        {
            "Language": [row.language for row in model.coverage],
            "Words as before": [f"{row.whole:.1%}" for row in model.coverage],
            "Pieces of a word": [f"{row.pieces:.2f}" for row in model.coverage],
            "With the full vocabulary": [f"{row.pieces_before:.2f}" for row in model.coverage],
        }
    )
