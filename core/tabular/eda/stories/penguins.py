"""Penguins: Simpson's paradox in a bill, and an island whose birds are heavy, most of them of the heavy species.

Left out: models (the classification page tells species apart), and the year, of which three are too few.
"""

from __future__ import annotations

import numpy as np

from core.datasets.table import Table
from core.hub.charts import Chart
from core.tabular.eda.stories.drawing import bar_chart, draw_bars, draw_classes
from core.tabular.eda.stories.evidence import Estimate, compare_means, correlate, find_mean, find_share
from core.tabular.eda.stories.story import Figure, Finding, Story, Subject, is_value, list_values, make_finding, write

MASS = "body mass (g)"


def compare_bills(table: Table) -> Finding:
    """Find that longer bills are shallower over all birds and deeper within every species."""
    length, depth = table.numbers("bill_length"), table.numbers("bill_depth")
    species = table.frame["species"].to_numpy(dtype=object)
    pooled, inside = correlate(length, depth), correlate(length, depth, species)
    names = list_values(table, "species")
    each = [correlate(length[species == name], depth[species == name]).value for name in names]
    classes = {name: species == name for name in names}
    return make_finding(
        Subject("simpsons_paradox", "association", "warning", ("bill_depth", "bill_length", "species")),
        "Over all birds a longer bill is a shallower one (r {pooled:.2f}, {level:.0%} interval {pooled_low:.2f} to "
        "{pooled_high:.2f}), within the species it is a deeper one: r {value:.2f} ({low:.2f} to {high:.2f}), from "
        "{least:.2f} to {most:.2f} by species.",
        {
            "pooled": pooled.value,
            "pooled_low": pooled.low,
            "pooled_high": pooled.high,
            "least": min(each),
            "most": max(each),
        },
        inside,
        Chart(
            "Longer bills are shallower, except within every species",
            "bill length (mm)",
            "bill depth (mm)",
            draw_classes(length, depth, classes),
        ),
        holds=pooled.high < 0 < min(each),
    )


def compare_gentoos(table: Table) -> Finding:
    """Find that Gentoos are a third heavier than the others."""
    mass, gentoo = table.numbers("body_mass"), is_value(table, "species", "Gentoo")
    found = compare_means(mass[gentoo], mass[~gentoo], "difference of means in g")
    means = {name: find_mean(mass[is_value(table, "species", name)]) for name in list_values(table, "species")}
    others = float(np.nanmean(mass[~gentoo]))
    return make_finding(
        Subject("difference_of_means", "association", "note", ("body_mass", "species")),
        "A Gentoo weighs {gentoo:,.0f} g on average, the others {others:,.0f} g: {value:,.0f} g more ({level:.0%} "
        "interval {low:,.0f} to {high:,.0f}), or {more:.0%}.",
        {"gentoo": float(np.nanmean(mass[gentoo])), "others": others, "more": found.value / others},
        found,
        bar_chart("Gentoos are {more:.0%} heavier than the other two species", ("", MASS), means),
        holds=found.low > 0,
    )


def compare_islands(table: Table) -> Finding:
    """Find that Biscoe's birds are heavier, and that among those of one species no difference is shown."""
    mass, biscoe = table.numbers("body_mass"), is_value(table, "island", "Biscoe")
    adelie = is_value(table, "species", "Adelie")
    all_birds = compare_means(mass[biscoe], mass[~biscoe], "difference of means in g")
    found = compare_means(mass[biscoe & adelie], mass[~biscoe & adelie], "difference of means in g, same species")
    marks = tuple(
        draw_bars(_find_island_means(table, rows), name, "class", index)
        for index, (name, rows) in enumerate({"all birds": np.ones_like(adelie), "Adelie only": adelie}.items())
    )
    return make_finding(
        Subject("confounding", "association", "warning", ("body_mass", "island", "species")),
        "Biscoe's birds are {all_birds:,.0f} g heavier than those of the other islands ({level:.0%} interval "
        "{all_low:,.0f} to {all_high:,.0f}), which goes with {gentoos:.0%} of them being Gentoos: between its Adelies "
        "and those elsewhere no difference is shown ({value:,.0f} g, {low:,.0f} to {high:,.0f}), though the interval "
        "leaves room for {lighter:,.0f} g less or {high:,.0f} g more.",
        {
            "all_birds": all_birds.value,
            "all_low": all_birds.low,
            "all_high": all_birds.high,
            "lighter": -found.low,
            "gentoos": float(is_value(table, "species", "Gentoo")[biscoe].mean()),
        },
        found,
        Chart(
            "Biscoe's birds are {all_birds:,.0f} g heavier; among its Adelies no difference is shown",
            "",
            MASS,
            marks,
        ),
        holds=all_birds.low > 0 and found.low < 0 < found.high,
    )


def _find_island_means(table: Table, rows: np.ndarray) -> dict[str, Estimate]:
    """Estimate the mean mass on every island."""
    mass = table.numbers("body_mass")
    return {name: find_mean(mass[rows & is_value(table, "island", name)]) for name in list_values(table, "island")}


def compare_sexes(table: Table) -> Finding:
    """Find that males are heavier in every species, and least so among Chinstraps."""
    mass = table.numbers("body_mass")
    sexes = {name: is_value(table, "sex", name) for name in ("female", "male")}
    species = {name: is_value(table, "species", name) for name in list_values(table, "species")}
    means = {sex: {name: find_mean(mass[rows & own]) for name, own in species.items()} for sex, rows in sexes.items()}
    gaps = [means["male"][name].value - means["female"][name].value for name in species]
    return make_finding(
        Subject("difference_of_means", "association", "note", ("body_mass", "sex", "species")),
        "Males weigh {value:,.0f} g more than females ({level:.0%} interval {low:,.0f} to {high:,.0f}), in every one "
        "of the {n_species:.0f} species, by {least:,.0f} g to {most:,.0f} g.",
        {"least": min(gaps), "most": max(gaps), "n_species": len(species)},
        compare_means(mass[sexes["male"]], mass[sexes["female"]], "difference of means in g"),
        Chart(
            "Males are {least:,.0f} to {most:,.0f} g heavier than females of their species",
            "",
            MASS,
            tuple(draw_bars(means[sex], sex, "class", index) for index, sex in enumerate(means)),
        ),
        holds=min(gaps) > 0,
    )


def compare_flippers(table: Table) -> Finding:
    """Find that the flipper tells the mass, and how much of that is the species."""
    flipper, mass = table.numbers("flipper_length"), table.numbers("body_mass")
    species = table.frame["species"].to_numpy(dtype=object)
    pooled, inside = correlate(flipper, mass), correlate(flipper, mass, species)
    classes = {name: species == name for name in list_values(table, "species")}
    return make_finding(
        Subject("association", "association", "note", ("flipper_length", "body_mass", "species")),
        "Flipper length goes with mass, r {value:.2f} ({level:.0%} interval {low:.2f} to {high:.2f}), so that it "
        "tells {shared:.0%} of its spread; among birds of one species r is {inside:.2f} and it tells {within:.0%}.",
        {"shared": pooled.value**2, "inside": inside.value, "within": inside.value**2},
        pooled,
        Chart(
            "The flipper tells {shared:.0%} of the mass over all birds, {within:.0%} within a species",
            "flipper length (mm)",
            MASS,
            draw_classes(flipper, mass, classes),
        ),
        holds=inside.low > 0,
    )


def find_gaps(table: Table) -> Finding:
    """Find whose sex was not told."""
    unknown = table.frame["sex"].isna().to_numpy(dtype=bool)
    by_species = {
        name: find_share(unknown[is_value(table, "species", name)], name) for name in list_values(table, "species")
    }
    measured = int((unknown & np.isfinite(table.numbers("body_mass"))).sum())
    found = find_share(unknown, "share of rows without a sex")
    return make_finding(
        Subject("missing", "missing", "note", ("sex", "species")),
        "The sex of {count:.0f} of {n:.0f} birds is unknown ({value:.1%}, {level:.0%} interval {low:.1%} to "
        "{high:.1%}); {measured:.0f} of them were measured all the same, so that dropping them loses measurements.",
        {"count": unknown.sum(), "measured": measured},
        found,
        bar_chart("The sex of {count:.0f} birds is unknown", ("", "share without a sex"), by_species, percent=True),
        holds=measured > 0,
    )


def measure_birds(table: Table) -> dict[str, Figure]:
    """Measure the figures at the top."""
    n_rows, n_species = len(table.frame), len(list_values(table, "species"))
    mass = find_mean(table.numbers("body_mass")).value
    whole = int(table.frame.notna().all(axis=1).sum())
    return {
        "Birds": Figure(n_rows, write("{n:,.0f}", {"n": n_rows})),
        "Species": Figure(n_species, write("{n:.0f}", {"n": n_species})),
        "Mean mass": Figure(mass, write("{mass:,.0f} g", {"mass": mass})),
        "Rows without a gap": Figure(whole, write("{n:,.0f}", {"n": whole})),
    }


PENGUINS = Story(
    slug="penguins",
    table="penguins",
    title="The penguins of the Palmer Archipelago",
    question="What goes with a heavy penguin, and does it within a species too?",
    lesson="A third column can turn a relation round: compare like with like before you say why.",
    columns={
        "species": "category",
        "island": "category",
        "bill_length": "number",
        "bill_depth": "number",
        "flipper_length": "number",
        "body_mass": "number",
        "sex": "category",
    },
    tell=(compare_bills, compare_islands, compare_gentoos, compare_sexes, compare_flippers, find_gaps),
    measure=measure_birds,
)
