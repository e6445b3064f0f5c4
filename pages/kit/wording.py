"""How figures are called and written on every page: one name and one number of digits for each metric.

Left out: sentences about a result, which ``core`` says.
"""

from __future__ import annotations

from core.evaluation.metrics import KNOWN_METRICS, SPLITS

LONG = 1_000


def name_metric(metric: str) -> str:
    """Return a metric's name as it stands on screen, also for one that only its own project knows.

    Examples
    --------
    >>> name_metric("macro_f1"), name_metric("own_score")
    ('Macro F1', 'Own score')
    """
    return KNOWN_METRICS[metric].title if metric in KNOWN_METRICS else metric.replace("_", " ").capitalize()


def name_split(split: str) -> str:
    """Return in words what was scored.

    Examples
    --------
    >>> name_split("loo")
    'leave-one-out'
    """
    return SPLITS.get(split, split.replace("_", " "))


def show_value(value: float, unit: str = "") -> str:
    """Write a figure with sensible digits and its unit.

    Examples
    --------
    >>> show_value(0.98), show_value(23415.2, "USD")
    ('0.980', '23,415 USD')
    """
    text = f"{value:,.0f}" if abs(value) >= LONG else f"{value:.3f}"
    return f"{text} {unit}".strip()


def show_interval(low: float, high: float) -> str:
    """Write an interval.

    Examples
    --------
    >>> show_interval(0.943, 0.9932)
    '0.943 to 0.993'
    """
    return f"{show_value(low)} to {show_value(high)}"
