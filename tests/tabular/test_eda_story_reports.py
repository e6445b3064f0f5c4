"""The reports of the five case studies, and pictures that show what their claims say."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.report import Section, make_report
from core.evaluation.report.tables import show_column
from core.hub.artifacts import load_artifact
from core.hub.errors import DataError
from core.hub.settings import ROOT
from core.tabular import eda as project
from core.tabular.eda.claims import find_claims
from core.tabular.eda.report import write_report
from core.tabular.eda.report.chapters import NUMBERS, make_facts, write_evidence
from core.tabular.eda.report.figures import draw_claim
from core.tabular.eda.report.numbers import find_unbacked
from core.tabular.eda.report.pairs import cross_chart, outcome_chart
from core.tabular.eda.report.plan import EVERY_FIGURE, LIMITS, list_limits
from core.tabular.eda.report.words import KINDS, name_kind
from core.tabular.eda.stories import STORIES, find_story, find_told, tell
from tests.tabular.test_eda_report import read_objects, read_text, squeeze

SLUGS = [story.slug for story in STORIES]


@cache
def report_of(slug):
    """Write the report of a case study once."""
    return project.make_story_report(find_story(slug), load_table(find_story(slug).table))


@pytest.fixture(scope="module")
def searched():
    """Write the report of the shipped run: the Titanic's story and its claims."""
    model = project.load_model(load_artifact("eda").folder / "weights")
    return model, project.make_run_report(model, load_table("titanic"))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_story_has_six_to_twenty_five_pages_with_its_fonts_in_them(slug):
    report = report_of(slug)
    assert 6 <= report.n_pages <= 25
    fonts = set(re.findall(rb"/BaseFont /([^\s/]+)", report.pdf))
    assert fonts
    assert all(b"Vera" in font for font in fonts)
    assert len(set(re.findall(rb"/FontFile2 (\d+)", report.pdf))) == len(fonts)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_finding_of_a_story_is_printed_first_with_its_figure(slug):
    report, story = report_of(slug), find_story(slug)
    text, findings = read_text(report.pdf), tell(story, load_table(story.table))
    place = text.index(squeeze(story.question))
    assert place < text.index(squeeze(story.lesson))
    for told, finding in zip(report.sidecar["story"], findings, strict=True):
        assert told["sentence"] == finding.sentence
        for words in (told["sentence"], write_evidence(told), finding.chart.title):
            place = text.index(squeeze(words), place)
    assert place < text.index("Thenumbersinfigures")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_of_a_story_is_the_sidecars(slug):
    report, table = report_of(slug), load_table(find_story(slug).table)
    text, place = read_text(report.pdf), 0
    assert all(squeeze(name + fact) in text for name, fact in make_facts(report.sidecar).items())
    for told, finding in zip(report.sidecar["story"], tell(find_story(slug), table), strict=True):
        assert (told["value"], told["low"], told["high"]) == (
            finding.claim.value, finding.claim.low, finding.claim.high,
        )  # fmt: skip
        assert find_unbacked(told["sentence"], told["figures"], [*table.frame.columns, "q1"]) == ()
    for figure in report.sidecar["told"]["figures"]:
        assert squeeze(f"{figure['name']}: {figure['text']}") in text
        assert find_unbacked(figure["text"], {"value": figure["value"]}) == ()
    lines = pd.DataFrame([line for line in report.sidecar["columns"] if line["kind"] == "number"])
    for line in lines.head(40).to_dict("records"):
        assert line["mean"] == pytest.approx(table.frame[line["column"]].mean())
    if slug != "ames":  # its years are written without a comma, which the table of columns decides
        cells = {key: show_column(lines[key].astype(float) if key in NUMBERS[2:] else lines[key]) for key in NUMBERS}
        printed = ["".join(cells[key][i] for key in NUMBERS) for i in range(len(lines)) if lines["column"][i] != "year"]
        assert all(squeeze(each) in text for each in printed)
    for figure in report.sidecar["figures"]:
        place = text.index(squeeze(figure["title"]), place)


def test_every_story_gives_the_same_bytes_in_another_process_with_another_hash_seed():
    code = (
        "import hashlib\nfrom core.datasets.catalogue import load_table\n"
        "from core.tabular.eda import make_story_report\n"
        "from core.tabular.eda.stories import STORIES\n"
        "for story in STORIES:\n"
        "    report = make_story_report(story, load_table(story.table))\n"
        "    print(hashlib.sha256(report.pdf + report.to_json()).hexdigest())\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4321", "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2_000:]
    reports = [report_of(slug) for slug in SLUGS]
    assert answer.stdout.split() == [hashlib.sha256(each.pdf + each.to_json()).hexdigest() for each in reports]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_table_that_was_not_searched_is_not_called_sound(slug):
    report = report_of(slug)
    text = read_text(report.pdf)
    assert report.sidecar["searched"] is False
    assert "Nothingwasfound" not in text
    assert "0findings" not in text
    assert "Thetablewasnotsearchedforotherfindings" in text


def test_a_run_tells_the_story_of_its_table_before_its_claims(searched):
    model, report = searched
    text = read_text(report.pdf)
    assert report.sidecar["searched"] is True
    assert len(report.sidecar["story"]) == len(find_story("titanic").tell)
    assert text.index(squeeze(find_story("titanic").question)) < text.index("Whatiswrong")
    assert 6 <= report.n_pages <= 25
    assert project.make_run_report(model, load_table("titanic")).pdf == report.pdf


def test_only_a_bundled_table_as_it_is_has_a_story(searched):
    table = load_table("titanic")
    assert find_told(table) is find_story("titanic")
    for other in (load_table("wine"), replace(table, origin="upload"), table.with_step("a step")):
        assert find_told(other) is None
    # The same rows with a column that is now text: a report without the story, and no error.
    frame = table.frame.assign(age=table.frame["age"].astype(str))
    changed = replace(table, frame=frame, kinds={**table.kinds, "age": "text"})
    assert project.make_run_report(searched[0], changed).sidecar["story"] == []


def test_each_finding_has_a_heading_in_words_also_the_first_of_a_chapter(searched):
    report = searched[1]
    text = read_text(report.pdf)
    for claim in report.sidecar["claims"][: report.sidecar["n_printed"]]:
        words = name_kind(claim["kind"])
        assert squeeze(f"{claim['number']}. {words[:1].upper()}{words[1:]}") in text
    for raw in ("missing_share", "top_share", "timetravel", "time_travel"):
        assert raw not in text
    assert "sharemissing" in text
    assert all("_" not in words for words in KINDS.values())


def test_each_finding_of_a_table_drawn_whole_has_its_picture():
    table = load_table("titanic")
    claims = find_claims(table)
    report = write_report(table, claims, title="T")
    titles = {figure["title"] for figure in report.sidecar["figures"]}
    drawn = [draw_claim(table, claim) for claim in claims[: EVERY_FIGURE.claims]]
    assert len(claims) > LIMITS[0].claim_figures
    assert {chart.title for chart in drawn if chart is not None} <= titles


def test_a_sampled_table_keeps_to_the_pictures_that_its_time_allows():
    frame = pd.DataFrame({"x": np.arange(10_001.0)})
    assert list_limits(Table(frame, "mine", "upload", "hash", {"x": "number"})) == LIMITS


@pytest.mark.parametrize(("column", "shares"), [("body", (1.0, 0.579)), ("boat", (0.019, 0.972))])
def test_a_column_written_down_late_is_drawn_with_its_outcome(column, shares):
    table = load_table("titanic")
    (claim,) = (each for each in find_claims(table) if each.kind == "time_travel" and each.columns[0] == column)
    chart = draw_claim(table, claim)
    died = next(mark for mark in chart.marks if mark.name == "survived = No")
    rows = [table.frame[column].notna(), table.frame[column].isna()]
    assert died.y.tolist() == [(table.frame.loc[each, "survived"] == "No").mean() for each in rows]
    assert died.y == pytest.approx(shares, abs=1e-3)
    assert "survived" in chart.title


def test_a_late_column_of_a_number_is_drawn_along_it():
    frame = pd.DataFrame({"late": [1.0, 2.0, np.nan, np.nan] * 5, "price": [9.0, 8.0, 1.0, 2.0] * 5})
    table = Table(frame, "mine", "upload", "hash", {"late": "number", "price": "number"}, "price")
    with pytest.raises(DataError, match="price is no category"):
        outcome_chart(table, "late", "price")
    claim = replace(find_claims(load_table("iris"))[0], kind="time_travel", topic="target", columns=("late",))
    assert draw_claim(table, claim).title.startswith("late is missing most where price is")


@pytest.mark.parametrize(("within", "of"), [("pclass", "boat"), ("sex", "survived"), ("embarked", "pclass")])
def test_a_pair_of_categories_is_drawn_as_shares_of_one_within_the_other(within, of):
    table = load_table("titanic")
    mark = cross_chart(table, within, of).marks[0]
    counts = pd.crosstab(table.frame[within].astype(str), table.frame[of].astype(str).where(table.frame[of].notna()))
    counts = counts[counts.index.isin([str(each) for each in table.frame[within].dropna().unique()])]
    assert mark.z.sum(axis=1) == pytest.approx(np.ones(len(mark.y)))
    for line, name in enumerate(sorted(counts.index)):
        assert mark.y[line].startswith(f"{name} (")
        for place, value in enumerate(mark.x):
            if value != "others":
                assert mark.z[line, place] == pytest.approx(counts.loc[name, value] / counts.loc[name].sum())


def test_every_association_of_the_titanic_shows_both_of_its_columns():
    table = load_table("titanic")
    for claim in (each for each in find_claims(table) if each.kind == "association"):
        chart = draw_claim(table, claim)
        assert all(name in chart.title for name in claim.columns)
        drawn = f"{chart.x_label} {chart.y_label} {' '.join(mark.name for mark in chart.marks)}"
        levels = {str(each) for name in claim.columns for each in table.frame[name].dropna().unique()}
        assert all(name in drawn for name in claim.columns) or levels & {mark.name for mark in chart.marks}


def test_gaps_of_text_are_drawn_too():
    table = load_table("titanic")
    claims = [each for each in find_claims(table) if each.topic == "missing"]
    assert {"cabin", "home_dest"} <= {each.columns[0] for each in claims}
    assert all(draw_claim(table, each) is not None for each in claims)


def test_both_cuts_of_the_irises_are_said_to_be_chosen_on_the_flowers_they_are_counted_on():
    first, second = tell(find_story("iris"), load_table("iris"))[:2]
    assert "chosen on these 150 flowers" in first.sentence
    assert "chosen on these 100 flowers" in second.sentence
    assert "newrowsmayfallshort" in read_text(report_of("iris").pdf)


def test_a_part_has_a_smaller_title_than_its_chapter_and_stands_on_one_page_with_its_figure():
    chart = draw_claim(load_table("iris"), find_claims(load_table("iris"))[1])
    for n_lines in range(10, 40, 5):  # wherever on a page it begins
        chapter = Section("Chapter", ("A line of words.",) * n_lines)
        part = Section("Part", ("A sentence.",), chart=chart, level=2)
        objects = read_objects(make_report("T", "", [chapter, part], {}))
        pages = [stream for head, stream in objects.values() if b"/Subtype" not in head and b" Tf " in stream]
        assert sum(b" 13.5 Tf" in page for page in pages) == 1
        assert [b" 11 Tf" in page for page in pages] == [b" 8 Tf" in page for page in pages]  # 8 points: of its axes
