"""Buckets: GrowthBook's public vectors exactly, one by one and together; even, and independent between salts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from core.experimentation.ab_testing.hashing import find_bucket, find_buckets, hash_text

V1 = [("", "a", 0.22), ("", "b", 0.077), ("b", "a", 0.946), ("ef", "d", 0.652), ("asdf", "8952klfjas09ujk", 0.549)]
V2 = [
    ("seed", "a", 0.0505), ("seed", "b", 0.2696), ("foo", "ab", 0.2575), ("foo", "def", 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 0.124),
]  # fmt: skip
UNITS = [f"user-{number}" for number in range(100_000)]
CELLS = np.arange(11) / 10


@pytest.mark.parametrize(
    ("version", "salt", "unit", "value"), [(1, *each) for each in V1] + [(2, *each) for each in V2]
)
def test_public_vectors_are_met_exactly(version, salt, unit, value):
    assert find_bucket(salt, unit, version) == value
    assert find_buckets(salt, [unit], version).tolist() == [value]


@pytest.mark.parametrize(
    ("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968), ("chongo was here!\n", 0xD49930D5)]
)
def test_the_hash_meets_its_authors_vectors(text, value):
    assert hash_text(text) == value


@settings(deadline=None, max_examples=60)
@given(salt=st.text(max_size=8), units=st.lists(st.text(max_size=12), max_size=20), version=st.sampled_from([1, 2]))
def test_many_together_are_as_one_by_one(salt, units, version):
    try:
        one_by_one = [find_bucket(salt, unit, version) for unit in units]
    except UnicodeEncodeError:  # half of a surrogate pair has no bytes
        with pytest.raises(UnicodeEncodeError):
            find_buckets(salt, units, version)
    else:
        assert find_buckets(salt, units, version).tolist() == one_by_one


@pytest.mark.parametrize("salt", ["", "checkout", "layer:home", "ü"])
def test_buckets_are_even(salt):
    counts = np.histogram(find_buckets(salt, UNITS), CELLS)[0]
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("checkout", "checkout-2"), ("layer:home", "checkout")])
def test_two_salts_are_independent(first, second):
    table = np.histogram2d(find_buckets(first, UNITS), find_buckets(second, UNITS), [CELLS, CELLS])[0]
    assert chi2_contingency(table).pvalue > 1e-4
