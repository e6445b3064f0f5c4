"""A single wild value becomes a claim that names it, its row and its distance; tails stay tails."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.table import Table
from core.tabular.eda.answers import find_usual_range
from core.tabular.eda.claims import find_claims
from core.tabular.eda.claims.evidence import LARGEST
from core.tabular.eda.drawings import Plot, prepare
from core.tabular.eda.drawings.snippets import write_table
from core.tabular.eda.schema import measure_column

N_ROWS, ROW = 150, 17


@pytest.fixture(scope="module")
def table() -> Table:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"weight": rng.normal(85, 8, N_ROWS).round(1), "price": rng.lognormal(3, 1, N_ROWS)})
    frame.loc[ROW, "weight"] = 8500.0
    return Table(frame, "made", "upload", "0" * 64, {"weight": "number", "price": "number"})


def test_the_claim_names_the_value_its_row_and_how_far_out_it_lies(table):
    claim = next(each for each in find_claims(table) if each.kind == "wild_value")
    others = table.frame["weight"].drop(ROW)
    assert claim.columns == ("weight",)
    assert claim.severity == "warning"
    assert "weight is 8,500 in row 18," in claim.sentence
    assert claim.value == pytest.approx((8500 - others.max()) / (others.max() - others.min()))
    assert claim.figures["value_1"] == 8500
    assert claim.figures["row_1"] == ROW + 1
    assert claim.figures["n_others"] == N_ROWS - 1


def test_it_is_told_instead_of_a_skewness_and_a_tail_is_still_called_one(table):
    told = {(claim.kind, claim.columns[0]) for claim in find_claims(table) if claim.columns}
    assert ("skewed", "price") in told
    assert ("wild_value", "price") not in told
    assert not {("skewed", "weight"), ("heavy_tails", "weight")} & told


def test_a_table_without_one_claims_none(table):
    calm = table.with_step("mended", frame=table.frame.drop(index=ROW).reset_index(drop=True))
    assert not any(claim.kind == "wild_value" for claim in find_claims(calm))


def test_values_too_large_to_square_are_named_too(table):
    frame = table.frame.copy()
    frame.loc[ROW, "weight"] = 10 * LARGEST
    claims = find_claims(table.with_step("huge", frame=frame))
    assert next(claim for claim in claims if claim.kind == "wild_value").figures["row_1"] == ROW + 1


def test_pictures_leave_it_out_and_sliders_end_before_it(table):
    values = prepare(table, Plot("histogram", ("weight",)))
    assert np.nanmax(values.numbers) < 150
    column = measure_column(table.frame["weight"], "number")
    low, high = find_usual_range(column)
    others = table.frame["weight"].drop(ROW)
    assert low <= others.quantile(0.01)
    assert others.quantile(0.99) <= high < 150


def test_the_table_beside_a_picture_is_read_back_as_it_is(tmp_path):
    frame = pd.DataFrame({"=größe": [1.5, np.nan, -2.0], "art": ["=a", "NA", "007"]})
    path = tmp_path / "table.csv"
    path.write_bytes(write_table(Table(frame, "t", "upload", "0", {"=größe": "number", "art": "category"})))
    read = pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values=[""], dtype={"art": str})
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)
