"""Alerts about what is to be predicted: unknown answers, uneven and rare classes, equal rows with different answers.

Left out: whether the target can be learned at all on a page (``core.datasets.fit``).
"""

from __future__ import annotations

import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import count_of, cut, list_names, share_of, show_value
from core.hub.contract import TableNeeds

UNEVEN_RATIO = 10  # largest class over smallest
UNEVEN_SHARE = 0.8  # of the largest class among all rows
MIN_PER_CLASS = TableNeeds().min_per_class


def find_missing(profile: Profile) -> list[Alert]:
    """Report rows without an answer."""
    target = profile.table.target
    if target is None or not 0 < profile.missing[target] < profile.n_rows:
        return []
    n_gaps = profile.missing[target]
    sentence = (
        f"{cut(target)}, the column to predict, is missing in {n_gaps:,} of {count_of(profile.n_rows, 'row')} "
        f"({share_of(n_gaps, profile.n_rows)}): nothing can be learned from them or checked on them."
    )
    fix = Fix("drop_missing_target", (target,), (), f"Drop {count_of(n_gaps, 'row')} without {cut(target)}")
    return [Alert("missing_target", "problem", (target,), sentence, fix)]


def find_imbalance(profile: Profile) -> list[Alert]:
    """Report classes of very different size."""
    counts, target = profile.classes, profile.table.target
    if len(counts) < 2 or target is None:  # noqa: PLR2004  # one class is no choice
        return []
    total, largest, smallest = int(counts.sum()), int(counts.iloc[0]), int(counts.iloc[-1])
    if largest < UNEVEN_RATIO * smallest and largest < UNEVEN_SHARE * total:
        return []
    first, last = (cut(show_value(counts.index[place])) for place in (0, -1))
    sentence = (
        f"The classes of {cut(target)} are uneven: {first} {share_of(largest, total)}, "
        f"{last} {share_of(smallest, total)}. Always answering {first} would be right in {share_of(largest, total)}, "
        "so judge by balanced accuracy and recall."
    )
    return [Alert("imbalance", "warning", (target,), sentence)]


def find_rare(profile: Profile) -> list[Alert]:
    """Report classes with too few rows to be split, where at least two others remain."""
    counts, target = profile.classes, profile.table.target
    rare = counts[counts < MIN_PER_CLASS]
    if target is None or not len(rare) or len(counts) - len(rare) < 2:  # noqa: PLR2004  # two classes must remain
        return []
    names, n_rows = [show_value(value) for value in rare.index], int(rare.sum())
    verb = "has" if len(names) == 1 else "have"
    too_few = f"fewer than {MIN_PER_CLASS} rows{' each' if len(names) > 1 else ''}: too few to train and test on"
    sentence = f"{list_names(names)} of {cut(target)} {verb} {too_few}."
    label = f"Drop {count_of(n_rows, 'row')} of {'a rare class' if len(names) == 1 else 'rare classes'}"
    return [Alert("rare_class", "warning", (target,), sentence, Fix("drop_classes", (target,), tuple(names), label))]


def find_conflicts(profile: Profile) -> list[Alert]:
    """Report rows that agree in every feature and differ in class: they bound what any model can reach."""
    target, features = profile.table.target, list(profile.table.features)
    if target is None or not len(profile.classes) or not features:
        return []
    rows, hashes = profile.twins
    if not len(rows):
        return []
    answers = pd.DataFrame({"group": hashes, "answer": profile.table.frame[target].iloc[rows].to_numpy()}).dropna()
    counts = answers.value_counts(sort=False).groupby(level="group").agg(["sum", "max", "size"])
    n_wrong, n_rows = int((counts["sum"] - counts["max"]).sum()), int(counts.loc[counts["size"] > 1, "sum"].sum())
    if not n_wrong:
        return []
    n_known = profile.n_rows - profile.missing[target]
    best = share_of(n_known - n_wrong, n_known)
    sentence = (
        f"{count_of(n_rows, 'row')} agree with another in every feature and differ in {cut(target)}: "
        f"no model can be right on more than {best} of this table."
    )
    return [Alert("conflicting_answers", "note", (target,), sentence)]
