"""Generated parts of the documents: filled from the sources, checked by name, and nothing else is touched."""

import doctest
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hub import cards, generated, packing, scores
from core.hub.errors import DataError
from core.hub.generated import check_docs, fill_blocks, make_blocks, write_docs
from core.hub.settings import ROOT, Settings
from core.serving import api, limits, metrics, schemas
from core.serving.training import save_run, train_project
from tests.serving import fake_project

COMMANDS = {"list": "list the projects", "card": "write the cards | check them"}
OPEN, CLOSE = "<!-- generated:{} -->", "<!-- /generated -->"


@pytest.fixture
def documents(monkeypatch, tmp_path):
    fake_project.install(monkeypatch, tmp_path)
    save_run(train_project(fake_project.SLUG, "full"))
    (tmp_path / "docs").mkdir()
    texts = {
        "README.md": ("projects", "scores"),
        "docs/ARCHITECTURE.md": ("settings", "commands"),
        "docs/BENCHMARKS.md": (),
    }
    for name, blocks in texts.items():
        marks = "".join(f"{OPEN.format(block)}\n{CLOSE}\n\nAfter {block}.\n" for block in blocks)
        (tmp_path / name).write_text(f"# Title\n\nBefore.\n\n{marks}")
    return tmp_path


def test_writing_fills_each_block_and_leaves_the_rest(documents):
    assert write_docs(COMMANDS, documents) == ("README.md", "docs/ARCHITECTURE.md")
    assert write_docs(COMMANDS, documents) == ()
    assert check_docs(COMMANDS, documents) == ()
    text = (documents / "README.md").read_text()
    assert text.startswith("# Title\n\nBefore.\n\n<!-- generated:projects -->\n\n| No. | Project |")
    assert text.endswith("After scores.\n")
    assert "| 1 | Fake flowers | Tables | Which of two flowers is it? | yes |" in text
    assert "| 2 | Unbuilt | Tables | Which of two flowers is it? | not yet |" in text
    row = scores.load_scores(fake_project.SLUG)[0]
    assert f"| Fake flowers | accuracy (test) | nearest mean | {scores.show_number(row.value)} |" in text


def test_a_stale_block_is_named_with_its_file(documents):
    write_docs(COMMANDS, documents)
    path = documents / "docs" / "ARCHITECTURE.md"
    path.write_text(path.read_text().replace("| 25 | Largest upload", "| 26 | Largest upload"))
    assert check_docs(COMMANDS, documents) == (
        "docs/ARCHITECTURE.md: block settings is stale; write it again with `python -m core docs`",
    )
    assert check_docs({"list": "another text"}, documents)[1].startswith(
        "docs/ARCHITECTURE.md: block commands is stale"
    )


def test_a_missing_document_and_a_block_shown_nowhere_are_named(documents):
    write_docs(COMMANDS, documents)
    (documents / "README.md").unlink()
    assert check_docs(COMMANDS, documents) == (
        "README.md is missing; write it with its generated blocks",
        "block scores is in no document; mark a place for it",
        "block projects is in no document; mark a place for it",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!-- generated:weather -->\n<!-- /generated -->", "has a block 'weather'; known blocks are"),
        ("<!-- generated:scores -->\n", "does not close its block scores"),
        (
            "<!-- generated:scores -->\n<!-- generated:projects -->\n<!-- /generated -->",
            "does not close its block scores",
        ),
    ],
)
def test_a_mark_that_is_wrong_is_refused_and_nothing_is_written(documents, text, words):
    (documents / "README.md").write_text(text)
    with pytest.raises(DataError, match=words):
        write_docs(COMMANDS, documents)
    assert (documents / "README.md").read_text() == text
    assert any(words in problem for problem in check_docs(COMMANDS, documents))


@settings(deadline=None)
@given(
    before=st.text(max_size=20),
    inside=st.text(st.characters(exclude_characters="<"), max_size=20),
    fresh=st.text(max_size=20),
)
def test_filling_twice_is_filling_once(before, inside, fresh):
    text = f"{before}\n{OPEN.format('x')}\n{inside}\n{CLOSE}\nafter"
    once = fill_blocks(text, {"x": fresh.replace("<", "")}, "a.md")
    assert fill_blocks(once, {"x": fresh.replace("<", "")}, "a.md") == once
    assert once.startswith(before)
    assert once.endswith("after")


def test_every_setting_is_shown_with_its_default_and_meaning():
    block = generated.make_settings_block()
    lines = block.splitlines()[2:]
    assert len(lines) == len(fields(Settings))
    for each, line in zip(fields(Settings), lines, strict=True):
        _, variable, default, meaning, _ = (part.strip() for part in line.split("|"))
        assert variable == f"`{each.name.upper()}`"
        assert default
        assert meaning.endswith(".")
    assert str(ROOT) not in block
    assert "| `HUB_HOME` | `.cache/hub` |" in block


def test_a_setting_without_a_meaning_is_refused(monkeypatch):
    monkeypatch.setattr(
        generated.inspect, "getdoc", lambda _cls: "Parameters\n----------\nhub_home : Path\n    A folder."
    )
    with pytest.raises(DataError, match="does not describe data_cache, database_url"):
        generated.make_settings_block()


def test_without_a_stored_model_the_scores_say_so(documents):
    assert make_blocks(COMMANDS, documents / "empty")["scores"] == "No model is stored yet."


@pytest.mark.parametrize("module", [cards, generated, packing, scores, api, limits, metrics, schemas])
def test_the_examples_in_docstrings_are_true(module):
    result = doctest.testmod(module, verbose=False)
    assert result.attempted > 0
    assert result.failed == 0
