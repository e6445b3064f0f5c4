"""Messages and the rules on them: what is refused and why, what a memory keeps, and how a log is made."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from core.hub.errors import ArtifactError, DataError, RecipeError
from core.streaming.fraud.messages import MAX_BYTES, Label, MessageError, read_message, write_label, write_transaction
from core.streaming.fraud.micro_batches import Detector, Received
from core.streaming.fraud.quarantine import N_ALONE, REASONS, Bounds, Gate, show_payload
from core.streaming.fraud.replaying import disturb, make_log, replay
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.topics import name_topics
from core.streaming.fraud.transactions import DAY_S, Transaction

PAID = Transaction(7, 31, 596, 3_156, 57.16)
GOOD = write_transaction(PAID)
BAD = {
    None: "malformed",
    b"": "malformed",
    b"{": "malformed",
    b"7": "malformed",
    b"[" * 4_000: "malformed",
    GOOD[:-1]: "malformed",
    GOOD.decode().encode("utf-16"): "malformed",
    GOOD.replace(b"transaction", b"refund"): "malformed",
    GOOD.replace(b'"id": 7, ', b""): "malformed",
    GOOD.replace(b'"id": 7, ', b'"id": 7, "id": 8, '): "malformed",
    GOOD.replace(b'"id": 7, ', b'"id": 7, "note": 1, '): "malformed",
    GOOD + b" " * MAX_BYTES: "oversized",
    GOOD.replace(b"57.16", b"NaN"): "out of range",
    GOOD.replace(b"57.16", b"1e999"): "out of range",
    GOOD.replace(b"57.16", b"9" * 400): "out of range",
    GOOD.replace(b"57.16", b"-0.01"): "out of range",
    GOOD.replace(b"57.16", b'"57.16"'): "out of range",
    GOOD.replace(b"57.16", b"true"): "out of range",
    GOOD.replace(b'"id": 7', b'"id": 7.0'): "out of range",
    GOOD.replace(b'"id": 7', b'"id": true'): "out of range",
    GOOD.replace(b'"id": 7', b'"id": -1'): "out of range",
    GOOD.replace(b'"id": 7', b'"id": ' + b"9" * 3_000): "out of range",
    GOOD.replace(b'"seconds": 31', b'"seconds": null'): "out of range",
    b'{"kind": "label", "id": 7, "fraud": 1}': "out of range",
    b'{"kind": "label", "id": 7}': "malformed",
    b'{"kind": ["label"], "id": 7}': "malformed",
}


class Features:
    """A feature state that refuses one id."""

    def add(self, transaction):
        if transaction.id == 13:
            message = "thirteen is refused"
            raise DataError(message)
        return [float(transaction.amount)] * 15

    def learn(self, transaction_id, fraud):
        return fraud and transaction_id == 7

    def to_bytes(self):
        return b""

    def freeze(self):
        return self.to_bytes


@pytest.mark.parametrize(("content", "reason"), BAD.items())
def test_a_bad_message_is_refused_with_its_reason(content, reason):
    with pytest.raises(MessageError) as caught:
        read_message(content)
    assert caught.value.reason == reason
    assert reason in REASONS
    assert len(str(caught.value)) < 300


def test_what_is_written_is_read_the_same():
    assert read_message(GOOD) == PAID
    assert read_message(write_label(Label(7, fraud=False))) == Label(7, fraud=False)


def test_no_bytes_raise_anything_but_a_refusal():
    chance, reasons = random.Random(0), set()  # noqa: S311 (noise)
    for _ in range(3_000):
        noisy = bytearray(GOOD)
        for _ in range(chance.randint(1, 4)):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)
        try:
            read_message(bytes(noisy))
        except MessageError as error:
            reasons.add(error.reason)
    assert "malformed" in reasons
    assert reasons <= set(REASONS)


@pytest.mark.parametrize(
    ("seconds", "stamp_s", "reason"),
    [(100_000, None, None), (96_400, None, None), (96_399, None, "late"), (100_300, 100_000, None),
     (100_301, 100_000, "clock ahead"), (100_000 + 7 * DAY_S, None, None),
     (100_001 + 7 * DAY_S, None, "far ahead"), (10**8, 10**8, "far ahead"), (10**8, 0, "clock ahead")],
)  # fmt: skip
def test_times_are_held_to_their_bounds(seconds, stamp_s, reason):
    gate = Gate()
    gate.take(Transaction(1, 100_000, 5, 8, 9.5))
    found = gate.check(Transaction(2, seconds, 5, 8, 9.5), stamp_s)
    assert (found and found[0]) == reason


def test_a_repeat_is_told_from_a_conflict_and_forgotten_after_a_day():
    gate = Gate()
    gate.take(PAID)
    assert gate.check(PAID, None)[0] == "duplicate"
    assert gate.check(Transaction(7, 40, 596, 3_156, 57.16), None)[0] == "conflict"
    gate.take(Transaction(8, 31 + DAY_S, 1, 1, 1.0))
    assert gate.check(PAID, None)[0] == "duplicate"
    gate.take(Transaction(9, 32 + DAY_S, 1, 1, 1.0))
    assert gate.check(Transaction(7, 33 + DAY_S, 1, 1, 1.0), None) is None


def test_a_memory_is_stored_and_read_the_same():
    gate = Gate()
    for number in range(50):
        gate.take(Transaction(number, 100 * number, number % 3, number % 7, 0.1 * number))
    again = Gate.from_bytes(gate.to_bytes())
    assert (again.clock, again._known, again._order) == (gate.clock, gate._known, gate._order)
    assert Gate.from_bytes(Gate().to_bytes()).clock is None
    with pytest.raises(ArtifactError, match="is damaged"):
        Gate.from_bytes(b"short")


def test_bounds_and_names_out_of_range_are_refused():
    with pytest.raises(RecipeError, match="memory_s at least late_s"):
        Bounds(late_s=10, memory_s=5)
    with pytest.raises(RecipeError, match="and leap_s -1; they must be 0 or more"):
        Bounds(leap_s=-1)
    with pytest.raises(RecipeError, match="the stream is 'a b'"):
        name_topics("a b")
    with pytest.raises(RecipeError, match="the threshold is nan"):
        Detector(Features(), Gate(), len, float("nan"))


def test_what_the_features_refuse_is_set_aside_and_the_batch_goes_on():
    contents = [
        GOOD,
        GOOD,
        GOOD.replace(b": 7", b": 13"),
        write_label(Label(7, True)),
        write_label(Label(8, True)),
        b"?",
    ]
    messages = [Received(0, place, None, content) for place, content in enumerate(contents)]
    detector = Detector(Features(), Gate(), lambda features: features[:, 0], 50, lambda row: [f"{row[0]:.0f}"])
    outcome = detector.process(messages)
    assert [each.reason for each in outcome.refusals] == ["duplicate", "refused", "unknown payment", "malformed"]
    assert [(each.transaction, each.reasons, each.offset) for each in outcome.alerts] == [(PAID, ("57",), 0)]
    assert outcome.labels == (Label(7, fraud=True),)
    assert outcome.journal == GOOD + b"\0" + contents[3]
    with pytest.raises(ValueError, match="the scorer gave shape"):
        Detector(Features(), Gate(), lambda features: features[:, 0] * float("nan"), 50).process(messages)


def leap(number, seconds, terminal):
    return Received(0, number, None, write_transaction(Transaction(number, seconds, 1, terminal, 9.0)))


def test_a_sender_whose_own_clock_is_a_year_ahead_makes_nobody_late():
    year = 365 * DAY_S
    detector = Detector(Features(), Gate(), lambda features: features[:, 0], 50)
    wrong = [leap(number, year + number, 5) for number in (2, 3)]
    outcome = detector.process([leap(1, 100, 4), wrong[0], leap(4, 110, 6), *wrong[1:], leap(5, 120, 6)])
    assert [each.id for each in outcome.transactions] == [1, 4, 5]
    assert [each.reason for each in outcome.refusals] == ["far ahead"] * 2
    assert outcome.refusals[0].sentence == (
        "the payment was made 31,535,902 s after all that were taken; once one at another terminal bears that out, "
        "send it again"
    )


def test_a_stream_that_was_silent_goes_on_once_another_terminal_bears_it_out():
    detector = Detector(Features(), Gate(), lambda features: features[:, 0], 50)
    late = 30 * DAY_S
    messages = [leap(1, 100, 4), leap(2, late, 4), leap(3, late + 5, 4), leap(4, late + 9, 6), leap(2, late, 4)]
    outcome = detector.process(messages)
    assert [each.id for each in outcome.transactions] == [1, 4, 2]
    assert [each.reason for each in outcome.refusals] == ["far ahead", "far ahead", "out of order"]


def test_a_stream_of_one_terminal_goes_on_after_a_hundred():
    detector = Detector(Features(), Gate(), lambda features: features[:, 0], 50)
    outcome = detector.process([leap(1, 0, 4), *(leap(number, 10**8 + number, 4) for number in range(2, 150))])
    assert len(outcome.refusals) == N_ALONE
    assert [each.id for each in outcome.transactions] == [1, *range(2 + N_ALONE, 150)]


def test_what_is_held_survives_a_restart_by_journal_and_by_memory():
    def make(gate=None):
        return Detector(Features(), gate or Gate(), lambda features: features[:, 0], 50)

    first, by_journal = make(), make()
    outcome = first.process([leap(1, 100, 4), leap(2, 10**8, 4)])
    by_journal.repeat(outcome.journal)
    by_memory = make(Gate.from_bytes(first.gate.to_bytes()))
    for each in (first, by_journal, by_memory):
        after = each.process([leap(3, 10**8 + 1, 5)])
        assert [paid.id for paid in after.transactions] == [3]
        assert each.gate.clock == 10**8 + 1


def test_a_payload_is_text_that_any_database_takes():
    assert show_payload(b"a\x00\xff") == "a\\x00\\xff"
    assert show_payload(None) == ""
    assert len(show_payload(b"\xff" * 9_999)) == 500


def test_labels_follow_their_payments_by_seven_days():
    payments = simulate(Simulation(n_customers=20, n_terminals=40, n_days=20))
    log = list(make_log(payments))
    times = dict(zip(payments.id.tolist(), payments.seconds.tolist(), strict=True))
    found = [(each.seconds, read_message(each.content)) for each in log]
    assert [seconds for seconds, _ in found] == sorted(seconds for seconds, _ in found)
    assert [message.id for _, message in found if isinstance(message, Transaction)] == payments.id.tolist()
    labels = [(seconds, message.id) for seconds, message in found if isinstance(message, Label)]
    assert labels
    assert all(seconds - times[number] == 7 * DAY_S for seconds, number in labels)
    due = payments.fraud & (payments.seconds + 7 * DAY_S <= payments.seconds[-1])
    assert len(labels) == due.sum()


def test_spoilt_messages_are_added_and_none_is_lost():
    payments = simulate(Simulation(n_customers=20, n_terminals=40, n_days=10))
    log = list(make_log(payments))
    spoilt = list(disturb(log, 0.5, seed=1))
    left = iter(spoilt)
    assert all(each in left for each in log)
    assert 0.4 < len(spoilt) / len(log) - 1 < 0.6
    assert list(disturb(log, 0)) == log
    with pytest.raises(RecipeError, match=r"share of spoilt messages is 1.5"):
        list(disturb(log, 1.5))


class Recorder:
    """A producer that keeps what it is sent."""

    def __init__(self):
        self.sent = []

    def send(self, topic, content, stamp_ms):
        self.sent.append((topic, content, stamp_ms))

    def flush(self):
        return len(self.sent)


def test_a_replay_keeps_its_pace_and_stamps_the_simulated_time():
    payments = simulate(Simulation(n_customers=20, n_terminals=40, n_days=2))
    recorder, waits = Recorder(), []
    n_sent = replay(recorder, "t", make_log(payments), speed=3_600, sleep=waits.append)
    span_s = int(payments.seconds[-1] - payments.seconds[0])
    assert n_sent == len(payments)
    assert sum(waits) == pytest.approx(span_s / 3_600, abs=0.01)
    stamps = [stamp for _, _, stamp in recorder.sent]
    assert stamps[-1] - stamps[0] == 1_000 * span_s
    assert all(one <= two for one, two in itertools.pairwise(stamps))
    with pytest.raises(RecipeError, match="the speed is 0"):
        replay(recorder, "t", [], speed=0)


def test_an_amount_that_no_card_pays_is_set_aside_with_the_limit_which_can_be_set():
    huge = [replace(PAID, id=number, amount=amount) for number, amount in enumerate((1e9, 1_000_001.0, 1_000_000.0))]
    messages = [Received(0, place, None, write_transaction(each)) for place, each in enumerate(huge)]
    detector = Detector(Features(), Gate(), lambda x: x[:, 0], 1e12)
    outcome = detector.process(messages)
    assert [each.reason for each in outcome.refusals] == ["implausible", "implausible"]
    assert "implausible" in REASONS
    sentence = "the amount is 1,000,000,000.00; 1,000,000 is the limit, which the stream's owner can set"
    assert outcome.refusals[0].sentence == sentence
    wide = Detector(Features(), Gate(Bounds(most_amount=1e9)), lambda x: x[:, 0], 1e12)
    assert len(wide.process(messages).transactions) == 3
    with pytest.raises(RecipeError, match="most_amount is 0; it must be above 0"):
        Bounds(most_amount=0)
