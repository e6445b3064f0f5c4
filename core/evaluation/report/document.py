"""The report as a document: first page, running header and footer, sections, and the file's properties.

Method: ReportLab's Platypus, built once: each page holds the place of its line "Page 2 of 5", a form that is written
last, when the pages are counted. Streams are compressed and not spelled out in ASCII, which no reader has needed since
PDF 1.2.

Left out: a table of contents (the sections are in the file's outline), and accessibility tags.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from core.evaluation.report.colors import ACCENT, INK, PANEL, RULE, SOFT
from core.evaluation.report.drawing import draw_chart
from core.evaluation.report.fonts import BOLD, REGULAR, Wording, measure_text
from core.evaluation.report.sections import Section
from core.evaluation.report.tables import make_table
from core.hub.charts import Chart

MARGIN, TOP, BOTTOM = 54.0, 66.0, 58.0  # points
WIDTH = A4[0] - 2 * MARGIN
FRAME_PADDING = 6.0  # ReportLab's own, inside its margins
SMALL = 7.5
ROOM = 90.0  # a section does not begin lower on a page than this
MAX_PARAGRAPH = 20_000
MAX_TITLE = 300
PRODUCT = "Mastery"
rl_config.useA85 = 0

_BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9.5, leading=14, textColor=INK, spaceAfter=6)
_TITLE = ParagraphStyle("title", _BODY, fontName=BOLD, fontSize=22, leading=27, spaceAfter=4)
_SUBTITLE = ParagraphStyle("subtitle", _BODY, fontSize=11, leading=16, textColor=SOFT, spaceAfter=12)
_SECTION = ParagraphStyle("section", _BODY, fontName=BOLD, fontSize=13.5, leading=18, spaceBefore=16, keepWithNext=1)
_PART = ParagraphStyle("part", _SECTION, fontSize=11, leading=15, spaceBefore=12)
_FINDING = ParagraphStyle("finding", _BODY, fontName=BOLD, leading=13, spaceBefore=6, spaceAfter=4, keepWithNext=1)
_CAPTION = ParagraphStyle("caption", _BODY, fontSize=SMALL, leading=10.5, textColor=SOFT, spaceBefore=3, spaceAfter=8)
_FACT = ParagraphStyle("fact", _BODY, fontSize=8.5, leading=11.5, spaceAfter=0)
_FACT_NAME = ParagraphStyle("fact name", _FACT, textColor=SOFT)


class _Document(SimpleDocTemplate):  # type: ignore[misc]
    """A template that writes each section into the file's outline."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 ReportLab's own name
        """Note where a section begins."""
        place = getattr(flowable, "outline", None)
        if place is not None:
            key, text, level = place
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(text, key, level)


class _Canvas(Canvas):  # type: ignore[misc]
    """A canvas that writes the number of pages on each of them, once it knows it."""

    def save(self) -> None:
        """Write the line at the foot of each page, then the file."""
        n_pages = self.getPageNumber() - 1
        for page in range(1, n_pages + 1):
            self.beginForm(_name_foot(page))
            self.setFont(REGULAR, SMALL)
            self.setFillColor(SOFT)
            self.drawRightString(A4[0] - MARGIN, BOTTOM - 26, f"Page {page} of {n_pages}")
            self.endForm()
        super().save()


def _name_foot(page: int) -> str:
    """Name the form that holds a page's number."""
    return f"foot-{page}"


def write_document(title: str, subtitle: str, sections: tuple[Section, ...], facts: Mapping[str, str]) -> bytes:
    """Write the PDF; see :func:`core.evaluation.report.make_report`."""
    words = Wording()
    heading = words.clean(title, MAX_TITLE)
    story = [*_make_opening(title, subtitle, facts, words)]
    for number, section in enumerate(sections):
        story += _make_section(section, number, words)
    story += _make_note(words)
    buffer = io.BytesIO()
    side = MARGIN - FRAME_PADDING
    margins = {"leftMargin": side, "rightMargin": side, "topMargin": TOP, "bottomMargin": BOTTOM}
    document = _Document(
        buffer, pagesize=A4, title=heading, author=PRODUCT, subject=words.clean(subtitle, MAX_TITLE),
        creator=PRODUCT, lang="en", invariant=1,
        initialFontName=REGULAR,  # the default would name a font that is not embedded
        **margins,
    )  # fmt: skip
    decorate = partial(_decorate_page, title=heading)
    document.build(story, onFirstPage=decorate, onLaterPages=decorate, canvasmaker=_Canvas)
    return buffer.getvalue()


def _decorate_page(canvas: Canvas, document: SimpleDocTemplate, *, title: str) -> None:
    """Draw the running header and footer."""
    canvas.saveState()
    width, height = A4
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, BOTTOM - 14, width - MARGIN, BOTTOM - 14)
    canvas.setFont(REGULAR, SMALL)
    canvas.setFillColor(SOFT)
    canvas.drawString(MARGIN, BOTTOM - 26, PRODUCT)
    canvas.doForm(_name_foot(document.page))
    if document.page == 1:
        canvas.setFillColor(ACCENT)
        canvas.rect(0, height - 8, width, 8, stroke=0, fill=1)
    else:
        canvas.drawString(MARGIN, height - TOP + 26, _fit_line(title, width - 2 * MARGIN))
        canvas.line(MARGIN, height - TOP + 18, width - MARGIN, height - TOP + 18)
    canvas.restoreState()


def _fit_line(text: str, width: float) -> str:
    """Cut a line to the room it has."""
    if measure_text(text, SMALL) <= width:
        return text
    while measure_text(f"{text}…", SMALL) > width:
        text = text[:-1]
    return f"{text}…"


def _make_opening(title: str, subtitle: str, facts: Mapping[str, str], words: Wording) -> list[Flowable]:
    """Write the title, the subtitle and the table of facts."""
    opening = [Paragraph(words.markup(title, MAX_TITLE), _TITLE)]
    if subtitle.strip():
        opening.append(Paragraph(words.markup(subtitle, MAX_PARAGRAPH), _SUBTITLE))
    if not facts:
        return opening
    lines = [
        [Paragraph(words.markup(name, MAX_TITLE), _FACT_NAME), Paragraph(words.markup(text, MAX_TITLE), _FACT)]
        for name, text in facts.items()
    ]
    style: list[tuple[Any, ...]] = [
        ("FONTNAME", (0, 0), (-1, -1), REGULAR),
        ("BACKGROUND", (0, 0), (-1, -1), PANEL),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 3.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]
    return [*opening, Table(lines, colWidths=[WIDTH * 0.26, WIDTH * 0.74], style=style), Spacer(0, 6)]


def _make_section(section: Section, number: int, words: Wording) -> list[Flowable]:
    """Write one section: title, paragraphs, chart, table."""
    title = Paragraph(words.markup(section.title, MAX_TITLE), _SECTION if section.level == 1 else _PART)
    title.outline = (f"section-{number}", words.clean(section.title, MAX_TITLE), section.level - 1)
    texts = [Paragraph(words.markup(text, MAX_PARAGRAPH), _BODY) for text in section.paragraphs]
    figure = [] if section.chart is None else _make_figure(section.chart, words)
    table = [] if section.frame is None else make_table(section.frame, WIDTH, words)
    if section.level > 1:
        return [KeepTogether([title, *texts, *figure]), *table]
    if texts or not figure:
        return [CondPageBreak(ROOM), title, *texts, KeepTogether(figure), *table]
    return [KeepTogether([title, *figure]), *table]


def _make_figure(chart: Chart, words: Wording) -> list[Flowable]:
    """Draw a chart with its finding above and its words below, to be kept on one page."""
    parts: list[Flowable] = [
        Paragraph(words.markup(chart.title, MAX_TITLE), _FINDING),
        draw_chart(chart, WIDTH, words),
    ]
    if chart.alt and chart.alt != chart.title:
        parts.append(Paragraph(words.markup(chart.alt, 3 * MAX_TITLE), _CAPTION))
    return parts


def _make_note(words: Wording) -> list[Flowable]:
    """Say that characters were replaced, where any were."""
    if not words.n_replaced:
        return []
    text = "Some characters are not in this report's font: letters stand without their mark, others as an empty box."
    return [Spacer(0, 8), Paragraph(text, _CAPTION)]
