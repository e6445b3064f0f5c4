"""What a claim may say: rows that copy others count once, the rate holds over the table, steps that are no decimals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from core.datasets.catalogue import load_table
from core.datasets.table import ColumnKind, Table
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims import find_claims
from core.tabular.eda.claims.copies import drop_copies
from core.tabular.eda.claims.digits import find_part
from core.tabular.eda.claims.evidence import make_evidence
from core.tabular.eda.claims.selection import control_rate
from pages.kit.claims_panel import describe_control, describe_evidence


def make_table(frame: pd.DataFrame, target: str | None = None) -> Table:
    kinds: dict[str, ColumnKind] = {name: "number" if frame[name].dtype.kind in "fi" else "category" for name in frame}
    return Table(frame, "made", "upload", "0" * 64, kinds, target)


def make_copied(seed: int, share: float, n: int = 200) -> pd.DataFrame:
    """Make noise of eight numbers and five categories, a share of whose rows stands twice."""
    rng = np.random.default_rng([77, seed])
    frame = pd.DataFrame({f"x{place}": rng.integers(0, 100, n).astype(float) for place in range(8)})
    for place, k in enumerate((2, 3, 5, 8, 12)):
        frame[f"c{place}"] = np.array([f"level {each}" for each in range(k)], dtype=object)[rng.integers(0, k, n)]
    return pd.concat([frame, frame.iloc[rng.choice(n, int(share * n), replace=False)]], ignore_index=True)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_repeated_rows_bring_no_false_claim(share: float) -> None:
    n_tables = 30
    claims = [find_claims(make_table(make_copied(seed, share))) for seed in range(n_tables)]
    wrong = sum(any(each.p is not None for each in found) for found in claims)
    assert wrong <= scipy.stats.binom.ppf(0.99, n_tables, 0.05)
    assert all(any(each.kind == "duplicate_rows" for each in found) for found in claims)


def test_a_claim_says_that_it_rests_on_different_rows() -> None:
    frame = make_copied(0, 0.0)
    frame["y"] = frame["x0"] + np.random.default_rng(0).integers(0, 40, len(frame))
    once = next(each for each in find_claims(make_table(frame)) if each.columns == ("x0", "y"))
    twice = pd.concat([frame, frame.head(60)], ignore_index=True)
    claim = next(each for each in find_claims(make_table(twice)) if each.columns == ("x0", "y"))
    assert (claim.value, claim.low, claim.high, claim.n) == (once.value, once.low, once.high, 200)
    assert "200 different rows" in claim.sentence
    assert "200 rows" in once.sentence
    assert "on all 260 rows but the 60 that copy another" in claim.method


def test_rows_equal_by_chance_all_count() -> None:
    rng = np.random.default_rng(1)
    few = pd.DataFrame({name: rng.choice(["low", "high"], 400, p=[0.2, 0.8]) for name in "abcd"})
    assert len(drop_copies(few, np.arange(400))) == 400
    linked = few.assign(**{f"again {name}": few[name] for name in few})  # few pairs then differ in one column only
    assert len(drop_copies(linked, np.arange(400))) == 400
    grid = pd.DataFrame({"x": np.round(rng.normal(size=300), 1), "side": rng.choice(["l", "r"], 300)})
    grid["y"] = np.round(grid["x"] + 0.05 * rng.normal(size=300), 1)
    assert len(drop_copies(grid, np.arange(300))) == 300
    assert make_evidence(load_table("iris"), 0, 0.05).n_copies == 0


def make_test(topic: str, p: float) -> Claim:
    return Claim("skewed", topic, "note", ("x",), f"{topic} {p}", "skewness", 1, 1, 1, 9, "", p=p)  # type: ignore[arg-type]


def test_the_rate_is_held_over_all_topics_together() -> None:
    alone = control_rate([make_test("spread", 0.03)], 0.05)
    assert [each.q for each in alone] == [pytest.approx(0.03)]
    assert control_rate([make_test("spread", 0.03), make_test("association", 0.03)], 0.05) == []
    found = [make_test("association", p) for p in (0.001, 0.5)] + [make_test("spread", 1e-9) for _ in range(50)]
    q = {each.p: each.q for each in control_rate(found, 0.05)}
    assert q == {0.001: pytest.approx(0.004), 1e-9: pytest.approx(2e-9)}


def test_tables_of_noise_with_gaps_and_a_target_rarely_bring_a_claim() -> None:
    n_tables, wrong = 25, 0
    for seed in range(n_tables):
        frame = make_copied(1_000 + seed, 0.0, 120)
        gaps = np.random.default_rng(seed).random(frame.shape) < 0.12
        wrong += any(each.p is not None for each in find_claims(make_table(frame.mask(gaps), "c0")))
    assert wrong <= scipy.stats.binom.ppf(0.99, n_tables, 0.05)


def test_what_is_said_of_the_rate_is_true() -> None:
    claims = find_claims(load_table("ames"))
    said = describe_control(claims, 0.05)
    assert "of all tests of the table that pass" in said
    assert "guesses by a rule" in said
    assert "counts over every row" not in said
    ceiling = next(each for each in claims if each.kind == "ceiling")
    assert describe_evidence(ceiling).endswith("by count or rule, not tested")


def test_steps_that_are_no_decimals_are_not_heaping() -> None:
    claims = find_claims(load_table("titanic"))
    assert not [each for each in claims if each.kind == "heaping"]  # fares in pounds, shillings and pence
    said = next(each.sentence for each in find_claims(load_table("penguins")) if each.kind == "heaping")
    assert said.endswith("a part was rounded or guessed, or the unit has a coarser step.")


@pytest.mark.parametrize("part", [3, 7, 12, 240, 960])
def test_the_coarsest_part_of_one_is_found(part: int) -> None:
    rng = np.random.default_rng(part)
    values = np.round(rng.integers(part, 30 * part, 600) / part, 4)
    assert find_part(values, 4) == part
    stray = np.where(rng.random(600) < 0.01, values + 0.0171, values).round(4)
    assert find_part(stray, 4) == part


def test_rounded_decimals_have_no_part() -> None:
    rng = np.random.default_rng(2)
    for decimals in (1, 2, 3, 4):
        values = np.round(rng.uniform(5, 90, 800), decimals)
        heaped = np.where(rng.random(800) < 0.6, np.round(values), values)
        assert find_part(heaped, decimals) == 0
        claims = find_claims(make_table(pd.DataFrame({"x": heaped, "y": rng.normal(size=800)})))
        assert "heaping" in {each.kind for each in claims}


@pytest.mark.parametrize(
    ("name", "target", "kind", "expected"),
    [
        ("titanic", "survived", "mostly_missing", ("missing values", 1014 + 823 + 1188, 1309)),
        ("titanic", "survived", "missing", ("missing values", 830, 1309)),
        ("iris", None, "duplicate_rows", ("rows", 1, 150)),
        ("telco_churn", "churn", "conflicting_answers", ("rows", 42, 7043)),
    ],
)
def test_an_alert_is_claimed_with_what_it_counts(
    name: str, target: str | None, kind: str, expected: tuple[str, float, int]
) -> None:
    table = load_table(name) if target is None else load_table(name).with_target(target)
    claim = next(each for each in find_claims(table) if each.kind == kind)
    assert (claim.effect, claim.value, claim.n) == expected


def test_codes_classes_and_lost_lines_are_counted_too() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x 2": rng.normal(50, 5, 300).round(2), "same": 3.0, "y": rng.normal(size=300)})
    frame.loc[:11, "x 2"] = -999.0
    frame.loc[5:8, "y"] = np.inf
    frame["class 7"] = np.where(np.arange(300) < 280, "1", "2")
    table = Table(frame, "made", "upload", "0" * 64, {**make_table(frame).kinds}, "class 7", n_rejected=4, n_lines=304)
    found = {each.kind: (each.effect, each.value, each.n) for each in find_claims(table)}
    assert found["sentinel"] == ("rows", 12, 300)
    assert found["constant"] == ("columns", 1, 300)
    assert found["infinite"] == ("infinite values", 4, 300)
    assert found["imbalance"] == ("share of the largest class", pytest.approx(280 / 300), 300)
    assert found["rejected_lines"] == ("lines left out", 4, 304)


def test_fences_of_no_width_are_not_claimed() -> None:
    parch = [each for each in find_claims(load_table("titanic")) if each.kind == "heavy_tails"]
    assert parch
    assert all(each.figures["low_fence"] < each.figures["high_fence"] for each in parch)


def test_the_rounding_of_a_fit_is_no_shift() -> None:
    x = np.random.default_rng(4).normal(1e3, 200, 400)
    frame = pd.DataFrame({"x": x, "y": np.random.default_rng(5).normal(size=400), "copy": 3 * x})
    claim = next(each for each in find_claims(make_table(frame)) if each.kind == "scaled_copy")
    assert "(3 times it)" in claim.sentence
    assert claim.figures["shift"] == 0
    shifted = make_table(frame.assign(copy=3 * x + 32))
    assert "(3 times it plus 32)" in next(each.sentence for each in find_claims(shifted) if each.kind == "scaled_copy")
