"""The comparison of all families as one table and charts: films, other domains, speed and size; and who reads "not".

Left out: the figures themselves (``scoring``); the PDF (``reporting``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark, Role
from core.text.sentiment.family import TITLES
from core.text.sentiment.model import TEST, FittedFamily, Model
from core.text.sentiment.reporting import name_set
from core.text.sentiment.scoring import HALF, families_table

VERDICTS = {"not distinguishable from best": "level with best"}
COLUMNS = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "roc_auc": "ROC AUC", "ece": "Calibration error"}
PHRASES = (
    ("good", "not good"),
    ("a great film", "not a great film"),
    ("I liked it", "I did not like it"),
    ("it works", "it does not work"),
    ("bad", "not bad"),
    ("a dull film", "not a dull film"),
)
"""Plain phrases and their denials; what is denied should move towards the other side."""
N_PRAISE = 4
"""The first ones praise; their denials are criticism."""


def lay_board(model: Model) -> pd.DataFrame:
    """List the families, best first: figures on the test films with intervals, the verdict, other sets, speed, size.

    Returns
    -------
    DataFrame
        Model, Verdict, four figures as text, a column of accuracies for each other set, ms a text, MB.
    """
    table = {(row["set"], row["model"]): row for row in families_table(model).to_dict("records")}
    rows = []
    for row in model.leaderboard:
        own = table[TEST, row.model]
        line: dict[str, object] = {"Model": row.model, "Verdict": VERDICTS.get(row.verdict, row.verdict)}
        line |= {title: _write(own, key) for key, title in COLUMNS.items()}
        for split in model.held_out:
            if split != TEST:
                line[open_set(split)] = _write(table[split, row.model], "accuracy")
        rows.append(line | {"ms a text": own["ms_per_text"], "MB": own["kB"] / 1e3})
    return pd.DataFrame(rows)


def open_set(split: str) -> str:
    """Name a set as a column.

    Examples
    --------
    >>> open_set("news_sentences")
    'News sentences'
    """
    return name_set(split).capitalize()


def _write(row: Mapping[Hashable, Any], key: str) -> str:
    """Write a figure with its interval."""
    return f"{row[key]:.3f} ({row[f'{key}_low']:.3f}–{row[f'{key}_high']:.3f})"


def describe_transfer(model: Model) -> str:
    """Say in a sentence who leads on each other set, and how far the films' best falls there."""
    table = families_table(model).set_index(["set", "model"])["accuracy"]
    best = TITLES[model.best]
    told = []
    for split in [each for each in model.held_out if each != TEST]:
        leader = str(table[split].idxmax())
        rest = "" if leader == best else f", {best} {table[split, best]:.1%}"
        told.append(f"{name_set(split)}: {leader} {table[split, leader]:.1%}{rest}")
    own = f"on the {name_set(TEST, model.unit)} {best} {table[TEST, best]:.1%}"
    return f"Most often right elsewhere — {'; '.join(told)}; {own}."


def speed_chart(model: Model) -> Chart:
    """Draw each family's accuracy on the test films over the time that a text takes."""
    table = families_table(model)
    rows = table[(table["set"] == TEST) & table["ms_per_text"].notna()]
    names = [str(each) for each in rows["model"]]
    keys = ("ms_per_text", "accuracy", "accuracy_low", "accuracy_high", "kB")
    ms, right, low, high, size = (rows[key].to_numpy(np.float64) for key in keys)
    marks = tuple(
        Mark(
            "points", 1e3 * ms[[place]], right[[place]], name, "class", place, low[[place]], high[[place]], size=11.0,
            text=(f"{name}: {right[place]:.3f}, {ms[place]:.2f} ms, {size[place] / 1e3:.1f} MB",),
        )
        for place, name in enumerate(names)
    )  # fmt: skip
    fast, best = int(ms.argmin()), int(right.argmax())
    title = f"{names[best]} takes {ms[best] / ms[fast]:,.0f} times as long a text as {names[fast]} for "
    title += f"{100 * (right[best] - right[fast]):.1f} points more"
    told = "; ".join(f"{name} {right[place]:.3f} at {ms[place]:.2f} ms" for place, name in enumerate(names))
    return Chart(
        title,
        "Microseconds a text on one core (a thousand are a millisecond)",
        f"Accuracy on {name_set(TEST, model.unit)}, 95%",
        marks,
        f"{title}. {told}.",
        x_log=True,
    )


def compare_text(model: Model, text: str) -> pd.DataFrame:
    """Ask every family of a run about one text: probability of positive, and whether that is sure enough.

    Returns
    -------
    DataFrame
        name, model, positive, limit (confidence from which on it answers), answers (bool).
    """
    rows = []
    for name, one in reversed(list(model.fitted.items())):
        share = float(one.probabilities([text])[0])
        limit = one.abstention.limit
        rows.append((name, one.title, share, limit, max(share, 1 - share) >= limit))
    return pd.DataFrame(rows, columns=["name", "model", "positive", "limit", "answers"])


def families_chart(found: pd.DataFrame) -> Chart:
    """Draw what each family says of one text; those that would rather not say are grey."""
    n_positive, n = int((found["positive"] >= HALF).sum()), len(found)
    first = found.iloc[0]
    title = f"{n_positive} of {n} families lean to positive; {first['model']} says {first['positive']:.0%}"
    if not first["answers"]:
        title += " and is not sure enough to answer"
    names = found["model"].to_numpy(object)
    values, sure = found["positive"].to_numpy(float), found["answers"].to_numpy(bool)
    kinds: tuple[tuple[str, Role, NDArray[np.bool_]], ...] = (
        ("positive", "good", sure & (values >= HALF)),
        ("negative", "bad", sure & (values < HALF)),
        ("not sure enough", "muted", ~sure),
    )
    marks = [Mark("line", np.full(n, HALF), names, role="muted", dash=True)]
    marks += [Mark("bars", values[rows], names[rows], label, role) for label, role, rows in kinds if rows.any()]
    told = "; ".join(f"{row.model} {row.positive:.0%}" for row in found.itertuples())
    return Chart(title, "Probability of positive", "", tuple(marks), f"{title}. {told}.", x_range=(0.0, 1.0),
                 x_percent=True)  # fmt: skip


def read_denials(one: FittedFamily) -> NDArray[np.float64]:
    """Return the probability of positive of each phrase and of its denial, shape (n_phrases, 2)."""
    flat = [text for pair in PHRASES for text in pair]
    return one.probabilities(flat).reshape(-1, 2)


def find_turned(shares: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for each phrase whether its denial lies on the right side, bool of shape (n_phrases,).

    Examples
    --------
    >>> find_turned(np.array([[0.9, 0.2]] * 4 + [[0.1, 0.4]] * 2)).tolist()
    [True, True, True, True, False, False]
    """
    denied = np.asarray(shares)[:, 1]
    praise = np.arange(len(denied)) < N_PRAISE
    return np.where(praise, denied < HALF, denied >= HALF)


def denial_chart(found: Sequence[FittedFamily]) -> Chart:
    """Draw what families say of plain phrases and their denials, and tell who reads "not"."""
    shares = [read_denials(one) for one in found]
    counts = {one.title: int(find_turned(each).sum()) for one, each in zip(found, shares, strict=True)}
    best, worst = max(counts, key=lambda each: counts[each]), min(counts, key=lambda each: counts[each])
    n = len(PHRASES)
    title = f"Of {n} denials {best} reads {counts[best]} rightly"
    title += f", {worst} {counts[worst]}" if worst != best else ""
    texts = np.array([f"“{text}”" for pair in PHRASES for text in pair], dtype=object)
    z = np.stack([each.ravel() for each in shares], axis=1)
    cells = tuple(f"{value:.0%}" for value in z.ravel())
    names = np.array([one.title for one in found], dtype=object)
    told = "; ".join(f"{name} {count} of {n}" for name, count in counts.items())
    return Chart(title, "", "", (Mark("heatmap", names, texts, "positive", z=z, text=cells),), f"{title}. {told}.")
