"""The tree keeps the shape that docs/ARCHITECTURE.md draws: sizes, names, and one of each part for every project."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from core.hub.registry import FAMILIES, PROJECTS, find_built
from core.hub.settings import ROOT

FILES = [
    Path(line)
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / line).is_file()
]
SOURCES = [path for path in FILES if path.parts[0] in {"core", "pages"} or path.name == "Home.py"]
PAGES = [path for path in FILES if path.parts[0] == "pages" and len(path.parts) == 2 and path.stem != "__init__"]
MAX_PAGE, MAX_HOME, MAX_MODULE, MAX_FUNCTION, MAX_FLAT = 150, 60, 400, 40, 25
BUILT = find_built()


def count_lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def find_functions(path: Path):
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def measure_function(node) -> int:
    docstring = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)


def test_the_registry_holds_the_23_projects_once_each():
    assert [project.number for project in PROJECTS] == list(range(1, 24))
    assert len({project.slug for project in PROJECTS}) == 23
    assert {project.family for project in PROJECTS} == set(FAMILIES)
    assert all(re.fullmatch(r"[a-z_]+", project.slug) for project in PROJECTS)
    assert all(project.module.endswith(project.slug) for project in PROJECTS)


def test_pages_are_exactly_the_built_projects():
    assert sorted(path.stem for path in PAGES) == sorted(project.slug for project in BUILT)
    assert BUILT, "no project is built"


@pytest.mark.parametrize("project", BUILT, ids=lambda project: project.slug)
def test_every_built_project_has_all_its_parts(project):
    module = Path(*project.module.split("."))
    assert (ROOT / module).is_dir() or (ROOT / module.with_suffix(".py")).is_file()
    assert list((ROOT / "tests" / project.family).glob(f"test_{project.slug}*.py")), "no test"
    folder = ROOT / "models" / project.slug / "full"
    for part in ("weights", "recipe.json", "scores.json", "card.md"):
        assert (folder / part).exists(), f"models/{project.slug}/full/{part} is missing"


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_is_short_and_lives_in_functions(path):
    assert count_lines(path) <= MAX_PAGE
    tree = ast.parse((ROOT / path).read_text())
    flat = [
        node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
    ]
    assert sum(node.end_lineno - node.lineno + 1 for node in flat) <= MAX_FLAT


def test_home_is_short():
    assert count_lines(Path("Home.py")) <= MAX_HOME


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_modules_and_functions_keep_their_size(path):
    assert count_lines(path) <= MAX_MODULE
    long = {node.name: measure_function(node) for node in find_functions(path) if measure_function(node) > MAX_FUNCTION}
    assert not long


def test_functions_are_short_in_the_middle():
    lengths = sorted(measure_function(node) for path in SOURCES for node in find_functions(path))
    assert lengths[len(lengths) // 2] < 12


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] in {"core", "pages", "tests"}], ids=str)
def test_nothing_forbidden_is_written(path):
    text = (ROOT / path).read_text()
    if path.name != "test_shape.py":
        for pattern in (r"unsafe_allow_html", r"\b(TODO|FIXME|XXX)\b", r"pickle\.load", r"sys\.path"):
            assert not re.search(pattern, text), pattern
    blind = [
        node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not blind


@pytest.mark.parametrize("path", [path for path in FILES if path.name.startswith("test_")], ids=str)
def test_every_test_can_fail(path):
    for node in find_functions(path):
        if not node.name.startswith("test_"):
            continue
        code = ast.dump(node)
        marks = ("Assert(", "raises", "check", "expect", "assert_")
        assert any(mark in code for mark in marks), f"{node.name} asserts nothing"


def test_no_file_is_large():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    sizes = {path: (ROOT / path).stat().st_size for path in listed if path and (ROOT / path).is_file()}
    # The network for all languages holds 46,000 pieces of words beside twelve layers.
    most = {"models/multilingual/full/weights/network.onnx": 40_000_000}
    assert [path for path, size in sizes.items() if size > most.get(path, 30_000_000)] == []
    assert sum(size for path, size in sizes.items() if path.startswith("models/")) <= 200_000_000
    assert sum(size for path, size in sizes.items() if path.startswith("data/")) <= 30_000_000
