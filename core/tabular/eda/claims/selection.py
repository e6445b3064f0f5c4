"""Which claims are made of all that was tested: the false-discovery rate, then the strongest associations.

Benjamini & Hochberg (1995), https://doi.org/10.1111/j.2517-6161.1995.tb02031.x, is applied to each topic apart: the
easy rejections of one question (is this number skewed?) would otherwise raise the limit for another (do these two go
together?). Each of the T topics with a test gets an equal part of the level, so q is T times the topic's own. That
holds the rate over all tests of the table: the false share of all rejections is at most the sum of the topics' false
shares, whatever goes with what between them, and each has at most a T-th of the level as its mean.

The rate is one of everything with q within the level. What is too small to matter passes its test and makes no claim; a
weak or repeated association is true and not worth a line, and how many are left out is said.

Left out: dependence between tests beyond what Benjamini & Hochberg allow (positive regression dependence).
"""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np

from core.datasets.fixes.wording import count_of
from core.evaluation.multiplicity import benjamini_hochberg
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence

MIN_EFFECT = 0.1
MAX_PER_COLUMN = 8
MAX_PER_TABLE = 60


def control_rate(found: list[Claim], level: float) -> list[Claim]:
    """Give every tested claim its q over the table; drop those above the level, and tests that claim nothing."""
    q_of: dict[int, float] = {}
    topics = {claim.topic for claim in found if claim.p is not None}
    for topic in topics:
        tested = [(id(claim), claim.p) for claim in found if claim.topic == topic and claim.p is not None]
        q_values = np.minimum(1.0, len(topics) * benjamini_hochberg([p for _, p in tested]))
        q_of.update({key: float(q) for (key, _), q in zip(tested, q_values, strict=True)})
    kept = [claim for claim in found if claim.sentence and q_of.get(id(claim), 0.0) <= level]
    return [dataclasses.replace(claim, q=q_of.get(id(claim))) for claim in kept]


def keep_strong(evidence: Evidence, claims: list[Claim]) -> list[Claim]:
    """Keep the strongest associations, at most eight of a column and sixty of a table, and count the rest in a note."""
    pairs = [claim for claim in claims if claim.kind == "association"]
    strong = sorted((each for each in pairs if abs(each.value) >= MIN_EFFECT), key=lambda each: -abs(each.value))
    used: Counter[str] = Counter()
    kept: set[int] = set()
    for claim in strong:
        # The column to predict is what is asked about: it has no limit of its own.
        limited = [name for name in claim.columns if name != evidence.table.target]
        if len(kept) < MAX_PER_TABLE and all(used[name] < MAX_PER_COLUMN for name in limited):
            kept.add(id(claim))
            used.update(limited)
    chosen = [claim for claim in claims if claim.kind != "association" or id(claim) in kept]
    if len(kept) == len(pairs):
        return chosen
    return [*chosen, _write_rest(evidence, len(pairs) - len(strong), len(strong) - len(kept))]


def _write_rest(evidence: Evidence, n_weak: int, n_more: int) -> Claim:
    """Say how many associations are not listed."""
    sentence = (
        f"{count_of(n_weak + n_more, 'further association')} left out: {n_weak:,} with an effect under {MIN_EFFECT:g} "
        f"and {n_more:,} beyond the {MAX_PER_COLUMN} strongest of a column or the {MAX_PER_TABLE} of the table."
    )
    figures = {
        "n_left_out": float(n_weak + n_more),
        "n_weak": float(n_weak),
        "n_more": float(n_more),
        "least_effect": MIN_EFFECT,
        "most_per_column": float(MAX_PER_COLUMN),
        "most_per_table": float(MAX_PER_TABLE),
    }
    value = float(n_weak + n_more)
    return Claim(
        "associations_left_out",
        "association",
        "note",
        (),
        sentence,
        "count",
        value,
        value,
        value,
        len(evidence.rows),
        f"counted among the associations that passed their test{evidence.on_sample}",
        figures=figures,
    )
