"""What every search of claims needs of a table, prepared once: a seeded sample as arrays, codes for missing removed.

Counts rest on all rows; tests and estimates on at most 10,000 rows drawn without replacement, and a claim says
so in its method. Rows that copy another are left out of them (``copies``): a row entered twice is no second witness.
Sentinels that the alerts found become missing here, so that −999 is not correlated with anything.

Left out: the searches themselves, one module per thing they look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.alerts import Alert, find_alerts
from core.datasets.table import Table
from core.datasets.tally import tally_column
from core.datasets.threads import run_side_by_side
from core.tabular.eda.claims.copies import drop_copies
from core.tabular.eda.claims.ranks import rank_levels

SAMPLE_ROWS = 10_000
"""Here the interval of a weak correlation reaches 0.02 to either side; twice the rows would make it 0.014."""
MAX_COLUMNS = 100  # of each kind, in file order: 4,950 pairs of numbers
LARGEST = 1e75  # products of two and their squares stay finite; what is larger counts as missing
MAX_LEVELS = 200  # a category of more is left out: it is a name, not a group
MIN_LEVEL_ROWS = 5  # rarer levels are taken together, and counted in ``pooled``
MAX_POOLED_SHARE = 0.2  # where more rows than this have a rare level, the category is left out


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A table and its sample.

    Parameters
    ----------
    alerts : tuple of Alert
        What ``core.datasets.alerts`` found on all rows.
    rows : array of int, shape (n_sample,)
        Positions of the sampled rows, in order, without the copies among them.
    n_copies : int
        Drawn rows that were left out as copies of another.
    numbers : mapping of column to array of float, shape (n_sample,)
        Number columns of the sample that vary; missing, infinite and sentinel values are NaN. Identifiers are left out.
    ranks : mapping of column to array of float, shape (n_sample,)
        Ranks of the numbers, NaN where they are.
    distinct : mapping of column to (values, counts)
        The different values of the numbers in order, and how often each occurs in the sample.
    groups : mapping of column to array of int, shape (n_sample,)
        Level of each row of the category columns, −1 where missing. Levels of fewer than 5 rows share the last code, or
        are −1 where they are fewer than 5 rows together; columns of more than 200 levels, or with a fifth of their rows
        in rare ones, are left out.
    levels : mapping of column to tuple of str
        Names of the levels, by code.
    pooled : mapping of column to int
        Sampled rows whose level is too rare to stand alone.
    missing : mapping of column to int
        Missing cells on all rows.
    level : float
        Error level of tests, 0–1.
    seed : int
        Of every draw.
    """

    table: Table
    alerts: tuple[Alert, ...]
    rows: NDArray[np.intp]
    n_copies: int
    numbers: Mapping[str, NDArray[np.float64]]
    ranks: Mapping[str, NDArray[np.float64]]
    distinct: Mapping[str, tuple[NDArray[np.float64], NDArray[np.int64]]]
    groups: Mapping[str, NDArray[np.intp]]
    levels: Mapping[str, tuple[str, ...]]
    pooled: Mapping[str, int]
    missing: Mapping[str, int]
    level: float
    seed: int

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.table.frame)

    @property
    def on_sample(self) -> str:
        """End of a method's sentence: which rows it used."""
        n_drawn = len(self.rows) + self.n_copies
        part = f"on {n_drawn:,} of {self.n_rows:,} rows drawn with seed {self.seed}"
        drawn = part if n_drawn < self.n_rows else f"on all {self.n_rows:,} rows"
        if self.n_copies:
            return f"; {drawn} but the {self.n_copies:,} that copy another, so that each counts once"
        return f"; {drawn}"

    def write_rows(self, n: int) -> str:
        """Write how many rows an estimate rests on, and that they differ where copies were left out."""
        return f"{n:,} different rows" if self.n_copies else f"{n:,} rows"

    def gaps(self, name: str) -> NDArray[np.bool_]:
        """Mark the sampled rows where a column is missing, shape (n_sample,)."""
        return np.asarray(self.table.frame[name].iloc[self.rows].isna().to_numpy(), dtype=bool)

    def named(self, kind: str) -> frozenset[str]:
        """Return the columns that alerts of a kind speak of."""
        return frozenset(name for alert in self.alerts if alert.kind == kind for name in alert.columns)


def make_evidence(table: Table, seed: int, level: float) -> Evidence:
    """Draw the sample and turn it into arrays.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> evidence = make_evidence(load_table("penguins"), 0, 0.05)
    >>> sorted(evidence.numbers), sorted(evidence.groups), evidence.missing["sex"]
    (['bill_depth', 'bill_length', 'body_mass', 'flipper_length'], ['island', 'sex', 'species'], 11)
    """
    drawn, alerts = draw_rows(len(table.frame), seed), find_alerts(table)
    is_copied = any(alert.kind == "duplicate_rows" for alert in alerts)  # counted there: no other table is searched
    rows = drop_copies(table.frame, drawn) if is_copied else drawn
    numbers = _read_numbers(table, rows, alerts)
    ranks = run_side_by_side([partial(rank_levels, values) for values in numbers.values()], len(table.frame))
    ranked = dict(zip(numbers, ranks, strict=True))
    groups, levels, pooled = _code_groups(table, rows, alerts)
    return Evidence(
        table=table,
        alerts=alerts,
        rows=rows,
        n_copies=len(drawn) - len(rows),
        numbers=numbers,
        ranks={name: own for name, (own, _) in ranked.items()},
        distinct={name: distinct for name, (_, distinct) in ranked.items()},
        groups=groups,
        levels=levels,
        pooled=pooled,
        missing={str(name): tally_column(table, name).n_missing for name in table.frame.columns},
        level=level,
        seed=seed,
    )


def draw_rows(n_rows: int, seed: int) -> NDArray[np.intp]:
    """Return all positions, or a seeded draw of 10,000 of them in order.

    Examples
    --------
    >>> draw_rows(3, 0).tolist(), len(draw_rows(50_000, 0))
    ([0, 1, 2], 10000)
    """
    if n_rows <= SAMPLE_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, SAMPLE_ROWS, replace=False))


def find_codes(alerts: tuple[Alert, ...]) -> dict[str, NDArray[np.float64]]:
    """Return the numbers that stand for a missing value, by column."""
    found = {}
    for alert in alerts:
        if alert.kind == "sentinel" and alert.fix is not None:
            codes = pd.to_numeric(pd.Series(alert.fix.values), errors="coerce").dropna().to_numpy(dtype="float64")
            if len(codes):
                found[alert.columns[0]] = codes
    return found


def _read_numbers(table: Table, rows: NDArray[np.intp], alerts: tuple[Alert, ...]) -> dict[str, NDArray[np.float64]]:
    """Read the number columns that vary and are no identifier."""
    codes = find_codes(alerts)
    ids = {name for alert in alerts if alert.kind == "id_like" for name in alert.columns}
    found: dict[str, NDArray[np.float64]] = {}
    for name in table.frame.columns:
        if table.kinds[name] != "number" or name in ids or len(found) == MAX_COLUMNS:
            continue
        values = table.frame[name].iloc[rows].to_numpy(dtype="float64", na_value=np.nan).copy()
        values[~(np.abs(values) < LARGEST)] = np.nan
        values[np.isin(values, codes[name]) if name in codes else []] = np.nan
        known = values[~np.isnan(values)]
        if len(known) and np.ptp(known) > 1 / LARGEST:
            found[name] = values
    return found


def _code_groups(
    table: Table, rows: NDArray[np.intp], alerts: tuple[Alert, ...]
) -> tuple[dict[str, NDArray[np.intp]], dict[str, tuple[str, ...]], dict[str, int]]:
    """Code the levels of the category columns, commonest first, and count the rows whose level is too rare."""
    ids = {name for alert in alerts if alert.kind == "id_like" for name in alert.columns}
    groups: dict[str, NDArray[np.intp]] = {}
    levels: dict[str, tuple[str, ...]] = {}
    pooled: dict[str, int] = {}
    for name in table.frame.columns:
        if table.kinds[name] != "category" or name in ids or len(groups) == MAX_COLUMNS:
            continue
        tally = tally_column(table, name)
        places, seen = pd.factorize(tally.codes[rows])
        known, counts = seen >= 0, np.bincount(places, minlength=len(seen))
        enough = known & (counts >= MIN_LEVEL_ROWS)
        common = [place for place in np.argsort(-counts, kind="stable") if enough[place]]
        order = np.full(len(seen), -1)
        order[common] = np.arange(len(common))
        codes = order[places]
        is_rare = (codes < 0) & known[places]
        if len(common) > MAX_LEVELS or is_rare.sum() > MAX_POOLED_SHARE * counts[known].sum():
            continue
        names = [str(each) for each in tally.values[seen[common]]]  # noqa: PD011  # a field of ours
        if is_rare.sum() >= MIN_LEVEL_ROWS:
            codes = np.where(is_rare, len(names), codes)
            names.append("others")
        if len(names) > 1:
            groups[name], levels[name], pooled[name] = codes, tuple(names), int(is_rare.sum())
    return groups, levels, pooled
