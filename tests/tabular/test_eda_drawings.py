"""Pictures by Matplotlib and Seaborn: real images, the project's colours, hostile names as data, and code that runs."""

import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.evaluation.report.colors import INK, PAPER, RULE, SOFT
from core.hub.errors import DataError
from core.hub.settings import ROOT
from core.tabular.eda.drawings import Look, Plot, draw, prepare, write_code
from core.tabular.eda.drawings.palette import find_palette, write_label
from core.tabular.eda.drawings.plots import MAX_ROWS, find_bins

HOSTILE = ["$\\frac{$", "a'b\"c\\", "_hidden", "漢字\n<b>{x}</b>"]
NUMBERS = ("petal_length", "petal_width", "sepal_length")
PLOTS = [
    Plot("histogram", NUMBERS[:1]), Plot("histogram", NUMBERS[:1], "species"), Plot("box", NUMBERS[:1]),
    Plot("box", NUMBERS[:1], "species"), Plot("violin", NUMBERS[:1]), Plot("violin", NUMBERS[:1], "species"),
    Plot("pairs", NUMBERS[:2]), Plot("pairs", NUMBERS[:2], "species"), Plot("heatmap", NUMBERS),
    Plot("missing", NUMBERS),
]  # fmt: skip
SMALL = Look(width=4, height=3, dpi=60)


@pytest.fixture(scope="module")
def iris():
    return load_table("iris")


@pytest.fixture(scope="module")
def hostile():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({name: generator.normal(size=40) for name in HOSTILE[:3]})
    frame[HOSTILE[3]] = np.array(["_x", "$\\foo$", "<script>"], dtype=object)[np.arange(40) % 3]
    frame.iloc[::7, 0] = np.nan
    kinds = {name: "number" if i < 3 else "category" for i, name in enumerate(HOSTILE)}
    return Table(frame, "mine", "upload", "hash", kinds)


def read_pixels(content):
    from io import BytesIO

    from PIL import Image

    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize("library", ["matplotlib", "seaborn"])
@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: f"{plot.kind} {plot.by or ''}")
def test_each_picture_is_drawn_in_the_projects_colours(iris, plot, library):
    for theme in ("light", "dark"):
        look = Look(theme=theme, width=4, height=3, dpi=60)
        pixels = read_pixels(draw(iris, plot, library, look))
        assert pixels.shape == (180, 240, 3)
        paper = find_palette(theme).paper
        assert tuple(pixels[0, -1]) == tuple(int(paper[i : i + 2], 16) for i in (1, 3, 5))
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_equal_input_gives_equal_bytes_also_from_threads(iris):
    plot = Plot("violin", NUMBERS[:1], "species")
    looks = [Look(theme=theme, format=form, width=4, height=3, dpi=60) for theme in ("light", "dark")
             for form in ("png", "svg")]  # fmt: skip
    alone = [draw(iris, plot, "seaborn", look) for look in looks]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda look: draw(iris, plot, "seaborn", look), looks))
    assert alone == together
    assert len(set(alone)) == 4


def test_no_figure_is_left_in_pyplot(iris):
    for plot in PLOTS:
        draw(iris, plot, "seaborn", SMALL)
    from matplotlib import pyplot as plt

    assert plt.get_fignums() == []


@pytest.mark.parametrize("library", ["matplotlib", "seaborn"])
@pytest.mark.parametrize("kind", ["histogram", "box", "violin", "pairs", "heatmap", "missing"])
def test_hostile_names_are_drawn_as_they_stand(hostile, kind, library):
    single = kind in {"histogram", "box", "violin"}
    columns = tuple(HOSTILE[:1] if single else HOSTILE[:3])
    by = None if kind in {"heatmap", "missing"} else HOSTILE[3]
    content = draw(hostile, Plot(kind, columns, by), library, Look(format="svg", width=4, height=3))
    assert b"<script>" not in content
    assert content.startswith(b"<?xml")


def test_a_label_is_one_short_line_that_the_font_can_write():
    assert write_label("漢字\n<b>") == "□□ <b>"
    assert len(write_label("x" * 500)) == 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_theme(theme):
    told = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][theme]
    palette = find_palette(theme)
    for name, colors in (("Categorical", palette.classes), ("Sequential", palette.sequential)):
        assert list(colors) == told[f"chart{name}Colors"]
    assert list(palette.diverging) == told["chartDivergingColors"]
    assert (palette.paper, palette.ink, palette.rule) == (
        told["backgroundColor"], told["textColor"], told["borderColor"]
    )  # fmt: skip
    if theme == "light":
        report = [f"#{color.hexval()[2:].upper()}" for color in (PAPER, INK, SOFT, RULE)]
        assert [palette.paper, palette.ink, palette.soft, palette.rule] == report


def test_constant_and_empty_classes_are_drawn():
    frame = pd.DataFrame({"x": [1.0, 1.0, 1.0, np.nan], "kind": ["a", "a", "b", "c"]})
    table = Table(frame, "mine", "upload", "hash", {"x": "number", "kind": "category"})
    for library in ("matplotlib", "seaborn"):
        for kind in ("histogram", "box", "violin"):
            assert draw(table, Plot(kind, ("x",), "kind"), library, SMALL)[1:4] == b"PNG"


def test_many_rows_are_sampled_and_bins_bounded():
    frame = pd.DataFrame({"x": np.random.default_rng(0).standard_cauchy(60_000)})
    table = Table(frame, "mine", "upload", "hash", {"x": "number"})
    values = prepare(table, Plot("histogram", ("x",)))
    assert len(values.numbers) == MAX_ROWS
    assert len(find_bins(values.numbers[:, 0])) <= 41


@pytest.mark.parametrize(
    ("plot", "said"),
    [
        (Plot("pairs", NUMBERS[:1]), "pairs takes 2 to 5"),
        (Plot("pairs", (NUMBERS[0], NUMBERS[0])), "each once"),
        (Plot("box", ("species",)), "takes numbers"),
        (Plot("box", NUMBERS[:1], "petal_width"), "classes come from a category"),
        (Plot("box", ("nothing",)), "there is no column 'nothing'"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused(iris, plot, said):
    with pytest.raises(DataError, match=said):
        draw(iris, plot)


def test_a_picture_too_large_is_refused():
    with pytest.raises(ValueError, match="it must be 2 to 20 inches"):
        Look(width=200)


def test_no_code_has_a_name_outside_a_string():
    plot = Plot("box", ("x'); import os; os.remove('y",), "$by")
    for library in ("plotly", "seaborn", "matplotlib"):
        code = write_code(plot, library)
        compiled = compile(code, "snippet", "exec")
        assert "os" not in compiled.co_names
        assert "x'); import os; os.remove('y" in compiled.co_consts


@pytest.mark.parametrize("library", ["plotly", "seaborn", "matplotlib"])
def test_every_snippet_runs_on_a_csv_with_hostile_names(hostile, library, tmp_path):
    hostile.frame.to_csv(tmp_path / "table.csv", index=False)
    calls = []
    for kind in ("histogram", "box", "violin", "pairs", "heatmap", "missing"):
        columns = tuple(HOSTILE[:1] if kind in {"histogram", "box", "violin"} else HOSTILE[:3])
        for by in [None] if kind in {"heatmap", "missing"} else [None, HOSTILE[3]]:
            (tmp_path / f"{kind}{by is not None}.py").write_text(write_code(Plot(kind, columns, by), library))
            calls.append(f"{kind}{by is not None}.py")
    picture = "picture.html" if library == "plotly" else "picture.png"
    run = (
        "import runpy, sys, os\n"
        "for name in sys.argv[1:]:\n"
        f"    runpy.run_path(name)\n    assert os.path.getsize({picture!r}) > 2000, name\n    os.remove({picture!r})\n"
        "    print(name)\n"
    )
    environment = {**os.environ, "MPLCONFIGDIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", run, *calls], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2_000:]
    assert answer.stdout.split() == calls
