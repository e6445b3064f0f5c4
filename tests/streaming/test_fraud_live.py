"""The live engine: exact features, the same events however it is stepped, attacks that are noticed, bounded memory."""

import copy

import numpy as np
import pytest

from core.hub.contract import Reason
from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.alarms import Alarm
from core.streaming.fraud.attacks import ATTACKS, FIRST_ID, make_attack
from core.streaming.fraud.challenger import fit_challenger
from core.streaming.fraud.charts import drift_chart, rate_chart
from core.streaming.fraud.dashboard import make_board
from core.streaming.fraud.features import make_features
from core.streaming.fraud.feed import Feed, take_district
from core.streaming.fraud.latency import Latencies
from core.streaming.fraud.live import N_ALERTS, LiveEngine
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.transactions import DAY_S
from core.streaming.fraud.warm import LiveSettings, warm_up

START = 60


class Rule:
    """A model of two features, fast and known: a high amount, or a terminal with frauds."""

    def score(self, features):
        odds = 0.05 * (features[:, 0] - 220) + 8 * features[:, 12] - 3
        return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))

    def reasons(self, row):
        return (Reason("amount", f"{row[0]:.2f}", 0.5),)


class Recorder(Rule):
    """Keeps the features it was asked about."""

    def __init__(self):
        self.seen = []

    def score(self, features):
        self.seen.append(features.copy())
        return super().score(features)


@pytest.fixture(scope="module")
def world():
    return simulate(Simulation(200, 400, 95, 10.0, 1, 1))


@pytest.fixture(scope="module")
def warm(world):
    return warm_up(world, Rule(), START)


def make_engine(world, warm, model=None, **settings):
    return LiveEngine(world, warm, model or Rule(), LiveSettings(**settings))


def tell(engine, steps):
    return [(each.kind, each.seconds, each.text) for n in steps for each in engine.advance(n=n)]


def test_the_engine_gives_the_features_of_the_whole_table(world, warm):
    model = Recorder()
    make_engine(world, warm, model).advance(n=2_000)
    live = np.vstack(model.seen)
    first = int(np.searchsorted(world.days, START))
    batch = make_features(world)[first : first + len(live)]
    assert len(live) == 2_000
    np.testing.assert_allclose(live, batch, rtol=0, atol=1e-9)


def test_how_the_stream_is_cut_into_steps_changes_nothing(world, warm):
    whole, parts = (make_engine(world, warm) for _ in range(2))
    whole.attack("stolen cards")
    parts.attack("stolen cards")
    assert tell(whole, [3_000]) == tell(parts, [1, 99, 700, 200, 2_000])
    assert (whole.clock_s, whole.n_seen, whole.queue.reports) == (parts.clock_s, parts.n_seen, parts.queue.reports)
    again = make_engine(world, warm, batch=37)
    again.attack("stolen cards")
    assert len(tell(again, [3_000])) > 20


def test_seconds_and_payments_are_two_ways_of_the_same_step(world, warm):
    by_time, by_number = (make_engine(world, warm) for _ in range(2))
    told = [event for _ in range(48) for event in by_time.advance(seconds=1_800)]
    assert by_time.clock_s == (START + 1) * DAY_S
    n_day = int((world.days == START).sum())
    assert by_time.n_seen == n_day
    assert [each.text for each in told] == [each.text for each in by_number.advance(n=n_day)]
    by_time.speed = 3_600.0
    by_time.tick(12.0)
    assert by_time.clock_s == START * DAY_S + int(1.5 * DAY_S)


def test_a_pause_holds_everything(world, warm):
    engine = make_engine(world, warm)
    engine.is_paused = True
    assert engine.advance(n=500) == ()
    assert (engine.n_seen, engine.clock_s) == (0, START * DAY_S)
    engine.is_paused = False
    engine.advance(n=500)
    assert engine.n_seen == 500


def test_a_price_rise_is_noticed_tried_and_settled_and_a_quiet_stream_is_left_alone(world, warm):
    quiet, struck = (make_engine(world, warm) for _ in range(2))
    struck.attack("price rise")
    events = struck.advance(seconds=25 * DAY_S)
    assert {each.kind for each in quiet.advance(seconds=6 * DAY_S)} == {"alert", "day"}
    alarms = [each for each in events if each.kind == "alarm"]
    assert "amount rose" in alarms[0].text
    assert alarms[0].seconds < (START + 6) * DAY_S
    assert [each.text for each in events if each.kind == "trial"]
    decided = [each for each in events if each.kind == "decision"]
    assert decided[0].text.split(":")[0] in {"Recalibrate", "Retrain"}
    assert not isinstance(struck.champion, Rule)
    # Labels come a week late, so no decision can rest on them before; and three days of them are read first.
    assert decided[0].seconds >= (START + 3) * DAY_S


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_is_what_it_says_and_ignores_the_chunks(kind, world):
    start = START * DAY_S + 7
    part = world.take((world.days >= START) & (world.days < START + 5))
    wave = make_attack(kind, world, start, days=2.0, seed=3)
    feeds = [Feed(part, START) for _ in range(2)]
    for feed in feeds:
        feed.attacks.append(wave)
    whole = feeds[0].take(len(part))
    pieces = []
    while not feeds[1].is_over:
        pieces.append(feeds[1].take(97))
    for name, column in whole.columns().items():
        assert np.array_equal(column, np.concatenate([piece.columns()[name] for piece in pieces])), name
    assert (np.diff(whole.seconds) >= 0).all()
    known = whole.take(whole.id < FIRST_ID)
    changed = (known.amount != part.amount) | (known.fraud != part.fraud)
    assert not changed[part.seconds < start].any()
    if kind != "price rise":
        assert not changed[part.seconds >= start + 2 * DAY_S].any()
        assert whole.fraud.sum() > part.fraud.sum()
        assert len(np.unique(whole.id)) == len(whole)
    else:
        assert changed.sum() == (part.seconds >= start).sum()
        assert whole.fraud.sum() == part.fraud.sum()
    assert (len(whole) > len(part)) == (kind == "card testing")


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_of_a_kind_that_is_under_way_is_refused_and_the_stream_goes_on(kind, world, warm):
    engine = make_engine(world, warm)
    engine.attack(kind, 1.0)
    with pytest.raises(RecipeError, match=f"an attack of {kind} is under way; wait until it is over"):
        engine.attack(kind, 1.0)
    engine.attack("large amounts" if kind == "stolen cards" else "stolen cards", 1.0)
    engine.advance(seconds=3 * DAY_S)
    assert engine.n_seen >= int(((world.days >= START) & (world.days < START + 3)).sum())
    if kind != "price rise":
        assert engine.attack(kind, 1.0).kind == "attack"


def test_no_attack_begins_when_the_recording_is_over(world, warm):
    engine = make_engine(world.take(world.days < START + 1), warm)
    engine.advance(seconds=2 * DAY_S)
    with pytest.raises(RecipeError, match="the recording is over, so no attack can begin"):
        engine.attack("stolen cards")


def test_memory_is_bounded_and_a_copy_goes_its_own_way(world, warm):
    engine = make_engine(world, warm, alert_share=0.2, capacity=5)
    engine.advance(seconds=12 * DAY_S)
    assert len(engine._waiting) <= 8
    assert len(engine.alerts) <= N_ALERTS
    twin = copy.deepcopy(engine)
    assert tell(engine, [400]) == tell(twin, [400])
    twin.advance(n=100)
    assert twin.n_seen == engine.n_seen + 100


def test_the_board_tells_rate_latency_alerts_with_reasons_queue_and_drift(world, warm):
    engine = make_engine(world, warm)
    empty = make_board(engine)
    assert (empty.n_seen, empty.per_hour, len(empty.alerts), empty.drift.empty) == (0, 0.0, 0, True)
    assert drift_chart(empty) is None
    assert rate_chart(engine.hours) is None
    engine.advance(seconds=3 * DAY_S)
    board = make_board(engine, 4)
    first = board.queue.iloc[0] if len(board.queue) else board.alerts.iloc[0]
    assert board.per_hour == pytest.approx((world.days == START + 2).sum() / 24, rel=0.2)
    assert 0 < board.p50_ms <= board.p99_ms
    assert board.alerts["transaction"].tolist() == [each.transaction.id for each in engine.alerts][:-5:-1]
    assert first["reasons"].startswith("amount ")
    assert board.days["day"].tolist() == [START, START + 1]
    assert drift_chart(board).title == "No feature has drifted in the last 2,000 payments"
    assert board.person == "You answered no card."
    assert board.trial == "No drift has called for a trial."


def test_a_persons_answers_meet_their_labels_a_week_later(world, warm):
    engine = make_engine(world, warm)
    engine.advance(seconds=0.9 * DAY_S)
    chosen = engine.queue.list(1)[0].transaction.id
    truth = bool(world.fraud[world.id == chosen][0])
    engine.answer(chosen, truth)
    assert make_board(engine, 1).person == "You answered 1 card; labels come a week later."
    engine.advance(seconds=8.5 * DAY_S)
    assert make_board(engine, 1).person == "1 of your 1 answers with a label were right."


def test_the_challenger_ranks_frauds_that_the_amount_alone_does_not(world):
    from sklearn.metrics import average_precision_score

    features, days = make_features(world), world.days
    old, new = (days >= 45) & (days < 60), days >= 67
    model = fit_challenger(features[old], world.fraud[old])
    found = average_precision_score(world.fraud[new], model.score(features[new]))
    assert found > average_precision_score(world.fraud[new], features[new, 0]) + 0.1


def test_latencies_round_up_by_at_most_a_cell():
    latencies, rng = Latencies(), np.random.default_rng(0)
    assert np.isnan(latencies.find(50))
    drawn = rng.lognormal(-6, 1, 2_000)
    for each in drawn.tolist():
        latencies.add(each)
    for percent in (50, 99):
        assert 1 <= latencies.find(percent) / np.percentile(drawn, percent, method="inverted_cdf") <= 10**0.05 + 1e-9


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda world, warm: make_engine(world, warm).advance(), RecipeError, "give one of the two"),
        (lambda world, warm: make_engine(world, warm).advance(n=0), RecipeError, "the step is 0"),
        (lambda world, warm: make_engine(world, warm).advance(seconds=-1), RecipeError, "the step is -1"),
        (lambda world, warm: make_engine(world, warm).advance(n=20_001), RecipeError, "20001; give 1 to 20000"),
        (lambda _world, _warm: LiveSettings(batch=0), RecipeError, "the batch is 0 payments"),
        (lambda world, _warm: make_attack("flood", world, 0), RecipeError, "the attack is 'flood'"),
        (lambda world, _warm: make_attack("price rise", world, 0, 99), RecipeError, "lasts 99 days"),
        (lambda world, _warm: warm_up(world, Rule(), 20), DataError, "the stream has no day 20 with the 59 days"),
        (lambda world, _warm: Feed(world, 500), DataError, "ends before day 500"),
        (lambda world, _warm: take_district(world, 0), DataError, "the district is 0 of the map"),
        (lambda _world, _warm: Latencies().find(0), RecipeError, "the percentile is 0"),
    ],
)
def test_what_cannot_be_played_is_refused(call, error, words, world, warm):
    with pytest.raises(error, match=words):
        call(world, warm)


def test_the_wave_of_alarms_after_an_attacks_labels_is_one_line_with_their_count(world, warm):
    engine = make_engine(world, warm)
    steps = [Alarm("labels", name, 100 * k, 0.1, 0.3) for k, name in enumerate(("gap", "error", "gap", "gap"))]
    moments = [(START + day) * DAY_S for day in (7, 8, 9, 20)]
    engine.alarms.extend(zip(moments, steps, strict=True))
    engine.alarms.insert(1, (moments[0] + 5, Alarm("score", "alerts", 50, 0.2, 0.4)))
    alarms = make_board(engine).alarms
    assert alarms[["day", "last", "watch", "n"]].values.tolist() == [
        [START + 20, START + 20, "labels", 1],
        [START + 7, START + 7, "score", 1],
        [START + 7, START + 9, "labels", 3],
    ]
    assert alarms["sentence"].iloc[2] == f"3 alarms of one wave, in gap and error; the first: {steps[0].sentence}"
