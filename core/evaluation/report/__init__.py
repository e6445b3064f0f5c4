"""Reports as PDF: text, tables and charts on A4, with the same bytes for the same input."""

from core.evaluation.report.sections import Section, make_report

__all__ = ["Section", "make_report"]
