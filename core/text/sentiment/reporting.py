"""The report of a run as PDF: which family is right how often, on films and elsewhere, when it abstains, and settings.

Left out: the layout and the charts themselves (``core.evaluation``).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from core.evaluation.charts import calibration_chart, confusion_chart
from core.evaluation.classification import confusion
from core.evaluation.leaderboard import leaderboard_frame, note_spreads
from core.evaluation.report import Section, make_report
from core.hub.charts import Chart, Mark
from core.hub.scores import describe_machine
from core.text.sentiment.answers import NEGATIVE, POSITIVE
from core.text.sentiment.calibration import LIMITS
from core.text.sentiment.family import TITLES
from core.text.sentiment.model import TEST, Model
from core.text.sentiment.scoring import HALF, describe_command, families_table

CLASSES = (NEGATIVE, POSITIVE)


def make_run_report(model: Model) -> bytes:
    """Write a run's report; equal models on one machine give equal bytes."""
    best = model.find()
    sections = [
        Section("Texts", (f"Learnt from {model.source}.", *model.notes)),
        _describe_comparison(model),
        Section("Other domains", ("Nothing was learnt from these.",), None, transfer_chart(model)),
        _describe_table(model),
        Section("Confusions", (f"Of {best.title}.",), None, confuse(model)),
        Section("Calibration", (), None, trust_chart(model)),
        Section("Abstention", (describe_abstention(model),), None, abstention_chart(model)),
        _describe_recipe(model),
    ]
    facts = {
        "Data": model.source,
        "Data sha256": model.sha256,
        "Families": ", ".join(model.fitted),
        "Seed": str(model.recipe.seed),
        "Command": describe_command(model.recipe),
        "Machine": describe_machine(),
        "Date": model.scores[0].date,
    }
    return make_report("Positive or negative?", f"{len(model.fitted)} families on {model.source}", sections, facts)


def _describe_comparison(model: Model) -> Section:
    """Give the leaderboard and what can be said of it."""
    rows = model.leaderboard
    how = f"All learnt from the same texts; {describe_drawn(model)} for intervals and tests, with Holm's correction."
    sentences = tuple(f"{row.sentence}." for row in rows if row.sentence)
    spread = note_spreads(rows)
    return Section(
        "Comparison", (how, *sentences, *((spread,) if spread else ())), leaderboard_frame(rows, as_text=True)
    )


def _describe_table(model: Model) -> Section:
    """Give every family on every set as texts."""
    table = families_table(model)
    shown = table[["set", "model", "n"]].copy()
    for key in ("accuracy", "macro_f1", "roc_auc", "ece"):
        ends = zip(table[key], table[f"{key}_low"], table[f"{key}_high"], strict=True)
        shown[key] = [f"{value:.3f} ({low:.3f} to {high:.3f})" for value, low, high in ends]
    shown["ms a text"] = [f"{value:.2f}" if pd.notna(value) else "" for value in table["ms_per_text"]]
    return Section("Every family on every set", (), shown)


def transfer_chart(model: Model, metric: str = "accuracy") -> Chart:
    """Draw a metric of every family on every set: how far what was learnt carries."""
    table = families_table(model)
    sets = list(model.held_out)
    marks = []
    for place, title in enumerate(table["model"].unique()):
        rows = table[table["model"] == title].set_index("set").loc[sets]
        ends = (rows[f"{metric}_low"].to_numpy(), rows[f"{metric}_high"].to_numpy())
        marks.append(
            Mark(
                "bars",
                np.array([name_set(each, model.unit) for each in sets]),
                rows[metric].to_numpy(),
                title,
                "class",
                place,
                *ends,
            )
        )
    best = TITLES[model.best]
    rows = table[table["model"] == best].set_index("set")[metric]
    others = rows.drop(TEST)
    title = (
        f"{best}: {rows[TEST]:.1%} on {name_set(TEST, model.unit)}, {others.min():.1%} to {others.max():.1%} elsewhere"
    )
    return Chart(title, "Set", metric.replace("_", " ").capitalize(), tuple(marks), alt=f"{title}.", y_percent=True)


def name_set(split: str, unit: str = "film") -> str:
    """Name a set on screen.

    Parameters
    ----------
    unit : str
        What is held out whole (``Model.unit``).

    Examples
    --------
    >>> name_set("product_sentences"), name_set("test", "text")
    ('product sentences', 'test texts')
    """
    return f"test {unit}s" if split == TEST else split.replace("_", " ")


def describe_drawn(model: Model) -> str:
    """Say what a resample draws."""
    return "films, not texts, are drawn" if model.unit == "film" else "equal texts are drawn together"


def confuse(model: Model, name: str = "best") -> Chart:
    """Draw what a family took for what on the test texts."""
    held, one = model.held_out[TEST], model.find(name)
    classes = np.array(CLASSES, dtype=object)
    said = classes[(held.probabilities[one.name] >= HALF).astype(int)]
    return confusion_chart(np.asarray(confusion(classes[held.labels], said, CLASSES)), CLASSES)


def trust_chart(model: Model, name: str = "best", split: str = TEST) -> Chart:
    """Draw stated confidence against the share that is right."""
    held = model.held_out[split]
    said = held.probabilities[model.find(name).name]
    classes = np.array(CLASSES, dtype=object)
    return calibration_chart(classes[held.labels], np.column_stack([1 - said, said]), CLASSES)


def describe_abstention(model: Model, name: str = "best") -> str:
    """Say in a sentence or two what is promised, and whether the test texts kept it."""
    one = model.find(name)
    rule, held = one.abstention, model.held_out[TEST]
    said = held.probabilities[one.name]
    given = np.maximum(said, 1 - said) >= rule.limit
    right = ((said >= HALF) == held.labels)[given]
    asked = "" if rule.promise >= rule.asked else f" ({rule.asked:.0%} was asked, which no limit can carry)"
    kept = f"{right.mean():.1%} of {len(right):,}" if len(right) else "none"
    return (
        f"{one.title} answers from {rule.limit:.0%} confidence on and promises that {rule.promise:.0%} of its answers "
        f"are right{asked}. Of the test texts it answers {given.mean():.0%}, right in {kept}."
    )


def abstention_chart(model: Model, name: str = "best") -> Chart:
    """Draw, over the limit, which share of the test texts is answered and which share of answers is right."""
    one, held = model.find(name), model.held_out[TEST]
    said = held.probabilities[one.name]
    confidence, right = np.maximum(said, 1 - said), (said >= HALF) == held.labels
    given = [confidence >= limit for limit in LIMITS]
    filled = [place for place, rows in enumerate(given) if rows.any()]
    shares = np.array([given[place].mean() for place in filled])
    correct = np.array([right[given[place]].mean() for place in filled])
    sure = f"Asked only when {LIMITS[filled[-1]]:.0%} sure"
    title = f"{sure}, {one.title} answers {shares[-1]:.0%} and is right in {correct[-1]:.0%}"
    marks = (
        Mark("line", LIMITS[filled], correct, "right, of the answers given"),
        Mark("line", LIMITS[filled], shares, "answered", "second"),
        Mark(
            "points",
            np.array([one.abstention.limit]),
            np.array([one.abstention.promise]),
            "promise at the limit",
            "good",
        ),
    )
    return Chart(title, "Limit of confidence", "Share", marks, alt=f"{title}.", y_percent=True, x_percent=True)


def _describe_recipe(model: Model) -> Section:
    """List every setting."""
    values = dataclasses.asdict(model.recipe)
    return Section("Settings", (), pd.DataFrame({"Setting": list(values), "Value": list(map(str, values.values()))}))
