"""Projects are found by their slug; one that is not there, or not built yet, is said in a sentence."""

import pytest

from core.hub.errors import UnavailableError
from core.hub.registry import PROJECTS, find_built, find_project, load_module


def test_a_project_is_found_by_its_slug():
    assert [find_project(project.slug).number for project in PROJECTS] == list(range(1, 24))


def test_an_unknown_slug_is_named():
    with pytest.raises(UnavailableError, match="no project 'nope'"):
        find_project("nope")


def test_what_is_not_built_is_neither_listed_nor_imported():
    missing = [project for project in PROJECTS if not project.is_built]
    assert not set(missing) & set(find_built())
    for project in missing[:1]:
        with pytest.raises(UnavailableError, match="not part of this version yet"):
            load_module(project)


def test_a_module_is_imported_on_demand():
    assert load_module(find_project("iris")).__name__ == "core.tabular.iris"
