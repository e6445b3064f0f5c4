"""The report of a table as PDF, with a JSON sidecar that holds every number in it."""

from core.tabular.eda.report.writing import Report, write_report

__all__ = ["Report", "write_report"]
