"""What one micro-batch leads to, as counts and as rows of the sink's tables.

Left out: the statements that write them (``sink``).
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import asdict
from typing import Any

from core.streaming.fraud.micro_batches import Alert, Outcome


def count_outcome(outcome: Outcome) -> Counter[str]:
    """Count what one batch held: read, scored, labels, alerts, and the refused by reason."""
    counts = Counter(f"refused: {each.reason}" for each in outcome.refusals)
    counts["read"], counts["scored"] = outcome.n_read, len(outcome.transactions)
    counts["labels"], counts["alerts"] = len(outcome.labels), len(outcome.alerts)
    return counts


def summarise_outcome(outcome: Outcome) -> dict[str, Any]:
    """Describe one batch as a row, its journal compressed."""
    return {
        "journal": zlib.compress(outcome.journal, 1),
        "n_read": outcome.n_read,
        "n_scored": len(outcome.transactions),
        "n_alerts": len(outcome.alerts),
        "n_refused": len(outcome.refusals),
    }


def describe_alert(alert: Alert) -> dict[str, Any]:
    """Describe one alert as a row."""
    return asdict(alert.transaction) | {"score": alert.score, "reasons": json.dumps(alert.reasons)}
