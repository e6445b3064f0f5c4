"""The case studies of the data portfolio: figures, the question, each finding beside its chart, the lesson, the report.

Left out: what a story finds, which ``core.tabular.eda.stories`` works out.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.table import Table
from core.tabular.eda.report import Report
from core.tabular.eda.report.words import INTERVALS
from core.tabular.eda.runs import make_story_report
from core.tabular.eda.stories import STORIES, Figure, Finding, Story, figures, tell
from pages.kit.charts import show_chart
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.fits import want_table

CHART_HEIGHT = 300


def show_story(story: Story, table: Table, slug: str) -> None:
    """Draw one case study and the row that leads to the others.

    Parameters
    ----------
    slug : str
        The page, whose table changes with the story.
    """
    _choose_story(story, slug)
    with guard():
        shown = load_figures(story.slug, table.sha256, table)
        with st.grid(len(shown), min_column_width=150, gap="small"):
            for name, figure in shown.items():
                st.metric(escape(name), escape(figure.text), border=True)
    st.subheader(escape(story.question), anchor=False)
    with guard(), st.spinner("Working out what the rows say…"):
        findings = load_findings(story.slug, table.sha256, table)
    for place, finding in enumerate(findings):
        _show_finding(place, finding, f"{slug}_{story.slug}_{place}")
    st.info(escape(story.lesson), icon=":material/school:", title="What it teaches")
    st.caption(f"Every number above is worked out from the rows when the page is drawn. {INTERVALS}")
    st.subheader("Take away", anchor=False)
    show_downloads(list_reports(story, table), f"{slug}_{story.slug}_takeaway")


def list_reports(story: Story, table: Table) -> list[Download]:
    """List the files of a case study, made when a button is pressed and once for both of them."""
    report = partial(load_report, story.slug, table.sha256, table)
    name = f"{story.slug}_story"
    return [
        Download(f"{name}.pdf", lambda: report().pdf, "the story and its table, to read and to print"),
        Download(f"{name}.json", lambda: report().to_json(), "every number of that report"),
    ]


def _choose_story(story: Story, slug: str) -> None:
    """Draw the row of case studies; another one brings its table."""
    key = f"{slug}_case_{story.slug}"
    titles = {each.slug: each.title for each in STORIES}
    st.segmented_control(
        "Case study", list(titles), default=story.slug, required=True, format_func=titles.get, key=key, wrap=True,
        on_change=_open_story, args=(slug, key),
    )  # fmt: skip


def _open_story(slug: str, key: str) -> None:
    """Ask the page for the table of the chosen story; the row starts at that story there."""
    chosen = st.session_state.pop(key)
    want_table(slug, next(each.table for each in STORIES if each.slug == chosen))


def _show_finding(place: int, finding: Finding, key: str) -> None:
    """Draw one finding: the sentence and its evidence on one side, the chart on the other."""
    claim = finding.claim
    with st.container(border=True):
        words, drawing = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with words:
            st.markdown(f"**{place + 1}.** {escape(finding.sentence)}")
            st.caption(f"{escape(claim.effect)} · {claim.n:,} rows · {escape(claim.method)}")
        with drawing, guard():
            show_chart(finding.chart, f"{key}_chart", CHART_HEIGHT)


@st.cache_resource(max_entries=8, show_spinner=False)
def load_report(slug: str, sha256: str, _table: Table) -> Report:  # noqa: ARG001 — the key
    """Write the report of a story once for everyone."""
    return make_story_report(_find(slug), _table)


@st.cache_data(max_entries=8, show_spinner=False)
def load_figures(slug: str, sha256: str, _table: Table) -> dict[str, Figure]:  # noqa: ARG001 — the key
    """Measure the figures above a story once for everyone: it is told of a bundled table."""
    return figures(_find(slug), _table)


@st.cache_data(max_entries=8, show_spinner=False)
def load_findings(slug: str, sha256: str, _table: Table) -> tuple[Finding, ...]:  # noqa: ARG001 — the key
    """Tell a story once for everyone."""
    return tell(_find(slug), _table)


def _find(slug: str) -> Story:
    """Return a story by its short name."""
    return next(story for story in STORIES if story.slug == slug)
