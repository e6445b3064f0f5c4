"""The report: the same bytes for the same input, user text as text, everything on the page, nothing that breaks it."""

import re
import tomllib
import zlib

import numpy as np
import pandas as pd
import pytest
from reportlab.graphics.shapes import Line, Rect

from core.evaluation.report import Section, make_report
from core.evaluation.report.axes import Axis, find_ticks, make_axis
from core.evaluation.report.colors import CATEGORICAL, DIVERGING, SEQUENTIAL
from core.evaluation.report.drawing import draw_chart
from core.evaluation.report.fonts import Wording
from core.evaluation.report.tables import show_column, show_value
from core.hub.charts import Chart, Mark
from core.hub.settings import ROOT

NAMES = np.array(["a", "b", "c"], dtype=object)
NUMBERS = np.array([1.0, 2.0, 4.0])


def make_chart(*marks, **options):
    return Chart("Values rise", "step", "value", marks, **options)


CHARTS = {
    "line": make_chart(Mark("line", NUMBERS, NUMBERS, "one"), Mark("line", NUMBERS, -NUMBERS, "two", dash=True)),
    "gap": make_chart(Mark("line", NUMBERS, np.array([1.0, np.nan, 2.0]), "one")),
    "steps": make_chart(Mark("steps", NUMBERS, NUMBERS, "one")),
    "points": make_chart(Mark("points", NUMBERS, NUMBERS, "one", low=NUMBERS - 1, high=NUMBERS + 1)),
    "classes": make_chart(*(Mark("points", NUMBERS, NUMBERS + i, f"class {i}", "class", i) for i in range(9))),
    "bars": make_chart(Mark("bars", NAMES, NUMBERS, "one"), Mark("bars", NAMES, NUMBERS, "two", "second")),
    "lying bars": make_chart(Mark("bars", NUMBERS, NAMES, "one", low=NUMBERS - 1, high=NUMBERS + 1)),
    "histogram": make_chart(Mark("bars", NUMBERS, NUMBERS)),
    "band": make_chart(Mark("band", NUMBERS, NUMBERS, "90%", low=NUMBERS - 1, high=NUMBERS + 1)),
    "grid": make_chart(Mark("heatmap", NAMES, NAMES, z=np.eye(3), text=("x",) * 9), square=True),
    "signed grid": make_chart(Mark("heatmap", NUMBERS, NUMBERS, z=np.array([[-1, 0, 1], [0, np.nan, 2], [3, 4, -5]]))),
    "areas": make_chart(Mark("heatmap", NUMBERS, NUMBERS, role="class", z=np.array([[0, 1, 1], [0, 0, 2], [2, 2, 2]]))),
    "dates": make_chart(Mark("line", np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]"), np.arange(60.0))),
    "logs": make_chart(Mark("line", 10.0 ** np.arange(-3, 4), 10.0 ** np.arange(7)), x_log=True, y_log=True),
    "percent": make_chart(Mark("line", NUMBERS, NUMBERS / 10), y_percent=True, y_range=(0, 1)),
    "one point": make_chart(Mark("points", np.array([3.0]), np.array([3.0]))),
    "nothing": make_chart(),
    "empty": make_chart(Mark("points", np.array([]), np.array([]))),
    "crowded": make_chart(Mark("bars", np.array([f"a rather long name {i}" for i in range(30)]), np.arange(30.0))),
    "tall": make_chart(Mark("bars", np.arange(100.0), np.array([f"name {i}" for i in range(100)]))),
    "many names": make_chart(*(Mark("points", NUMBERS, NUMBERS + i, f"series {i} " * 9) for i in range(60))),
}  # fmt: skip


def read_streams(content):
    """Give the bytes of every page and outline stream, unpacked."""
    heads = re.finditer(rb"/FlateDecode[^>]*?/Length (\d+)\b.*?stream\r?\n", content, re.DOTALL)
    return [zlib.decompress(content[head.end() : head.end() + int(head.group(1))]) for head in heads]


def read_text(content):
    """Join what is printed, piece by piece, as ReportLab writes ASCII."""
    pieces = re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", b"".join(read_streams(content)))
    return re.sub(rb"\\([()\\])", rb"\1", b"".join(pieces)).decode("latin-1")


def count_pages(content):
    return len(re.findall(rb"/Type /Page\b", content))


def report(*sections, title="Iris", facts=None):
    return make_report(title, "Three models", sections, facts or {"Seed": "0"})


def test_equal_input_gives_equal_bytes_and_other_input_others():
    sections = [Section("All", ("Text.",), pd.DataFrame({"x": [1.5]}), chart) for chart in CHARTS.values()]
    assert report(*sections) == report(*sections)
    assert report(*sections) != report(*sections, facts={"Seed": "1"})


@pytest.mark.parametrize("name", CHARTS)
def test_every_kind_of_chart_is_drawn_inside_its_box(name):
    drawing = draw_chart(CHARTS[name], 480, Wording())
    x1, y1, x2, y2 = drawing.getBounds()
    assert -1 <= x1 <= x2 <= 482
    assert -1 <= y1 <= y2 <= drawing.height + 1
    assert count_pages(report(Section("Chart", chart=CHARTS[name]))) == 1


def test_an_interval_stands_on_the_middle_of_its_own_bar():
    names, values = ["first", "second"], np.array([0.4, 0.6])
    marks = tuple(
        Mark("bars", names, values, name=group, low=values - 0.1, high=values + 0.1, role="class", index=index)
        for index, group in enumerate(("women", "men"))
    )
    drawing = draw_chart(Chart("Two bars a class", "class", "share", marks), 480, Wording())
    bars = [shape for shape in drawing.contents if isinstance(shape, Rect) and shape.height > 20 and shape.width < 200]
    stems = [
        shape.x1
        for shape in drawing.contents
        if isinstance(shape, Line) and shape.x1 == shape.x2 and shape.strokeWidth == 1.1
    ]
    assert len(bars) == 4
    for bar in bars:
        assert min(abs(bar.x + bar.width / 2 - x) for x in stems) < 1e-6


def test_every_font_is_embedded():
    content = report(Section("All", ("Text.",), pd.DataFrame({"x": [1.5]}), CHARTS["line"]))
    fonts = re.findall(rb"/BaseFont /([^\s/]+)", content)
    assert fonts
    assert all(b"Vera" in font for font in fonts)
    assert content.count(b"/FontFile2") == len(set(fonts))


def test_the_title_is_in_the_properties_and_the_sections_in_the_outline():
    content = report(Section("First part"), Section("Second part"), title="Which iris?")
    assert b"/Title (Which iris?)" in content
    assert b"/Title (First part)" in content
    assert b"/Title (Second part)" in content


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", "R&D", "a < b", "<script>alert(1)</script>", "</para>", "&#65;", '"', "<img src=x>"]
)
def test_markup_in_user_text_is_printed_as_it_stands(text):
    chart = make_chart(Mark("bars", np.array([text], dtype=object), np.array([1.0]), text))
    frame = pd.DataFrame({text: [text]})
    content = make_report(text, text, [Section(text, (text,), frame, chart)], {text: text})
    assert read_text(content).count(text) >= 8


def test_characters_outside_the_font_are_replaced_and_noted():
    words = Wording()
    assert words.clean("Müller, Łódź, naïve, Ærø, 5 € ≤ 6") == "Müller, Łódz, naïve, Ærø, 5 € ≤ 6"
    assert words.n_replaced == 1
    assert words.clean("漢字 \x00\u202e😀") == "□□ □□"
    assert words.clean("e\u0301") == "é"
    plain, odd = (b"".join(read_streams(report(Section("a", (text,))))) for text in ("plain", "漢字"))
    note = b"Some characters are not in this report's font"
    assert note in odd
    assert note not in plain


@pytest.mark.parametrize("text", ["x" * 5_000, "word " * 5_000, "\n\n\t ", "\u0301", "😀" * 500, "漢" * 3_000])
def test_long_and_strange_text_breaks_nothing(text):
    frame = pd.DataFrame({text: [text, text], "n": [1, 2]})
    bars = Mark("bars", np.array([text], dtype=object), np.array([1.0]), text)
    content = make_report(
        f"T{text}",
        text,
        [Section(text, (text,), frame), Section(text, chart=Chart(f"T{text}", text, text, ()))],
        {text: text},
    )
    assert content.startswith(b"%PDF-")
    assert count_pages(content) >= 1
    assert draw_chart(make_chart(bars, bars), 480, Wording()).height < 500


def test_a_long_table_is_cut_and_says_so():
    frame = pd.DataFrame(np.zeros((300, 25)), columns=[f"column {i}" for i in range(25)])
    long, short = (b"".join(read_streams(report(Section("t", frame=part)))) for part in (frame, frame.iloc[:40, :10]))
    assert b"The first 40 of 300 rows and the first 10 of 25 columns are shown." in long
    assert b"are shown" not in short


def test_empty_tables_say_so():
    assert b"This table has no rows." in b"".join(read_streams(report(Section("t", frame=pd.DataFrame({"a": []})))))
    assert b"This table has no columns." in b"".join(read_streams(report(Section("t", frame=pd.DataFrame(index=[0])))))


def test_pages_are_numbered():
    content = report(*(Section(f"Part {i}", chart=CHARTS["line"]) for i in range(5)))
    n_pages = count_pages(content)
    pages = b"".join(read_streams(content))
    assert n_pages == 3
    assert all(f"Page {i} of {n_pages}".encode() in pages for i in range(1, n_pages + 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.9877"), (12345, "12,345"), (-2.5, "−2.5"), (1e-9, "1e−09"), (np.nan, "–"), (None, "–"),
        (pd.NaT, "–"), (pd.NA, "–"), (True, "yes"), (np.float32(0.5), "0.5"), (np.inf, "inf"),
        (pd.Timestamp("2024-05-06"), "2024-05-06"), ("=1+1", "=1+1"), (0.0, "0"),
    ],
)  # fmt: skip
def test_cells_are_written_for_readers(value, text):
    assert show_value(value) == text


def test_a_column_has_one_number_of_decimals():
    assert show_column(pd.Series([1.0, 2.25, np.nan, -3.5])) == ["1.00", "2.25", "–", "−3.50"]
    assert show_column(pd.Series([1, 2])) == ["1", "2"]


def test_ticks_are_round_and_inside():
    rng = np.random.default_rng(0)
    for _ in range(200):
        low = float(rng.normal() * 10.0 ** rng.integers(-3, 5))
        high = low + float(rng.random() + 0.01) * 10.0 ** rng.integers(-3, 5)
        ticks = find_ticks(low, high)
        assert 2 <= len(ticks) <= 9
        assert low - 1e-9 * abs(low) - 1e-12 <= ticks[0] < ticks[-1] <= high + 1e-9 * abs(high) + 1e-12


def test_names_run_from_the_top_and_numbers_from_the_bottom():
    lying = make_chart(Mark("bars", NUMBERS, NAMES))
    axis = make_axis(lying, "y", 0, 90)
    assert axis.place(NAMES) == pytest.approx([75, 45, 15])
    assert make_axis(lying, "x", 0, 100).low == 0
    assert Axis("y", 0, 100, -2, 2, log=True).place(np.array([0.01, 1, 100, -1]))[:3].tolist() == [0, 50, 100]


def test_colours_are_those_of_the_app():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]["light"]
    assert list(CATEGORICAL) == theme["chartCategoricalColors"]
    assert list(SEQUENTIAL) == theme["chartSequentialColors"]
    assert list(DIVERGING) == theme["chartDivergingColors"]


def test_a_report_without_a_title_is_refused():
    with pytest.raises(ValueError, match="needs a title"):
        make_report(" ", "", [], {})


def test_bars_that_are_all_zero_are_drawn():
    chart = Chart("Nothing is missing", "column", "share", (Mark("bars", ["a", "b"], np.zeros(2)),))
    drawing = draw_chart(chart, 480, Wording())
    assert np.isfinite(drawing.getBounds()).all()


def test_an_axis_of_one_value_has_a_length():
    for values in (np.zeros(2), np.full(2, 7.0), np.full(2, -0.5)):
        axis = make_axis(make_chart(Mark("bars", ["a", "b"], values)), "y", 0, 100)
        ticks = axis.make_ticks()
        assert axis.low < axis.high
        assert len(ticks) > 1
        assert all(0 <= place <= 100 for place, _ in ticks)
    given = make_chart(Mark("points", NUMBERS, NUMBERS), x_range=(3.0, 3.0))
    assert make_axis(given, "x", 0, 100).place(np.array([3.0])).tolist() == [50.0]


def test_years_have_no_comma_and_counts_have_one():
    years = Chart("t", "year", "people", (Mark("line", np.array([1952.0, 2007.0]), np.array([1000.0, 9000.0])),))
    assert [text for _, text in make_axis(years, "x", 0, 100).make_ticks()] == [str(i) for i in range(1950, 2001, 10)]
    assert "2,000" in [text for _, text in make_axis(years, "y", 0, 100).make_ticks()]
    lines = pd.DataFrame({"column": ["year", "grams"], "min": [1952.0, 1500.0], "max": [2007.0, 6300.0]})
    text = read_text(report(Section("t", frame=lines)))
    assert "1952" in text
    assert "2007" in text
    assert "1,500" in text
    assert "6,300" in text
    assert "2010" in read_text(report(Section("t", frame=pd.DataFrame({"Year": [2010], "n": [2010]}))))
    assert "2,010" in read_text(report(Section("t", frame=pd.DataFrame({"Year": [2010], "n": [2010]}))))


def test_every_marker_is_written_once():
    rng = np.random.default_rng(0)
    marks = [Mark("points", rng.random(50), rng.random(50), f"class {i}", "class", i) for i in range(4)]
    stream = b"".join(read_streams(report(Section("t", chart=make_chart(*marks)))))
    n_keys = len(marks)
    assert len(re.findall(rb"cm [^\n]* h [bf]\b", stream)) == 200 + n_keys
