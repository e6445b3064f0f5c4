"""The three topics of the stream, and the clients' shared settings.

Transactions and labels travel in one topic of one partition, because the features of a terminal need the payments of
all its customers in one order: with one partition that order is the log's own, so that every run over the log, broken
off or not, comes to the same alerts. More partitions work too, but their order between each other is that of arrival.

Left out: a schema registry, and access rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.hub.errors import RecipeError, UnavailableError

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

TIMEOUT_S = 10.0
MAX_NAME = 200
"""Kafka allows 249 characters; the longest ending here takes 13."""
_NAME = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_NAME}}}")


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of the topics.

    Parameters
    ----------
    transactions : str
        Payments and labels come in here.
    alerts, quarantine : str
        What the consumer publishes: payments above the threshold, and messages that it refused with the reason.
    """

    transactions: str = "fraud.transactions"
    alerts: str = "fraud.alerts"
    quarantine: str = "fraud.quarantine"


def name_topics(prefix: str = "fraud") -> Topics:
    """Name the topics of one stream.

    Raises
    ------
    RecipeError
        If Kafka would not take the prefix.

    Examples
    --------
    >>> name_topics("shop").alerts
    'shop.alerts'
    """
    if not _NAME.fullmatch(prefix):
        message = f"the stream is {prefix!r}; it must be 1 to {MAX_NAME} letters, digits, dots, dashes or underscores"
        raise RecipeError(message)
    return Topics(f"{prefix}.transactions", f"{prefix}.alerts", f"{prefix}.quarantine")


def make_client_settings(servers: str) -> dict[str, Any]:
    """Return what every client is set to: quick to come back, and silent, since errors are put into sentences."""
    return {
        "bootstrap.servers": servers,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "socket.timeout.ms": 5_000,
        "log_level": 0,
    }


def make_topics(servers: str, topics: Topics, timeout_s: float = TIMEOUT_S) -> tuple[str, ...]:
    """Make the topics that are missing, each of one partition; return the names of those.

    Raises
    ------
    UnavailableError
        If no broker answers in time, or it refuses.
    """
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    admin = AdminClient(make_client_settings(servers))
    there = _list_topics(admin, servers, timeout_s)
    missing = [name for name in (topics.transactions, topics.alerts, topics.quarantine) if name not in there]
    # A replication factor of -1 is the broker's own choice.
    asked = admin.create_topics([NewTopic(name, 1, -1) for name in missing]) if missing else {}
    for name, made in asked.items():
        try:
            made.result(timeout_s)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                message = f"the topic {name} cannot be made at {servers} ({error.args[0].str()}); make it by hand"
                raise UnavailableError(message) from error
    return tuple(missing)


def find_partitions(servers: str, topic: str, timeout_s: float = TIMEOUT_S) -> tuple[int, ...]:
    """Return the partitions of a topic, none where it does not exist.

    Raises
    ------
    UnavailableError
        If no broker answers in time.
    """
    from confluent_kafka.admin import AdminClient

    return _list_topics(AdminClient(make_client_settings(servers)), servers, timeout_s).get(topic, ())


def _list_topics(admin: AdminClient, servers: str, timeout_s: float) -> dict[str, tuple[int, ...]]:
    """Return the partitions of every topic."""
    from confluent_kafka import KafkaException

    try:
        # All topics are asked for: a question after one by name would make it, with the broker's own partitions.
        found = admin.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        raise UnavailableError(describe_outage(servers)) from error
    return {name: tuple(sorted(topic.partitions)) for name, topic in found.items()}


def describe_outage(servers: str) -> str:
    """Say in one sentence that no broker answers."""
    return (
        f"no broker answers at {servers}; start one with `python -m core fraud broker`, "
        "or set KAFKA_BOOTSTRAP_SERVERS to your own"
    )
