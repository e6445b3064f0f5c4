"""The report: its length, its bytes, its fonts, and that each number printed is the sidecar's."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.report.tables import show_column
from core.hub.charts import Chart
from core.hub.errors import DataError
from core.hub.settings import ROOT
from core.tabular.eda.associations import write_association
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims import find_claims
from core.tabular.eda.report import write_report
from core.tabular.eda.report import writing as writing_module
from core.tabular.eda.report.chapters import NUMBERS, make_facts, write_evidence
from core.tabular.eda.report.figures import draw_claim, missing_chart, sample_rows
from core.tabular.eda.report.numbers import find_unbacked, plain, write_number, write_p
from core.tabular.eda.report.plan import LIMITS, Told
from core.tabular.eda.report.sidecar import N_LISTED

TABLES = ("iris", "penguins", "wine", "diabetes", "breast_cancer")
TOPICS = ("quality", "missing", "spread", "association", "target")
HOSTILE = ["<b>bold</b>", "a & b", "</para>", "=cmd()", "漢字", "x" * 300]


@dataclass(frozen=True)
class Finding:
    claim: Claim
    chart: Chart


def make_claims(table, n_claims=10):
    """Make claims by hand, over the table's own columns, with numbers that nothing else prints."""
    names = list(table.frame.columns)
    claims = []
    for i in range(n_claims):
        value, p = 0.1234567 + i / 1000, 10.0 ** -(i + 3.3)
        first, second = names[i % len(names)], names[(i + 1) % len(names)]
        sentence = f"{first} and {second} go together: eta squared is {value:.4f} in {len(table.frame):,} rows."
        claims.append(
            Claim(
                "made_by_hand", TOPICS[i % 5], ("problem", "warning", "note")[i % 3], (first, second), sentence,
                "eta squared", value, value - 0.01, value + 0.01, len(table.frame), f"method {i}, 19{i:02}", p, 2 * p,
                {"eta2": value, "n_rows": float(len(table.frame))},
            )
        )  # fmt: skip
    return tuple(claims)


def read_objects(content):
    """Give each object of a PDF: its dictionary and its stream, unpacked."""
    found, place = {}, 0
    while match := re.compile(rb"^(\d+) 0 obj\s(.*?)(\nstream\r?\n|endobj)", re.DOTALL | re.MULTILINE).search(
        content, place
    ):
        head, place, stream = match.group(2), match.end(), b""
        if match.group(3) != b"endobj":  # the length tells where it ends: packed bytes may hold any word
            place += int(re.search(rb"/Length (\d+)", head).group(1))
            packed = content[match.end() : place]
            stream = zlib.decompress(packed) if b"/FlateDecode" in head else packed
        found[int(match.group(1))] = (head, stream)
    return found


def read_maps(objects):
    """Give each font's characters by their codes, as its ToUnicode table has them."""
    maps = {}
    fonts = dict(re.findall(rb"/(F\d\S*) (\d+) 0 R", b"".join(head for head, _ in objects.values())))
    for name, number in fonts.items():
        table = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)][0])
        if table:
            told = objects[int(table.group(1))][1]
            pairs = re.findall(rb"<(\w\w)> <(\w{4,})>", told)
            maps[name] = {int(code, 16): bytes.fromhex(char.decode()).decode("utf-16-be") for code, char in pairs}
    return maps


def read_text(content):
    """Give what a PDF prints without any space, decoded by its fonts' own tables."""
    objects = read_objects(content)
    maps, text = read_maps(objects), []
    for head, stream in objects.values():
        if b"/Subtype" in head or b"/Length1" in head:
            continue
        font = {}
        for name, piece in re.findall(rb"/(F\S+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", stream, re.DOTALL):
            if name:
                font = maps.get(name, {})
                continue
            bare = re.sub(rb"\\(\d{3})", lambda match: bytes([int(match.group(1), 8)]), piece)
            bare = re.sub(rb"\\([()\\])", rb"\1", bare)
            text.append("".join(font.get(code, chr(code)) for code in bare))
    return re.sub(r"MasteryPage\d+of\d+(Penguins)?", "", squeeze("".join(text)))


def squeeze(text):
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def penguins():
    table = load_table("penguins")
    return table, write_report(table, make_claims(table), title="Penguins", subtitle="By hand")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("n_claims", [0, 60])
def test_every_bundled_table_gives_six_to_twenty_five_pages(name, n_claims):
    table = load_table(name)
    report = write_report(table, make_claims(table, n_claims), title=name)
    assert 6 <= report.n_pages <= 25
    assert len(report.sidecar["claims"]) == n_claims
    if n_claims:
        assert f"{LIMITS[0].claims} of 60 findings are printed" in report.sidecar["left_out"][0]
        assert squeeze(report.sidecar["left_out"][0]) in read_text(report.pdf)


def test_a_report_too_long_is_written_shorter(penguins, monkeypatch):
    table, long = penguins
    monkeypatch.setattr(writing_module, "MAX_PAGES", long.n_pages - 1)
    short = write_report(table, make_claims(table), title="Penguins", subtitle="By hand")
    assert short.n_pages < long.n_pages
    assert short.sidecar["claims"] == long.sidecar["claims"]


def test_each_number_of_each_claim_is_printed_as_the_sidecar_has_it(penguins):
    table, report = penguins
    text = read_text(report.pdf)
    assert len(report.sidecar["claims"]) == 10
    for claim, told in zip(sorted(make_claims(table), key=lambda c: TOPICS.index(c.topic)), report.sidecar["claims"],
                           strict=True):  # fmt: skip
        assert (told["value"], told["low"], told["p"], told["q"]) == (claim.value, claim.low, claim.p, claim.q)
        assert squeeze(told["sentence"]) in text
        assert squeeze(write_evidence(told)) in text
        for size in (told["value"], told["low"], told["high"]):
            assert write_number(size) in write_evidence(told)
        assert write_p(told["p"]) in write_evidence(told)
        assert find_unbacked(told["sentence"], told["figures"], table.frame.columns) == ()


def test_the_columns_in_figures_are_the_tables_own(penguins):
    table, report = penguins
    text = read_text(report.pdf)
    lines = pd.DataFrame([line for line in report.sidecar["columns"] if line["kind"] == "number"])
    for i, name in enumerate(lines["column"]):
        values = table.frame[name]
        assert lines.loc[i, "mean"] == pytest.approx(values.mean())
        assert lines.loc[i, "sd"] == pytest.approx(values.std())
        assert lines.loc[i, "q3"] == pytest.approx(values.quantile(0.75))
        assert lines.loc[i, "missing"] == values.isna().sum()
        cells = [show_column(lines[key].astype(float) if key in NUMBERS[2:] else lines[key])[i] for key in NUMBERS]
        assert "".join(cells) in text
    for name, fact in make_facts(report.sidecar).items():
        assert squeeze(name + fact) in text


def test_each_figures_finding_is_in_the_sidecar_in_the_order_of_the_pages(penguins):
    _, report = penguins
    text, place = read_text(report.pdf), 0
    assert len(report.sidecar["figures"]) > 8
    for figure in report.sidecar["figures"]:
        place = text.index(squeeze(figure["title"]), place)


def test_the_sidecar_is_json_without_nan(penguins):
    report = penguins[1]
    assert json.loads(report.to_json()) == report.sidecar
    claim = replace(make_claims(penguins[0], 1)[0], value=float("nan"), low=float("-inf"), p=None, q=None)
    told = write_report(penguins[0], (claim,), title="x").sidecar["claims"][0]
    assert (told["value"], told["low"], told["p"]) == (None, None, None)
    assert "eta squared –, 95% interval – to" in write_evidence(told)


def test_the_first_page_says_what_is_wrong_and_what_matters(penguins):
    report = penguins[1]
    text = read_text(report.pdf)
    assert text.index("Whatiswrong") < text.index("Whatmatters") < text.index("Thenumbersinfigures")
    assert "10findings:4problemsthatwouldmakeananswerwrong" in text


def test_equal_input_gives_equal_bytes_in_another_process_with_another_hash_seed(penguins):
    table, report = penguins
    assert write_report(table, make_claims(table), title="Penguins", subtitle="By hand").pdf == report.pdf
    code = (
        "import hashlib, sys, importlib.util as u\n"
        f"spec = u.spec_from_file_location('report_test', {__file__!r})\n"
        "test = u.module_from_spec(spec)\nsys.modules['report_test'] = test\nspec.loader.exec_module(test)\n"
        "table = test.load_table('penguins')\n"
        "report = test.write_report(table, test.make_claims(table), title='Penguins', subtitle='By hand')\n"
        "print(hashlib.sha256(report.pdf).hexdigest(), hashlib.sha256(report.to_json()).hexdigest())\n"
    )
    told = [hashlib.sha256(each).hexdigest() for each in (report.pdf, report.to_json())]
    for seed in ("1", "4321"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr[-2_000:]
        assert answer.stdout.split() == told


def test_every_font_is_embedded(penguins):
    content = penguins[1].pdf
    fonts = set(re.findall(rb"/BaseFont /([^\s/]+)", content))
    assert fonts
    assert all(b"Vera" in font for font in fonts)
    assert len(set(re.findall(rb"/FontFile2 (\d+)", content))) == len(fonts)


def make_hostile(n_rows=30):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({name: generator.normal(size=n_rows) for name in HOSTILE[:4]})
    frame[HOSTILE[4]] = np.array(["<i>x</i>", "</td>"], dtype=object)[np.arange(n_rows) % 2]
    frame[HOSTILE[5]] = np.nan
    kinds = {name: "number" if i != 4 else "category" for i, name in enumerate(HOSTILE)}
    return Table(frame, "<script>alert(1)</script>", "upload", "hash", kinds, HOSTILE[4])


def test_hostile_names_are_printed_as_they_stand():
    table = make_hostile()
    report = write_report(table, make_claims(table, 12), title="<u>T</u>", subtitle="</para>")
    text = read_text(report.pdf)
    for name in (*HOSTILE[:2], *HOSTILE[3:4], "<script>alert(1)</script>", "<u>T</u>"):
        assert squeeze(name) in text


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 120)])
def test_small_and_wide_tables_are_bounded(shape):
    values = np.arange(shape[0] * shape[1], dtype=float).reshape(shape)
    frame = pd.DataFrame(values, columns=[f"a long name of column {i}" for i in range(shape[1])])
    table = Table(frame, "mine", "upload", "hash", dict.fromkeys(frame.columns, "number"))
    report = write_report(table, make_claims(table, 200), title="T")
    assert report.n_pages <= 25
    assert len(report.sidecar["columns"]) == shape[1]
    if shape[1] > 100:
        assert "Thefirst40of120rowsareshown." in read_text(report.pdf)


def test_many_rows_are_sampled_for_the_figures_and_counted_for_the_table():
    frame = pd.DataFrame({"x": np.arange(60_000.0)})
    table = Table(frame, "mine", "upload", "hash", {"x": "number"})
    assert len(sample_rows(table, 0).frame) == 10_000
    report = write_report(table, (), title="T")
    assert "Figures are drawn from a sample of 10,000 of 60,000 rows." in report.sidecar["left_out"]
    assert report.sidecar["columns"][0]["max"] == 59_999


def test_a_story_is_told_with_its_numbers():
    table = load_table("iris")
    claims = make_claims(table, 3)
    findings = tuple(Finding(claim, draw_claim(table, make_claims(table, 4)[3])) for claim in claims)
    story = Told("T", "Which?", "Look.", {"Rows": (150.0, "150")}, findings)
    report = write_report(table, None, title="T", story=story)
    assert [part["value"] for part in report.sidecar["story"]] == [claim.value for claim in claims]
    assert report.sidecar["told"]["figures"] == [{"name": "Rows", "value": 150.0, "text": "150"}]
    text = read_text(report.pdf)
    assert text.index("Which?") < text.index("Rows:150") < text.index(squeeze(claims[2].sentence))


def test_a_table_of_nothing_is_refused():
    table = Table(pd.DataFrame({"x": []}), "mine", "upload", "hash", {"x": "number"})
    with pytest.raises(DataError, match="0 rows and 1 columns"):
        write_report(table, (), title="T")


def test_each_kind_of_claim_has_its_picture():
    table = load_table("penguins")
    claim = make_claims(table, 1)[0]

    def title(topic, *columns, kind="x"):
        chart = draw_claim(table, replace(claim, topic=topic, columns=columns, kind=kind))
        return None if chart is None else chart.title

    assert title("association", "bill_length", "bill_depth") == (
        "bill_length and bill_depth: r = −0.24 over all rows, but 0.53 inside the classes"
    )
    assert title("target", "species", "body_mass").startswith("67% of the spread of body_mass")
    assert title("association", "species", "island") == (  # of the outcome within the other, and no column alone
        "Where island is Biscoe, species is Gentoo in 73.8% of 168 rows, 36.0% of all"
    )
    assert title("quality", "sex", kind="imbalance").startswith("female is the rarest class of sex")
    assert title("missing", "sex", "body_mass", kind="conditional_missingness").startswith(
        "sex is missing most where body_mass is"
    )
    assert title("missing", "sex", "body_mass") == "2 of 2 named columns have missing cells; sex has most: 3.2%"
    assert title("missing", "sex") == "3.2% of the cells of sex are missing"
    assert title("target", "sex", "species", kind="time_travel").startswith("species is Chinstrap in 20.4% of the 333")
    assert title("quality", "no such column") is None


def test_the_share_of_missing_cells_by_parts_is_right():
    frame = pd.DataFrame({"x": np.arange(8.0), "y": [np.nan, np.nan, 1, 1, 1, 1, 1, np.nan]})
    table = Table(frame, "mine", "upload", "hash", {"x": "number", "y": "number"})
    chart = missing_chart(table, "y", "x")
    assert chart.marks[0].x.tolist() == [1.0, 0.0, 0.0, 0.5]
    assert chart.title == "y is missing most where x is 1: 0 to 1.75: 100.0% of those rows, 37.5% of all"
    frame["z"] = 1.0
    with pytest.raises(DataError, match="z does not split the rows"):
        missing_chart(replace(table, kinds={**table.kinds, "z": "number"}), "y", "z")


@pytest.mark.parametrize(
    ("sentence", "unbacked"),
    [
        ("r = −0.46 over 1,014 rows", ()),
        ("45.7% of rows", ()),
        ("54.3% of rows", ()),
        ("mean 1.015e+04", ()),
        ("p = 3.1e−5", ()),
        ("r = 0.47", ("0.47",)),
        ("12 of a_7", ("12",)),
    ],
)
def test_a_number_without_a_figure_is_found(sentence, unbacked):
    figures = {"r": -0.4571, "share": 0.4571, "rows": 1014, "mean": 10147.9, "p": 3.1234e-5}
    assert find_unbacked(sentence, figures, ["a_7"]) == unbacked


def test_numbers_become_json():
    values = [np.int64(3), np.float64(0.5), np.nan, np.inf, None, True]
    assert [plain(value) for value in values] == [3, 0.5, None, None, None, 1]


def test_a_picture_says_the_measure_of_its_claim():
    table = load_table("gapminder")
    claims = [claim for claim in find_claims(table) if claim.kind == "association"]
    assert len(claims) > 3
    for claim in claims:
        chart = draw_claim(table, claim)
        assert chart.title.endswith(f"go together: {claim.effect} = {write_association(claim.value)}")
        assert chart.alt.startswith(chart.title)


def test_the_first_page_lists_what_it_counts_or_says_how_many_it_lists():
    table = load_table("penguins")
    for n_claims, n_listed in ((6, 4), (60, N_LISTED)):
        report = write_report(table, make_claims(table, n_claims), title="T")
        counts, text = report.sidecar["counts"], read_text(report.pdf)
        assert (counts["wrong"], counts["wrong_listed"]) == (counts["problem"] + counts["warning"], n_listed)
        told = f"These are {n_listed} of the {counts['wrong']} problems and warnings".replace(" ", "")
        assert (told in text) == (n_listed < counts["wrong"])
