"""A page as a test opens, reads and presses it, through Streamlit's own ``AppTest``.

A page's test binds its slug once, ``open_page = partial(apps.open_page, SLUG)``, and imports the rest.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.datasets.table import Table, table_to_files
from core.hub import jobs
from core.hub.settings import ROOT

DRAW_S, TRAIN_S = 120, 180.0


def open_page(slug: str, tab: str = "Explore", **address: str) -> AppTest:
    """Open a tab of a page that draws without an error."""
    return check(run_page(slug, tab, **address))


def run_page(slug: str, tab: str = "Explore", **address: str) -> AppTest:
    """Run a page, whatever comes of it; further names go into its address."""
    app = AppTest.from_file(str(ROOT / "pages" / f"{slug}.py"), default_timeout=DRAW_S)
    app.query_params[f"{slug}_tab"] = tab
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def check(app: AppTest) -> AppTest:
    """Return an app that neither broke nor shows an error."""
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def check_refused(app: AppTest) -> AppTest:
    """Return an app that did not break and says in red what is wrong."""
    assert not app.exception
    assert app.error
    return app


def find(elements: Sequence[Any], label: str) -> Any:
    """Return the first of some elements (``app.selectbox``) with a label, as a reader sees it."""
    found = next((each for each in elements if plain(each.label) == label), None)
    assert found is not None, f"{label!r} is none of {[each.label for each in elements]}"
    return found


def list_imported(slug: str, tabs: Sequence[str], heavy: Sequence[str], *views: str) -> list[str]:
    """Draw tabs, and views of the last one, in a process of their own; return which libraries came with them."""
    code = (
        "import sys\n"
        "from tests.apps import choose_view, open_page\n"
        f"for tab in {tuple(tabs)!r}:\n"
        f"    app = open_page({slug!r}, tab)\n"
        f"for view in {views!r}:\n"
        "    choose_view(app, view)\n"
        f"print([name for name in {tuple(heavy)!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2_000:]
    return ast.literal_eval(done.stdout.strip())


def choose_view(app: AppTest, name: str) -> AppTest:
    """Choose one of a tab's views."""
    return check(find(app.segmented_control, "View").set_value(name).run())


def press(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    return check(find(app.button, label).click().run())


def upload(app: AppTest, content: bytes, name: str, place: int = 0) -> AppTest:
    """Bring a file to one of the page's boxes; what comes of it is for the test to check."""
    return app.file_uploader[place].set_value((name, content, "text/csv")).run()


def words(app: AppTest) -> str:
    """Return all text of an app as a reader sees it."""
    parts = [*app.title, *app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.success, *app.subheader]
    return plain(" ".join(str(part.value) for part in parts))


def plain(text: str) -> str:
    """Take the escapes of Markdown and the joiners of words out of a text."""
    return text.replace("\\", "").replace("\u2060", "")


def figures(app: AppTest) -> dict[str, str]:
    """Return the figures of an app by their names."""
    return {plain(metric.label): metric.value for metric in app.metric}


def find_frame(app: AppTest, *columns: str) -> pd.DataFrame:
    """Return the first table with all of these columns."""
    found = next((frame.value for frame in app.dataframe if set(columns) <= set(frame.value.columns)), None)
    assert found is not None, f"no table has {columns}"
    return found


def count_charts(app: AppTest) -> int:
    """Count the charts."""
    return len(app.get("plotly_chart"))


def finish_job(function: str, recipe: Any, table: Table, slug: str) -> jobs.Job:
    """Run a job on an upload to its end, in a real worker."""
    files = table_to_files(table)
    job = jobs.submit(function, recipe, session="first", page=slug, files=files, data_sha256=table.sha256)
    job = jobs.wait_job(job.id, TRAIN_S)
    assert job.state == "done", job.error
    return job
