"""What ships of the fraud project: every goal met, every record kept, and no figure of another model."""

import json

import pytest

from core.hub.artifacts import load_artifact
from core.hub.settings import ROOT
from core.streaming import fraud
from core.streaming.fraud.alarms import STATED
from core.streaming.fraud.baselines import GOALS
from core.streaming.fraud.rehearsals import STATED_DELAYS
from core.streaming.fraud.stored_figures import hash_weights, load_stored


@pytest.fixture(scope="module")
def artifact():
    return load_artifact("fraud")


@pytest.mark.parametrize(("metric", "split"), GOALS)
def test_the_shipped_model_meets_the_goal(metric, split, artifact):
    best = fraud.load_model(artifact.folder / "weights").best
    row = next(each for each in artifact.scores if (each.model, each.metric, each.split) == (best, metric, split))
    assert row.value >= GOALS[metric, split]
    assert row.low <= row.value <= row.high


@pytest.mark.parametrize("name", ["fraud", "fraud_drift", "fraud_stream"])
def test_every_claim_of_a_committed_record_was_kept(name):
    record = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))
    assert record["lines"]
    assert [line["what"] for line in record["lines"] if not line["kept"]] == []


def test_the_stored_figures_are_of_the_shipped_model_and_keep_the_promises(artifact):
    stored = load_stored()
    assert stored.model_sha256 == hash_weights(artifact.weights)
    for name, found in stored.rehearsed.items():
        assert found.n_false / found.n_streams <= STATED
        assert sorted(found.delays)[int(0.95 * found.n_streams) - 1] <= STATED_DELAYS[name]


def test_the_stored_figures_are_those_of_the_benchmark():
    record = json.loads((ROOT / "benchmarks" / "results" / "fraud_drift.json").read_text(encoding="utf-8"))
    medians = {line["what"]: line["value"] for line in record["lines"]}
    for name, found in load_stored().rehearsed.items():
        median = sorted(found.delays)[found.n_streams // 2]
        assert medians[f"row by row, {name}: median delay of a planted shift"] == pytest.approx(median, abs=16)
