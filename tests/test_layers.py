"""Who may import whom, and what drawing a page must never load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.hub.registry import find_built
from core.hub.settings import ROOT

HEAVY = ("tensorflow", "torch", "transformers", "shap", "mlflow")
DRAW = """
import json, sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({path!r}, default_timeout=60).run()
print(json.dumps({{
    "errors": [str(error.value) for error in app.exception],
    "modules": sorted({{name.split(".")[0] for name in sys.modules}}),
}}))
"""


def draw_in_a_fresh_interpreter(path: str) -> dict:
    answer = subprocess.run(
        [sys.executable, "-c", DRAW.format(path=path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2_000:]
    return json.loads(answer.stdout.splitlines()[-1])


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
    assert "4 kept, 0 broken" in answer.stdout


@pytest.mark.parametrize("path", ["Home.py", *(project.page for project in find_built())])
def test_no_draw_imports_a_heavy_library(path):
    drawn = draw_in_a_fresh_interpreter(path)
    assert drawn["errors"] == []
    assert not set(HEAVY) & set(drawn["modules"])


def test_drawing_home_imports_no_model_code():
    drawn = draw_in_a_fresh_interpreter("Home.py")
    assert not {"sklearn", "duckdb", "sqlalchemy", "scipy"} & set(drawn["modules"])


def test_the_api_imports_no_heavy_library():
    code = "import sys; import core.serving.api as api; api.make_app(); print(' '.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in answer.stdout.split()}
    assert not set(HEAVY) & loaded
    assert "streamlit" not in loaded
