"""The solvers against NIST's certified values, exact arithmetic, complex steps and each other."""

from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes

from core.hub.errors import DataError
from core.scratch.linear_regression import nist
from core.scratch.linear_regression.dependence import describe_dependent, find_dependent
from core.scratch.linear_regression.descent import Walk, descend, find_gradient, mean_squared_error
from core.scratch.linear_regression.digits import bound_storage, count_each, measure_trust
from core.scratch.linear_regression.double_double import from_decimals, from_floats, to_decimals
from core.scratch.linear_regression.inference import infer
from core.scratch.linear_regression.least_squares import (
    add_intercept,
    check_system,
    solve_normal,
    solve_qr,
    solve_ridge,
    solve_svd,
)
from core.scratch.linear_regression.precise import solve_precisely

NAMES = [each.name for each in nist.load_references()]
BY_NAME = {each.name: each for each in nist.load_references()}


@pytest.fixture(scope="module")
def patients():
    x, y = load_diabetes(return_X_y=True, scaled=False)
    return add_intercept((x - x.mean(axis=0)) / x.std(axis=0)), y


@pytest.mark.parametrize("name", NAMES)
def test_double_double_keeps_thirteen_certified_digits(name):
    coefficients, deviations = nist.answer_precisely(BY_NAME[name])
    assert nist.count_digits(coefficients, BY_NAME[name].coefficients) >= 13
    assert nist.count_digits(deviations, BY_NAME[name].standard_deviations) >= 13


def test_the_eleven_sets_are_there():
    shapes = {name: each.x.shape for name, each in BY_NAME.items()}
    assert shapes == {
        "Norris": (36, 2), "Pontius": (40, 3), "NoInt1": (11, 1), "NoInt2": (3, 1), "Longley": (16, 7),
        "Filip": (82, 11), **{f"Wampler{place}": (21, 6) for place in range(1, 6)},
    }  # fmt: skip


def test_wampler_one_and_two_come_out_exactly():
    for name in ("Wampler1", "Wampler2"):
        found = solve_precisely(BY_NAME[name].x, BY_NAME[name].y)
        assert found.coefficients.tolist() == BY_NAME[name].coefficients.tolist()
        assert found.residual_square_sum < 1e-40


def test_float_qr_beats_the_normal_equations_on_every_near_dependent_set():
    qr, normal = (nist.score_solver(nist.SOLVERS[name]) for name in (nist.QR, nist.NORMAL))
    far = {"Longley", "Filip", "Wampler1", "Wampler2", "Wampler3", "Wampler4"}
    better = {a.name for a, b in zip(qr, normal, strict=True) if a.worst > b.worst + 1}
    assert far <= better


def test_a_solver_that_refuses_counts_no_digits():
    def refuse(_each):
        message = "no"
        raise DataError(message)

    assert {each.worst for each in nist.score_solver(refuse)} == {0.0}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1e-9, 1e9).map(lambda value: value - 1e-3), min_size=2, max_size=2))
def test_double_double_sums_and_products_hold_32_digits(pair):
    a, b = (from_floats(np.array([value])) for value in pair)
    exact = [Decimal(value) for value in pair]
    with localcontext() as context:
        context.prec = 120
        for found, right in ((a + b, exact[0] + exact[1]), (a * b, exact[0] * exact[1])):
            assert abs(to_decimals(found)[0] - right) <= abs(right) * Decimal("1e-30")


def test_a_decimal_keeps_what_a_float_loses():
    third = from_decimals(["0.1"]) / from_decimals(["0.3"])
    assert abs(to_decimals(third)[0] - Decimal(1) / Decimal(3)) < Decimal("1e-27")


def test_the_four_solvers_agree(patients):
    x, y = patients
    right = solve_precisely(from_floats(x), from_floats(y)).coefficients
    for solve in (solve_qr, solve_svd, solve_normal):
        assert np.abs(solve(x, y) - right).max() <= 1e-10 * np.abs(right).max()
    assert np.abs(solve_ridge(x, y, 0.0) - right).max() <= 1e-10 * np.abs(right).max()


def test_ridge_is_scikit_learns(patients):
    from sklearn.linear_model import Ridge

    x, y = patients
    peer = Ridge(alpha=30.0).fit(x[:, 1:], y)
    np.testing.assert_allclose(solve_ridge(x, y, 30.0), [peer.intercept_, *peer.coef_], rtol=1e-10)


def test_ridge_shrinks_monotonically(patients):
    lengths = [np.linalg.norm(solve_ridge(*patients, each)[1:]) for each in (0.0, 1.0, 10.0, 100.0, 1e4)]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_gradient_is_that_of_a_complex_step(patients, scale):
    x, y = patients
    weights = scale * np.random.default_rng(0).normal(size=x.shape[1])
    step = 1e-30
    stepped = []
    for place in range(len(weights)):
        moved = weights.astype(complex)
        moved[place] += 1j * step
        stepped.append(complex(mean_squared_error(x, y, moved)).imag / step)
    gradient = find_gradient(x, y, weights)
    assert np.abs(gradient - stepped).max() <= 1e-12 * np.abs(gradient).max()


@pytest.mark.parametrize("momentum", [0.0, 0.9, 0.98])
def test_descent_reaches_the_solution_of_qr(patients, momentum):
    x, y = patients
    found = descend(x, y, Walk(momentum=momentum, epochs=20_000))
    assert found.stop == "flat"
    assert np.abs(found.weights - solve_qr(x, y)).max() <= 1e-8


@pytest.mark.parametrize("batch", ["mini-batch", "one row"])
def test_single_rows_come_near_it_when_steps_shrink(patients, batch):
    x, y = patients
    least = mean_squared_error(x, y, solve_qr(x, y))
    found = descend(x, y, Walk(batch=batch, schedule="cosine", epochs=80))
    assert found.losses[-1] <= 1.01 * least
    steady = descend(x, y, Walk(batch=batch, epochs=80))
    assert steady.losses[-1] > found.losses[-1]


def test_ridge_by_descent_is_ridge_by_qr(patients):
    x, y = patients
    centred, aim = x[:, 1:], y - y.mean()
    found = descend(centred, aim, Walk(momentum=0.9, epochs=20_000, ridge=25.0))
    np.testing.assert_allclose(found.weights, solve_ridge(centred, aim, 25.0, free=0), atol=1e-8)


def test_a_step_of_one_over_l_always_goes_down(patients):
    found = descend(*patients, Walk(epochs=300))
    assert (np.diff(found.losses) <= 0).all()


@pytest.mark.parametrize("rate", [2.05, 2.5, 40.0])
def test_a_runaway_is_noticed_and_explained(patients, rate):
    found = descend(*patients, Walk(rate=rate, epochs=5_000))
    assert found.stop == "diverged"
    assert f"{rate:g} times the longest step" in found.sentence
    assert np.isfinite(found.losses).all()
    assert np.isfinite(found.path).all()
    assert np.isfinite(found.weights).all()


def test_a_walk_stops_early_where_rows_kept_aside_get_worse():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 25)), rng.normal(size=30)
    aside = rng.normal(size=(200, 25)), rng.normal(size=200)
    found = descend(x, y, Walk(epochs=2_000, patience=10), aside=aside)
    assert found.stop == "early"
    far = descend(x, y, Walk(epochs=2_000))
    assert mean_squared_error(*aside, found.weights) < mean_squared_error(*aside, far.weights)


def test_a_walk_is_the_same_again_and_may_be_cancelled(patients):
    walk = Walk(batch="one row", epochs=3, seed=4)
    assert descend(*patients, walk).path.tolist() == descend(*patients, walk).path.tolist()

    class StoppedError(Exception):
        pass

    def stop(_epoch, _loss):
        raise StoppedError

    with pytest.raises(StoppedError):
        descend(*patients, walk, on_epoch=stop)


def test_a_long_walk_keeps_its_places_in_order(patients):
    found = descend(*patients, Walk(rate=0.05, epochs=9_000))
    assert len(found.path) <= 2_002
    assert (np.diff(found.epochs) > 0).all()
    assert found.epochs[-1] == 9_000


def test_dependent_columns_are_named():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) * [1.0, 1e-6, 1e9]
    table = add_intercept(np.column_stack([x, x[:, 1], 2 * x[:, 0] - 5, np.full(50, 7.0), np.zeros(50)]))
    names = ("1", "a", "b", "c", "copy", "mix", "same", "none")
    assert [describe_dependent(each, names) for each in find_dependent(table)] == [
        "copy repeats b and is not fitted",
        "mix is -5 + 2 × a and is not fitted",
        "same has one value in every row and is not fitted",
        "none is zero in every row and is not fitted",
    ]


def test_near_dependence_is_not_taken_for_dependence():
    assert not any(find_dependent(each.x.high) for each in nist.load_references())


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.array([[1.0], [np.nan], [2.0]]), np.ones(3), "1 rows hold a missing or infinite number"),
        (np.ones((3, 1)), np.array([1.0, np.inf, 2.0]), "1 rows hold a missing or infinite number"),
        (np.ones((3, 3)), np.ones(3), "3 rows for 3 coefficients; at least 4 are needed"),
    ],
)
def test_what_cannot_be_fitted_is_refused(x, y, words):
    with pytest.raises(DataError, match=words):
        check_system(x, y)


def test_dependence_stops_the_solvers_that_cannot_take_it():
    twice = np.column_stack([np.arange(5.0), np.arange(5.0)])
    with pytest.raises(DataError, match="column 2 depends"):
        solve_normal(twice, np.ones(5))
    with pytest.raises(DataError, match="column 2 depends"):
        solve_precisely(from_floats(twice), from_floats(np.ones(5)))
    assert np.isfinite(solve_svd(twice, np.arange(5.0))).all()


def test_a_walk_refuses_what_is_not_finite():
    with pytest.raises(DataError, match="missing or infinite"):
        descend(np.array([[np.nan]]), np.ones(1), Walk())


def test_digits_to_believe_follow_the_condition():
    filip = BY_NAME["Filip"]
    trust = measure_trust(filip.x.high, filip.y.high)
    assert trust.qr.min() < 9
    assert trust.normal.max() < 3
    assert trust.stored.min() < trust.qr.max()
    easy = measure_trust(add_intercept(np.arange(20.0)[:, None]), np.arange(20.0) ** 1.1)
    assert easy.qr.min() > 12


def test_the_bound_of_storage_holds_for_values_that_are_rounded():
    rng = np.random.default_rng(3)
    texts = [[f"{value:.6f}" for value in row] for row in rng.normal(size=(40, 3))]
    exact, aim = from_decimals(texts), from_decimals([f"{value:.6f}" for value in rng.normal(size=40)])
    right, stored = (
        solve_precisely(x, y).coefficients for x, y in ((exact, aim), (from_floats(exact.high), from_floats(aim.high)))
    )
    bound = bound_storage(exact.high, aim.high, right)
    assert (np.abs(stored - right) <= bound + 1e-16 * np.abs(right)).all()
    assert (count_each(right + bound, right) > 12).all()


@pytest.mark.parametrize("rate", [2.1, 2.5])
def test_a_runaway_that_ends_early_is_said_to_run_away(patients, rate):
    found = descend(*patients, Walk(rate=rate, epochs=5))
    assert found.losses[-1] > found.losses[-2]
    assert found.stop == "diverged"
    assert "It ran away over all 5 epochs" in found.sentence
    far = descend(*patients, Walk(rate=rate, epochs=60))
    assert far.stop == "diverged"
    assert "choose 1 or less" in far.sentence


def test_momentum_lets_longer_steps_arrive(patients):
    assert descend(*patients, Walk(rate=3.0, momentum=0.9, epochs=20_000)).stop == "flat"


def test_a_walk_that_ends_higher_than_it_began_says_so():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 6)), rng.normal(size=60)
    walks = (Walk(batch="one row", rate=1.9, epochs=n, seed=n) for n in range(5, 40))
    ended = [descend(x, y, walk) for walk in walks]
    higher = [each for each in ended if each.losses[-1] > each.losses[0]]
    assert higher
    assert all("ended higher than it began" in each.sentence for each in higher)


@pytest.mark.parametrize("name", NAMES)
def test_the_digits_to_believe_are_right(name):
    """Each coefficient of float QR misses the certified one by no more than the digits told to be right allow."""
    each = BY_NAME[name]
    trust = measure_trust(each.x.high, each.y.high)
    told = replace(trust, noise=np.full(len(trust.qr), 16.0)).believed
    missed = np.abs(infer(each.x.high, each.y.high).coefficients - each.coefficients)
    sizes = np.where(each.coefficients == 0, 1.0, np.abs(each.coefficients))
    assert (missed / sizes <= 10.0**-told + 5e-15).all()  # NIST certifies 15 digits
    assert (trust.believed <= told).all()


def test_whole_numbers_that_no_float_holds_may_have_been_rounded():
    x = add_intercept(np.arange(5.0)[:, None])
    assert bound_storage(x, 2.0**53 * np.arange(5.0) / 8, np.ones(2)).max() == 0
    assert bound_storage(x, 2.0**53 * np.arange(5.0), np.ones(2)).max() > 0


def test_a_coefficient_that_is_zero_has_nothing_to_get_wrong():
    x = add_intercept(np.column_stack([np.arange(20.0), np.arange(20.0) * 7 % 13]))
    trust = measure_trust(x, 3 * x[:, 1] + 2 * x[:, 2])
    assert trust.qr.min() > 13


def test_a_large_offset_is_not_taken_for_a_constant():
    ids = add_intercept(1e15 + np.random.default_rng(0).permutation(50)[:, None])
    assert not find_dependent(ids)
    inches = 1e9 + np.random.default_rng(0).normal(size=50)
    table = add_intercept(np.column_stack([inches, 2.54 * (inches - 1e9) + 7]))
    found = find_dependent(table, share_left=1e-6)
    assert [describe_dependent(each, ("1", "inches", "cm")) for each in found] == [
        "cm is -2.54e+09 + 2.54 × inches and is not fitted"
    ]


def test_a_column_called_1_is_not_taken_for_the_intercept():
    columns = np.arange(6.0)
    found = find_dependent(add_intercept(np.column_stack([columns, 3 - 2 * columns])))
    assert [describe_dependent(each, ("1", "1", "b")) for each in found] == ["b is 3 - 2 × 1 and is not fitted"]
