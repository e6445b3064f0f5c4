"""Reasons by several methods, how far they can be believed, and a live case are drawn as core worked them out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.attribution import (
    Attribution,
    agree_all,
    agreement_chart,
    delete_columns,
    deletion_chart,
    exact_shapley,
    importance_chart,
    local_chart,
    measure_stability,
    path_chart,
    permutation_values,
    stability_chart,
    strip_chart,
)
from core.hub.fields import FieldSpec
from pages.kit.attribution import Reasons, bracket_label, draw_on_one_scale, say_first, write_share
from pages.kit.cases import Answerer
from pages.kit.live import Live
from pages.kit.trust import lay_out_pairs
from tests.apps import find, words
from tests.drawn import check, check_drawn, run

COLUMNS = ("a", "b", "c")
RNG = np.random.default_rng(0)
BACKGROUND, CASES = (pd.DataFrame(RNG.normal(size=(n, 3)), columns=list(COLUMNS)) for n in (12, 6))
TEXTS = [{"a": f"= {value:.1f}"} for value in CASES["a"]]


def ask(rows: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(-(2 * rows["a"] - rows["b"] * rows["c"]).to_numpy()))


def make_reasons() -> Reasons:
    found = {
        "exact Shapley": exact_shapley(ask, CASES, BACKGROUND),
        "permutation": permutation_values(ask, CASES, BACKGROUND),
    }
    refits = [
        replace(found["permutation"], values=size * np.stack([found["permutation"].row(n) for n in range(6)]))
        for size in (0.5, 1.0, 2.0)
    ]
    return Reasons(
        "a-run-of-a-test", tuple(f"case {n}" for n in range(len(CASES))), found, TEXTS, write_share, "Bars are these.",
        {"permutation": measure_stability(refits)},
        {method: delete_columns(ask, CASES, BACKGROUND, each) for method, each in found.items()}, CASES,
    )  # fmt: skip


def make_live() -> Live:
    fields = tuple(FieldSpec(name, "number", 0.0, -2.0, 2.0) for name in COLUMNS)
    start = dict.fromkeys(COLUMNS, 0.0)
    answerer = Answerer("a-run-of-a-test", fields, start, ("best", "second"), None, None, None, {}, None)
    return Live(answerer, explain_live, refuse_live)


def explain_live(values: dict, model: str) -> Attribution:
    found = exact_shapley(ask, pd.DataFrame([values]), BACKGROUND)
    return found if model == "best" else replace(found, answers=found.answers / 2)


def refuse_live(values: dict, _model: str) -> str:
    return "a is 2; it was seen up to 1.9: lower it." if values["a"] > 1.9 else ""


def draw_side_by_side(change=None):
    from dataclasses import replace

    from pages.kit.attribution import show_reasons_side_by_side
    from tests.test_kit_attribution import make_reasons

    show_reasons_side_by_side(replace(make_reasons(), **(change or {})), "r")


def draw_overall():
    from pages.kit.attribution import show_overall
    from tests.test_kit_attribution import make_reasons

    show_overall(make_reasons(), "r")


def draw_trust(change=None):
    from dataclasses import replace

    from pages.kit.trust import show_trust
    from tests.test_kit_attribution import make_reasons

    show_trust(replace(make_reasons(), **(change or {})), "r")


def draw_live():
    from pages.kit.live import show_live
    from tests.test_kit_attribution import make_live

    show_live(make_live(), "l")


def test_each_method_draws_the_effects_of_the_chosen_case():
    reasons = make_reasons()
    app = run(draw_side_by_side)
    app.selectbox[0].set_value(3).run()
    bars = draw_on_one_scale(reasons.found, 3, TEXTS[3], write_share)
    way = bracket_label(path_chart(reasons.found["exact Shapley"], 3, TEXTS[3], write_share), write_share)
    check_drawn(check(app), *bars.values(), way)
    assert "Bars are these." in words(app)


def test_bars_are_core_s_own_on_one_scale_that_holds_every_error_bar():
    found = make_reasons().found
    charts = draw_on_one_scale(found, 0, None, write_share)
    for method, each in found.items():
        own = local_chart(each, 0, None, write_share)
        for mine, theirs in zip(charts[method].marks, own.marks, strict=True):
            np.testing.assert_array_equal(mine.x, theirs.x)
    (low, high), other = (chart.x_range for chart in charts.values())
    assert (low, high) == other
    assert low < min(each.low[0].min() for each in found.values())
    assert high > max(each.high[0].max() for each in found.values())


def test_a_method_that_is_left_out_is_not_drawn_and_none_is_asked_for():
    reasons = make_reasons()
    app = run(draw_side_by_side)
    app.button_group[0].set_value(["permutation"]).run()
    own = reasons.found["permutation"]
    (bars,) = draw_on_one_scale({"permutation": own}, 0, TEXTS[0], write_share).values()
    check_drawn(check(app), bars, bracket_label(path_chart(own, 0, TEXTS[0], write_share), write_share))
    app.button_group[0].set_value([]).run()
    assert [each.value for each in check(app).info] == ["Choose at least one method."]


def test_methods_that_differ_on_the_first_reason_are_named():
    one = Attribution("one", ("a", "b"), np.array([[2.0, 1.0]]), 0.0)
    other = Attribution("other", ("a", "b"), np.array([[1.0, -2.0]]), 0.0)
    assert say_first({"one": one, "other": other}, 0) == "The methods differ on the first reason: a by one, b by other."
    assert say_first({"one": one}, 0) == "one names a as the first reason."


def test_a_run_without_explanations_says_so():
    app = run(draw_side_by_side, change={"names": (), "found": {}})
    assert [each.value for each in app.info] == ["No case of this run has been explained."]
    assert not app.get("plotly_chart")


def test_all_cases_together_are_drawn_by_the_chosen_method():
    reasons = make_reasons()
    app = run(draw_overall)
    app.button_group[0].set_value("permutation").run()
    found = reasons.found["permutation"]
    check_drawn(
        check(app),
        bracket_label(importance_chart(found, write_share), write_share),
        bracket_label(strip_chart(found, CASES), write_share),
    )


def test_agreement_stability_and_deletion_are_core_s():
    reasons = make_reasons()
    pairs = agree_all(list(reasons.found.values()))
    app = run(draw_trust)
    check_drawn(app, agreement_chart(pairs))
    assert app.dataframe[0].value.equals(lay_out_pairs(pairs))
    assert lay_out_pairs(pairs)["Largest gap"].tolist() == [pairs[0].largest]
    find(app.button_group, "View").set_value("Would a refit say the same?").run()
    check_drawn(check(app), bracket_label(stability_chart(reasons.stabilities["permutation"])))
    find(app.button_group, "View").set_value("Does the answer hang on them?").run()
    check_drawn(check(app), deletion_chart(reasons.deletions["exact Shapley"]))
    app.button_group[1].set_value("permutation").run()
    check_drawn(check(app), deletion_chart(reasons.deletions["permutation"]))


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("Do methods agree?", "Agreement takes two methods"),
        ("Would a refit say the same?", "No refit of this model was explained"),
        ("Does the answer hang on them?", "No deletion test was run"),
    ],
)
def test_a_test_that_was_not_made_is_said_to_be_missing(view, said):
    one = make_reasons().found["permutation"]
    app = run(draw_trust, change={"found": {"permutation": one}, "stabilities": {}, "deletions": {}})
    find(app.button_group, "View").set_value(view).run()
    assert check(app).info[0].value.startswith(said)
    assert not app.get("plotly_chart")


def test_a_live_case_shows_the_answer_and_reasons_of_its_values():
    app = run(draw_live)
    before = explain_live(dict.fromkeys(COLUMNS, 0.0), "best")
    assert (app.metric[0].value, app.metric[0].delta) == (write_share(before.answers[0]), "the case first shown")
    find(app.slider, "a").set_value(1.5).run()
    values = {"a": 1.5, "b": 0.0, "c": 0.0}
    found = explain_live(values, "best")
    moved = write_share(found.answers[0] - before.answers[0])
    assert (app.metric[0].value, app.metric[0].delta) == (
        write_share(found.answers[0]), f"+{moved} from the case first shown",
    )  # fmt: skip
    texts = {name: f"= {value}" for name, value in values.items()}
    check_drawn(check(app), bracket_label(local_chart(found, 0, texts, write_share), write_share))
    find(app.button_group, "Reasons as").set_value("Way from the base").run()
    check_drawn(check(app), bracket_label(path_chart(found, 0, texts, write_share), write_share))


def test_the_chosen_model_answers_a_live_case():
    app = run(draw_live)
    find(app.selectbox, "Who answers").set_value("second").run()
    assert app.metric[0].value == write_share(explain_live(dict.fromkeys(COLUMNS, 0.0), "second").answers[0])


def test_a_refused_live_case_shows_no_answer():
    app = run(draw_live)
    find(app.slider, "a").set_value(2.0).run()
    assert check(app).warning[0].value == "a is 2; it was seen up to 1.9: lower it."
    assert not app.metric
    assert not app.get("plotly_chart")
