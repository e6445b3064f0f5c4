"""The broker process, its topics, and what reaches them; one sentence where it is not there."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys

import pytest

from core.__main__ import FRAUD_ACTIONS, main
from core.hub.errors import LimitError, UnavailableError
from core.hub.settings import Settings
from core.streaming.fraud import command
from core.streaming.fraud.broker import Broker, find_servers, run_broker
from core.streaming.fraud.consumer import Rules
from core.streaming.fraud.messages import write_transaction
from core.streaming.fraud.producer import Producer
from core.streaming.fraud.reading import LogReader
from core.streaming.fraud.topics import Topics, find_partitions, make_topics, name_topics
from core.streaming.fraud.transactions import Transaction
from tests.servers import ROOT, find_port
from tests.streaming.fraud_worker import explain, score

pytestmark = pytest.mark.server
TOPICS = Topics()


@pytest.fixture(scope="module")
def broker():
    with run_broker() as broker:
        yield broker


def read_all(servers, topic=TOPICS.transactions):
    reader = LogReader(servers, Topics(transactions=topic), {})
    found = []
    while not reader.is_at_end:
        found += reader.read(100, 0.05)
    reader.close()
    return [each.content for each in found]


def test_a_broker_starts_and_is_gone_after_its_stop():
    with run_broker() as broker:
        assert broker.is_running
        assert make_topics(broker.servers, TOPICS) == (TOPICS.transactions, TOPICS.alerts, TOPICS.quarantine)
        assert make_topics(broker.servers, TOPICS) == ()
        pid = broker.pid
    assert not broker.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_broker_that_was_killed_comes_back_empty():
    with run_broker() as broker:
        make_topics(broker.servers, TOPICS)
        broker.kill()
        broker.restart()
        assert find_partitions(broker.servers, TOPICS.transactions) == ()


def test_a_port_that_is_taken_is_said(broker):
    with pytest.raises(UnavailableError, match=f"port {broker.port} of 127.0.0.1 cannot be used"):
        Broker(broker.port)


def test_a_missing_program_is_said(monkeypatch):
    monkeypatch.setenv("CALF_TANSU_BIN", "/nowhere/tansu")
    with pytest.raises(UnavailableError, match=r"no broker is installed .* set KAFKA_BOOTSTRAP_SERVERS"):
        Broker()


def test_the_address_is_kafkas_own_port_by_default():
    assert find_servers(Settings()) == "127.0.0.1:9092"


def test_asking_for_a_topic_does_not_make_it(broker):
    assert find_partitions(broker.servers, "never.made") == ()
    assert find_partitions(broker.servers, "never.made") == ()


def test_messages_arrive_in_their_order(broker):
    make_topics(broker.servers, TOPICS)
    sent = [b"%d" % number for number in range(500)]
    with Producer(broker.servers) as producer:
        for each in sent:
            producer.send(TOPICS.transactions, each)
    assert producer.n_arrived == 500
    assert read_all(broker.servers) == sent


def test_a_message_that_no_broker_takes_is_said(broker):
    with pytest.raises(LimitError, match="a message of 2,000,000 bytes cannot be sent"):
        Producer(broker.servers).send(TOPICS.transactions, b"x" * 2_000_000)


def test_no_broker_is_said():
    servers = f"127.0.0.1:{find_port()}"
    with pytest.raises(UnavailableError, match=f"no broker answers at {servers}"):
        make_topics(servers, TOPICS, timeout_s=0.3)
    producer = Producer(servers, timeout_s=0.3)
    producer.send("t", b"x")
    with pytest.raises(UnavailableError, match="1 messages did not reach"):
        producer.flush()


def test_the_command_line_sends_watches_and_lists(broker, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(command, "load_rules", lambda *_: Rules(score, 0.99, explain))
    table = tmp_path / "payments.csv"
    rows = [f"2026-01-05 09:{n // 60:02d}:{n % 60:02d},{n % 5},{n % 7},{n + 0.5}" for n in range(300)]
    table.write_text("\n".join(["time,customer,terminal,amount", *rows]))
    own = ["--stream", "shop"]
    there = [*own, "--servers", broker.servers]
    assert main(["fraud", "alerts", *own]) == 2
    assert "no stream is named 'shop': there " in capsys.readouterr().err
    assert main(["fraud", "send", str(table), *there]) == 0
    assert f"300 messages sent to shop.transactions at {broker.servers}" in capsys.readouterr().out
    assert main(["fraud", "watch", *there, "--until-end", "--warm-up", "0"]) == 0
    said = capsys.readouterr().out
    assert "read     300" in said
    assert "nothing is known of any customer yet" in said
    assert "scored   300" in said
    assert main(["fraud", "alerts", *own]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + said.count("  payment ") > 1
    assert main(["fraud", "quarantine", *own]) == 0
    assert main(["fraud", "status", "--stream", "nosuch"]) == 2
    assert "no stream is named 'nosuch': there are" in capsys.readouterr().err


def test_a_new_stream_raises_no_alert_until_its_warm_up_is_over_and_says_so(broker, monkeypatch, capsys):
    monkeypatch.setattr(command, "load_rules", lambda *_: Rules(score, 0.0, explain))
    topics = name_topics("warm")
    make_topics(broker.servers, topics)
    with Producer(broker.servers) as producer:
        for number in range(80):
            paid = Transaction(number, 21_600 * number, number % 5, number % 7, 9.5)  # four a day
            producer.send(topics.transactions, write_transaction(paid))
    there = ["--stream", "warm", "--servers", broker.servers, "--until-end"]
    assert main(["fraud", "watch", *there, "--warm-up", "10"]) == 0
    said = capsys.readouterr().out
    assert "payments of the first 10 days only fill the windows and raise no alert (--warm-up)" in said
    assert re.search(r"scored +80$", said, re.MULTILINE)
    assert re.search(r"alerts +40$", said, re.MULTILINE)
    numbers = [int(line.split("  payment ")[1].split()[0]) for line in said.splitlines() if "  payment " in line]
    assert numbers == list(range(40, 80))
    assert main(["fraud", "watch", *there, "--warm-up", "367"]) == 2
    assert capsys.readouterr().err.startswith("the warm-up is 367 days; it must be 0 to 366")


def test_what_is_refused_reaches_the_quarantine_topic_though_nothing_is_alerted(broker, monkeypatch, capsys):
    monkeypatch.setattr(command, "load_rules", lambda *_: Rules(score, 9.0))
    topics = name_topics("bad")
    make_topics(broker.servers, topics)
    with Producer(broker.servers) as producer:
        for number in range(1_200):
            producer.send(topics.transactions, b"%d" % number)
    assert main(["fraud", "watch", "--stream", "bad", "--servers", broker.servers, "--until-end"]) == 0
    assert "refused: malformed  1,200" in capsys.readouterr().out
    found = [json.loads(each) for each in read_all(broker.servers, topics.quarantine)]
    assert [each["payload"] for each in found] == [str(number) for number in range(1_200)]
    assert {each["reason"] for each in found} == {"malformed"}


def test_files_of_one_stream_keep_customers_apart_and_a_file_sent_twice_is_told(broker, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(command, "load_rules", lambda *_: Rules(score, 9.0))
    there = ["--stream", "files", "--servers", broker.servers]
    for name, customer in (("one", "ann"), ("two", "ben"), ("one", "ann")):
        table = tmp_path / f"{name}.csv"
        table.write_text(f"time,customer,terminal,amount\n2026-01-05 09:00:00,{customer},t,5\n"
                         f"2026-01-05 09:00:00,{customer},t,5\n")  # fmt: skip
        assert main(["fraud", "send", str(table), *there]) == 0
    assert main(["fraud", "watch", *there, "--until-end"]) == 0
    said = capsys.readouterr().out
    assert "scored              4" in said
    assert "refused: duplicate  2" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["broker", "--port", "70000"], "the port is 70000; it must be 0 to 65535"),
        (["broker", "--port", "-1"], "the port is -1; it must be 0 to 65535"),
        (["send", "--first", "500"], "day 500 and 14 days were asked for; the first may be 0 to 182"),
        (["send", "--days", "0"], "day 115 and 0 days were asked for; the first may be 0 to 182, the days 1 or more"),
        (["send", "--speed", "0"], "the speed is 0.0; it must be above 0"),
        (["watch", "--stream", "a/b"], "the stream is 'a/b'"),
        (["watch", "--threshold", "7"], "the threshold is 7; it is a probability, 0 to 1"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_sentence(words, sentence, capsys):
    assert main(["fraud", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1


def test_the_command_line_says_what_is_missing(capsys, tmp_path):
    assert main(["fraud", "send", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err == "none.csv cannot be opened: No such file or directory\n"


def test_every_action_of_the_command_line_is_known():
    assert tuple(command.ACTIONS) == FRAUD_ACTIONS


def test_a_broker_that_is_asked_to_end_leaves_no_process_behind():
    words = [sys.executable, "-m", "core", "fraud", "broker", "--port", "0"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().split("answers at ")[1].split(";")[0]
        process.terminate()
        process.wait(20)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(address.split(":")[1])), timeout=1)
