"""Gapminder: richer goes with healthier, longer lives at the same income, and a catching up that stopped.

The curve of life expectancy on income and its shift over time are S. H. Preston's (1975,
https://doi.org/10.1080/00324728.1975.10410201). Countries are resampled whole, since the rows of one are not
independent; every country counts once, whatever its size, where a finding does not say otherwise.

Left out: causes. A country's wars and epidemics are in no column.
"""

from __future__ import annotations

import numpy as np

from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.stories.drawing import draw_bars, draw_line, draw_points
from core.tabular.eda.stories.evidence import (
    Numbers,
    bootstrap,
    bootstrap_pick,
    check_rows,
    compare_shares,
    correlate,
    find_share,
    fit_line,
)
from core.tabular.eda.stories.panel import make_panel
from core.tabular.eda.stories.story import Figure, Finding, Story, Subject, list_values, make_finding, write

FALL_FROM = 1992
LIFE, INCOME = "life expectancy (years)", "GDP per person (international $)"


def compare_incomes(table: Table) -> Finding:
    """Find that life expectancy goes with the logarithm of income."""
    panel = make_panel(table)
    income, life = panel.income[:, -1], panel.life[:, -1]
    found, straight = correlate(np.log(income), life), correlate(income, life)
    slope = bootstrap(_find_years_a_doubling, (income, life), "years a doubling")
    marks = [
        draw_points(
            np.log10(income[panel.continents == name]),
            life[panel.continents == name],
            name,
            index,
            [country for country, where in zip(panel.countries, panel.continents, strict=True) if where == name],
        )
        for index, name in enumerate(list_values(table, "continent"))
    ]
    line = draw_line(np.log10(income), life, "fitted line")
    shown = [_from_log(mark) for mark in (*marks, line)]
    return make_finding(
        Subject("association", "association", "note", ("life_expectancy", "gdp_per_person")),
        "In {year:.0f} life expectancy goes with the logarithm of income (r {value:.2f}, {level:.0%} interval "
        "{low:.2f} to {high:.2f}) better than with income itself (r {straight:.2f}): twice the income goes with "
        "{years:.1f} more years ({years_low:.1f} to {years_high:.1f}).",
        {
            "year": panel.years[-1],
            "straight": straight.value,
            "years": slope.value,
            "years_low": slope.low,
            "years_high": slope.high,
        },
        found,
        Chart("Twice the income goes with {years:.1f} more years of life", INCOME, LIFE, tuple(shown), x_log=True),
        holds=found.low > 0 and found.value > straight.value,
    )


def _from_log(mark: Mark) -> Mark:
    """Put a mark that was made on a logarithmic axis back into dollars."""
    return Mark(mark.kind, 10**mark.x, mark.y, mark.name, mark.role, mark.index, text=mark.text, dash=mark.dash,
                size=mark.size)  # fmt: skip


def _find_years_a_doubling(income: Numbers, life: Numbers) -> float:
    """Return by how many years the fitted line rises where income doubles."""
    return fit_line(np.log2(income), life)[0]


def compare_curves(table: Table) -> Finding:
    """Find that at the same income people live longer than they did."""
    panel = make_panel(table)
    ends = (panel.income[:, 0], panel.life[:, 0], panel.income[:, -1], panel.life[:, -1])
    found = bootstrap(_find_shift, ends, "years at equal income")
    gain = panel.life[:, -1].mean() - panel.life[:, 0].mean()
    marks = []
    for index, place in enumerate((0, -1)):
        income, life, name = np.log10(panel.income[:, place]), panel.life[:, place], f"{panel.years[place]:.0f}"
        marks += [draw_points(income, life, name, index, panel.countries), draw_line(income, life, "", "class", index)]
    return make_finding(
        Subject("shift", "association", "note", ("life_expectancy", "gdp_per_person", "year")),
        "At the same income people lived {value:.1f} years longer in {last:.0f} than in {first:.0f} ({level:.0%} "
        "interval {low:.1f} to {high:.1f}), so that {share:.0%} of the {gain:.1f} years gained are more than "
        "income tells.",
        {"first": panel.years[0], "last": panel.years[-1], "gain": gain, "share": found.value / gain},
        found,
        Chart(
            "At the same income people lived {value:.1f} years longer in {last:.0f} than in {first:.0f}",
            INCOME,
            LIFE,
            tuple(_from_log(mark) for mark in marks),
            x_log=True,
        ),
        holds=found.low > 0,
    )


def _find_shift(income: Numbers, life: Numbers, income_after: Numbers, life_after: Numbers) -> float:
    """Return how far the line of the last year lies above that of the first, with one slope for both."""
    x = [np.log(income), np.log(income_after)]
    y = [life, life_after]
    slope = fit_line(
        np.concatenate([part - part.mean() for part in x]), np.concatenate([part - part.mean() for part in y])
    )[0]
    return float((y[1].mean() - slope * x[1].mean()) - (y[0].mean() - slope * x[0].mean()))


def find_convergence(table: Table) -> Finding:
    """Find that countries drew together until a year and apart again after it."""
    panel = make_panel(table)
    spread = panel.life.std(axis=0, ddof=1)
    least = int(spread.argmin())
    found = bootstrap_pick(_find_spread_changes, panel.life, least, "change of the spread in years")
    without = panel.life[panel.continents != "Africa"]
    check_rows(len(without), 2, "countries outside Africa")
    marks = (
        Mark("line", panel.labels, spread, "all countries", "class", 0),
        Mark("line", panel.labels, without.std(axis=0, ddof=1), "without Africa", "class", 1),
    )
    return make_finding(
        Subject("convergence", "spread", "note", ("life_expectancy", "year", "continent")),
        "Countries drew together until {turn:.0f}, when the standard deviation of life expectancy was {least:.1f} "
        "years after {start:.1f} in {first:.0f}, and apart again: by {last:.0f} it had grown by {value:.1f} "
        "({level:.0%} interval {low:.1f} to {high:.1f}, whichever year had been picked); without Africa it fell all "
        "the same, to {without:.1f}.",
        {
            "turn": panel.years[least],
            "least": spread[least],
            "start": spread[0],
            "first": panel.years[0],
            "last": panel.years[-1],
            "without": without[:, -1].std(ddof=1),
        },
        found,
        Chart(
            "Countries drew together until {turn:.0f} and apart again after it",
            "year",
            "spread of life expectancy (years)",
            marks,
        ),
        holds=0 < least < len(spread) - 1
        and found.low > 0
        and without[:, -1].std(ddof=1) < without[:, least].std(ddof=1),
    )


def _find_spread_changes(life: Numbers) -> Numbers:
    """Return by how much the standard deviation grew from each year to the last, shape (n_years,)."""
    spread = life.std(axis=0, ddof=1)
    return np.asarray(spread[-1] - spread)


def find_falls(table: Table) -> Finding:
    """Find where people died younger at the end than fifteen years before."""
    panel = make_panel(table)
    start = int(np.argmin(np.abs(panel.years - FALL_FROM)))
    change = panel.life[:, -1] - panel.life[:, start]
    africa = panel.continents == "Africa"
    found = compare_shares(change[africa] < 0, change[~africa] < 0)
    worst = panel.countries[int(change.argmin())]
    shares = {
        name: find_share(change[panel.continents == name] < 0) for name in list_values(table, "continent")
        if (panel.continents == name).any()
    }  # fmt: skip
    return make_finding(
        Subject("difference_of_shares", "association", "warning", ("life_expectancy", "continent", "year")),
        "In {count:.0f} of {n_africa:.0f} African countries people lived less long in {last:.0f} than in "
        "{first:.0f}, in {others:.0f} of the {n_others:.0f} elsewhere: {value:.1f} points more ({level:.0%} "
        "interval {low:.1f} to {high:.1f}); in {country} by {worst:.1f} years.",
        {
            "count": np.sum(change[africa] < 0),
            "n_africa": africa.sum(),
            "others": np.sum(change[~africa] < 0),
            "n_others": (~africa).sum(),
            "first": panel.years[start],
            "last": panel.years[-1],
            "worst": -change.min(),
            "country": worst,
        },
        found,
        Chart(
            "Life expectancy fell in {count:.0f} of {n_africa:.0f} African countries from {first:.0f} to {last:.0f}",
            "",
            "share of countries where it fell",
            (draw_bars(shares),),
            y_percent=True,
        ),
        holds=found.low > 0 and len(panel.years) > 1,
    )


def find_divergence(table: Table) -> Finding:
    """Find that incomes drew apart between countries."""
    panel = make_panel(table)
    ends = (panel.income[:, 0], panel.income[:, -1])
    found = bootstrap(_find_ratio_change, ends, "growth of the ratio")
    rich, poor = (np.quantile(panel.income, share, axis=0) for share in (0.9, 0.1))
    ratio = rich / poor
    return make_finding(
        Subject("divergence", "spread", "note", ("gdp_per_person", "year")),
        "Incomes drew apart: the country at the ninth decile had {start:.0f} times the income of that at the first in "
        "{first:.0f} and {end:.0f} times in {last:.0f}, {value:.1f} times the ratio ({level:.0%} interval {low:.1f} to "
        "{high:.1f}).",
        {"start": ratio[0], "end": ratio[-1], "first": panel.years[0], "last": panel.years[-1]},
        found,
        Chart(
            "Incomes drew apart: the ninth decile was {start:.0f} times the first, and came to be {end:.0f} times",
            "year",
            "ninth decile / first decile",
            (Mark("line", panel.labels, ratio),),
            y_range=(0.0, float(ratio.max() * 1.1)),
        ),
        holds=found.low > 1,
    )


def _find_ratio_change(before: Numbers, after: Numbers) -> float:
    """Return how many times the ratio of the deciles grew."""
    start, end = (np.quantile(values, 0.9) / np.quantile(values, 0.1) for values in (before, after))
    return float(end / start)


def measure_world(table: Table) -> dict[str, Figure]:
    """Measure the figures at the top."""
    panel = make_panel(table)
    first, last = panel.life.mean(axis=0)[[0, -1]]
    per_head = float(np.average(panel.life[:, -1], weights=panel.people[:, -1]))
    years = {place: f"{panel.years[place]:.0f}" for place in (0, -1)}
    return {
        "Countries": Figure(len(panel.countries), write("{n:.0f}", {"n": len(panel.countries)})),
        f"Life expectancy {years[0]}": Figure(float(first), write("{life:.1f} years", {"life": first})),
        f"Life expectancy {years[-1]}": Figure(float(last), write("{life:.1f} years", {"life": last})),
        f"The same, by people {years[-1]}": Figure(per_head, write("{life:.1f} years", {"life": per_head})),
    }


GAPMINDER = Story(
    slug="gapminder",
    table="gapminder",
    title="Life and income of nations",
    question="Does money buy years of life, and do countries catch up?",
    lesson="Choose the scale before the line, and do not read a trend of the whole into its parts.",
    columns={
        "country": "category",
        "continent": "category",
        "year": "number",
        "life_expectancy": "number",
        "population": "number",
        "gdp_per_person": "number",
    },
    tell=(compare_incomes, compare_curves, find_convergence, find_falls, find_divergence),
    measure=measure_world,
)
