"""The pass over a column: counts and quartiles are NumPy's and pandas' own, whichever way they were found."""

import gc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.datasets.tally import code_values, count_values, find_quantiles, tally_column

N_ROWS = 30_000


def make_table(values, kind="number"):
    frame = pd.DataFrame({"x": values})
    return Table(frame, "mine", "upload", "hash", {"x": kind})


def make_columns():
    rng = np.random.default_rng(0)
    normal = rng.normal(size=N_ROWS)
    gaps = np.where(rng.random(N_ROWS) < 0.1, np.nan, normal.round(2))
    return {
        "whole": rng.integers(-40, 90, N_ROWS).astype(float),
        "decimals": normal.round(3),
        "raw": normal,
        "gaps": gaps,
        "infinite": np.where(normal > 2, np.inf, normal.round(1)),
        "far": np.append(normal.round(2)[:-1], 1e12),
        "late decimals": np.append(np.arange(N_ROWS - 1.0), 0.123456789),
        "sum of parts": np.arange(N_ROWS) % 7 * 0.1 + 0.2,
        "signed zero": np.where(normal > 0, 0.0, -0.0),
        "short": normal[:9],
        "empty": np.full(5, np.nan),
    }


@pytest.mark.parametrize("name", make_columns())
def test_a_number_is_described_as_numpy_does(name):
    values = make_columns()[name]
    tally, known = tally_column(make_table(values), "x"), values[np.isfinite(values)]
    assert tally.n_missing == np.isnan(values).sum()
    assert tally.distinct == pd.Series(values).nunique()
    if len(known):
        assert tally.quarters == tuple(np.quantile(known, [0.25, 0.5, 0.75]))
        assert (tally.low, tally.mean, tally.high) == (known.min(), known.mean(), known.max())
        assert tally.sd == known.std(ddof=1)


@pytest.mark.parametrize("name", ["whole", "decimals", "raw", "late decimals", "sum of parts"])
def test_values_are_counted_as_numpy_does(name):
    values = make_columns()[name]
    for found, told in zip(count_values(values), np.unique(values, return_counts=True), strict=True):
        np.testing.assert_array_equal(found, told)


def test_two_values_in_one_place_of_the_grid_are_told_apart():
    values = np.tile([1.0, 2.0], N_ROWS)
    values[-1] = np.nextafter(2.0, 3.0)
    assert count_values(values)[1].tolist() == [N_ROWS, N_ROWS - 1, 1]


def test_quantiles_of_counts_are_those_of_the_rows():
    rng = np.random.default_rng(1)
    for _ in range(50):
        values = rng.integers(0, 9, rng.integers(1, 40)).astype(float)
        levels, counts = np.unique(values, return_counts=True)
        shares = rng.random(3)
        assert find_quantiles(levels, counts, shares) == tuple(np.quantile(values, shares))


@pytest.mark.parametrize("n_objects", [2, 5_000])
def test_names_are_coded_as_pandas_does_however_many_objects_hold_them(n_objects):
    rng = np.random.default_rng(2)
    objects = [("level " + str(place % 3))[:] for place in range(n_objects)]
    column = pd.Series([objects[place] for place in rng.integers(0, n_objects, 5_000)], dtype=object)
    column[rng.random(len(column)) < 0.1] = np.nan
    codes, values = code_values(column)
    told, names = pd.factorize(column)
    np.testing.assert_array_equal(codes, told)
    assert list(values) == list(names)
    counts = tally_column(make_table(column, "category"), "x").counts
    pd.testing.assert_series_equal(counts, column.value_counts(), check_names=False)


@pytest.mark.parametrize("name", ["titanic", "penguins", "gapminder"])
def test_bundled_tables_are_described_as_pandas_does(name):
    table = load_table(name)
    for column in table.frame:
        tally = tally_column(table, column)
        assert (tally.n_missing, tally.distinct) == (table.frame[column].isna().sum(), table.frame[column].nunique())


def test_what_was_told_goes_with_its_table():
    values = np.arange(4.0)
    table = make_table(values)
    assert tally_column(table, "x") is tally_column(table, "x")
    other = replace(table, frame=pd.DataFrame({"x": values + 1}))
    assert tally_column(other, "x").high == 4.0
    from core.datasets import tally as module

    n_kept = len(module._KEPT)
    del other
    gc.collect()
    assert len(module._KEPT) == n_kept - 1


def test_huge_numbers_have_a_spread():
    tally = tally_column(make_table(np.array([1e300, 3e300])), "x")
    assert tally.mean == pytest.approx(2e300)
    assert tally.sd == pytest.approx(2**0.5 * 1e300)
