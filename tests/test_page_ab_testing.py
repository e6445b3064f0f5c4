"""The A/B testing page draws what core computes: bundled trials, uploads good and bad, two counts, a replayed log."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.explaining import find_look_reach
from core.experimentation.ab_testing.stream import FAULTS, Playback, make_stream
from core.hub.artifacts import load_artifact
from core.hub.settings import load_settings
from core.hub.store import Store
from pages.kit.trial_size import MeanDesign, ShareDesign, find_control_size, find_total, write_size_command
from tests import apps
from tests.apps import check, check_refused, choose_view, count_charts, figures, find, find_frame, press, upload, words

SLUG = "ab_testing"
open_page = partial(apps.open_page, SLUG)
HEAD = "user;Gruppe;Umsatz;vorher;Land\r\n"


def make_file(line, n=60):
    return (HEAD + "".join(f"{line(place)}\r\n" for place in range(n))).encode("cp1252")


GOOD = make_file(
    lambda n: f"u{n};{('alt', 'neu')[n % 2]};{10 + n % 7 + 2 * (n % 2)},5;{n % 5},25;{('Österreich', 'DE')[n % 3 > 0]}"
)
BAD = {
    "has the one arm neu": make_file(lambda n: f"u{n};neu;{n % 7},5;{n % 5};DE"),
    "has 3 arms (b, c, a)": make_file(lambda n: f"u{n};{'abc'[n % 3]};{n % 7},5;{n % 5};DE"),
    "holds text ('viel' in row 8)": make_file(lambda n: f"u{n};{'ab'[n % 2]};{'viel' if n == 7 else n};{n % 5};DE"),
    "30 of 30 user are in both arms": make_file(lambda n: f"u{n // 2};{'ab'[n % 2]};{n % 7},5;{n % 5};DE"),
    "Umsatz is 1 for every unit": make_file(lambda n: f"u{n};{'ab'[n % 2]};1;{n % 5};DE"),
    "but no rows": HEAD.encode(),
}


@pytest.fixture(scope="module")
def analysis():
    return project.analyse(None, project.Recipe())


def test_the_resumes_are_explored_as_a_trial(analysis):
    app = open_page()
    found = figures(app)
    assert found["white: callback"] == "9.65%"
    assert found["Difference in points"] == f"{100 * analysis.verdict.effect:.3g}"
    assert "Split check (SRM)" in words(app)
    assert project.arms_chart(analysis).title in words(app)


def test_the_decision_and_the_tests_are_cores(analysis):
    app = open_page("Train & compare")
    drawn = words(app).replace("The effect", "the effect")
    judged = analysis.decision.sentence.partition(": ")[2].rstrip(".")
    assert judged.replace("the first arm is better", "callback is higher for white than for black") in drawn
    assert "Ship" not in drawn, "a study of others has nothing to ship"
    assert "python -m core ab analyse --trial resumes" in words(app)
    frame = find_frame(choose_view(app, "Tests"), "statistic")
    assert frame["statistic"].iloc[0] == pytest.approx(4.1084, abs=5e-5)


def test_every_view_of_the_analysis_is_drawn():
    app = open_page("Train & compare")
    drawn = {"Categories": 1, "Segments": 1, "Guardrails": 0, "CUPED": 0, "Looks": 1, "Sample size": 1, "Take away": 0}
    assert {name: count_charts(choose_view(app, name)) for name in drawn} == drawn


def test_the_promises_stand_beside_the_z_test():
    app = choose_view(open_page("Train & compare"), "Guarantees")
    model = project.load_model(load_artifact(SLUG).folder / "weights")
    shown = find_frame(app, "promise")
    assert shown["value"].tolist() == [each.value for each in model.guarantees]
    assert shown.set_index("method").loc["z-test at every look", "value"] > 0.25
    assert project.describe_command(model) in words(app)


def test_a_score_of_grade_2_is_refused_as_a_covariate_and_earnings_before_are_taken():
    app = choose_view(open_page("Train & compare", ab_testing_data="Class size, Project STAR"), "CUPED")
    app = check_refused(find(app.get("button_group"), "Covariates to try").set_value(["score_2"]).run())
    assert "score_2 was measured after assignment" in words(app)
    app = choose_view(open_page("Train & compare", ab_testing_data="Job training, the NSW trial"), "CUPED")
    app = check(find(app.get("button_group"), "Covariates to try").set_value(["re75"]).run())
    assert "off the variance" in words(app)


def test_four_counts_give_the_reference_decision():
    app = open_page("Try it")
    assert figures(app)["z"] == "2.677"
    assert "The effect is 0.05" in words(app) or "the effect is 0.05" in words(app)
    app = find(app.number_input, "Treatment: successes").set_value(2_000).run()
    assert "2,000" in words(app) or "2000" in words(app)
    assert app.error


def test_a_german_file_is_read_mapped_and_decided():
    app = check(upload(open_page(), GOOD, "versuch.csv"))
    found = figures(app)
    assert found["neu: Umsatz"] == "15.43"
    assert "Unit" in [each.label for each in app.selectbox]
    app.session_state[f"{SLUG}_tab"] = "Try it"
    app = choose_view(app.run(), "A file")
    assert "versuch.csv" in words(app)
    assert "python -m core ab analyse table.parquet --metric=Umsatz --arm=Gruppe" in words(app)


@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_file_gets_one_sentence_and_the_page_stays(sentence):
    app = check_refused(upload(open_page(), BAD[sentence], "versuch.csv"))
    assert sentence in words(app)
    assert len(app.error) == 1
    assert app.tabs


def test_the_reasons_are_drawn(analysis):
    app = open_page("Explain")
    assert find_frame(app, "clause")["holds"].tolist() == [False] * 3 + [True] + [False] * 6
    app = choose_view(app, "Power of this look")
    assert f"an effect of {find_look_reach(analysis).least:.3g} is found" in words(app)
    for name in ("If there were no effect", "Bootstrap", "The lot", "Balance", "Simpson's paradox"):
        assert count_charts(choose_view(app, name)) == 1


def test_a_replay_runs_to_its_end_and_shows_day_3_again():
    app = choose_view(open_page("Try it"), "Live experiment")
    assert "A replay, not traffic" in words(app)
    app = press(press(app, "Step"), "To the end")
    counts = figures(app)
    assert counts["Exposed"] == "4,870"
    assert counts["Quarantined"] == "87"
    assert "leaves 0 out from day" in words(app)
    boards = [each for each in app.segmented_control if each.label == "View"]
    app = check(boards[-1].set_value("As of a day").run())
    assert "What the dashboard said on day 3" in words(app)


def test_the_log_of_a_stream_gives_the_trials_own_effect(tmp_path, analysis):
    from core.experimentation.ab_testing.replay import find_results

    playback = Playback(Store(f"sqlite:///{tmp_path}/log.sqlite3"), make_stream())
    while not playback.is_over:
        playback.advance(3_000)
    found = find_results(playback.ledger, playback.stream.experiment.name)
    assert found.analysis.plain.effect == pytest.approx(analysis.plain.effect, abs=1e-15)
    refused = set(playback.ledger.count_quarantine())
    assert refused == set(FAULTS) - {"out of order"}
    assert found.view.set_aside["out of order"] > 0


def test_the_calculator_has_the_published_sizes_for_any_split(capsys):
    assert find_control_size(ShareDesign(formula="Miller")) == 1_031
    assert find_control_size(MeanDesign(effect=0.5)) == 64
    uneven = ShareDesign(treated=20.0)
    assert find_total(uneven, find_control_size(uneven)) > 2 * find_control_size(ShareDesign())
    assert write_size_command(MeanDesign(effect=0.5)).startswith("python -m core ab size --effect 0.5")
    design = ShareDesign(treated=30.0, sided="one-sided", formula="arcsine")
    assert main(write_size_command(design).split()[3:]) == 0
    n = find_control_size(design)
    said = (
        f"{n:,} units in the base arm and {find_total(design, n) - n:,} in the other, {find_total(design, n):,} togeth"
    )
    assert capsys.readouterr().out.startswith(said)


def test_cases_go_to_champion_and_challenger_and_are_judged():
    app = choose_view(open_page("Try it"), "Champion against challenger")
    app = check(find(app.toggle, "Load its models").set_value(True).run())
    app = press(app, "Send 25")
    frame = find_frame(app, "judged")
    assert frame["answered"].sum() == frame["judged"].sum() == 25
    assert "visitor-25" in words(app)


def draw_permission():
    import streamlit as st

    from pages.kit.experiment_design import STARTED, may_change
    from pages.kit.experiment_log import Shown

    st.session_state[STARTED] = ("mine",)
    st.text(str([may_change(Shown(None, name, None)) for name in ("mine", "theirs")]))


@pytest.mark.parametrize(("is_open", "said"), [("0", "[True, False]"), ("1", "[True, True]")])
def test_a_visitor_changes_only_the_experiments_that_the_same_session_started(monkeypatch, is_open, said):
    monkeypatch.setenv("AB_LOG_OPEN", is_open)
    load_settings.cache_clear()
    try:
        app = AppTest.from_function(draw_permission, default_timeout=apps.DRAW_S).run()
    finally:
        monkeypatch.undo()
        load_settings.cache_clear()
    assert app.text[0].value == said


def test_an_own_file_is_decided_and_a_study_of_others_is_not():
    clear = make_file(lambda n: f"u{n};{('alt', 'neu')[n % 2]};{10 + n % 7 + 9 * (n % 2)},5;{n % 5};DE")
    app = check(upload(open_page(), clear, "versuch.csv"))
    app.session_state[f"{SLUG}_tab"] = "Train & compare"
    assert "rocket_launch: Ship]" in words(app.run())
    assert "A difference is shown" in words(open_page("Train & compare"))


def test_categories_are_compared_over_all_arms():
    app = choose_view(open_page("Train & compare"), "Categories")
    assert "chi-square" in words(app)
    assert "python -m core ab categories table.parquet --arm=sounds" in words(app)


def test_a_replay_whose_looks_spend_alpha_decides_when_a_look_is_written_down():
    app = choose_view(open_page("Try it"), "Live experiment")
    app = check(find(app.selectbox, "Looking").set_value("Pocock").run())
    app = press(press(app, "Step"), "To the end")
    assert "Pocock spends α with each look that is written down" in words(app)
    assert "a look at the end of each day" in words(app)
    boards = [each for each in app.segmented_control if each.label == "View"]
    app = press(check(boards[-1].set_value("Decision").run()), "Write this look down")
    assert "1 look written down; computed again, 1 show the same" in words(app)
    assert "A difference is shown" in words(app)
