"""Parts of the documents that are made from the registry, the settings, the commands and ``scores.json``.

A document marks each such part with ``<!-- generated:NAME -->`` and ``<!-- /generated -->``; what stands between is
written by ``python -m core docs`` and checked by ``python -m core docs --check``.

Left out: every other sentence, which a person writes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from core.hub import registry
from core.hub.cards import table_to_markdown
from core.hub.errors import DataError
from core.hub.scores import columns_to_text, headline, show_number
from core.hub.settings import ROOT, Settings

CHECKOUT = ROOT
DOCUMENTS = ("README.md", "docs/ARCHITECTURE.md", "docs/BENCHMARKS.md")
BLOCKS = ("scores", "projects", "settings", "commands")
_OPEN = re.compile(r"^<!-- generated:([a-z_]*) -->$", re.MULTILINE)
_CLOSE = "<!-- /generated -->"
_FIELD = re.compile(r"^([a-z_, ]+) : .*$")


def make_blocks(commands: Mapping[str, str], models: Path | None = None) -> dict[str, str]:
    """Make the text of every block.

    Parameters
    ----------
    commands : mapping of str to str
        Each command of ``python -m core`` with what it does.
    models : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Raises
    ------
    ArtifactError
        If stored scores cannot be read.
    """
    return {
        "scores": make_scores_block(models),
        "projects": make_projects_block(),
        "settings": make_settings_block(),
        "commands": table_to_markdown(
            ("Command", "What it does"), [(f"`python -m core {usage}`", text) for usage, text in commands.items()]
        ),
    }


def make_scores_block(models: Path | None = None) -> str:
    """Tabulate the headline figure of each built project with its interval, baseline and command."""
    found = [(project, headline(project, models)) for project in registry.find_built()]
    rows = [
        (
            project.title,
            f"{row.metric} ({row.split})",
            row.model,
            f"{show_number(row.value)} {row.unit}".strip(),
            f"{show_number(row.low)} to {show_number(row.high)}",
            str(row.n),
            f"{show_number(row.baseline_value)} ({row.baseline})",
            f"`{row.command}`",
        )
        for project, row in found
        if row
    ]
    header = ("Project", "Metric", "Model", "Value", "95% interval", "n", "Baseline", "Command")
    return table_to_markdown(header, rows) if rows else "No model is stored yet."


def make_projects_block() -> str:
    """Tabulate the registered projects and whether each is part of this version."""
    rows = [
        (
            str(project.number),
            project.title,
            registry.FAMILIES[project.family],
            project.line,
            "yes" if project.is_built else "not yet",
        )
        for project in registry.PROJECTS
    ]
    return table_to_markdown(("No.", "Project", "Family", "Problem", "Built"), rows)


def projects_to_text(models: Path | None = None) -> str:
    """Write the registered projects, and the headline figures of those built, as a plain table for a terminal."""
    rows = [("no.", "slug", "title", "built", "headline")]
    for project in registry.PROJECTS:
        row = headline(project, models) if project.is_built else None
        figure = f"{row.metric} ({row.split}) {show_number(row.value)} {row.unit}".strip() if row else ""
        rows.append(
            (str(project.number), project.slug, project.title, "yes" if project.is_built else "not yet", figure)
        )
    return columns_to_text(rows)


def make_settings_block() -> str:
    """Tabulate every environment variable with its default and its meaning, as the docstring of Settings tells it.

    Examples
    --------
    >>> "| `UPLOAD_MB` | 25 | Largest upload in megabytes. |" in make_settings_block()
    True
    """
    meanings = _read_meanings(inspect.getdoc(Settings) or "")
    rows = [
        (f"`{each.name.upper()}`", _show_default(each.default), meanings[each.name])
        for each in fields(Settings)
        if each.name in meanings
    ]
    missing = [each.name for each in fields(Settings) if each.name not in meanings]
    if missing:
        message = f"the docstring of Settings does not describe {', '.join(missing)}; describe each under Parameters"
        raise DataError(message)
    return table_to_markdown(("Variable", "Default", "Meaning"), rows)


def _read_meanings(docstring: str) -> dict[str, str]:
    """Read the description of each field from a numpydoc Parameters section."""
    _, _, section = docstring.partition("Parameters\n----------\n")
    meanings: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        heading = _FIELD.match(line)
        if heading:
            names = [name.strip() for name in heading.group(1).split(",")]
        elif line.startswith(" "):
            for name in names:
                meanings.setdefault(name, []).append(line.strip().replace("``", "`"))
        else:
            names = []
    return {name: " ".join(lines) for name, lines in meanings.items()}


def _show_default(default: Any) -> str:
    """Write a default as it would be set; a path is shown below the checkout."""
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT).as_posix()}`"
    if isinstance(default, (int, float)):
        return f"{default:g}" if abs(default) < 10**6 else str(default)
    return f"`{default}`" if default else "empty"


def fill_blocks(text: str, blocks: Mapping[str, str], name: str) -> str:
    r"""Put fresh text into every marked part of a document.

    Parameters
    ----------
    text : str
        The document.
    blocks : mapping of str to str
        Fresh text by block name.
    name : str
        The document's name, for messages.

    Raises
    ------
    DataError
        If a block is unknown or is not closed.

    Examples
    --------
    >>> fill_blocks("a\n<!-- generated:x -->\nold\n<!-- /generated -->\nb", {"x": "new"}, "README.md")
    'a\n<!-- generated:x -->\n\nnew\n\n<!-- /generated -->\nb'
    """
    parts, place = [], 0
    for mark in _OPEN.finditer(text):
        block, end = mark.group(1), text.find(_CLOSE, mark.end())
        if block not in blocks:
            message = f"{name} has a block {block!r}; known blocks are {', '.join(sorted(blocks))}"
            raise DataError(message)
        following = _OPEN.search(text, mark.end())
        if end < 0 or (following and following.start() < end):
            message = f"{name} does not close its block {block}; end it with {_CLOSE}"
            raise DataError(message)
        parts += [text[place : mark.end()], f"\n\n{blocks[block]}\n\n"]
        place = end
    return "".join([*parts, text[place:]])


def write_docs(commands: Mapping[str, str], root: Path | None = None, models: Path | None = None) -> tuple[str, ...]:
    """Write the generated parts of every document that is there; return the names of those that changed.

    Raises
    ------
    DataError
        If a block is unknown or is not closed.
    """
    blocks, changed = make_blocks(commands, models), []
    for name in DOCUMENTS:
        path = (root or CHECKOUT) / name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            fresh = fill_blocks(text, blocks, name)
            if fresh != text:
                path.write_text(fresh, encoding="utf-8")
                changed.append(name)
    return tuple(changed)


def check_docs(commands: Mapping[str, str], root: Path | None = None, models: Path | None = None) -> tuple[str, ...]:
    """Say, in a sentence each, which block of which document is stale or shown nowhere; empty when all are fresh."""
    blocks, problems, shown = make_blocks(commands, models), [], set()
    for name in DOCUMENTS:
        path = (root or CHECKOUT) / name
        if not path.is_file():
            problems.append(f"{name} is missing; write it with its generated blocks")
            continue
        text = path.read_text(encoding="utf-8")
        shown |= set(_OPEN.findall(text))
        problems += _find_stale(text, blocks, name)
    problems += [f"block {block} is in no document; mark a place for it" for block in BLOCKS if block not in shown]
    return tuple(problems)


def _find_stale(text: str, blocks: Mapping[str, str], name: str) -> list[str]:
    """Name each block of a document whose text is not the fresh one."""
    try:
        fill_blocks(text, blocks, name)
    except DataError as error:
        return [str(error)]
    return [
        f"{name}: block {mark.group(1)} is stale; write it again with `python -m core docs`"
        for mark in _OPEN.finditer(text)
        if text[mark.end() : text.find(_CLOSE, mark.end())] != f"\n\n{blocks[mark.group(1)]}\n\n"
    ]
