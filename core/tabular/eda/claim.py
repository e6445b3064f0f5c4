"""A claim about a table: one computed sentence with its effect size, interval and evidence.

Left out: how claims are found (``claims``) and how they are printed (``report``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Topic = Literal["quality", "missing", "spread", "association", "target"]
Severity = Literal["problem", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One finding that can be checked.

    Parameters
    ----------
    kind : str
        What was found, in snake_case: ``sentinel``, ``label_leak``, ``conditional_missingness``, ``association``, …
    topic : str
        The chapter of a report that it belongs to.
    severity : str
        ``problem`` (an answer would be wrong), ``warning`` (look before you use it) or ``note`` (worth knowing).
    columns : tuple of str
        The columns it speaks of, the suspected one first.
    sentence : str
        The finding with its numbers, one sentence, plain text: names of columns are data.
    effect : str
        Name of the effect size: ``share of rows``, ``Cramér's V``, ``Spearman's rho``, ``eta squared``, …
    value, low, high : float
        The effect and its 95% interval; equal where nothing was estimated (a count over all rows).
    n : int
        Rows that it rests on.
    p, q : float, optional
        The test's p, and its Benjamini–Hochberg adjusted value among the tests of its topic times the number of topics
        that were tested, which holds the false-discovery rate over all tests of the table; None where none was made.
    method : str
        The test or rule, with its source.
    figures : mapping of str to float
        Every number in the sentence by a snake_case name, unrounded.
    """

    kind: str
    topic: Topic
    severity: Severity
    columns: tuple[str, ...]
    sentence: str
    effect: str
    value: float
    low: float
    high: float
    n: int
    method: str
    p: float | None = None
    q: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
