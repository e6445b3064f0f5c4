"""A log that no broker keeps, for tests of what stands behind the broker."""

from __future__ import annotations

from core.streaming.fraud.messages import write_transaction
from core.streaming.fraud.micro_batches import Received
from core.streaming.fraud.transactions import Transaction


class Log:
    """A payment of 10 a minute by seven customers at five terminals, read from a sink's own place on."""

    def __init__(self, sink=None, n_payments=None):
        self.positions = {} if sink is None else dict(sink.load().positions)
        self.place = self.positions[0].next_offset if self.positions else 0
        self.n_payments = n_payments

    def read(self, limit, _wait_s):
        first, end = self.place, self.place + limit
        self.place = end if self.n_payments is None else min(end, self.n_payments)
        paid = [Transaction(number, 60 * number, number % 7, number % 5, 10.0) for number in range(first, self.place)]
        return [Received(0, each.id, None, write_transaction(each)) for each in paid]

    def take_counts(self):
        return {}

    def close(self):
        pass
