"""Houses whose parts contradict each other: every rule holds in all sales, and each is refused in one sentence."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.hub.artifacts import load_artifact
from core.tabular import housing
from core.tabular.housing.guards import RULES, find_rules, list_contradictions
from core.tabular.housing.refusals import list_rules

HOUSE = housing.Inputs()
BROKEN = [
    ({"second_flr_sf": 1_000}, "at least 334 sq ft on its ground floor"),
    ({"second_flr_sf": 1_000, "gr_liv_area": 2_400}, "no house of one storey sold has more than 467"),
    ({"house_style": "Two_Story"}, "every house of two storeys sold has a second floor"),
    ({"gr_liv_area": 2_000, "lot_area": 1_500}, "ground floor larger than its lot"),
    ({"total_bsmt_sf": 100}, "no part of a basement sold is larger than the whole"),
    ({"total_bsmt_sf": 0, "bsmt_unf_sf": 0}, "a basement and its finish, or neither"),
    ({"bsmtfin_type_1": "Unf"}, "of type Unf where all of it is unfinished"),
    ({"total_bsmt_sf": 0, "bsmt_unf_sf": 0, "bsmtfin_type_1": "No_Basement", "bsmt_full_bath": 1},
     "a bathroom in a basement that it has not"),
    ({"garage_cars": 0}, "places and an area, or there is none"),
    ({"garage_area": 0}, "places and an area, or there is none"),
    ({"garage_cars": 5}, "100 to 924 sq ft for each car"),
    ({"year_built": 2_009}, "remodelled more than a year before it was built"),
]  # fmt: skip


@pytest.fixture(scope="module")
def shipped():
    return housing.load_model(load_artifact("housing").folder / "weights")


def test_every_rule_holds_in_every_sale(shipped):
    columns = {str(name): values.to_numpy() for name, values in shipped.x.items()}
    assert len(shipped.x) == 2_930
    assert list_rules(shipped) == find_rules(columns) == tuple(range(len(RULES)))
    refused = housing.predict_table(shipped, load_table("ames"))["refused"]
    assert not refused.str.contains(" sold").any()


@pytest.mark.parametrize(("change", "sentence"), BROKEN)
def test_a_house_that_cannot_be_is_refused_in_one_sentence(shipped, change, sentence):
    found = housing.predict(shipped, dataclasses.replace(HOUSE, **change))
    assert found.answer is None
    assert found.interval is None
    assert sentence in found.refused
    assert found.refused.count(".") == 1
    name, value = next(iter(change.items()))
    assert f"{name} is {value}" in found.refused


def test_what_occurs_among_sales_is_tolerated(shipped):
    for change in ({"year_built": 1_965, "year_remod_add": 1_964}, {"second_flr_sf": 467}):
        assert housing.predict(shipped, dataclasses.replace(HOUSE, **change)).answer is not None


def test_typical_columns_and_gaps_accuse_nobody():
    house = {"garage_cars": np.array([0.0, np.nan]), "garage_area": np.array([400.0, 0.0])}
    everything = range(len(RULES))
    assert [len(each) for each in list_contradictions(house, house, everything)] == [1, 0]
    assert list_contradictions(house, ["garage_cars"], everything) == [[], []]


def test_a_rule_that_own_rows_break_does_not_count(shipped):
    x = pd.concat([shipped.x, shipped.x.iloc[[0]].assign(year_built=2_009.0, year_remod_add=1_960.0)])
    assert len(find_rules({str(name): values.to_numpy() for name, values in x.items()})) == len(RULES) - 1
