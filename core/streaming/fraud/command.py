"""``python -m core fraud``: run a broker, send payments, watch them, and list what was found.

Three terminals make the whole stream: ``broker``, ``watch``, ``send``. Results go to the hub's database, so that a page
or ``alerts`` shows them meanwhile; ``watch`` can be stopped or killed at any moment and goes on where it stood.

Left out: training, which is ``python -m core train fraud --save``.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from core.hub.errors import DataError, RecipeError
from core.hub.scores import columns_to_text
from core.hub.store import open_store
from core.streaming.fraud.broker import PORT, find_servers, run_broker
from core.streaming.fraud.consumer import MOST_WARM_UP, Consumer, Rules, start_consumer
from core.streaming.fraud.outbox import publish
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.quarantine import MOST_PLAUSIBLE, REASONS, Bounds
from core.streaming.fraud.replaying import Sent, check_speed, disturb, make_log, replay
from core.streaming.fraud.sink import Sink, open_sink
from core.streaming.fraud.topics import make_topics, name_topics
from core.streaming.fraud.watching import Publisher, tell_beginning, tell_partitions, watch_once

if TYPE_CHECKING:
    from core.streaming.fraud.transactions import Transactions

ACTIONS: dict[str, str] = {
    "broker": "run a broker on this machine until it is stopped; it keeps messages in memory",
    "send": "send simulated payments, or those of a table, to the topic",
    "watch": "score what comes in, and write alerts to the database, until it is stopped",
    "status": "count what was read, scored, alerted and refused",
    "alerts": "list the newest alerts with their reasons",
    "quarantine": "count and list the messages that were set aside",
}
Parser = argparse.ArgumentParser
MAX_SHOWN = 20
WARM_UP_DAYS = 7
"""In the first week of an unknown stream most first payments of customers would alert."""


def run(action: str, words: Sequence[str]) -> int:
    """Run one action.

    Parameters
    ----------
    action : str
        One of :data:`ACTIONS`.
    words : sequence of str
        What follows it.

    Returns
    -------
    int
        0.

    Raises
    ------
    HubError
        With one sentence for the person.
    """
    parser = Parser(prog=f"python -m core fraud {action}", description=ACTIONS[action])
    add, act = _PARTS[action]
    add(parser)
    options = parser.parse_args(words)
    act(options)
    return 0


def _say(text: str) -> None:
    """Print lines on standard output at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _add_stream(parser: Parser) -> None:
    """Name the stream."""
    parser.add_argument("--stream", default="fraud", metavar="NAME", help="prefix of the topics; default fraud")


def _add_servers(parser: Parser) -> None:
    """Name the stream and its broker."""
    _add_stream(parser)
    parser.add_argument("--servers", metavar="HOST:PORT", help="default KAFKA_BOOTSTRAP_SERVERS or 127.0.0.1:9092")


def _add_broker(parser: Parser) -> None:
    """Name the port."""
    parser.add_argument("--port", type=int, default=PORT, help=f"where it listens; default {PORT}")


def _run_broker(options: argparse.Namespace) -> None:
    """Run a broker until it ends or the person stops it."""
    # A service manager says SIGTERM, at any time; unheeded it would leave the broker's own process on the port.
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt), run_broker(options.port) as broker:
        _say(f"a broker answers at {broker.servers}; stop it with Ctrl-C")
        broker.wait()


def _interrupt(*_: object) -> NoReturn:
    """Take a signal for Ctrl-C."""
    raise KeyboardInterrupt


def _add_send(parser: Parser) -> None:
    """Say what to send, and how fast."""
    _add_servers(parser)
    parser.add_argument("table", nargs="?", type=Path, metavar="FILE", help="a table of your own; default simulated")
    parser.add_argument("--first", type=int, default=115, metavar="DAY", help="first simulated day, 0 to 182")
    parser.add_argument("--days", type=int, default=14, help="simulated days to send; default 14")
    parser.add_argument(
        "--speed", type=float, metavar="X", help="simulated seconds a second; default as fast as it goes"
    )
    parser.add_argument("--spoil", type=float, default=0.0, metavar="SHARE", help="share of spoilt messages; default 0")


def _run_send(options: argparse.Namespace) -> None:
    """Send payments and their labels."""
    servers, topics = options.servers or find_servers(), name_topics(options.stream)
    check_speed(options.speed)
    transactions = _load_table(options.table) if options.table else _load_days(options.first, options.days)
    make_topics(servers, topics)
    log: Iterator[Sent] = disturb(make_log(transactions), options.spoil)
    with Producer(servers) as producer:
        n_sent = replay(producer, topics.transactions, log, options.speed)
    _say(f"{n_sent:,} messages sent to {topics.transactions} at {servers}")


def _load_days(first: int, n_days: int) -> Transactions:
    """Return some days of the simulation."""
    from core.streaming.fraud.simulator import Simulation, load_transactions

    last = Simulation().n_days - 1
    if not 0 <= first <= last or n_days < 1:
        message = f"day {first} and {n_days} days were asked for; the first may be 0 to {last}, the days 1 or more"
        raise RecipeError(message)
    found = load_transactions()
    return found.take((found.days >= first) & (found.days < first + n_days))


def _load_table(path: Path) -> Transactions:
    """Return the payments of a table of a person's own, numbered alike whatever file they come in."""
    from core.datasets.reading import check_size, read_table
    from core.hub.settings import load_settings
    from core.streaming.fraud.upload_numbers import number_payments
    from core.streaming.fraud.uploads import load_upload

    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be opened: {error.strerror or error}"
        raise DataError(message) from error
    check_size(len(content), load_settings())
    table = read_table(content, path.name).table
    upload = load_upload(table)
    for note in upload.notes:
        _say(note)
    return number_payments(table.frame, upload)


def _add_watch(parser: Parser) -> None:
    """Say by which model, from which score, and how long."""
    _add_servers(parser)
    parser.add_argument("--model", default="full", help="name of the stored model; default full")
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="least probability of an alert; default the model's"
    )
    parser.add_argument(
        "--most-amount", type=float, metavar="X", default=MOST_PLAUSIBLE,
        help=f"larger amounts are set aside as implausible; default {MOST_PLAUSIBLE:,.0f}",
    )  # fmt: skip
    parser.add_argument(
        "--warm-up", type=int, metavar="DAYS", default=WARM_UP_DAYS,
        help=f"days of a new stream that raise no alert, 0 to {MOST_WARM_UP}; default {WARM_UP_DAYS}",
    )  # fmt: skip
    parser.add_argument("--until-end", action="store_true", help="stop at the end of the log instead of waiting")


def _run_watch(options: argparse.Namespace) -> None:
    """Score what comes in."""
    servers, topics = options.servers or find_servers(), name_topics(options.stream)
    rules = replace(
        load_rules(options.model, options.threshold),
        bounds=Bounds(most_amount=options.most_amount),
        warm_up_days=options.warm_up,
    )
    sink = Sink(open_store(), options.stream)
    with start_consumer(servers, topics, sink, rules) as consumer, Producer(servers) as producer:
        _say(f"watching {topics.transactions} at {servers} from batch {consumer.batch:,}; stop it with Ctrl-C")
        _say_once(tell_beginning(consumer, options.warm_up))
        with Publisher(lambda: publish(sink, producer, topics), _say) as publisher:
            _watch(consumer, publisher, until_end=options.until_end)
    _run_status(options)


def _watch(consumer: Consumer, publisher: Publisher, *, until_end: bool) -> None:
    """Take batch after batch, to the end of the log or until the person stops it."""
    is_told = False
    try:
        while not (until_end and consumer.is_at_end):
            if watch_once(consumer, publisher, _say) is not None and not is_told:
                is_told = True
                _say_once(tell_partitions(consumer))
    except KeyboardInterrupt:
        _say("stopped")


def _say_once(text: str) -> None:
    """Print a line where there is something to say."""
    if text:
        _say(text)


def load_rules(model: str = "full", threshold: float | None = None) -> Rules:
    """Make the rules of a stored model.

    Parameters
    ----------
    model : str
        Its name under ``models/fraud``.
    threshold : float, optional
        Least probability of an alert; default the model's own.

    Raises
    ------
    ArtifactError
        If the model is missing or damaged.
    RecipeError
        If the threshold is no probability.
    """
    from core.hub.artifacts import load_artifact
    from core.streaming.fraud.files import load_model

    found = load_model(load_artifact("fraud", model).folder / "weights")
    least = found.alert_from if threshold is None else threshold
    if not 0 <= least <= 1:
        message = f"the threshold is {least:g}; it is a probability, 0 to 1"
        raise RecipeError(message)
    return Rules(
        found.score,
        least,
        lambda row: [f"{each.name} {each.value} ({each.effect:+.3f})" for each in found.reasons(row)],
    )


def _run_status(options: argparse.Namespace) -> None:
    """Print the counts of a stream."""
    sink = open_sink(open_store(), options.stream)
    _say(columns_to_text([(name, f"{n:,}") for name, n in {"batches": sink.load().batch, **sink.count()}.items()]))


def _run_alerts(options: argparse.Namespace) -> None:
    """Print the newest alerts."""
    rows = open_sink(open_store(), options.stream).list_rows("alerts", MAX_SHOWN)
    shown = [("payment", "customer", "terminal", "amount", "score", "reasons")]
    for row in rows.itertuples(index=False):
        figures = (f"{row.amount:,.2f}", f"{row.score:.3f}", "; ".join(json.loads(str(row.reasons))[:3]))
        shown.append((str(row.id), str(row.customer), str(row.terminal), *figures))
    _say(columns_to_text(shown))


def _run_quarantine(options: argparse.Namespace) -> None:
    """Print why messages were set aside, and the newest of them."""
    sink = open_sink(open_store(), options.stream)
    for name, n in sink.count().items():
        reason = name.removeprefix("refused: ")
        if reason in REASONS:
            _say(f"{n:,}  {reason}: {REASONS[reason]}")
    for row in sink.list_rows("quarantine", MAX_SHOWN).itertuples(index=False):
        _say(f"partition {row.partition}, offset {row.offset}: {row.sentence}")


_PARTS: dict[str, tuple[Callable[[Parser], None], Callable[[argparse.Namespace], None]]] = {
    "broker": (_add_broker, _run_broker),
    "send": (_add_send, _run_send),
    "watch": (_add_watch, _run_watch),
    "status": (_add_stream, _run_status),
    "alerts": (_add_stream, _run_alerts),
    "quarantine": (_add_stream, _run_quarantine),
}
