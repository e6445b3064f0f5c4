"""What travels over the stream: a payment or a label as one JSON object in UTF-8, at most 4,096 bytes.

::

    {"kind": "transaction", "id": 7, "seconds": 31, "customer": 596, "terminal": 3156, "amount": 57.16}
    {"kind": "label", "id": 7, "fraud": true}

``seconds`` is the time of the payment since 2018-04-01T00:00:00Z; a label names a payment that was sent before and is
sent once its truth is known. Anything else is refused with a reason; nothing is guessed or filled in.

Left out: Avro, Protobuf and versions of the schema: a new field is a new kind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from core.hub.errors import DataError
from core.streaming.fraud.transactions import Transaction

MAX_BYTES = 4_096
"""Thirty times a payment; a refused message is kept, so it must not be able to fill the database."""
MAX_WHOLE = 2**63 - 1
MAX_SECONDS = 100 * 366 * 86_400
MAX_AMOUNT = 1_000_000_000.0
"""What the format can hold; what is plausible is the gate's to say (``quarantine.Bounds``)."""

Reason = Literal["oversized", "malformed", "out of range"]
_TRANSACTION = {"kind", "id", "seconds", "customer", "terminal", "amount"}
_LABEL = {"kind", "id", "fraud"}


@dataclass(frozen=True, slots=True)
class Label:
    """What was learnt of a payment later.

    Parameters
    ----------
    id : int
        Of the payment.
    fraud : bool
    """

    id: int
    fraud: bool


class MessageError(DataError):
    """A message cannot be used.

    Parameters
    ----------
    reason : str
        ``oversized``, ``malformed`` or ``out of range``.
    sentence : str
        What is wrong with it.
    """

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason


def read_message(content: bytes | None) -> Transaction | Label:
    """Read and check one message.

    Raises
    ------
    MessageError
        If it is too long, is no such JSON object, or holds a value outside its range.

    Examples
    --------
    >>> read_message(b'{"kind": "label", "id": 7, "fraud": true}')
    Label(id=7, fraud=True)
    >>> read_message(b'{"kind": "label", "id": 7}')
    Traceback (most recent call last):
        ...
    core.streaming.fraud.messages.MessageError: fields are id, kind; a label has fraud, id, kind
    """
    if content is None:
        _refuse("malformed", "the message is empty; it must be a JSON object")
    if len(content) > MAX_BYTES:
        _refuse("oversized", f"the message has {len(content):,} bytes; it may have {MAX_BYTES:,}")
    values = _read_object(content)
    kind = values.get("kind")
    if kind == "transaction":
        return _read_transaction(values)
    if kind == "label":
        return _read_label(values)
    return _refuse("malformed", f"kind is {_show(kind)}; it must be transaction or label")


def write_transaction(transaction: Transaction) -> bytes:
    """Write a payment as a message.

    Examples
    --------
    >>> read_message(write_transaction(Transaction(7, 31, 596, 3156, 57.16))).amount
    57.16
    """
    return json.dumps(
        {
            "kind": "transaction",
            "id": transaction.id,
            "seconds": transaction.seconds,
            "customer": transaction.customer,
            "terminal": transaction.terminal,
            "amount": transaction.amount,
        }
    ).encode()


def write_label(label: Label) -> bytes:
    """Write a label as a message."""
    return json.dumps({"kind": "label", "id": label.id, "fraud": label.fraud}).encode()


def _read_object(content: bytes) -> dict[str, Any]:
    """Read a JSON object; two values of one name are refused, since readers differ in which they take."""
    try:
        # Decoded here, since the reader itself would also take UTF-16 and UTF-32.
        found = json.loads(content.decode(), object_pairs_hook=_read_pairs)
    except RecursionError:
        _refuse("malformed", "the message is nested too deep; it must be one flat JSON object")
    except ValueError:
        _refuse("malformed", "the message is no JSON in UTF-8; it must be one JSON object")
    if not isinstance(found, dict):
        _refuse("malformed", f"the message is {_show(found)}; it must be one JSON object")
    return found


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its names and values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("malformed", "the message names a field twice; each may stand once")
    return found


def _read_transaction(values: dict[str, Any]) -> Transaction:
    """Check the fields of a payment."""
    if values.keys() != _TRANSACTION:
        _refuse_fields(values, _TRANSACTION, "a transaction")
    amount = values["amount"]
    if type(amount) not in {int, float} or not 0 <= amount <= MAX_AMOUNT:  # which NaN is not
        _refuse("out of range", f"amount is {_show(amount)}; it must be a number from 0 to {MAX_AMOUNT:,.0f}")
    return Transaction(
        _read_whole(values, "id"),
        _read_whole(values, "seconds", -MAX_SECONDS, MAX_SECONDS),
        _read_whole(values, "customer"),
        _read_whole(values, "terminal"),
        float(amount),
    )


def _read_label(values: dict[str, Any]) -> Label:
    """Check the fields of a label."""
    if values.keys() != _LABEL:
        _refuse_fields(values, _LABEL, "a label")
    if type(values["fraud"]) is not bool:
        _refuse("out of range", f"fraud is {_show(values['fraud'])}; it must be true or false")
    return Label(_read_whole(values, "id"), values["fraud"])


def _read_whole(values: dict[str, Any], name: str, least: int = 0, most: int = MAX_WHOLE) -> int:
    """Check a whole number; true and 1.0 are none."""
    value = values[name]
    if type(value) is not int or not least <= value <= most:
        _refuse("out of range", f"{name} is {_show(value)}; it must be a whole number from {least} to {most}")
    return value


def _refuse_fields(values: dict[str, Any], wanted: set[str], what: str) -> NoReturn:
    """Say which fields came and which should have."""
    shown = ", ".join(sorted(values))[:80]
    _refuse("malformed", f"fields are {shown}; {what} has {', '.join(sorted(wanted))}")


def _refuse(reason: Reason, sentence: str) -> NoReturn:
    """Raise the error of one message."""
    raise MessageError(reason, sentence)


def _show(value: object) -> str:
    """Show a value that came from outside, at most 40 characters of it."""
    return repr(value)[:40]
