"""The leaderboard: every model with its scores and intervals, the baseline among them, and who is really better.

Left out: training, scoring, the tests behind the verdicts and the chart's finding, which are ``core.evaluation``; and
each comparison as a sentence, which the page lists (``LeaderboardRow.sentence``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.evaluation.charts import leaderboard_chart
from core.evaluation.leaderboard import LeaderboardRow, leaderboard_frame
from core.evaluation.metrics import KNOWN_METRICS, SPLITS, find_metric, show_metric
from pages.kit.charts import show_chart

MOST_OPEN = 5
MOST_SHOWN = 3
SHOWN = ("accuracy", "test_accuracy", "test_macro_f1")
VERDICTS = {"not distinguishable from best": "level with best"}
ROW_HEIGHT, FRAME_HEIGHT = 30, 120
HELP = {
    "Model": "The baseline answers without looking at the features.",
    "Verdict": "Corrected resampled t-test against the best over the same folds, adjusted for the number of models.",
    "Fit time (s)": "Seconds that one fit took.",
    "Beats baseline": "Whether it is measurably better than the baseline.",
}


def show_leaderboard(rows: Sequence[LeaderboardRow], key: str, test: str = "") -> None:
    """Draw one metric with its intervals under a title that says who leads, and the table of all metrics.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        Best first; the first metric of the first row is shown first.
    key : str
        Starts the key of every widget.
    test : str
        Which test the verdicts come from; empty is the one over folds.
    """
    if not rows:
        st.info("No model has been compared yet.", icon=":material/leaderboard:")
        return
    rows = sorted(rows, key=lambda row: row.is_baseline)
    metric = _ask_metric(list(rows[0].metrics), key)
    show_chart(leaderboard_chart(rows, metric), f"{key}_chart", ROW_HEIGHT * len(rows) + FRAME_HEIGHT)
    frame = lay_out(rows)
    st.dataframe(
        frame,
        hide_index=True,
        column_config=_describe_columns(frame, test or HELP["Verdict"]),
        alt=f"Scores of {len(rows)} models with 95% intervals, best first",
    )


def _ask_metric(metrics: list[str], key: str) -> str:
    """Ask which score to draw: open where they are few."""
    if len(metrics) <= MOST_OPEN:
        return str(
            st.segmented_control(
                "Score", metrics, default=metrics[0], required=True, format_func=show_metric, key=f"{key}_metric"
            )
        )
    return str(st.selectbox("Score", metrics, format_func=show_metric, key=f"{key}_metric", width=320))


def lay_out(rows: Sequence[LeaderboardRow]) -> pd.DataFrame:
    """Lay the rows out as the table on screen: the scores that fit, with intervals; the chart above shows each score.

    Examples
    --------
    >>> from core.evaluation.leaderboard import Measure
    >>> row = LeaderboardRow("LDA", {"accuracy": Measure(0.98, 0.951, 1)}, 0.01, "best", False, True, True)
    >>> lay_out([row]).columns.tolist()
    ['Model', 'Verdict', 'Accuracy', 'Beats baseline', 'Fit time (s)']
    >>> lay_out([replace(row, fit_s=0.0)]).columns.tolist()  # nothing was fitted, so no time is told
    ['Model', 'Verdict', 'Accuracy', 'Beats baseline']
    """
    known = list(rows[0].metrics)
    chosen = [name for name in SHOWN if name in known] or known[:MOST_SHOWN]
    kept = [replace(row, metrics={name: row.metrics[name] for name in chosen}) for row in rows]
    frame = leaderboard_frame(kept, as_text=True)
    for name in map(show_metric, chosen):
        frame[name] = frame[name].str.replace(" to ", "–")
    frame["Verdict"] = [VERDICTS.get(verdict, verdict) for verdict in frame["Verdict"]]
    frame.insert(len(frame.columns) - 1, "Beats baseline", [row.beats_baseline for row in rows])
    return frame if any(row.fit_s for row in rows) else frame.drop(columns="Fit time (s)")


def _describe_columns(frame: pd.DataFrame, test: str) -> dict[str, object]:
    """Give each column its kind, digits and help."""
    names = [*KNOWN_METRICS, *(f"{split}_{name}" for split in SPLITS for name in KNOWN_METRICS)]
    known = {show_metric(name): find_metric(name).help for name in names}
    config: dict[str, object] = {
        name: st.column_config.TextColumn(help=HELP.get(name) or known.get(name), pinned=name == "Model")
        for name in frame.columns
    }
    config["Verdict"] = st.column_config.TextColumn(help=test, width=120)
    config["Fit time (s)"] = st.column_config.NumberColumn(format="%.2f", help=HELP["Fit time (s)"])
    config["Beats baseline"] = st.column_config.CheckboxColumn(help=HELP["Beats baseline"], width=110)
    return config
