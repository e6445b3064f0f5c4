"""Champion against challenger over HTTP: the split, the log behind it, feedback, and refusals in one sentence."""

from __future__ import annotations

import warnings

import pytest

from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.champion import list_accuracy, start_duel
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.ledger import Ledger
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import start, stop
from core.hub import registry
from core.hub.errors import ArtifactError
from core.serving.api import make_app
from core.serving.training import save_run, train_project
from tests.serving import fake_project

with warnings.catch_warnings():
    # Starlette's client prefers httpx2 over the httpx that is installed, and says so when imported.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

SLUG = fake_project.SLUG
CASE = {"length": 2.0, "petals": 5, "colour": "red", "fresh": True, "note": "x"}
EVENT = {"id": "m-1", "kind": "metric", "unit": "user-1", "metric": "clicks", "value": 1}


@pytest.fixture
def log(ledger, monkeypatch, tmp_path):
    """Register the small project beside A/B testing, store two of its models, and give the API this log."""
    projects = registry.PROJECTS
    fake_project.install(monkeypatch, tmp_path)
    own = next(each for each in projects if each.slug == "ab_testing")
    monkeypatch.setattr(registry, "PROJECTS", (*registry.PROJECTS, own))
    (tmp_path / own.page).write_text("")
    for name in ("quick", "full"):
        save_run(train_project(SLUG, name))
    live = Ledger(ledger.store)
    monkeypatch.setattr("core.serving.experiments.open_ledger", lambda: live)
    return live


@pytest.fixture
def client(log):  # noqa: ARG001 - the log must be there first
    with TestClient(make_app(), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def duel(log):
    return start_duel(log, "flowers", SLUG, ("quick", "full"), share=0.5).experiment


def ask(client, number, unit=None, **changes):
    unit = unit or f"user-{number}"
    return client.post("/v1/ab/flowers/predict", json={"id": f"r-{number}", "unit": unit, "case": CASE | changes})


def refuse(answer, status=422):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["detail"]


@pytest.mark.usefixtures("duel")
def test_traffic_is_split_by_unit_and_accuracy_comes_by_feedback(client, log, duel):
    for number in range(120):
        answer = ask(client, number).json()
        assert (answer["model"], answer["counts"]) == (assign(duel, f"user-{number}"), True)
        truth = "small" if answer["model"] == "quick" or number % 3 else "large"
        told = client.post("/v1/ab/flowers/feedback", json={"id": f"r-{number}", "truth": truth}).json()
        assert told == {"metric": "correct", "value": float(truth == "small"), "is_new": True}
    table = list_accuracy(log, "flowers").set_index("model")
    assert table["answered"].sum() == table["judged"].sum() == 120
    assert table.loc["quick", "value"] == 1.0
    assert 0.5 < table.loc["full", "low"] < table.loc["full", "value"] < table.loc["full", "high"] < 0.85
    found = client.get("/v1/ab/flowers/results").json()
    assert [side["arm"] for side in found["arms"]] == ["quick", "full"]
    assert found["arms"][1]["mean"] == pytest.approx(table.loc["full", "value"])
    assert found["effect"] > 0.1
    assert found["test"].endswith("anytime")
    again = client.get("/v1/ab/flowers/results", params={"number": found["number"]}).json()
    assert again["digest"] == found["digest"]


@pytest.mark.usefixtures("duel")
def test_a_request_sent_again_is_answered_again_and_counted_once(client, log):
    assert ask(client, 1).json() == ask(client, 1, length=9.0).json() | {"answer": ask(client, 1).json()["answer"]}
    assert list_accuracy(log, "flowers")["answered"].sum() == 1
    assert "the request r-1 was made for another unit" in refuse(ask(client, 1, unit="user-2"))


@pytest.mark.usefixtures("duel")
def test_feedback_is_taken_once_and_a_second_truth_changes_nothing(client, log):
    ask(client, 1)
    tell = {"id": "r-1", "truth": "small"}
    assert client.post("/v1/ab/flowers/feedback", json=tell).json()["is_new"]
    assert not client.post("/v1/ab/flowers/feedback", json=tell).json()["is_new"]
    assert list_accuracy(log, "flowers")["judged"].sum() == 1
    second = client.post("/v1/ab/flowers/feedback", json=tell | {"truth": "large"})
    assert refuse(second) == "the request r-1 was told another truth before, which counts; send the truth once"
    assert list_accuracy(log, "flowers")["judged"].sum() == 1
    assert "gave no answer under the id 'r-9'" in refuse(
        client.post("/v1/ab/flowers/feedback", json=tell | {"id": "r-9"})
    )
    ask(client, 2)
    wrong = client.post("/v1/ab/flowers/feedback", json={"id": "r-2", "truth": 3.5})
    assert refuse(wrong) == "the truth is '3.5'; the answer was a class, as text, so give the same"
    assert ask(client, 3, length=16.0).json()["answer"]["refused"]
    assert "declined to answer" in refuse(client.post("/v1/ab/flowers/feedback", json=tell | {"id": "r-3"}))


def test_a_trial_that_was_stopped_leaves_the_champion_alone(client, log, duel):
    stop(log, duel.name)
    answers = [ask(client, number).json() for number in range(20)]
    assert {(each["model"], each["counts"]) for each in answers} == {("full", False)}
    assert list_accuracy(log, "flowers")["answered"].sum() == 0
    assert client.post("/v1/ab/flowers/assign", json={"units": ["user-1"]}).json() == {"arms": [None]}


def test_a_model_that_is_not_stored_cannot_be_put_on_trial(log):
    with pytest.raises(ArtifactError, match=f"models/{SLUG}/none is not there"):
        start_duel(log, "flowers", SLUG, ("none", "full"))


def test_events_are_ingested_one_by_one_whatever_else_is_in_the_batch(client, log):
    experiment = Experiment("shop", ("blue", "grey"), coverage=0.5)
    start(log, experiment, Recipe(metric="clicks"))
    units = [f"user-{number}" for number in range(50)]
    arms = client.post("/v1/ab/shop/assign", json={"units": units}).json()["arms"]
    assert arms == [assign(experiment, unit) for unit in units]
    event = EVENT | {"time": show_time(log.clock())}
    body = {"events": [event, event, event | {"value": 2}, {"id": "m-2"}, None]}
    answer = client.post("/v1/ab/events", json=body)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["accepted"], found["refused"]) == (1, {"conflict": 1, "duplicate": 1, "malformed": 2})
    assert len(found["sentences"]) == 4
    assert client.post("/v1/ab/events", json=body).json()["accepted"] == 0


@pytest.mark.usefixtures("duel")
def test_a_request_that_cannot_be_met_is_one_sentence(client, log):
    start(log, Experiment("shop"), Recipe(metric="clicks"))
    assert "flowers has no exposure by" in refuse(client.get("/v1/ab/flowers/results"))
    assert "there is no experiment 'none'" in refuse(client.get("/v1/ab/none/results"))
    assert "time is 'now'; write it like" in refuse(client.get("/v1/ab/flowers/results", params={"as_of": "now"}))
    assert "does not compare stored models" in refuse(
        client.post("/v1/ab/shop/predict", json={"id": "r", "unit": "u", "case": CASE})
    )
    assert refuse(ask(client, 1, length=99.0)) == "length is 99; it must be 0.1 to 20"
    assert "unit is" in refuse(ask(client, 1, unit="a\0"))
    too_many = {"events": [None] * 1_001}
    assert "events" in refuse(client.post("/v1/ab/events", json=too_many))
    assert "the limit" in refuse(client.post("/v1/ab/events", content=b"x" * 1_000_001), 413)
    assert refuse(client.post("/v1/ab/events", json={})) == "events is missing; give it a value"


def test_the_routes_are_there_only_with_the_project(log, monkeypatch):
    assert "/v1/ab/events" in make_app().openapi()["paths"]
    monkeypatch.setattr(registry, "PROJECTS", (fake_project.PROJECT,))
    assert log.find_moment().number == 0
    assert not [path for path in make_app().openapi()["paths"] if path.startswith("/v1/ab")]
