"""What one micro-batch leads to, as counts and as rows of the sink's tables; and a state cut into pieces for them.

Left out: the statements that write them (``sink``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.streaming.fraud.micro_batches import Alert, Outcome

PIECE_BYTES = 262_144
"""A piece is written in about a millisecond, so no payment waits long for it."""
_LENGTH_BYTES = 8


def count_outcome(outcome: Outcome) -> Counter[str]:
    """Count what one batch held: read, scored, labels, alerts, and the refused by reason."""
    counts = Counter(f"refused: {each.reason}" for each in outcome.refusals)
    counts["read"], counts["scored"] = outcome.n_read, len(outcome.transactions)
    counts["labels"], counts["alerts"] = len(outcome.labels), len(outcome.alerts)
    return counts


def summarise_outcome(outcome: Outcome) -> dict[str, Any]:
    """Describe one batch as a row."""
    return {
        "n_read": outcome.n_read,
        "n_scored": len(outcome.transactions),
        "n_alerts": len(outcome.alerts),
        "n_refused": len(outcome.refusals),
    }


def describe_alert(alert: Alert) -> dict[str, Any]:
    """Describe one alert as a row."""
    return asdict(alert.transaction) | {"score": alert.score, "reasons": json.dumps(alert.reasons)}


def cut_state(state: bytes, gate: bytes) -> list[bytes]:
    """Cut a feature state and the memory of the rules into pieces of 256 KiB at most.

    Examples
    --------
    >>> pieces = cut_state(bytes(300_000), b"gate")
    >>> [len(piece) for piece in pieces], join_state(pieces)[1]
    ([262144, 37868], b'gate')
    """
    content = len(state).to_bytes(_LENGTH_BYTES, "little") + state + gate
    return [content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES)]


def join_state(pieces: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Put together what :func:`cut_state` cut."""
    content = b"".join(pieces)
    end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")
    return content[_LENGTH_BYTES:end], content[end:]
