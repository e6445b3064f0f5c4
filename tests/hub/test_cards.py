"""Cards are made from what is stored, say when they are stale, and never bless weights that changed."""

import json
import math
import os
import platform

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.__main__ import main
from core.hub.artifacts import load_artifact
from core.hub.cards import CardText, Manifest, check_cards, make_card, read_hashes, table_to_markdown, write_cards
from core.hub.contract import ScoreRow
from core.hub.errors import ArtifactError
from core.hub.scores import (
    describe_machine,
    headline,
    load_scores,
    scores_from_json,
    scores_to_json,
    scores_to_text,
    show_number,
)
from core.serving.training import save_run, train_project
from tests.serving import fake_project
from tests.serving.fake_project import PROJECT, SLUG

ROW = ScoreRow("accuracy", "test", 0.9, 0.8, 0.95, 30, "largest class", 0.5, machine="CPU, 2 cores", date="2026-01-31")
FIELDS = [
    "metric", "split", "value", "low", "high", "n", "baseline", "baseline_value", "unit", "seed", "machine", "command",
    "date", "model",
]  # fmt: skip


@pytest.fixture
def folder(monkeypatch, tmp_path):
    fake_project.install(monkeypatch, tmp_path)
    return save_run(train_project(SLUG, "full"))


def test_a_row_has_exactly_the_agreed_fields_in_order():
    rows = json.loads(scores_to_json([ROW]))
    assert [list(row) for row in rows] == [FIELDS]


def test_the_machine_is_the_processor_and_its_cores_and_never_the_host():
    said = describe_machine()
    assert said.endswith((f", {len(os.sched_getaffinity(0))} cores", ", 1 core"))
    assert platform.node() not in said
    row = scores_from_json(scores_to_json([ScoreRow("f1", "test", 0.5, 0.5, 0.5, 1, "none", 0.0)]))[0]
    assert row.machine == said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": math.nan}, "value is nan in row 1"),
        ({"value": "0.9"}, "value is '0.9' in row 1 of scores.json; it must be a finite number"),
        ({"high": 0.85}, "it must lie in its interval 0.8 to 0.85"),
        ({"low": 0.91}, "it must lie in its interval 0.91 to 0.95"),
        ({"n": 0}, "n is 0 in row 1 of scores.json; it must be a whole number from 1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"baseline": ""}, "baseline is ''"),
        ({"baseline_value": True}, "baseline_value is True"),
        ({"more": 1}, "must have exactly the fields"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(change, words):
    row = json.loads(scores_to_json([ROW]))[0] | change
    with pytest.raises(ArtifactError, match=words):
        scores_from_json(json.dumps([row]))


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", "[" * 100_000, "[{}]"])
def test_a_file_that_is_no_list_of_rows_is_refused(text):
    with pytest.raises(ArtifactError, match=r"scores\.json"):
        scores_from_json(text)


@settings(deadline=None)
@given(
    value=st.floats(-1e9, 1e9),
    spread=st.floats(0, 10),
    words=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)
def test_rows_survive_the_file(value, spread, words):
    row = ScoreRow(
        words, words, value, value - spread, value + spread, 7, words, value, words, 3, words, words, "", words
    )
    assert scores_from_json(scores_to_json([row])) == (row,)


def test_the_headline_is_the_first_row_of_the_projects_metric_and_split(folder):
    assert headline(PROJECT) == load_scores(SLUG)[0]
    rows = [ROW, *load_scores(SLUG)]
    (folder / "scores.json").write_text(scores_to_json(rows))
    assert headline(PROJECT).value == 0.9
    (folder / "scores.json").write_text(scores_to_json([ScoreRow("f1", "cv", 0.5, 0.5, 0.5, 1, "none", 0.0)]))
    assert headline(PROJECT) is None
    (folder / "scores.json").unlink()
    assert headline(PROJECT) is None


def test_scores_that_are_not_there_say_how_to_make_them(tmp_path):
    with pytest.raises(ArtifactError, match="`python -m core train iris --recipe full --save` writes it"):
        load_scores("iris", root=tmp_path)


def test_a_fresh_card_is_not_stale_and_writing_it_again_changes_nothing(folder):
    content = (folder / "card.md").read_bytes()
    assert check_cards() == ()
    assert write_cards() == ()
    assert (folder / "card.md").read_bytes() == content


def test_the_card_tells_what_a_reader_needs(folder):
    card = (folder / "card.md").read_text()
    about = fake_project.CARD
    for words in (about.title, about.model, about.data, about.intended_use, about.licence, about.reference):
        assert words in card
    assert "- Two flowers only." in card
    row = load_scores(SLUG)[0]
    shown = f"| {show_number(row.value)} | {show_number(row.low)} to 1 | 120 | 0.5 (largest class) |"
    assert f"| nearest mean | accuracy | test {shown}" in card
    assert "| noise | 0.2 |" in card
    assert f"`python -m core evaluate {SLUG}`" in card
    assert describe_machine() in card


@pytest.mark.parametrize("file", ["card.md", "scores.json", "recipe.json"])
def test_an_edited_file_makes_the_card_stale_and_writing_mends_it(folder, file):
    path = folder / file
    text = path.read_text()
    path.write_text(text.replace("0.2", "0.3") if file == "recipe.json" else text.replace("largest class", "a coin"))
    assert path.read_text() != text
    assert check_cards() == (f"models/{SLUG}/full/card.md is stale; write it again with `python -m core card`",)
    assert write_cards() == (folder / "card.md",)
    assert check_cards() == ()
    assert load_artifact(SLUG, "full").hashes


def test_writing_a_card_never_blesses_changed_weights(folder):
    (folder / "weights" / "classes.json").write_text("[]")
    (folder / "card.md").unlink()
    write_cards()
    with pytest.raises(ArtifactError, match=r"weights/classes\.json has sha256"):
        load_artifact(SLUG, "full")


def tamper(path):
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weights: tamper(weights / "means.npz"), "weights/means.npz has sha256 "),
        (lambda weights: (weights / "classes.json").unlink(), "classes.json is missing; train the model again"),
        (lambda weights: (weights / "more.txt").write_text("x"), "more.txt does not belong there; remove it"),
        (lambda weights: (weights.parent / "notes.txt").write_text("x"), "notes.txt does not belong there; remove it"),
    ],
)
def test_a_fresh_card_beside_other_files_than_it_states_is_a_problem(folder, capsys, change, words):
    change(folder / "weights")
    (problem,) = check_cards()
    assert problem.startswith(f"models/{SLUG}/full was not loaded: {words}")
    assert write_cards() == ()
    assert main(["card", "--check"]) == 1
    assert capsys.readouterr().err == f"{problem}\n"


def test_a_card_that_is_no_text_is_stale_and_writing_mends_it(folder):
    (folder / "card.md").write_bytes(b"\xff")
    assert check_cards() == (f"models/{SLUG}/full/card.md is stale; write it again with `python -m core card`",)
    assert write_cards() == (folder / "card.md",)
    assert check_cards() == ()


def test_a_folder_that_no_project_owns_is_a_problem(folder, tmp_path):
    (folder.parent.parent / "nobody").mkdir()
    folder.rename(tmp_path / "models" / "nobody" / "full")
    assert check_cards() == ("models/nobody/full: there is no project 'nobody'; `python -m core list` names them",)


def test_a_folder_without_its_parts_is_a_problem(folder):
    (folder / "recipe.json").unlink()
    assert check_cards()[0].startswith(f"models/{SLUG}/full: recipe.json or scores.json cannot be read")


@settings(deadline=None)
@given(
    words=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30),
    file=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True),
)
def test_the_front_matter_is_yaml_whatever_the_words(words, file):
    about = CardText(words, "m", words, "u", ("l",), words, "r")
    manifest = Manifest("p", "full", "{}", words, {file: "0" * 64})
    card = make_card(manifest, (ROW,), about, {"recipe.json": b"", "scores.json": b""})
    head = yaml.safe_load(card.split("\n---\n")[0])
    assert (head["title"], head["data"], head["licence"]) == (words, words, words)
    assert head["files"] == read_hashes(card)
    assert head["files"][f"weights/{file}"] == "0" * 64


@settings(deadline=None)
@given(cells=st.lists(st.text(max_size=10), min_size=2, max_size=2))
def test_no_cell_breaks_out_of_its_table(cells):
    lines = table_to_markdown(("a", "b"), [tuple(cells)]).split("\n")
    assert len(lines) == 3
    assert lines[2].replace("\\|", "").count("|") == 3


def test_columns_of_the_terminal_table_stay_aligned():
    lines = scores_to_text([ROW, ScoreRow("rmse_log", "cv", 12345.6, 1, 20000, 7, "mean", 0.5, "usd")]).split("\n")
    place = lines[0].index("n  ")
    assert [line[place] for line in lines] == ["n", "3", "7"]
    assert "12,346 usd" in lines[2]
