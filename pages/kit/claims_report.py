"""The report of a table: what was found, how the search does on planted defects beside the alerts, and the files.

Left out: the search (``core.tabular.eda``) and starting a run (``training``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.datasets.fixes.wording import count_of
from core.datasets.summary import summarise
from core.datasets.table import Table
from core.evaluation.leaderboard import LeaderboardRow
from core.evaluation.metrics import show_metric
from core.hub.contract import Scores
from core.hub.fields import recipe_to_json
from pages.kit.alerts_panel import ICONS
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, list_kept, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.models import name_run
from pages.kit.provenance import show_reproduce, write_code, write_size
from pages.kit.tabs import open_tab

N_FIRST = 6
ROW_HEIGHT, FRAME_HEIGHT = 40, 120
NUMBERS = (
    "planted", "found", "made_up", "excused", "found_by_alerts", "made_up_by_alerts", "excused_by_alerts",
)  # fmt: skip
OTHERS = "planted_held_out"  # the split of tables that no rule was settled on


def show_report(project: ModuleType, model: Any, table: Table, kept: Mapping[str, Path] | None, slug: str) -> None:
    """Draw a finished look at a table.

    Parameters
    ----------
    kept : mapping of name to path, optional
        Files that a job left behind; None for the shipped run, whose files are made when their button is pressed.
    """
    _show_origin(project, model, is_shipped=kept is None)
    _show_first(model, slug)
    st.subheader("Take away", anchor=False)
    _show_files(project, model, table, kept, slug)
    st.subheader("Can the search be trusted?", anchor=False)
    with guard():
        _show_test(project, model, slug)


def _show_origin(project: ModuleType, model: Any, *, is_shipped: bool) -> None:
    """Say which run is shown: of which table, when, and the command for it."""
    source, whose = model.source, "shipped with the app" if is_shipped else "made in this session"
    target = "no outcome was named" if model.schema.target is None else f"outcome {escape(model.schema.target)}"
    st.caption(
        f":material/fact_check: **{escape(source.name)}** · {write_size(source.n_rows, source.n_columns)} · {target}"
        f" · {model.scores[0].date}, {whose}, searched in {model.search_s:.1f} s  \n"
        f":material/terminal: `{project.describe_command(model)}`"
    )
    if model.notes:
        with st.expander(f"{count_of(len(model.notes), 'remark')} on this run", icon=":material/info:"):
            st.markdown("\n".join(f"- {escape(note)}" for note in model.notes))


def _show_first(model: Any, slug: str) -> None:
    """Count the claims and draw the weightiest; the rest stand in Explain."""
    counts = {name: sum(claim.severity == kind for claim in model.claims)
              for name, kind in (("Problems", "problem"), ("Warnings", "warning"), ("Notes", "note"))}  # fmt: skip
    with st.grid(4, min_column_width=130, gap="small"):
        for name, count in counts.items():
            st.metric(name, f"{count:,}", border=True)
        tested = sum(claim.p is not None for claim in model.claims)
        st.metric("Of them tested", f"{tested:,}", border=True, help="The others are counts, or guesses by a rule.")
    if not model.claims:
        st.success("Nothing stands out in this table.", icon=":material/check_circle:")
        return
    with st.container(border=True):
        for claim in model.claims[:N_FIRST]:
            st.markdown(f"{ICONS[claim.severity]} {escape(claim.sentence)}")
    label = f"All {len(model.claims):,} claims with their evidence"
    st.button(
        label, key=f"{slug}_all_claims", icon=":material/arrow_forward:", on_click=open_tab, args=(slug, "Explain")
    )


def _show_files(project: ModuleType, model: Any, table: Table, kept: Mapping[str, Path] | None, slug: str) -> None:
    """Offer the files of a run and the ways to make them again."""
    recipe = recipe_to_json(model.recipe)
    code = write_code(project.__name__, recipe, model.source.file, model.schema.target)
    made = _list_made(project, model, table, recipe) if kept is None else list_kept(project, kept)
    show_downloads([*made, Download("reproduce.py", code.encode(), "this run in Python")], f"{slug}_takeaway")
    facts = {"Outcome": str(model.schema.target or "none"), "Seed": str(model.recipe.seed), "Settings": recipe}
    show_reproduce(table, project.describe_command(model), code, facts)


def _list_made(project: ModuleType, model: Any, table: Table, recipe: str) -> list[Download]:
    """List the files that are made on demand."""
    report = partial(load_report, name_run(model), project, model, table)
    made = {
        "report.pdf": lambda: report().pdf,
        "report.json": lambda: report().to_json(),
        "claims.csv": lambda: to_csv(project.list_claims(model.claims)),
        "summary.csv": lambda: to_csv(summarise(table)),
        "unusual_rows.csv": lambda: to_csv(project.list_unusual(model, table)),
        "recipe.json": recipe.encode(),
    }
    return [Download(name, data, project.DOWNLOADS[name]) for name, data in made.items()]


@st.cache_resource(max_entries=1, show_spinner=False)
def load_report(run: str, _project: ModuleType, _model: Any, _table: Table) -> Any:  # noqa: ARG001 — the key
    """Write the shipped run's report once for everyone."""
    return _project.make_run_report(_model, _table)


def _show_test(project: ModuleType, model: Any, slug: str) -> None:
    """Draw how many of the known defects, planted in clean tables, the claims and the alerts found."""
    st.markdown(
        f"Twenty kinds of known defects were planted in five clean tables, {model.planted.n_tables:,} tables in all. "
        "The claims stand beside the alerts that every upload gets, which look at one column at a time."
    )
    if model.unbeaten:
        st.warning(escape(model.unbeaten), icon=":material/warning:")
    st.caption(describe_limits(model.scores, project.MODEL))
    _show_board(model.leaderboard, f"{slug}_board")
    with st.expander("Each kind of defect", icon=":material/bug_report:"):
        frame = project.list_kinds(model)
        number = st.column_config.NumberColumn
        config = {name: number(name.replace("_", " ").capitalize(), format="localized") for name in NUMBERS}
        config["defect"] = st.column_config.TextColumn("Defect", pinned=True)
        st.dataframe(frame, hide_index=True, column_config=config, height="content",
                     alt="Planted defects found, kind by kind")  # fmt: skip


def describe_limits(scores: Scores, name: str) -> str:
    """Say what a score leaves out: excused answers, and how the search does on tables that no rule was settled on."""
    found = {(row.metric, row.split): row for row in scores if row.model == name}
    parts = []
    if ("strict_precision", "planted_defects") in found:
        strict, plain = found["strict_precision", "planted_defects"], found["precision", "planted_defects"]
        parts.append(
            f"What was said of a table before planting is excused, {strict.n - plain.n:,} answers here; with none "
            f"excused the precision is {strict.value:.2f}."
        )
    if ("recall", OTHERS) in found:
        recall, precision = found["recall", OTHERS], found["precision", OTHERS]
        parts.append(
            f"On other tables, which no rule was settled on, recall is {recall.value:.2f} "
            f"({recall.low:.2f}–{recall.high:.2f}) and precision {precision.value:.2f} "
            f"({precision.low:.2f}–{precision.high:.2f})."
        )
    return " ".join(parts)


def _show_board(rows: Sequence[LeaderboardRow], key: str) -> None:
    """Draw who finds more, with intervals, and say whether the difference is more than chance."""
    from core.evaluation.charts import leaderboard_chart

    metrics = list(rows[0].metrics)
    metric = st.segmented_control("Score", metrics, default=metrics[0], required=True, format_func=show_metric,
                                  key=f"{key}_metric", wrap=True)  # fmt: skip
    told = " and ".join(f"the {row.model} {row.metrics[metric].value:.2f}" for row in rows)
    chart = replace(leaderboard_chart(rows, metric), title=f"{show_metric(metric)}: {told}")
    show_chart(chart, f"{key}_chart", ROW_HEIGHT * len(rows) + FRAME_HEIGHT)
    frame = lay_out(rows)
    st.dataframe(frame, hide_index=True, alt="Planted defects found, by the claims and by the alerts")
    for row in rows:
        if row.sentence:
            st.markdown(f":material/balance: {escape(row.sentence[:1].upper() + row.sentence[1:])}")
    st.caption("F1 is resampled over the planted tables, as defects of one table stand or fall together; precision and "
               "recall have Wilson's interval. No threshold was chosen on these tables.")  # fmt: skip


def lay_out(rows: Sequence[LeaderboardRow]) -> pd.DataFrame:
    """Lay the two searchers out as the table on screen.

    Examples
    --------
    >>> from core.evaluation.leaderboard import Measure
    >>> row = LeaderboardRow("claims", {"recall": Measure(1.0, 0.963, 1.0)}, 1.0, "best", False, True, True)
    >>> lay_out([row]).iloc[0].tolist()
    ['claims', 'best', '1.00 (0.96–1.00)']
    """
    lines = [
        {
            "Searcher": f"{row.model} (baseline)" if row.is_baseline else row.model,
            "Verdict": row.verdict,
            **{
                show_metric(name): f"{each.value:.2f} ({each.low:.2f}–{each.high:.2f})"
                for name, each in row.metrics.items()
            },
        }
        for row in rows
    ]
    return pd.DataFrame(lines)
