"""Spark's reader on a stream of files: the features of the consumer, to the bit, and a batch sent twice counts once."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from core.hub.errors import ArtifactError
from core.streaming.fraud.features import make_features
from core.streaming.fraud.replaying import make_log
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.spark_reader import STATE_FILE, BatchScorer, sort_by_time, start_query
from tests.streaming.fraud_worker import RULES, score

N_FILES = 3
PAID = b'{"id": 7, "seconds": 5}'


class Frame:
    """What a micro-batch of Spark is, as far as the scorer looks."""

    def __init__(self, texts):
        self.rows = [{"value": text.decode()} for text in texts]

    def select(self, _name):
        return self

    def collect(self):
        return self.rows


@pytest.fixture(scope="module")
def payments():
    return simulate(Simulation(n_customers=20, n_terminals=40, n_days=20))


@pytest.fixture(scope="module")
def parts(payments):
    """Cut the messages into parts that follow one another."""
    texts = [each.content for each in make_log(payments)]
    size = -(-len(texts) // N_FILES)
    return [texts[place : place + size] for place in range(0, len(texts), size)]


def check(folder, payments):
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("batch-*.json"))]
    scored = [each for batch in found for each in batch["scored"]]
    assert [each["id"] for each in scored] == payments.id.tolist()
    features = make_features(payments)
    np.testing.assert_allclose([each["features"] for each in scored], features, rtol=0, atol=1e-9)
    alerts = [each for batch in found for each in batch["alerts"]]
    assert alerts == payments.id[score(features) >= RULES.threshold].tolist()
    assert len(found) == N_FILES


def test_a_batch_that_is_sent_again_changes_nothing(parts, payments, tmp_path):
    for number, texts in enumerate(parts):
        BatchScorer(tmp_path, RULES)(Frame(texts[::-1]), number)
        state = (tmp_path / STATE_FILE).read_bytes()
        BatchScorer(tmp_path, RULES)(Frame(texts), number)
        assert (tmp_path / STATE_FILE).read_bytes() == state
    check(tmp_path, payments)


def test_a_damaged_state_is_refused(tmp_path):
    (tmp_path / STATE_FILE).write_bytes(b"short")
    with pytest.raises(ArtifactError, match=r"state.bin in .* is damaged"):
        BatchScorer(tmp_path, RULES)(Frame([]), 0)


def test_broken_messages_come_first():
    deep = b"[" * 3_000
    assert sort_by_time([PAID, deep, b'"text"']) == [b'"text"', deep, PAID]


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_spark_comes_to_the_features_of_the_batch(parts, payments, tmp_path):
    from pyspark.sql import SparkSession

    source = tmp_path / "in"
    source.mkdir()
    for number, texts in enumerate(parts):
        path = source / f"part-{number}.txt"
        path.write_bytes(b"\n".join(texts))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    quiet = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}
    builder = SparkSession.builder.master("local[1]").config(map=quiet)
    spark = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:
        for _ in range(2):  # the second query finds nothing left to do
            query = start_query(spark, source, tmp_path / "out", RULES)
            assert query.awaitTermination(120)
            assert query.exception() is None
    finally:
        spark.stop()
    check(tmp_path / "out", payments)
