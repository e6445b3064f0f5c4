"""Claims as an argued list: each a sentence with its effect, its interval, what it rests on, and a picture on request.

Left out: finding the claims, which is ``core.tabular.eda.claims``, and their pictures, ``core.tabular.eda.report``.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from core.hub.charts import Chart
from core.hub.scores import show_number
from core.tabular.eda.claim import Claim
from core.tabular.eda.report.figures import draw_claim, sample_rows
from core.tabular.eda.report.numbers import write_p
from core.tabular.eda.report.plan import CHAPTERS
from pages.kit.alerts_panel import ICONS
from pages.kit.charts import show_chart
from pages.kit.errors import escape, guard
from pages.kit.uploads import drop_with_session

N_PAGE = 10
CHART_HEIGHT = 300
SEVERITIES = {"problem": "Problems", "warning": "Warnings", "note": "Notes"}
TOPICS = {"quality": "Faults", "missing": "Missing", "spread": "Spread", "association": "Together", "target": "Target"}


@st.fragment
def show_claims(claims: Sequence[Claim], table: Table, level: float, key: str) -> None:
    """Draw the claims of a table with their filters; a filter draws only this again.

    Parameters
    ----------
    level : float
        The false-discovery rate at which they were found, 0–1.
    """
    if not claims:
        st.success("Nothing could be claimed: no fault stands out, and no tested relation is above chance.",
                   icon=":material/check_circle:")  # fmt: skip
        return
    st.caption(describe_control(claims, level))
    shown = _filter(claims, key)
    if not shown:
        st.info("No claim is of this kind. Choose another topic or severity.", icon=":material/filter_alt_off:")
        return
    first = _choose_part(len(shown), key)
    for place, claim in enumerate(shown[first : first + N_PAGE]):
        _show_claim(claim, table, f"{key}_{first + place}_{claim.kind}", is_first=place == 0)


def describe_control(claims: Sequence[Claim], level: float) -> str:
    """Say how false discoveries are held down.

    Examples
    --------
    >>> describe_control([], 0.05)[:36]
    '0 of the 0 claims rest on a test who'
    """
    n_tested = sum(claim.p is not None for claim in claims)
    return (
        f"{n_tested:,} of the {count_of(len(claims), 'claim')} rest on a test whose q is at most {level:g} (Benjamini "
        f"and Hochberg in each topic, each with an equal part of it): of all tests of the table that pass, also those "
        f"too small for a claim, {level:.1%} at most are expected to be chance. The others are counts, or guesses by a "
        "rule, such as mixed units, a ceiling or a far value, whose error rate is not known."
    )


def _filter(claims: Sequence[Claim], key: str) -> list[Claim]:
    """Draw the filters and return what passes them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        severities = [name for name in SEVERITIES if any(claim.severity == name for claim in claims)]
        topics = [name for name in TOPICS if any(claim.topic == name for claim in claims)]
        heavy = st.pills("Severity", severities, selection_mode="multi", key=f"{key}_severity", wrap=True,
                         format_func=lambda name: f"{SEVERITIES[name]} {_count(claims, 'severity', name)}")  # fmt: skip
        about = st.pills("Topic", topics, selection_mode="multi", key=f"{key}_topic", wrap=True,
                         format_func=lambda name: f"{TOPICS[name]} {_count(claims, 'topic', name):,}")  # fmt: skip
        columns = sorted({name for claim in claims for name in claim.columns})
        named = st.selectbox("Column", columns, index=None, placeholder="Any column", key=f"{key}_named", width=220)
    return [
        claim for claim in claims
        if (not heavy or claim.severity in heavy) and (not about or claim.topic in about)
        and (named is None or named in claim.columns)
    ]  # fmt: skip


def _count(claims: Sequence[Claim], field: str, name: str) -> int:
    """Count the claims of one topic or severity."""
    return sum(getattr(claim, field) == name for claim in claims)


def _choose_part(n_claims: int, key: str) -> int:
    """Let a person turn over a long list; return the place of the first claim to draw."""
    if n_claims <= N_PAGE:
        return 0
    n_parts = -(-n_claims // N_PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        page = st.number_input("Part of the list", 1, n_parts, 1, key=f"{key}_part_{n_claims}", width=160)
        first = N_PAGE * (page - 1)
        st.caption(f"{first + 1:,} to {min(first + N_PAGE, n_claims):,} of {n_claims:,}, the weightiest first")
    return first


def _show_claim(claim: Claim, table: Table, key: str, *, is_first: bool) -> None:
    """Draw one claim: its sentence, its evidence, and its picture, of the first at once, of others when asked for."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{ICONS[claim.severity]} {escape(claim.sentence)}")
        st.caption(f"{CHAPTERS[claim.topic]} · {describe_evidence(claim)}")
        panel = st.expander("Figure and method", expanded=is_first, icon=":material/insert_chart:", type="compact",
                            key=f"{key}_figure", on_change="rerun")  # fmt: skip
        if panel.open:
            with panel, guard():
                st.caption(escape(claim.method))
                chart = load_figure(table.sha256, table.target, claim.kind, claim.columns, table, claim)
                if chart is None:
                    st.caption("There is no picture of this claim.")
                else:
                    show_chart(chart, f"{key}_chart", CHART_HEIGHT)


def describe_evidence(claim: Claim) -> str:
    """Say what a claim rests on, in words that may stand in Markdown.

    Examples
    --------
    >>> claim = Claim("association", "association", "note", ("a",), "", "rho", 0.5, 0.4, 0.6, 99, "", 0.01, 0.02)
    >>> describe_evidence(claim)
    'rho 0.5, 95% interval 0.4 to 0.6 · 99 rows · p = 0.01, q = 0.02'
    """
    if claim.effect == "count":
        return f"counted over {count_of(claim.n, 'row')}, not tested"
    size = f"{escape(claim.effect)} {show_number(claim.value)}"
    if claim.low < claim.high:
        size += f", 95% interval {show_number(claim.low)} to {show_number(claim.high)}"
    tested = "by count or rule, not tested" if claim.p is None else f"p {write_p(claim.p)}, q {write_p(claim.q)}"
    return f"{size} · {count_of(claim.n, 'row')} · {tested}"


@st.cache_data(max_entries=64, scope="session", show_spinner=False)
def load_figure(
    sha256: str,  # noqa: ARG001 — the key, as the three below
    target: str | None,  # noqa: ARG001
    kind: str,  # noqa: ARG001
    columns: tuple[str, ...],  # noqa: ARG001
    _table: Table,
    _claim: Claim,
) -> Chart | None:
    """Draw what a claim speaks of once."""
    return draw_claim(sample_rows(_table, 0), _claim)


drop_with_session("claims", load_figure)
