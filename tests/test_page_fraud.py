"""The fraud page draws what core computes: payments, models, the live console, reasons; and takes a file."""

import io
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.datasets.export import to_csv
from core.hub.artifacts import MODELS
from core.hub.settings import Settings
from core.streaming import fraud as project
from core.streaming.fraud import live_start
from core.streaming.fraud.blindness import age_chart, find_ages
from core.streaming.fraud.challenger import fit_challenger
from core.streaming.fraud.features import make_features
from core.streaming.fraud.histories import find_features
from core.streaming.fraud.live_start import Start, start_engine
from core.streaming.fraud.overview import describe_payments, overview_from_values
from core.streaming.fraud.rehearsals import FRAUD_SHARE
from core.streaming.fraud.simulator import SMALL, Simulation, simulate
from core.streaming.fraud.stored_figures import STORED, load_stored
from core.streaming.fraud.warm import warm_up
from core.streaming.fraud.weeks import goals_frame, weeks_frame
from pages.kit import alert_stream, payments
from pages.kit.payment_trial import make_sample
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, find_frame, list_imported, press, words

SLUG = "fraud"
open_page = partial(apps.open_page, SLUG)
DAYS, FIRST = 85, 60


@pytest.fixture(scope="module")
def model():
    return project.load_model(MODELS / SLUG / "full" / "weights")


@pytest.fixture(scope="module")
def world():
    """Simulate a small town; the handbook's is too much for a test."""
    crime = {"terminals_per_day": 1, "customers_per_day": 1}
    return simulate(Simulation(n_customers=200, n_terminals=400, n_days=DAYS, radius=10.0, **crime))


@pytest.fixture(scope="module")
def town(world):
    learnt = (world.days > 35) & (world.days < 55)
    champion = fit_challenger(make_features(world)[learnt], world.fraud[learnt])
    return Start(world, warm_up(world, champion, FIRST), champion)


@pytest.fixture
def small_start(monkeypatch, town):
    """Let the console play the small town with a small model."""

    def load_start():
        return town

    monkeypatch.setattr(alert_stream, "load_start", load_start)
    return town


@pytest.fixture
def small_world(monkeypatch, world):
    def load_world():
        return world

    monkeypatch.setattr(payments, "load_world", load_world)
    monkeypatch.setattr(payments, "load_settings", lambda: Settings(data_cache=STORED.parent))
    monkeypatch.setattr(payments, "FILE", STORED.name)


def play(app, n=1):
    """Press Step some times."""
    for _ in range(n):
        app = press(app, "Step")
    return app


def open_console():
    app = press(open_page("Try it"), "Start the live stream")
    return press(app, "Pause")


def test_explore_shows_the_stored_counts():
    app = open_page()
    stored = load_stored().overview
    assert figures(app)["Payments"] == f"{stored.n:,}" == "1,754,155"
    frame = find_frame(app, "Kind", "Payments")
    assert frame["Payments"].tolist() == [1_739_474, 973, 9_077, 4_631]  # the handbook's own counts
    for view in ("Amounts", "Time"):
        assert count_charts(choose_view(app, view)) == 1


def test_counts_survive_being_stored_and_add_up():
    made = simulate(SMALL)
    found = describe_payments(made)
    again = overview_from_values(found.to_values())
    assert again.counts == found.counts
    assert found.n == len(made) == found.amounts.sum() == found.days.sum()
    assert found.n_frauds == made.fraud.sum()
    assert found.means[0] == pytest.approx(made.amount[~made.fraud].mean())


@pytest.mark.usefixtures("small_world")
def test_a_customer_and_a_terminal_are_drawn_over_time(world):
    app = choose_view(open_page(), "A terminal")
    worst = np.bincount(world.terminal[world.fraud]).argmax()
    assert f"Terminal {worst}:" in words(app)
    assert f"of its {int(world.fraud[world.terminal == worst].sum())} frauds" in words(app)
    assert "Customer" in words(choose_view(app, "A customer"))


def test_a_payments_features_need_only_its_neighbours(world):
    whole = make_features(world)
    for row in (len(world) - 1, len(world) // 2):
        np.testing.assert_allclose(find_features(world, row), whole[row], atol=1e-9)


def test_the_leaderboard_is_the_models_and_all_aims_are_met(model):
    app = open_page("Train & compare")
    frame = find_frame(app, "Model", "Verdict")
    assert {name.removesuffix(" (baseline)") for name in frame["Model"]} == set(model.names)
    goals = goals_frame(model)
    assert f"{int(goals['Met'].sum())} of {len(goals)} aims" in words(app)
    assert project.describe_command(model) in words(app)
    assert len(goals) == int(goals["Met"].sum()) == 5
    assert "Blend is better than depth-2 tree" in words(app)
    assert frame["Average precision (test rows)"][0].startswith(goals["Reached"].map("{:.3f}".format)[1])


def test_published_figures_protocol_weeks_and_cards_are_drawn(model):
    app = choose_view(open_page("Train & compare"), "Beside the handbook")
    shown = find_frame(app, "Model", "ROC area")
    assert shown["Model"].str.contains("handbook").sum() == 4
    for name in ("ROC area", "Average precision"):
        assert shown[name].str.fullmatch(r"0\.\d{3}|–").all()
    assert "scored from 2018-08-08 on" in words(choose_view(app, "The protocol"))
    app = choose_view(app, "Week by week")
    shown = find_frame(app, "Model", "Mean")
    assert shown["Mean"].tolist() == weeks_frame(model)["Mean"].tolist()
    assert f"{model.ceiling:.1%}" in words(choose_view(app, "Cards a day"))


def test_a_recipe_can_be_chosen_and_run(monkeypatch):
    asked = []
    monkeypatch.setattr("pages.kit.payment_board.start_run", lambda *what: asked.append(what))
    press(open_page("Train & compare"), "Train and compare")
    assert asked == [("core.streaming.fraud:run_job", project.RECIPES["quick"], SLUG)]


def test_the_console_shows_what_the_engine_says(small_start):
    app = open_console()
    find(app.selectbox, "A second is").set_value("1 day").run()
    app = play(app, 2)
    engine = start_engine(small_start)
    engine.advance(seconds=3_600)  # the start itself played an hour
    engine.advance(seconds=86_400)
    engine.advance(seconds=86_400)
    assert figures(app)["Payments"] == f"{engine.n_seen:,}"
    assert figures(app)["Simulated time"] == "01:00"
    best = engine.queue.list(1)
    assert not best or f"{best[0].transaction.amount:,.2f}" in words(app)
    assert "looks left today" in words(app)


@pytest.mark.usefixtures("small_start")
def test_an_injected_attack_is_alerted_answered_and_logged():
    app = open_console()
    find(app.selectbox, "A second is").set_value("6 hours").run()
    find(app.selectbox, "Attack").set_value("stolen cards").run()
    app = play(press(app, "Inject it now"), 3)
    assert "stolen cards under way" in words(app)
    left = words(app).split("queue** · ")[1].split(" of ")[0]
    app = press(app, "Fraud")
    assert words(app).split("queue** · ")[1].split(" of ")[0] == str(int(left) - 1)
    assert "You answered 1 cards" in words(app) or "Looked at today: 1" in words(app)
    for panel, told in {
        "Drift": "Promise of each watch",
        "Policy": "needless change",
        "Log": "Stolen cards began",
    }.items():
        app = check(find(app.segmented_control, "Panel").set_value(panel).run())
        assert told in words(app)


@pytest.mark.usefixtures("small_start")
def test_a_second_attack_of_a_kind_is_refused_in_one_sentence_and_the_stream_goes_on():
    app = open_console()
    find(app.selectbox, "Attack").set_value("card testing").run()
    app = press(press(app, "Inject it now"), "Inject it now")
    assert [each.value.partition(";")[0] for each in app.toast] == ["an attack of card testing is under way"]
    before = figures(app)["Payments"]
    assert figures(play(app, 3))["Payments"] != before


def test_every_attack_has_its_words():
    assert set(live_start.EFFECTS) == set(live_start.ATTACKS)


def test_the_broker_is_started_by_a_job_and_only_on_a_button(monkeypatch, model):
    asked = []
    monkeypatch.setattr("pages.kit.alert_broker.start_run", lambda *what: asked.append(what))
    app = open_page("Try it")
    app = check(find(app.segmented_control, "Engine").set_value("Through a broker").run())
    assert not asked
    assert f"scores {model.alert_from:.3f} or more" in words(app)
    press(app, "Start the broker and stream")
    assert asked[0][0] == "core.streaming.fraud.stream_runs:run_stream_job"
    assert asked[0][1].stream.startswith("page.")


def test_one_payment_is_answered_as_core_answers(model):
    app = choose_view(open_page("Try it"), "One payment")
    found = project.predict(model, project.Inputs())
    assert f"{found.probabilities['fraud']:.1%} probability of fraud" in words(app)
    app = check(find(app.segmented_control, "Start from").set_value("Bad terminal, not yet known").run())
    assert "No alert" in words(app)  # the blind spot


def test_a_file_comes_back_with_probabilities(model):
    app = choose_view(open_page("Try it"), "A file of payments")
    rows = pd.read_csv(io.BytesIO(make_sample()), nrows=2_999)
    rows["customer"] += 4_111_111_111_110_000
    apps.upload(app, to_csv(rows), "mine.csv", place=0)
    app = press(check(app), "Score these payments")
    frame = find_frame(app, "probability", "alert")
    assert frame["customer"].str.fullmatch(r"card ending \d{4}").all()
    assert (frame["alert"] == np.where(frame["probability"] >= model.alert_from, "yes", "no")).all()
    assert "of 2,999 payments raise an alert" in words(app)
    n_young = int(((frame["alert"] == "yes") & (frame["history_days"] < 30)).sum())
    assert n_young
    assert "a month of history in this file" in " ".join(each.value for each in app.warning)


def test_a_file_brought_to_one_tab_is_shown_on_the_others_and_named_at_the_head():
    app = choose_view(open_page("Try it"), "A file of payments")
    rows = b"time,customer,terminal,amount\n2026-01-05 10:00:00,a,b,5\n2026-01-05 10:00:00,a,b,5\n"
    app = check(apps.upload(app, rows, "mine.csv", place=0))
    assert "mine.csv · 2 rows · yours" in words(app)
    assert "1 row repeats an earlier one in time, customer, terminal and amount" in words(app)


BAD = {
    "empty.csv": b"",
    "letters.csv": b"a,b\n1,2\n3,4\n",
    "useless.csv": b"time,customer,terminal,amount\nsoon,a,b,many\nlater,a,b,few\nnever,c,d,none\n",
}


@pytest.mark.parametrize("name", BAD)
def test_what_holds_no_payments_is_told_in_one_sentence(name):
    app = apps.upload(open_page(), BAD[name], name)
    if not app.error:
        app = find(app.segmented_control, "Payments").set_value(payments.YOURS).run()
    apps.check_refused(app)
    assert len(app.error) == 1


def test_own_payments_are_explored_with_their_quarantine():
    times = pd.date_range("2026-01-01", periods=40, freq="h").astype(str)
    frame = pd.DataFrame({"when": times, "card": ["4111 1111 1111 1234", "4000-0000-0000-0002"] * 20,
                          "shop": ["x", "y", "z", "x"] * 10, "amount": [10.0] * 38 + [-5.0, 20.0]})  # fmt: skip
    app = apps.upload(open_page(), to_csv(frame), "own.csv")
    apps.check_refused(app)  # no column is named time: it asks which one is
    find(app.selectbox, "Time").set_value("when")
    app = check(find(app.button, "Read with these columns").click().run())
    assert "39 payments were read, 1 row put in quarantine" in words(app)
    assert "refunds are not payments" in find_frame(app, "Reason", "Rows")["Reason"][0]
    assert figures(app)["Payments"] == "39"
    assert find_frame(app, "Row", "Reason", "card")["card"].tolist() == ["card ending 1234"]
    app = apps.upload(open_page(), b"time,customer,terminal,amount\n2026-01-05 10:00:00,a,b,5\n", "one.csv")
    assert "1 payment was read, 0 rows put in quarantine" in words(app)


def test_blind_spots_are_those_of_the_test_week(model):
    app = open_page("Explain")
    shown = find_frame(app, "Kind", "Found")
    assert shown["Found"].tolist() == project.scenario_frame(model)["Found"].tolist()
    with pytest.raises(project.answers.DataError, match="not the payments"):
        find_ages(model, simulate(SMALL))
    assert age_chart.__doc__


def test_detectors_keep_their_promise():
    app = choose_view(open_page("Explain"), "Drift detectors")
    assert "quiet streams alarmed" in words(app)
    assert f"**labels**, {100 * FRAUD_SHARE:.0f} in a hundred turn out frauds" in words(app)
    for each in load_stored().rehearsed.values():
        assert each.high <= each.stated
        assert each.n_streams == 200


def test_the_lessons_are_drawn():
    app = open_page("Learn")
    assert count_charts(app) == 1
    assert "Check yourself" in words(app)


def test_drawing_imports_no_training_library():
    tabs = ("Explore", "Train & compare", "Try it", "Explain", "Learn")
    heavy = ("sklearn", "lightgbm", "tensorflow", "river", "confluent_kafka", "pyspark", "torch")
    assert list_imported(SLUG, tabs, heavy) == []
