"""Prices of which only the form's columns are known: ranges sized for that, fields of the right kind, dates refused."""

import dataclasses

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.evaluation.conformal_numbers import take_limits
from core.hub.artifacts import load_artifact
from core.hub.errors import DataError
from core.hub.fields import make_fields
from core.tabular import housing
from core.tabular.housing.files import model_from_files, model_to_files
from core.tabular.housing.scoring import find_held


@pytest.fixture(scope="module")
def shipped():
    return housing.load_model(load_artifact("housing").folder / "weights")


def test_ranges_of_the_form_hold_ninety_percent_and_not_by_the_limits_of_whole_rows(shipped):
    held = find_held(shipped, shipped.best, "cv_form")
    assert 0.885 <= held.mean() <= 0.915
    y, form = np.log(shipped.held_out.y), shipped.held_out.form[shipped.best]
    narrow = np.abs(y - form) <= shipped.held_out.reach[shipped.best]
    assert narrow.mean() < 0.885
    row = next(row for row in shipped.scores if (row.metric, row.split) == ("coverage_90", "cv_form"))
    assert row.value == held.mean()


def test_a_price_from_the_form_takes_the_wider_limits_and_a_whole_row_its_own(shipped):
    form = dataclasses.asdict(housing.Inputs())
    row = {name: value for name, value in shipped.x.iloc[0].items() if value == value}  # noqa: PLR0124 a gap is not itself
    for values, limits in ((form, shipped.form_limits), (row, shipped.limits)):
        found = housing.predict_case(shipped, values)
        assert bool(found.details["typical"]) is (limits is shipped.form_limits)
        low, high = np.log(found.interval)
        group = np.array([values["neighborhood"]], dtype=object)
        other = {"form": shipped.limits, "whole": shipped.form_limits}["form" if found.details["typical"] else "whole"]
        scale = (high - low) / 2 / take_limits(limits[shipped.best], group)[0]
        assert take_limits(other[shipped.best], group)[0] != take_limits(limits[shipped.best], group)[0]
        assert 0.01 < scale < 1


def test_limits_of_the_form_survive_storage(shipped):
    again = model_from_files(model_to_files(shipped))
    assert again.form_limits == shipped.form_limits
    assert housing.predict(again, housing.Inputs()).interval == housing.predict(shipped, housing.Inputs()).interval


def test_the_forms_fields_are_of_the_kind_that_the_api_takes(shipped):
    kinds = {spec.name: spec.kind for spec in make_fields(housing.Inputs)}
    assert {spec.name: spec.kind for spec in housing.schema_fields(shipped)} == kinds


def test_dates_where_numbers_are_needed_are_refused_in_a_sentence(shipped):
    frame = load_table("ames").frame.head(3).assign(year_built=["1961-01-01", "1958-02-03", "1997-05-05"])
    table = read_table(frame.to_csv(index=False).encode(), "dates.csv").table
    with pytest.raises(DataError, match="year_built holds dates; it must hold numbers"):
        housing.predict_table(shipped, table)
