"""The examples in the kit's docstrings print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import pages.kit

MODULES = sorted(each.name for each in pkgutil.iter_modules(pages.kit.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name):
    found = doctest.testmod(importlib.import_module(f"pages.kit.{name}"))
    assert found.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = (importlib.import_module(f"pages.kit.{name}") for name in MODULES)
    assert sum(bool(test.examples) for module in modules for test in finder.find(module)) >= 15
