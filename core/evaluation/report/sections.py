"""What a report is made of, and the one call that writes it.

Left out: how it is laid out (``document``), so that a page can describe a report without loading ReportLab.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.hub.charts import Chart

_LOCK = threading.Lock()  # ReportLab keeps its fonts and styles in module state


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One part of a report, in this order: title, paragraphs, chart, frame.

    Parameters
    ----------
    title : str
    paragraphs : tuple of str
        Plain text; markup in it is printed as it stands.
    frame : DataFrame, optional
        Its first 40 rows and as many columns as are wide enough are printed, and the report says so.
    chart : Chart, optional
        Drawn with its title above and its ``alt`` below.
    level : int
        1 for a chapter; a part of one, 2, has a smaller title and is kept on one page.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    frame: pd.DataFrame | None = None
    chart: Chart | None = None
    level: int = 1


def make_report(title: str, subtitle: str, sections: Sequence[Section], facts: Mapping[str, str]) -> bytes:
    """Write a report as PDF.

    Parameters
    ----------
    title, subtitle : str
        Plain text; the title also stands in the header and in the file's properties.
    sections : sequence of Section
    facts : mapping of str to str
        Printed as a small table on the first page: data, model, seed, command, date. Nothing else is dated.

    Returns
    -------
    bytes
        A4, fonts embedded. Equal input gives equal bytes. A character that the font lacks is printed as its base
        letter or as a box, and the last page says so.

    Raises
    ------
    ValueError
        If the title is empty.

    Examples
    --------
    >>> parts = [Section("Result", ("LDA is best.",))]
    >>> content = make_report("Iris", "Three models", parts, {"Seed": "0"})
    >>> content[:5], content == make_report("Iris", "Three models", parts, {"Seed": "0"})
    (b'%PDF-', True)
    """
    from reportlab import rl_config

    rl_config.shapeChecking = 0  # read when shapes are first imported: a tenth of a report's time, for values of ours
    from core.evaluation.report.document import write_document

    if not title.strip():
        message = "a report needs a title"
        raise ValueError(message)
    with _LOCK:
        return write_document(title, subtitle, tuple(sections), facts)
