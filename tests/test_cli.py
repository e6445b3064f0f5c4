"""The command line: each command's main path, and one sentence with exit status 2 for what a person may cause."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import COMMANDS, main, make_parser
from core.hub.artifacts import load_artifact
from core.hub.generated import BLOCKS
from core.hub.scores import scores_to_json
from core.hub.settings import ROOT, load_settings
from tests.serving import fake_project
from tests.serving.fake_project import SLUG

CASE = {"length": 2.0, "petals": 5, "colour": "red", "fresh": True, "note": "x"}


@pytest.fixture
def place(monkeypatch, tmp_path):
    """Register the small project and let its models lie below a folder of the test's own."""
    fake_project.install(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def stored(place):
    assert main(["train", SLUG, "--recipe", "full", "--save"]) == 0
    return place / "models" / SLUG


@pytest.fixture
def table(place):
    path = place / "flowers.csv"
    rows = [f"{2 + row / 100},a" for row in range(30)] + [f"{9 + row / 100},b" for row in range(30)]
    path.write_text("\n".join(["length,kind", *rows]) + "\n")
    return path


def refuse(capsys, arguments):
    """Run a command that must be refused; return its one sentence."""
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.strip()


def test_training_prints_scores_and_stores_nothing_unasked(place, capsys):
    assert main(["train", SLUG]) == 0
    said = capsys.readouterr()
    header, row = said.out.splitlines()
    assert header.split() == ["model", "metric", "split", "value", "95%", "interval", "n", "baseline"]
    assert row.startswith("nearest mean  accuracy  test")
    assert said.err.splitlines() == ["step 1 of 2  rows 120", "step 2 of 2  rows 120"]
    assert not (place / "models").exists()


def test_a_stored_model_is_scored_again_to_the_same_figures(place, capsys):
    assert main(["train", SLUG, "--recipe", "full", "--save"]) == 0
    first = capsys.readouterr().out.splitlines()
    assert first[-1] == f"stored in models/{SLUG}/full"
    assert main(["evaluate", SLUG]) == 0
    assert capsys.readouterr().out.splitlines() == first[:-1]
    assert (place / "models" / SLUG / "full" / "card.md").is_file()


@pytest.mark.usefixtures("stored")
def test_one_case_is_answered_as_json(capsys, monkeypatch):
    capsys.readouterr()
    assert main(["predict", SLUG, "--input", json.dumps(CASE)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["answer"] == "small"
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(CASE)))
    assert main(["predict", SLUG, "--input", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == answer


def test_a_file_of_cases_is_answered_as_csv(stored, table, capsys):
    capsys.readouterr()
    assert main(["predict", SLUG, "--table", str(table), "--out", str(stored / "out.csv")]) == 0
    lines = (stored / "out.csv").read_text().splitlines()
    assert lines[0] == "length,kind,answer"
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["small"] * 30 + ["large"] * 30
    assert main(["predict", SLUG, "--table", str(table)]) == 0
    assert capsys.readouterr().out.splitlines() == lines


def test_a_table_of_ones_own_is_trained_on_and_never_replaces_the_shipped_model(stored, table, capsys):
    before = load_artifact(SLUG).hashes
    own = ["--table", str(table), "--target", "kind"]
    assert main(["train", SLUG, "--recipe", "full", "--save", *own]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"stored in models/{SLUG}/own_table"
    assert load_artifact(SLUG).hashes == before
    assert "flowers.csv (60 rows, sha256 " in (stored / "own_table" / "card.md").read_text()
    assert main(["evaluate", SLUG, "--model", "own_table", *own]) == 0
    assert " 60 " in capsys.readouterr().out
    assert main(["predict", SLUG, "--model", "own_table", "--input", '{"length": 9.1}']) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "b"
    assert "give it with --table" in refuse(capsys, ["evaluate", SLUG, "--model", "own_table"])


def test_a_recipe_may_be_a_file_of_settings_or_a_stored_recipe(stored, place):
    (place / "mine.json").write_text('{"noise": 0.5}')
    for path, noise in ((place / "mine.json", 0.5), (stored / "full" / "recipe.json", 0.2)):
        assert main(["train", SLUG, "--recipe", str(path), "--save"]) == 0
        assert json.loads(load_artifact(SLUG, "own_recipe").recipe_json)["noise"] == noise
    assert main(["card", "--check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "nobody"], "there is no project 'nobody'"),
        (["train", "unbuilt"], "Unbuilt is not part of this version yet"),
        (["train", SLUG, "--recipe", "slow"], "recipe is 'slow'; it must be one of quick, full"),
        (["train", SLUG, "--recipe", "none.json"], "none.json is no JSON file of settings"),
        (["train", SLUG, "--target", "kind"], "target is 'kind' and no table is given"),
        (["train", SLUG, "--table", "none.csv"], "none.csv cannot be opened: No such file or directory"),
        (["evaluate", SLUG, "--model", "quick"], f"models/{SLUG}/quick is not there"),
        (["evaluate", SLUG, "--model", "../full"], "name is '../full'"),
        (["predict", SLUG, "--input", "{"], "the case is not JSON"),
        (["predict", SLUG, "--input", "[1]"], "the case is '[1]'; it must be a JSON object"),
        (["predict", SLUG, "--input", "{}"], "length is missing; give it a value"),
        (["predict", SLUG, "--input", json.dumps(CASE | {"length": 99})], "length is 99; it must be 0.1 to 20"),
        (["predict", SLUG, "--input", json.dumps(CASE | {"scent": 1})], "unknown settings scent"),
    ],
)
def test_what_a_person_may_cause_is_one_sentence(stored, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(stored)
    assert words in refuse(capsys, arguments)


def test_a_recipe_out_of_range_is_refused(place, capsys):
    (place / "mine.json").write_text('{"noise": 5}')
    assert "noise is 5; it must be 0 to 1" in refuse(capsys, ["train", SLUG, "--recipe", str(place / "mine.json")])


def test_a_table_that_fits_no_project_or_place_is_one_sentence(stored, table, capsys, monkeypatch):
    own = ["--table", str(table)]
    assert refuse(capsys, ["train", SLUG, *own]) == "no class column is chosen; name one"
    assert "there is no column 'sort'" in refuse(capsys, ["train", SLUG, *own, "--target", "sort"])
    assert "cannot be written" in refuse(capsys, ["predict", SLUG, *own, "--out", str(stored / "no" / "out.csv")])
    monkeypatch.delattr(sys.modules[fake_project.MODULE], "predict_table")
    assert "takes no table of cases" in refuse(capsys, ["predict", SLUG, *own])


@pytest.mark.usefixtures("stored")
def test_the_list_shows_what_is_built_with_its_headline(capsys):
    capsys.readouterr()
    assert main(["list"]) == 0
    header, fake, unbuilt = capsys.readouterr().out.splitlines()
    assert header.split() == ["no.", "slug", "title", "built", "headline"]
    assert fake.split("  ")[-1].startswith("accuracy (test) ")
    assert unbuilt.endswith("not yet")


def test_bundled_tables_are_listed_checked_and_rebuilt(capsys, monkeypatch):
    assert main(["data", "list"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "rows", "columns", "task", "target", "licence"]
    assert ["iris", "150", "5", "classification", "species"] in [row.split()[:5] for row in rows]
    monkeypatch.setattr("core.datasets.catalogue.check_data", lambda: ("iris.csv is missing; build it",))
    assert main(["data", "check"]) == 1
    assert capsys.readouterr().err == "iris.csv is missing; build it\n"
    built = []
    monkeypatch.setattr("core.datasets.build.build_data", lambda names: built.append(names) or (Path("x/iris.csv"),))
    assert main(["data", "build"]) == 0
    assert main(["data", "build", "iris", "wine"]) == 0
    assert capsys.readouterr().out == "wrote data/iris.csv\n" * 2
    assert built == [None, ["iris", "wine"]]


def test_stale_cards_fail_the_check_until_they_are_written(stored, capsys):
    path = stored / "full" / "scores.json"
    path.write_text(path.read_text().replace("largest class", "a coin"))
    capsys.readouterr()
    assert main(["card", "--check"]) == 1
    assert (
        capsys.readouterr().err == f"models/{SLUG}/full/card.md is stale; write it again with `python -m core card`\n"
    )
    assert main(["card"]) == 0
    assert capsys.readouterr().out == f"wrote models/{SLUG}/full/card.md\n"
    assert main(["card", "--check"]) == 0
    assert scores_to_json(load_artifact(SLUG).scores) == path.read_text()


def test_documents_are_checked_and_written(place, capsys, monkeypatch):
    monkeypatch.setattr("core.hub.generated.CHECKOUT", place)
    blocks = "".join(f"<!-- generated:{name} -->\n<!-- /generated -->\n" for name in BLOCKS)
    assert main(["train", SLUG, "--recipe", "full", "--save"]) == 0
    (place / "docs").mkdir()
    (place / "README.md").write_text(blocks)
    for name in ("ARCHITECTURE", "BENCHMARKS"):
        (place / "docs" / f"{name}.md").write_text("")
    assert main(["docs", "--check"]) == 1
    assert "README.md: block scores is stale" in capsys.readouterr().err
    assert main(["docs"]) == 0
    assert main(["docs", "--check"]) == 0
    text = (place / "README.md").read_text()
    assert "| `python -m core list` | list the projects" in text
    assert "| `python -m core train [--recipe NAME] [--save] [--table FILE] [--target COLUMN] slug` | train" in text
    assert text.count("| `python -m core ") == len(COMMANDS) + 1, "one row a command, and the score's own command"


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["predict", SLUG], ["predict", SLUG, "--input", "{}", "--table", "x"]]
)
@pytest.mark.usefixtures("place")
def test_words_that_are_no_command_print_the_usage(capsys, arguments):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: python -m core" in capsys.readouterr().err


def test_every_command_is_in_the_help_with_its_text():
    shown = " ".join(make_parser().format_help().split())
    for name, text in COMMANDS.items():
        assert f" {name} " in shown
        assert text.replace("`", "").split(";")[0] in shown


@pytest.mark.usefixtures("place")
def test_the_api_is_served_on_this_machine_alone_unless_told(monkeypatch):
    calls = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: calls.append((app, options)))
    assert main(["serve"]) == 0
    assert main(["serve", "--host", "0.0.0.0", "--port", "9000"]) == 0  # noqa: S104 - what a container asks for
    (app, first), (_, second) = calls
    assert (first["host"], first["port"], first["server_header"]) == ("127.0.0.1", 8000, False)
    assert (second["host"], second["port"]) == ("0.0.0.0", 9000)  # noqa: S104
    assert f"/v1/{SLUG}/predict" in app.openapi()["paths"]


@pytest.mark.parametrize("port", ["0", "99999", "-1", "web"])
def test_a_port_that_is_none_is_one_sentence(capsys, port):
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--port={port}"])
    assert ended.value.code == 2
    assert f"the port is '{port}'; it must be a whole number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.usefixtures("place")
def test_a_log_level_that_is_none_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "loud")
    load_settings.cache_clear()
    try:
        assert "LOG_LEVEL is 'LOUD'" in refuse(capsys, ["list"])
    finally:
        load_settings.cache_clear()


def test_the_module_runs_as_a_command_and_imports_no_model_code():
    code = "import sys, runpy; sys.argv = ['core', 'list']\ntry: runpy.run_module('core', run_name='__main__')\n"
    code += "except SystemExit as end: print(end.code, *sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    *listed, last = answer.stdout.splitlines()
    assert len(listed) == 24
    status, *modules = last.split()
    assert status == "0"
    assert not {"sklearn", "fastapi", "sqlalchemy", "duckdb"} & set(modules)
