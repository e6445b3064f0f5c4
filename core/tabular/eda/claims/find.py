"""Look a table over and claim what can be shown, with the false-discovery rate held over all tests of the table.

Every search returns its claims and, for each test that claims nothing, a record of its p. Benjamini & Hochberg (1995)
is applied to each topic apart (spread, association, missing, target), with an equal part of the level each; a tested
claim whose q is above the level is dropped. Tested are: associations, gaps, late columns, skewness, tails and heaped
digits. All other kinds are counted, or guessed by a rule: they have no p, and the rate says nothing of them.

Left out: what a single search leaves out, said in its module.
"""

from __future__ import annotations

from functools import partial

from core.datasets.alerts.profile import SEVERITIES
from core.datasets.table import Table
from core.datasets.threads import run_side_by_side
from core.hub.contract import OnStep
from core.hub.errors import DataError
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims import (
    associations,
    cells,
    dates,
    dependence,
    digits,
    identities,
    missing,
    numerals,
    outcome,
    quality,
    spread,
    swaps,
    units,
    wild,
    zeros,
)
from core.tabular.eda.claims.evidence import make_evidence
from core.tabular.eda.claims.intervals import bound_association
from core.tabular.eda.claims.selection import control_rate, keep_strong

_SEARCHES = (
    quality.find_quality,
    wild.find_wild,
    zeros.find_zeros,
    dependence.find_dependence,
    outcome.find_late_columns,
    missing.find_missing,
    identities.find_identities,
    units.find_units,
    swaps.find_swaps,
    numerals.find_numerals,
    cells.find_negatives,
    cells.find_ceilings,
    cells.find_stuck,
    digits.find_heaping,
    dates.find_dates,
    spread.find_spread,
    associations.find_associations,
)
# A defect explains its shadows: (the kind that stays, the kind dropped where the first column is the same).
_EXPLAINED = (
    ("time_travel", "label_leak"),
    ("time_travel", "conditional_missingness"),
    ("derived_sum", "heaping"),
    ("derived_product", "heaping"),
    ("scaled_copy", "heaping"),
    ("scaled_copy", "ceiling"),
    ("unit_mixup", "heaping"),
    ("numbers_as_text", "id_like"),
    ("wild_value", "skewed"),
    ("wild_value", "heavy_tails"),
    ("unit_mixup", "wild_value"),
    ("impossible_negative", "wild_value"),
)
_RIVALS = ("unit_mixup", "impossible_negative", "swapped_columns")  # one set of odd rows, three readings of it
MAX_LEVEL = 0.5


def find_claims(
    table: Table, *, seed: int = 0, level: float = 0.05, on_step: OnStep | None = None
) -> tuple[Claim, ...]:
    """Claim what a table shows.

    Parameters
    ----------
    table : Table
        With its target set, leaks and late columns are searched too.
    seed : int
        Of the sample of large tables and of the bootstrap.
    level : float
        False-discovery rate over all tests of the table, above 0 and at most 0.5; claims without p are counted or
        guessed by a rule, not tested.
    on_step : callable, optional
        Called after each search.

    Returns
    -------
    tuple of Claim
        Problems first, then warnings, then notes; inside, the largest effect first.

    Raises
    ------
    DataError
        If the table has no rows or the level is out of range.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> claims = find_claims(load_table("iris"))
    >>> claims[0].sentence
    '1 of 150 rows (0.7%) repeats an earlier one; keep it if cases may really be equal.'
    """
    if not 0 < level <= MAX_LEVEL:
        message = f"level is {level}; it must be above 0 and at most {MAX_LEVEL}"
        raise DataError(message)
    if table.frame.empty:
        message = (
            f"{table.name} has {len(table.frame)} rows and {table.frame.shape[1]} columns; claims need at least one"
        )
        raise DataError(message)
    evidence = make_evidence(table, seed, level)
    found: list[Claim] = []
    calls = [partial(search, evidence) for search in _SEARCHES]
    for step, claims in enumerate(run_side_by_side(calls, evidence.n_rows), start=1):
        found += claims
        if on_step is not None:
            on_step(step, len(_SEARCHES), {"claims": float(len(found))})
    kept = _drop_explained(keep_strong(evidence, control_rate(found, level)))
    return _order([bound_association(evidence, claim) for claim in kept])


def _drop_explained(claims: list[Claim]) -> list[Claim]:
    """Drop what another claim about the same column explains."""
    said = {(claim.kind, claim.columns[:1]) for claim in claims}
    gone = {(weaker, columns) for stays, weaker in _EXPLAINED for kind, columns in said if kind == stays}
    kept = [claim for claim in claims if (claim.kind, claim.columns[:1]) not in gone]
    return [claim for claim in kept if not _has_rival(claim, kept)]


def _has_rival(claim: Claim, claims: list[Claim]) -> bool:
    """Tell whether another reading of the same column's odd rows accounts for more of them; a tie goes to a swap."""
    if claim.kind not in _RIVALS:
        return False
    is_swap = claim.kind == "swapped_columns"
    rivals = [other for other in claims if other.kind in _RIVALS and (other.kind == "swapped_columns") != is_swap]
    near = [other.value for other in rivals if set(other.columns) & set(claim.columns)]
    return any(value > claim.value if is_swap else value >= claim.value for value in near)


def _order(claims: list[Claim]) -> tuple[Claim, ...]:
    """Put problems first, and large effects before small ones."""
    return tuple(sorted(claims, key=lambda claim: (SEVERITIES.index(claim.severity), -abs(claim.value))))
