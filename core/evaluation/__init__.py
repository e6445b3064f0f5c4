"""Splits, metrics with intervals, comparisons, calibration, conformal sets, charts of them and reports."""
