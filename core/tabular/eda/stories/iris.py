"""Iris: one species stands apart, two overlap, and the pooled cloud tells the opposite of each species.

Cuts are chosen on the rows that they are counted on, which the findings say: they describe this table and promise
nothing of new flowers (the iris page measures that on held-out rows).

Left out: models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.association import rank_columns, share_between
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.stories.drawing import bar_chart, draw_classes
from core.tabular.eda.stories.evidence import Numbers, bootstrap, correlate, find_share
from core.tabular.eda.stories.story import Figure, Finding, Story, Subject, is_value, list_values, make_finding, write

MEASURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def find_setosa(table: Table) -> Finding:
    """Find that one cut on the petal's length sets setosa apart."""
    setosa, length = is_value(table, "species", "setosa"), table.numbers("petal_length")
    cut = _find_cut(length, ~setosa)
    right = find_share((length > cut) == ~setosa, "share of rows that one cut answers")
    return make_finding(
        Subject("separable_class", "target", "note", ("species", "petal_length")),
        "Setosa stands apart: its longest petal is {longest:.1f} cm and the shortest of the others {shortest:.1f} cm, "
        "so that one cut at {cut:.2f} cm, chosen on these {n:.0f} flowers, tells it from them in {value:.1%} of them "
        "({level:.0%} interval {low:.1%} to {high:.1%}).",
        {"longest": np.nanmax(length[setosa]), "shortest": np.nanmin(length[~setosa]), "cut": cut},
        right,
        _draw_species(table, ("petal_length", "petal_width"), "One cut at {cut:.2f} cm sets setosa apart", lines=False),
        holds=right.value == 1,
    )


def find_overlap(table: Table) -> Finding:
    """Find that the best single cut still mixes versicolor and virginica."""
    virginica = is_value(table, "species", "virginica")
    rows = virginica | is_value(table, "species", "versicolor")
    width = table.numbers("petal_width")[rows]
    cut = _find_cut(width, virginica[rows])
    right = (width > cut) == virginica[rows]
    counts = {"right": int(right.sum()), "wrong": int((~right).sum())}
    return make_finding(
        Subject("overlapping_classes", "target", "note", ("species", "petal_width")),
        "Versicolor and virginica overlap: the best cut on the petal's width, {cut:.2f} cm, chosen on these {n:.0f} "
        "flowers, is right for {right:.0f} and wrong for {wrong:.0f} of them ({value:.1%}, {level:.0%} interval "
        "{low:.1%} to {high:.1%}).",
        {"cut": cut, **counts},
        find_share(right, "share of rows that one cut answers"),
        _draw_counts(table, "petal_width", "The best cut, {cut:.2f} cm, leaves {wrong:.0f} of {n:.0f} flowers mixed"),
        holds=bool((~right).any()),
    )


def rank_measures(table: Table) -> Finding:
    """Find that petals tell the species and sepals hardly do."""
    ranked = [name for name, _ in rank_columns(table.with_target("species"), "species") if name in MEASURES]
    groups = table.frame["species"].to_numpy(dtype=object)
    spread = {
        name: bootstrap(share_between, (table.numbers(name), groups), f"eta squared of {name}") for name in ranked
    }
    best, worst = spread[ranked[0]], spread[ranked[-1]]
    words = (ranked[0].replace("_", " "), ranked[-1].replace("_", " "))
    labelled = {name.replace("_", " "): each for name, each in spread.items()}
    return make_finding(
        Subject("association", "association", "note", (ranked[0], ranked[-1], "species")),
        "Of the spread of {first} {value:.1%} lies between the species ({level:.0%} interval {low:.1%} to "
        "{high:.1%}), of that of {second} only {worst:.1%}: start with the petals.",
        {"worst": worst.value, "first": words[0], "second": words[1]},
        best,
        bar_chart(
            "{value:.0%} of the spread of {first} lies between the species, {worst:.0%} of {second}'s",
            ("", "share between species"),
            labelled,
            percent=True,
        ),
        holds="petal" in best.effect and "sepal" in worst.effect,
    )


def compare_sepals(table: Table) -> Finding:
    """Find that sepals look unrelated where the species are pooled."""
    length, width = table.numbers("sepal_length"), table.numbers("sepal_width")
    groups = table.frame["species"].to_numpy(dtype=object)
    pooled, inside = correlate(length, width), correlate(length, width, groups)
    each = [correlate(length[groups == name], width[groups == name]).value for name in list_values(table, "species")]
    return make_finding(
        Subject("simpsons_paradox", "association", "warning", ("sepal_width", "sepal_length", "species")),
        "Over all flowers longer sepals are not shown to be wider (r {pooled:.2f}), inside the species they are: r "
        "{value:.2f} ({level:.0%} interval {low:.2f} to {high:.2f}), from {least:.2f} to {most:.2f} by species.",
        {"pooled": pooled.value, "least": min(each), "most": max(each)},
        inside,
        _draw_species(
            table,
            ("sepal_length", "sepal_width"),
            "r is {pooled:.2f} over all flowers and {value:.2f} inside a species",
            lines=True,
        ),
        holds=pooled.high < inside.low and pooled.low < 0 < min(each),
    )


def find_rounding(table: Table) -> Finding:
    """Find that the ruler makes many flowers equal."""
    width, setosa = table.numbers("petal_width"), is_value(table, "species", "setosa")
    values, counts = np.unique(width[setosa & np.isfinite(width)], return_counts=True)
    usual = float(values[counts.argmax()])
    distinct = len(np.unique(width[np.isfinite(width)]))
    return make_finding(
        Subject("rounded_values", "quality", "note", ("petal_width",)),
        "Lengths were read to a tenth of a centimetre: petal width takes {distinct:.0f} values in {rows:.0f} flowers, "
        "and {value:.1%} of setosas ({level:.0%} interval {low:.1%} to {high:.1%}) share the value {usual:.1f} cm, so "
        "that distances between flowers are full of ties.",
        {"distinct": distinct, "rows": len(width), "usual": usual},
        find_share(width[setosa] == usual, "share of setosas"),
        _draw_counts(table, "petal_width", "{value:.0%} of setosas have a petal {usual:.1f} cm wide"),
        holds=bool(np.allclose(10 * width, np.round(10 * width), equal_nan=True)),
    )


def _find_cut(values: Numbers, above: NDArray[np.bool_]) -> float:
    """Choose the cut between two values that puts most rows on their own side."""
    known = np.unique(values[np.isfinite(values)])
    cuts = (known[1:] + known[:-1]) / 2 if len(known) > 1 else known
    right = [int(((values > cut) == above).sum()) for cut in cuts]
    return float(cuts[int(np.argmax(right))])


def _draw_species(table: Table, columns: tuple[str, str], title: str, *, lines: bool) -> Chart:
    """Draw two measures, the species in colour."""
    x, y = (table.numbers(name) for name in columns)
    classes = {name: is_value(table, "species", name) for name in list_values(table, "species")}
    across, up = (f"{name.replace('_', ' ')} (cm)" for name in columns)
    return Chart(title, across, up, draw_classes(x, y, classes, lines=lines))


def _draw_counts(table: Table, column: str, title: str) -> Chart:
    """Draw how many flowers of each species have each value."""
    marks = []
    for index, name in enumerate(list_values(table, "species")):
        values = table.numbers(column)[is_value(table, "species", name)]
        x, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        marks.append(Mark("bars", x, counts.astype(float), name, "class", index))
    return Chart(title, f"{column.replace('_', ' ')} (cm)", "flowers", tuple(marks))


def measure_flowers(table: Table) -> dict[str, Figure]:
    """Measure the figures at the top."""
    n_rows, n_species = len(table.frame), len(list_values(table, "species"))
    length = table.numbers("petal_length")
    eta = share_between(length, table.frame["species"].to_numpy(dtype=object))
    copies = int(table.frame.duplicated().sum())
    return {
        "Flowers": Figure(n_rows, write("{n:,.0f}", {"n": n_rows})),
        "Species": Figure(n_species, write("{n:.0f}", {"n": n_species})),
        "Petal length between species": Figure(eta, write("{eta:.1%}", {"eta": eta})),
        "Repeated rows": Figure(copies, write("{n:.0f}", {"n": copies})),
    }


IRIS = Story(
    slug="iris",
    table="iris",
    title="Three species of iris",
    question="Which measure tells the species apart, and where does each fail?",
    lesson="Look inside the groups: what the pooled rows show may be true of none of them.",
    columns={"species": "category", **dict.fromkeys(MEASURES, "number")},
    tell=(find_setosa, find_overlap, rank_measures, compare_sepals, find_rounding),
    measure=measure_flowers,
)
