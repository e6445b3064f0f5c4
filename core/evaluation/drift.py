"""Whether new rows still look like the ones that were learnt from: column by column, and all columns together.

Each column gets the population stability index (PSI): both samples counted in the reference's tenths or levels, read as
S. Siddiqi does (2006, *Credit Risk Scorecards*, Wiley: 0.1 and 0.25). It also gets a test, Kolmogorov and Smirnov's of
numbers (with Fisher's of their gaps) and chi-square of categories, adjusted for the number of columns after Holm.
Columns may keep their own spread while they no longer go together, so a classifier also tries to tell new rows from old
ones (D. Lopez-Paz and M. Oquab 2017, arXiv:1610.06545): an area of one half says that it cannot.

A test of many rows finds differences that matter to nobody, so a sentence says drift only where the test finds one and
the index is at least 0.1. Drift of columns says nothing of the answers; see ``label_free``.

Left out: drift of the target, which takes labels; streams, where a window moves with time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.leaderboard import Measure, fold_interval
from core.evaluation.multiplicity import holm
from core.evaluation.splits import make_folds
from core.hub.errors import DataError

N_BINS = 10
MILD, STRONG = 0.1, 0.25
"""Readings of the index after Siddiqi: below the first nothing, from the second on a shift to act on."""
LEVEL = 0.05
LEAST_ROWS = 20
LEAST_EXPECTED = 5.0
"""Rows that a level must be expected to have in both samples for the chi-square test; rarer ones are joined."""
MISSING = "missing"
N_FOLDS, MAX_ROWS = 5, 20_000


def find_drift(reference: pd.DataFrame, current: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Compare each column of new rows with the rows that were learnt from.

    Parameters
    ----------
    reference, current : DataFrame
        Old and new rows, at least 20 of each.
    kinds : mapping of column to kind
        ``category``, or ``number`` and ``date`` (of numbers); only these columns are compared.

    Returns
    -------
    DataFrame of shape (n_columns, 8)
        column, kind, psi, statistic (of the test), p, p_holm (adjusted), drifts, sentence; the largest index first.
        A column with no value in one of the samples has an index alone.

    Raises
    ------
    DataError
        If a sample has too few rows or lacks a column.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> old = pd.DataFrame({"age": rng.normal(40, 10, 500), "sex": ["f", "m"] * 250})
    >>> new = pd.DataFrame({"age": rng.normal(50, 10, 500), "sex": ["f", "m"] * 250})
    >>> found = find_drift(old, new, {"age": "number", "sex": "category"})
    >>> found[["column", "drifts"]].values.tolist()
    [['age', True], ['sex', False]]
    >>> found["sentence"][1]
    'sex has not drifted (index 0.000, adjusted p 1.000).'
    """
    _check_samples(reference, current, kinds)
    rows = [
        (
            name,
            kind,
            measure_stability(reference[name], current[name], kind),
            *_test(reference[name], current[name], kind),
        )
        for name, kind in kinds.items()
    ]
    found = pd.DataFrame(rows, columns=["column", "kind", "psi", "statistic", "p"])
    found["p_holm"] = np.nan
    tested = found["p"].notna().to_numpy()
    found.loc[tested, "p_holm"] = holm(found.loc[tested, "p"].to_numpy())
    found["drifts"] = (found["psi"] >= MILD) & ~(found["p_holm"] >= LEVEL)
    found = found.sort_values(["psi", "column"], ascending=[False, True], ignore_index=True)
    found["sentence"] = [_tell(row) for _, row in found.iterrows()]
    return found


def measure_stability(reference: pd.Series, current: pd.Series, kind: str) -> float:
    """Return the population stability index of a column: 0 where both samples fall alike into its bins.

    Half a row is added to each bin, so that an empty one does not make the index infinite.

    Examples
    --------
    >>> old, new = pd.Series(["a"] * 50 + ["b"] * 50), pd.Series(["a"] * 80 + ["b"] * 20)
    >>> round(measure_stability(old, new, "category"), 2)
    0.41
    """
    counts = _count_parts(reference, current, kind).to_numpy(dtype=float) + 0.5
    shares = counts / counts.sum(axis=0)
    return float(((shares[:, 1] - shares[:, 0]) * np.log(shares[:, 1] / shares[:, 0])).sum())


def tell_apart(reference: pd.DataFrame, current: pd.DataFrame, kinds: Mapping[str, str], seed: int = 0) -> Measure:
    """Measure how well a classifier tells new rows from old ones: the joint test of all columns.

    Parameters
    ----------
    reference, current : DataFrame
        More than 20,000 rows of either are sampled with the seed.

    Returns
    -------
    Measure
        ROC area by cross-validation with the corrected interval over the folds. 0.5 inside it or above it: not told
        apart; all of it under 0.5 means that rows of one sample are copies of the other's.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 2))
    >>> old, new = pd.DataFrame(x, columns=["a", "b"]), pd.DataFrame({"a": x[:, 0], "b": x[:, 0]})
    >>> tell_apart(old, new, {"a": "number", "b": "number"}).low > 0.7
    True
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    _check_samples(reference, current, kinds)
    parts = [_sample(frame[list(kinds)], seed) for frame in (reference, current)]
    x = _to_numbers(pd.concat(parts, ignore_index=True), kinds)
    is_new = np.repeat([False, True], [len(part) for part in parts])
    areas = []
    folds = make_folds(is_new, N_FOLDS, 1, seed)
    for fold in folds:
        model = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=8, random_state=seed)
        with threadpool_limits(limits=1):
            model.fit(x[fold.train], is_new[fold.train])
            areas.append(roc_auc_score(is_new[fold.test], model.predict_proba(x[fold.test])[:, 1]))
    return Measure(*fold_interval(areas, len(folds[0].train), len(folds[0].test), "roc_auc"))


def _check_samples(reference: pd.DataFrame, current: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    """Refuse samples that are too small or lack a column."""
    for name, frame in (("reference", reference), ("current", current)):
        if len(frame) < LEAST_ROWS:
            message = f"the {name} rows are {len(frame)}; at least {LEAST_ROWS} are needed to compare"
            raise DataError(message)
        absent = [column for column in kinds if column not in frame.columns]
        if absent:
            message = f"the {name} rows lack {', '.join(absent)}; give them the columns that were learnt from"
            raise DataError(message)


def _count_parts(reference: pd.Series, current: pd.Series, kind: str) -> pd.DataFrame:
    """Count both samples by level, or by tenth of the reference; a gap is a part of its own."""
    if kind == "category":
        old, new = (column.astype(object).where(column.notna(), MISSING).astype(str) for column in (reference, current))
    else:
        edges, tied = _find_edges(reference.dropna().to_numpy(dtype=float))
        old, new = (_cut(column, edges, tied) for column in (reference, current))
    return pd.DataFrame({"old": old.value_counts(), "new": new.value_counts()}).fillna(0).sort_index()


def _find_edges(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the tenths' edges, and which of them are values that a tenth of the rows or more share."""
    if not len(known):
        return np.zeros(0), np.zeros(0, dtype=bool)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    return edges, np.array([(known == edge).mean() >= 1 / N_BINS for edge in edges])


def _cut(column: pd.Series, edges: np.ndarray, tied: np.ndarray) -> pd.Series:
    """Give each value the number of its bin, a gap -1.

    A tied edge is a bin of its own, or lower values would hide in it: bins have even numbers, tied edges odd ones.
    """
    values = column.to_numpy(dtype=float, na_value=np.nan)
    bins = 2 * np.searchsorted(edges, values, side="left")
    for place in np.flatnonzero(tied):
        bins[values == edges[place]] = 2 * place + 1
    return pd.Series(np.where(column.isna(), -1, bins))


def _test(reference: pd.Series, current: pd.Series, kind: str) -> tuple[float, float]:
    """Return statistic and p of the column's test; NaN where there is nothing to compare."""
    from scipy.stats import chi2_contingency, ks_2samp

    if kind != "category":
        samples = [column.dropna().to_numpy(dtype=float) for column in (reference, current)]
        if min(map(len, samples)) == 0:
            return np.nan, np.nan
        found = ks_2samp(*samples, method="asymp")
        return float(found.statistic), _join_gaps(float(found.pvalue), reference, current)
    counts = _count_parts(reference, current, kind).to_numpy(dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    rare = expected.min(axis=1) < LEAST_EXPECTED
    if rare.any():
        counts = np.vstack([counts[~rare], counts[rare].sum(axis=0)])
    if len(counts) < 2:  # noqa: PLR2004 - one level cannot shift
        return 0.0, 1.0
    found = chi2_contingency(counts, correction=False)
    return float(found.statistic), float(found.pvalue)


def _join_gaps(p: float, reference: pd.Series, current: pd.Series) -> float:
    """Join the p of a number's values with Fisher's of its gaps, by Bonferroni; as it is where there is no gap."""
    from scipy.stats import fisher_exact

    gaps = [int(column.isna().sum()) for column in (reference, current)]
    if not any(gaps):
        return p
    counts = [[n_gaps, len(column) - n_gaps] for n_gaps, column in zip(gaps, (reference, current), strict=True)]
    return min(1.0, 2 * min(p, float(fisher_exact(counts).pvalue)))


def _tell(row: pd.Series) -> str:
    """Say in a sentence what became of a column."""
    index, p = float(row["psi"]), float(row["p_holm"])
    told = f"index {index:.3f}" if np.isnan(p) else f"index {index:.3f}, adjusted p {p:.3f}"
    if row["drifts"]:
        return f"{row['column']} has drifted {'strongly' if index >= STRONG else 'mildly'} ({told})."
    if p < LEVEL:
        return f"{row['column']} differs by more than chance but by little ({told})."
    return f"{row['column']} has not drifted ({told})."


def _sample(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Keep at most 20,000 rows."""
    return frame if len(frame) <= MAX_ROWS else frame.sample(MAX_ROWS, random_state=seed)


def _to_numbers(frame: pd.DataFrame, kinds: Mapping[str, str]) -> np.ndarray:
    """Turn columns into numbers that trees can cut: a category by how frequent its levels are, shape (n, n_columns)."""
    columns = []
    for name, kind in kinds.items():
        if kind == "category":
            levels = frame[name].astype(object).where(frame[name].notna(), MISSING).astype(str)
            order = levels.value_counts().sort_index().sort_values(ascending=False, kind="stable").index
            columns.append(pd.Series(np.arange(len(order)), index=order).reindex(levels).to_numpy(dtype=float))
        else:
            columns.append(frame[name].to_numpy(dtype=float, na_value=np.nan))
    return np.column_stack(columns)
