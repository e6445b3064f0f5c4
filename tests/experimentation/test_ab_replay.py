"""Results as a view of the log: the same however it came about, of any day again, and only of exposed units."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.ingestion import ingest
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.experimentation.ab_testing.preregistration import hash_plan
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import amend, change, find_experiment, start, stop
from core.experimentation.ab_testing.replay import find_results, look, make_view, repeat_looks
from core.hub.errors import DataError, RecipeError
from core.hub.store import Store
from tests.experimentation.conftest import START_US, HandClock

SHOP = Experiment("shop", ("blue", "grey"))
PLAN = Recipe(metric="revenue", covariates="revenue_before", guardrails="-latency", margin=0.5)
HOUR_US = 3_600_000_000


def make_event(kind, number, unit, hours, **more):
    own = {"experiment": "shop", "arm": assign(SHOP, unit)} if kind != "metric" else {}
    time = show_time(START_US + round(hours * HOUR_US))
    return {"id": f"{kind}-{number}", "kind": kind, "time": time, "unit": unit} | own | more


def make_log(seed: int, n_units: int = 40) -> list[dict]:
    """Make a log with units assigned and never exposed, exposed twice, and metrics before and after."""
    rng, events = random.Random(seed), []  # noqa: S311 - a log for a test, no secret
    for number in range(n_units):
        unit = f"user-{number}"
        events.append(make_event("assignment", number, unit, -30))
        if number % 5 == 0:
            continue
        events += [
            make_event("exposure", 2 * number + again, unit, -20 + 3 * again) for again in range(rng.choice([1, 2]))
        ]
        for place in range(rng.randint(1, 4)):
            value, hours = round(rng.gauss(10, 3), 2), rng.uniform(-28, -1)
            events.append(make_event("metric", 100 * number + place, unit, hours, metric="revenue", value=value))
        value = rng.uniform(90, 110)
        events.append(make_event("metric", f"l{number}", unit, rng.uniform(-15, -1), metric="latency", value=value))
    return events


def write_log(ledger, events, n_batches=1):
    size = -(-len(events) // n_batches)
    for place in range(0, len(events), size):
        ingest(ledger, events[place : place + size])


def run_log(events, n_batches=1):
    """Write events into a log of their own and return what it says."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/log.sqlite3")
        clock = HandClock()
        ledger = Ledger(store, clock)
        start_earlier(ledger, clock, PLAN)
        write_log(ledger, events, n_batches)
        found = find_results(ledger, "shop")
        store.close()
    return found


def start_earlier(ledger, clock, plan):
    """Start the experiment two days before the clock's time, so that its exposures may be of yesterday."""
    clock.move(-2)
    start(ledger, SHOP, plan)
    clock.move(2)


@pytest.fixture
def shop(ledger, clock):
    start_earlier(ledger, clock, PLAN)
    return ledger


@settings(deadline=None, max_examples=5, derandomize=True)
@given(seed=st.integers(0, 1_000), order=st.randoms(use_true_random=False))
def test_shuffled_tripled_and_split_in_seven_the_log_says_the_same(seed, order):
    events = make_log(seed)
    expected = run_log(events)
    for copies, n_batches in ((1, 1), (3, 1), (1, 7), (3, 7)):
        mixed = events * copies
        order.shuffle(mixed)
        found = run_log(mixed, n_batches)
        assert found.digest == expected.digest
        assert found.analysis.verdict == expected.analysis.verdict


def test_whoever_knows_an_id_cannot_take_its_event_out_again(shop):
    events = make_log(4)
    write_log(shop, events)
    before = find_results(shop, "shop")
    exposure = next(event for event in events if event["kind"] == "exposure")
    metric = next(event for event in events if event.get("metric") == "revenue" and event["unit"] == "user-1")
    write_log(shop, [exposure | {"time": show_time(START_US)}, metric | {"value": 900.0}])
    after = find_results(shop, "shop")
    assert after.digest == before.digest == find_results(shop, "shop", before.view.moment).digest
    assert after.analysis.verdict == before.analysis.verdict
    assert after.notes[0] == "2 events came again with another content; of each the first counts."
    assert shop.count_quarantine() == {"conflict": 2}


def test_another_log_has_another_hash():
    assert run_log(make_log(1)).digest != run_log(make_log(2)).digest


def test_postgresql_says_the_same_as_sqlite(both_ledger, clock):
    events = make_log(3)
    start_earlier(both_ledger, clock, PLAN)
    write_log(both_ledger, events, 3)
    assert find_results(both_ledger, "shop").digest == run_log(events).digest


def test_what_was_shown_on_day_three_can_be_shown_again(shop, clock):
    shown = []
    for day in range(4):
        events = [event | {"id": f"{day}-{event['id']}"} for event in make_log(day, 40 + day)]
        write_log(shop, events)
        shown.append((clock.now_us, look(shop, "shop")))
        clock.move(1)
    amend(shop, "shop", replace(PLAN, alpha=0.01), "too many false alarms")
    for time_us, seen in shown:
        again = find_results(shop, "shop", shop.find_moment(time_us))
        assert again.digest == seen.digest
        assert again.analysis.verdict == seen.analysis.verdict
    assert len({seen.digest for _, seen in shown}) == 4
    assert [each.is_same for each in repeat_looks(shop, "shop")] == [True] * 4
    assert find_results(shop, "shop").analysis.plan.alpha == 0.01


def test_only_exposed_units_count_and_only_from_their_first_exposure(shop):
    events = [
        make_event("assignment", 1, "user-1", -9), make_event("exposure", 1, "user-1", -5),
        make_event("metric", 1, "user-1", -6, metric="latency", value=5.0),
        make_event("metric", 2, "user-1", -6, metric="revenue", value=7.0),
        make_event("metric", 3, "user-1", -5, metric="revenue", value=2.0),
        make_event("metric", 4, "user-1", -1, metric="revenue", value=3.0),
        make_event("assignment", 2, "user-2", -9),
        make_event("metric", 5, "user-2", -1, metric="revenue", value=50.0),
        make_event("metric", 6, "user-1", -1, metric="of no interest", value=1.0) | {"metric": "clicks"},
    ]  # fmt: skip
    write_log(shop, events)
    view = make_view(shop, "shop")
    assert view.table.frame.to_dict("records") == [
        {"unit": "user-1", "arm": assign(SHOP, "user-1"), "revenue": 5.0, "latency": 0.0, "revenue_before": 7.0}
    ]
    assert (view.n_assigned, view.n_exposed, view.n_metrics) == (2, 1, 2)
    assert view.set_aside == {"out of order": 1, "not exposed": 1}
    assert view.out_of_order["id"].tolist() == ["metric-1"]


def test_an_exposure_that_arrives_late_releases_its_metrics(shop):
    metric = make_event("metric", 1, "user-1", -2, metric="revenue", value=2.0)
    write_log(shop, [metric, make_event("exposure", 1, "user-1", -1)])
    assert make_view(shop, "shop").table.frame["revenue"].tolist() == [0.0]
    write_log(shop, [make_event("exposure", 2, "user-1", -3)])
    assert make_view(shop, "shop").table.frame["revenue"].tolist() == [2.0]


def test_metrics_before_exposure_are_said_beside_the_results(shop):
    write_log(shop, [*make_log(5), make_event("metric", "early", "user-1", -25, metric="latency", value=1.0)])
    assert (
        "1 metric events came before their unit's first exposure and do not count." in find_results(shop, "shop").notes
    )


def test_the_plan_is_frozen_at_the_start_and_every_later_change_is_shown(shop):
    frozen = find_experiment(shop, "shop")
    assert frozen.plan_sha256 == hash_plan(frozen.plan)
    assert frozen.plan.split == "0.5:0.5"
    amend(shop, "shop", replace(PLAN, power=0.9), "more units came")
    write_log(shop, make_log(6))
    assert find_experiment(shop, "shop").is_as_planned
    entry = amend(shop, "shop", replace(PLAN, power=0.9, metric="latency", covariates=""), "it looked better")
    assert not entry.is_as_planned
    first, second = find_results(shop, "shop").notes[:2]
    assert first == "The plan was changed before the first exposure: power 0.8 → 0.9. Reason given: more units came."
    assert second.startswith("The plan was changed after ")
    assert "metric revenue → latency" in second
    assert second.endswith("Reason given: it looked better.")
    assert entry.plan_sha256 != frozen.plan_sha256


def test_a_results_request_with_no_data_is_one_sentence(shop):
    with pytest.raises(DataError, match="there is no experiment 'none'; there are shop"):
        find_results(shop, "none")
    with pytest.raises(DataError, match="shop has no exposure by 2026-01-05T09:30:00Z; log an exposure when"):
        find_results(shop, "shop")
    write_log(shop, [make_event("exposure", 1, "user-1", -1)])
    with pytest.raises(
        DataError, match="no unit of the arm grey was exposed by 2026-01-05T09:30:00Z; a comparison needs both"
    ):
        find_results(shop, "shop")
    with pytest.raises(DataError, match="there is no experiment 'shop'; there is none yet"):
        find_results(shop, "shop", Moment(0, 0))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            replace(PLAN, covariates="revenue"),
            "revenue is measured after assignment; as a covariate use revenue_before",
        ),
        (Recipe(metric="unit"), "a metric may not be called unit"),
        (Recipe(), "metric is ''; use 1 to 64 letters"),
        (Recipe(metric="a", segment="land"), "the log has no segments"),
        (Recipe(metric="a", first="red"), "the plan compares red with grey; name two of blue, grey"),
        (Recipe(metric="a", alpha=0.9), "alpha is 0.9; it must be 0.001 to 0.2"),
        (Recipe(metric="a", monitoring="Pocock"), "Pocock spends alpha by the share of the planned units; give"),
    ],
)
def test_a_plan_that_the_log_cannot_meet_is_refused(ledger, plan, words):
    with pytest.raises(RecipeError) as refused:
        start(ledger, SHOP, plan)
    assert words in str(refused.value)
    assert ledger.find_moment().number == 0


def test_names_salts_and_ranges_are_held_by_the_log_itself(shop):
    refused = {
        "there was an experiment 'shop' before": SHOP,
        "the salt 'shop' was used by shop": Experiment("new", salt="shop"),
    }
    for words, experiment in refused.items():
        with pytest.raises(RecipeError, match=words):
            start(shop, experiment, PLAN)
    with pytest.raises(RecipeError, match="the weights of shop may not change while it runs"):
        change(shop, replace(SHOP, weights=(0.9, 0.1)))
    with pytest.raises(RecipeError, match="needs a reason"):
        amend(shop, "shop", PLAN, " ")
    stop(shop, "shop", "done")
    with pytest.raises(RecipeError, match="shop was stopped"):
        change(shop, replace(SHOP, coverage=1.0))
    with pytest.raises(RecipeError, match="the salt 'shop' was used"):
        start(shop, Experiment("new", salt="shop"), PLAN)
    assert find_experiment(shop, "shop").history == ("start", "stop: done")


SPENDING = replace(PLAN, monitoring="Pocock", planned_units=60, covariates="", guardrails="")


def write_units(ledger, first, last):
    """Expose some units and give each a value."""
    for number in range(first, last):
        value = number % 7 + 0.5 * (assign(SHOP, f"user-{number}") == "blue")
        unit = f"user-{number}"
        write_log(ledger, [make_event("exposure", number, unit, -20 + number / 100),
                           make_event("metric", number, unit, -10, metric="revenue", value=value)])  # fmt: skip


def test_where_looks_spend_alpha_only_one_that_is_written_down_decides_and_it_stands(ledger, clock):
    start_earlier(ledger, clock, SPENDING)
    write_units(ledger, 0, 30)
    glance = find_results(ledger, "shop").analysis.decision.sentence
    assert glance.startswith("Go on: Pocock spends α with each look that is written down, and this one at 30 units is")
    first = look(ledger, "shop")
    assert first.analysis.look.times == (0.5,)
    standing = find_results(ledger, "shop")
    assert (standing.digest, standing.analysis.decision) == (first.digest, first.analysis.decision)
    assert "at 30 units, stands: no unit came since." in standing.notes[0]
    with pytest.raises(DataError, match="the look at 30 units is written down and stands"):
        look(ledger, "shop")
    write_units(ledger, 30, 45)
    assert find_results(ledger, "shop").analysis.decision.sentence.startswith("Go on: Pocock spends α")
    assert look(ledger, "shop").analysis.look.times == (0.5, 0.75)
    write_units(ledger, 45, 70)
    last = look(ledger, "shop")
    assert last.analysis.look.times == (0.5, 0.75, 1.0)
    assert last.analysis.decision.action != "go on"
    write_units(ledger, 70, 80)
    after = find_results(ledger, "shop")
    assert (after.digest, after.view.n) == (last.digest, 70)
    assert "at 70 units, stands: α is spent, and what came later is not read." in after.notes[0]
    with pytest.raises(DataError, match="none are planned beyond 60"):
        look(ledger, "shop")
    again = repeat_looks(ledger, "shop")
    assert [(each.is_same, each.n) for each in again] == [(True, 30), (True, 45), (True, 70)]


def test_exposures_from_before_the_start_need_an_import_and_are_said_beside_the_results(ledger):
    start(ledger, SHOP, PLAN)
    events = make_log(7)
    refused = ingest(ledger, events)
    assert set(refused.refused) == {"before the start"}
    assert "and shop was started at 2026-01-05T09:30:00Z; bring older ones by an import" in refused.sentences[0]
    assert "before the start" not in ingest(ledger, events, is_import=True).refused
    found = find_results(ledger, "shop")
    assert f"{found.view.n_exposed:,} units were exposed before the start, when no plan was frozen" in found.notes[0]
