"""The report of a table: a PDF that argues, and the JSON that holds every number in it.

A case study, where one is told, comes first. A page says what is wrong and what matters; chapters give each claim with
its effect size, interval, q, method and picture; then come the matrices, the spread of the columns, methods and limits.
``core.evaluation.report`` lays it out.

Left out: finding the claims (``core.tabular.eda.claims``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.datasets.table import Table
from core.evaluation.report import make_report
from core.hub.errors import DataError
from core.tabular.eda.claim import Claim
from core.tabular.eda.report.chapters import make_facts, make_sections
from core.tabular.eda.report.plan import Told, list_limits, make_plan
from core.tabular.eda.report.sidecar import JSON, make_sidecar

MAX_PAGES = 25
_PAGE = re.compile(rb"/Type /Page\b")


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report and its numbers.

    Parameters
    ----------
    pdf : bytes
        A4, fonts embedded, at most 25 pages.
    sidecar : dict
        What :func:`core.tabular.eda.report.sidecar.make_sidecar` collected: only what JSON holds.
    """

    pdf: bytes
    sidecar: JSON

    @property
    def n_pages(self) -> int:
        """Count the pages."""
        return len(_PAGE.findall(self.pdf))

    def to_json(self) -> bytes:
        """Write the sidecar: equal reports give equal bytes."""
        return json.dumps(self.sidecar, ensure_ascii=False, indent=1, allow_nan=False).encode()


def write_report(
    table: Table,
    claims: Sequence[Claim] | None,
    *,
    title: str,
    story: Told | None = None,
    subtitle: str = "",
    seed: int = 0,
) -> Report:
    """Write the report of a table.

    Parameters
    ----------
    claims : sequence of Claim, optional
        In order of weight, problems first: where there are too many the first are printed, and the report says so. None
        where the table was not searched, which the report says too.
    title, subtitle : str
        Plain text.
    story : Told, optional
        A case study, told before everything else.
    seed : int
        Of the sample that figures are drawn from where the table has more than 10,000 rows.

    Returns
    -------
    Report
        Equal input gives equal bytes, in every process.

    Raises
    ------
    DataError
        If the table has no rows or no columns.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> report = write_report(load_table("iris"), (), title="Iris")
    >>> report.pdf[:5], report.sidecar["table"]["rows"]
    (b'%PDF-', 150)
    """
    if 0 in table.frame.shape:
        message = f"the table has {len(table.frame)} rows and {table.frame.shape[1]} columns; a report needs 1 of each"
        raise DataError(message)
    for limits in list_limits(table):
        plan = make_plan(table, claims, story, limits, seed)
        sidecar = make_sidecar(table, plan, title, subtitle, seed)
        pdf = make_report(title, subtitle, make_sections(sidecar, plan), make_facts(sidecar))
        report = Report(pdf, sidecar)
        if report.n_pages <= MAX_PAGES:
            break
    return report
