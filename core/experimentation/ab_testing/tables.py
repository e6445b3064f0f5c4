"""An analysis as tables: arms, tests side by side, segments, guardrails, promises.

Left out: drawing (``charts``).
"""

from __future__ import annotations

import pandas as pd

from core.experimentation.ab_testing.analysis import Analysis
from core.experimentation.ab_testing.simulation import Guarantee


def list_arms(found: Analysis) -> pd.DataFrame:
    """List both arms: units assigned, units with a metric, mean or share with its 95% interval."""
    columns = ("name", "n_assigned", "n", "mean", "low", "high")
    rows = [{column: getattr(arm, column) for column in columns} for arm in found.arms]
    return pd.DataFrame(rows).rename(columns={"name": "arm", "n_assigned": "assigned", "n": "units"})


def list_tests(found: Analysis) -> pd.DataFrame:
    """List the verdict that decides, the plain test, and the others that suit the metric, each once."""
    plain = [] if found.plain == found.verdict else [("plain", found.plain)]
    others = [("beside", each) for each in found.others if each not in {found.verdict, found.plain}]
    verdicts = [("decides", found.verdict), *plain, *others]
    return pd.DataFrame(
        [
            {
                "role": role, "test": each.test, "effect": each.effect, "low": each.low, "high": each.high,
                "statistic": each.statistic, "df": each.df, "p": each.p_value,
            }
            for role, each in verdicts
        ]
    )  # fmt: skip


def list_segments(found: Analysis) -> pd.DataFrame:
    """List the effect by segment, intervals and p-values corrected; empty where the plan names no segment."""
    rows = found.segments.rows if found.segments else ()
    columns = ["segment", "first", "second", "effect", "low", "high", "p"]
    values = [
        (each.name, each.n_first, each.n_second, each.verdict.effect, each.verdict.low, each.verdict.high,
         each.adjusted_p_value)
        for each in rows
    ]  # fmt: skip
    return pd.DataFrame(values, columns=columns)


def list_guardrails(found: Analysis) -> pd.DataFrame:
    """List the guardrails: lift with its interval, state, and the sentence."""
    columns = ["guardrail", "lift", "low", "high", "state", "sentence"]
    values = [
        (each.name, each.lift.value, each.lift.low, each.lift.high, each.state, each.sentence)
        for each in found.guardrails
    ]
    return pd.DataFrame(values, columns=columns)


def list_guarantees(found: tuple[Guarantee, ...]) -> pd.DataFrame:
    """List the promises as simulated."""
    columns = ["promise", "method", "value", "low", "high", "trials", "held against", "its value"]
    values = [
        (each.metric, each.method, each.value, each.low, each.high, each.n, each.baseline, each.baseline_value)
        for each in found
    ]
    return pd.DataFrame(values, columns=columns)
