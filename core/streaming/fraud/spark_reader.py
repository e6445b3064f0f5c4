"""The same features in Spark Structured Streaming, for streams that one process cannot take.

Each micro-batch of Spark is handed to the feature state that the consumer uses (``online``), in order of time, on the
driver; Spark does the reading, the retries and the checkpoint of the source. The state of the features is written next
to the checkpoint together with the number of the micro-batch, so that a batch that Spark sends again is scored from the
state before it, to the same figures (``foreachBatch`` is at least once:
https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html#foreachbatch).

The source is any streaming frame with one column ``value`` of message texts: a folder of files, or Kafka with the
connector that is not part of PySpark (:data:`CONNECTOR`); ``docs/CLUSTER.md`` has the line for ``spark-submit``.

Left out: state that is spread over workers, which needs the stream twice, by customer and by terminal; the check of a
payment's time against its sender's stamp, which a column of texts does not hold.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.whole_files import write_whole
from core.hub.errors import ArtifactError
from core.streaming.fraud.micro_batches import Detector, Outcome, Received
from core.streaming.fraud.quarantine import Gate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from core.streaming.fraud.consumer import Rules

CONNECTOR = "org.apache.spark:spark-sql-kafka-0-10_2.13:4.3.0"
STATE_FILE = "state.bin"
_HEAD = struct.Struct(">qQ")
"""Number of the micro-batch, and bytes of the gate, before the gate and the state."""


class BatchScorer:
    """What ``foreachBatch`` calls: scores a micro-batch and writes its result and the state after it.

    Parameters
    ----------
    folder : Path
        Of the state and of one JSON file of results for each micro-batch.
    rules : Rules
    """

    def __init__(self, folder: Path, rules: Rules) -> None:
        self.folder, self.rules = folder, rules
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, frame: DataFrame, number: int) -> None:
        """Score the micro-batch of a number; one that is done already is left as it is."""
        last, detector = self._load()
        if number <= last:
            return
        texts = [bytes(row["value"], "utf-8") for row in frame.select("value").collect()]
        outcome = detector.process([Received(0, place, None, text) for place, text in enumerate(sort_by_time(texts))])
        scored, gate = write_outcome(outcome), detector.gate.to_bytes()
        state = _HEAD.pack(number, len(gate)) + gate + detector.state.to_bytes()
        write_whole(self.folder / f"batch-{number:08d}.json", lambda handle: handle.write(scored))
        write_whole(self.folder / STATE_FILE, lambda handle: handle.write(state))

    def _load(self) -> tuple[int, Detector]:
        """Return the number of the last micro-batch, and a detector as it was after it."""
        rules, place = self.rules, self.folder / STATE_FILE
        if not place.is_file():
            return -1, Detector(rules.make_state(None), Gate(rules.bounds), rules.scorer, rules.threshold)
        content = place.read_bytes()
        if len(content) < _HEAD.size:
            message = f"{STATE_FILE} in {self.folder.name} is damaged; delete the folder and its checkpoint"
            raise ArtifactError(message)
        number, n_gate = _HEAD.unpack_from(content)
        gate = Gate.from_bytes(content[_HEAD.size : _HEAD.size + n_gate], rules.bounds)
        state = rules.make_state(content[_HEAD.size + n_gate :])
        return number, Detector(state, gate, rules.scorer, rules.threshold)


def start_query(spark: SparkSession, source: Path, folder: Path, rules: Rules, files: int = 1) -> StreamingQuery:
    """Read a folder of files, a message a line, as a stream that ends once every file was read.

    Parameters
    ----------
    spark : SparkSession
    source : Path
        The folder; files are taken by their time of change.
    folder : Path
        Where results, state and checkpoint go.
    rules : Rules
    files : int
        Files in each micro-batch.
    """
    frame = spark.readStream.format("text").option("maxFilesPerTrigger", files).load(str(source))
    return score_frame(frame, folder, rules)


def read_topic(spark: SparkSession, servers: str, topic: str) -> DataFrame:
    """Read a topic of Kafka as a streaming frame of texts, from its beginning or the checkpoint on; see `CONNECTOR`."""
    asked = {"kafka.bootstrap.servers": servers, "subscribe": topic, "startingOffsets": "earliest"}
    return spark.readStream.format("kafka").options(**asked).load().selectExpr("CAST(value AS STRING) AS value")


def score_frame(frame: DataFrame, folder: Path, rules: Rules, *, ends: bool = True) -> StreamingQuery:
    """Score a streaming frame of texts.

    Parameters
    ----------
    ends : bool
        Whether to stop once everything that is there was read, or to wait for more.
    """
    score: Callable[[DataFrame, int], None] = BatchScorer(folder, rules)
    writer = frame.writeStream.option("checkpointLocation", str(folder / "checkpoint")).foreachBatch(score)
    return (writer.trigger(availableNow=True) if ends else writer).start()


def sort_by_time(texts: list[bytes]) -> list[bytes]:
    """Put messages in order of their payments' times, since Spark keeps no order.

    A label follows its payment where both are here, and comes first otherwise; it counts only once the payment is old
    enough, so that it cannot come too early.

    Examples
    --------
    >>> sort_by_time([b'{"id": 7, "seconds": 2}', b'{"id": 7, "fraud": true}', b"?", b'{"id": 8, "seconds": 1}'])
    [b'?', b'{"id": 8, "seconds": 1}', b'{"id": 7, "seconds": 2}', b'{"id": 7, "fraud": true}']
    """
    found = [_read_fields(text) for text in texts]
    times = {each["id"]: each["seconds"] for each in found if type(each.get("seconds")) is type(each.get("id")) is int}
    # A label has no time of its own, and a broken message none at all.
    keys = [
        (float(_find_time(each, times)), "seconds" not in each, text) for each, text in zip(found, texts, strict=True)
    ]
    return [text for _, _, text in sorted(keys)]


def write_outcome(outcome: Outcome) -> bytes:
    """Write the scores, alerts and refusals of a micro-batch as JSON."""
    scored = zip(outcome.transactions, outcome.features.tolist(), outcome.scores.tolist(), strict=True)
    return json.dumps(
        {
            "scored": [{"id": paid.id, "features": row, "score": score} for paid, row, score in scored],
            "alerts": [alert.transaction.id for alert in outcome.alerts],
            "refused": [[each.reason, each.sentence] for each in outcome.refusals],
        }
    ).encode()


def _read_fields(text: bytes) -> dict[str, Any]:
    """Return the fields of a message, none where it is broken."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _find_time(fields: dict[str, Any], times: dict[int, int]) -> float:
    """Return the time of a payment, or of a label's payment; minus infinity where it is unknown."""
    own = fields.get("id")
    return times.get(own, -np.inf) if type(own) is int else -np.inf


def main() -> None:
    """Score a topic until it is stopped; what ``deploy/spark_fraud.py`` runs."""
    from pyspark.sql import SparkSession

    from core.streaming.fraud.broker import find_servers
    from core.streaming.fraud.command import load_rules
    from core.streaming.fraud.topics import name_topics

    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--servers", metavar="HOST:PORT", help="default KAFKA_BOOTSTRAP_SERVERS or 127.0.0.1:9092")
    parser.add_argument("--stream", default="fraud", metavar="NAME", help="prefix of the topic; default fraud")
    parser.add_argument("--folder", type=Path, required=True, help="of results, state and checkpoint")
    options = parser.parse_args()
    spark = SparkSession.builder.appName("fraud").getOrCreate()
    frame = read_topic(spark, options.servers or find_servers(), name_topics(options.stream).transactions)
    score_frame(frame, options.folder, load_rules(), ends=False).awaitTermination()
