"""What the documents say is so: generated parts are fresh, links lead somewhere, commands and settings exist."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from core.hub.settings import ROOT, Settings

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NEEDED = ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "BENCHMARKS", "SECURITY", "CLUSTER")


@pytest.mark.parametrize("command", ["core card", "core docs", "benchmarks"])
def test_generated_parts_are_fresh(command):
    answer = subprocess.run(
        [sys.executable, "-m", *command.split(), "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_documents_are_there():
    assert {path.stem for path in DOCUMENTS} >= {"README", *NEEDED}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", path.read_text())
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_commands_named_in_documents_exist(path):
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", path.read_text()))
    assert named <= known


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    missing = [each.name.upper() for each in fields(Settings) if each.name.upper() not in text]
    assert not missing


def test_nothing_else_reads_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
        if re.search(r"os\.environ(?!\.update)|os\.getenv", path.read_text()) and path.name != "settings.py"
    ]
    assert not [name for name in readers if not name.startswith("core/hub/jobs/")]


def test_the_documents_speak_only_of_the_project():
    for path in DOCUMENTS:
        assert not re.search(r"(?<![\w.])/(tmp|work|root|home)/", path.read_text()), path.name
