"""What is worth a person's attention in a table, in plain words, each with the fix that a button can apply.

Left out: skewness and tails, which call for a look at a chart and not for a button.
"""

from core.datasets.alerts.find import find_alerts
from core.datasets.alerts.profile import Alert, Severity

__all__ = ["Alert", "Severity", "find_alerts"]
