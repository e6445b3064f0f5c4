"""Ames: five sales that bend every line, a price that wants its logarithm, and a column that is not what it says.

Expected prices come from a straight line of log price on log living area, fitted without the sales above 4,000 square
feet that D. De Cock, who published the data, tells users to look at first
(https://doi.org/10.1080/10691898.2011.11889627).

Left out: a model of the price, which the page on house prices has.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from core.datasets.association import share_between
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.tabular.eda.stories.drawing import bar_chart, draw_line, draw_points
from core.tabular.eda.stories.evidence import (
    Numbers,
    bootstrap,
    check_rows,
    correlate,
    find_share,
    fit_line,
)
from core.tabular.eda.stories.story import Figure, Finding, Story, Subject, list_values, make_finding, write

LARGE_SQ_FT = 4_000
HALF = 0.5
CONDITIONS = (
    "Very_Poor",
    "Poor",
    "Fair",
    "Below_Average",
    "Average",
    "Above_Average",
    "Good",
    "Very_Good",
    "Excellent",
)
N_QUANTILES = 200
CODES_UP_TO = 7
LITTLE_A_YEAR = 0.02


def find_outliers(table: Table) -> Finding:
    """Find the sales above 4,000 square feet, and those among them that went for a fraction of their size's price."""
    area, price = table.numbers("gr_liv_area"), table.numbers("sale_price")
    large = area > LARGE_SQ_FT
    check_rows(int(large.sum()), 1, "houses above the bound")
    slope, intercept = fit_line(np.log(area[~large]), np.log(price[~large]))
    expected = np.exp(slope * np.log(area[large]) + intercept)
    ratio = price[large] / expected
    without = correlate(area[~large], price[~large])
    figures = {
        "large": large.sum(),
        "bound": LARGE_SQ_FT,
        "cheap": np.sum(ratio < HALF),
        "least": ratio.min(),
        "most": ratio[ratio < HALF].max(initial=0.0),
        "with": correlate(area, price).value,
    }
    marks = (
        draw_points(area[~large], price[~large], "other sales", 0),
        draw_line(area[~large], price[~large], "line without them"),
        Mark("points", area[large], price[large], "above the bound", "bad", size=10.0),
    )
    return make_finding(
        Subject("outliers", "quality", "warning", ("gr_liv_area", "sale_price")),
        "{large:.0f} houses are above {bound:,.0f} square feet, and {cheap:.0f} of them sold for {least:.0%} to "
        "{most:.0%} of what their size would cost; without them r of area and price is {value:.3f} ({level:.0%} "
        "interval {low:.3f} to {high:.3f}), with them {with:.3f}.",
        figures,
        without,
        Chart(
            "{cheap:.0f} of the {large:.0f} largest houses sold for a fraction of their size's price",
            "living area (sq ft)",
            "price ($)",
            marks,
        ),
        holds=bool((ratio < HALF).any()) and without.value > figures["with"],
    )


def compare_scales(table: Table) -> Finding:
    """Find that prices are skewed and their logarithms are not."""
    from scipy.stats import norm, skew

    price = table.numbers("sale_price")
    found = bootstrap(skew, (np.log(price),), "skewness of log price")
    shares = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
    scales = {"price": price, "log price": np.log(price)}
    marks = [
        Mark("points", norm.ppf(shares), np.quantile(_standardise(values), shares), name, "class", index, size=5.0)
        for index, (name, values) in enumerate(scales.items())
    ]
    ends = norm.ppf(shares[[0, -1]])
    marks.append(Mark("line", ends, ends, "normal", "baseline", dash=True))
    raw = float(skew(price))
    return make_finding(
        Subject("skewness", "spread", "note", ("sale_price",)),
        "Prices lean to the dear side (skewness {raw:.2f}), their logarithms hardly at all ({value:.2f}, {level:.0%} "
        "interval {low:.2f} to {high:.2f}): model the logarithm, so that an error is a share of the price.",
        {"raw": raw},
        found,
        Chart(
            "The logarithm takes the skewness of prices from {raw:.2f} to {value:.2f}",
            "quantile of the normal distribution",
            "standardised price",
            tuple(marks),
        ),
        holds=raw > 1 > abs(found.value) * 2,
    )


def _standardise(values: Numbers) -> Numbers:
    """Take off the mean and divide by the spread."""
    return np.asarray((values - values.mean()) / values.std(), dtype=np.float64)


def compare_neighborhoods(table: Table) -> Finding:
    """Find how much of the price is the address."""
    log_price = np.log(table.numbers("sale_price"))
    where = table.frame["neighborhood"].to_numpy(dtype=object)
    found = bootstrap(share_between, (log_price, where), "eta squared of log price")
    medians = table.frame.groupby("neighborhood")["sale_price"].median().sort_values().astype(float)
    dearest, cheapest = (str(medians.index[place]).replace("_", " ") for place in (-1, 0))
    labels = np.array([str(name).replace("_", " ") for name in medians.index], dtype=object)
    return make_finding(
        Subject("association", "association", "note", ("neighborhood", "sale_price")),
        "The neighbourhood alone tells {value:.1%} of the spread of log price ({level:.0%} interval {low:.1%} to "
        "{high:.1%}): half the houses of {dearest} sold above ${dear:,.0f}, half those of {cheapest} below "
        "${cheap:,.0f}, {times:.1f} times less.",
        {
            "dear": medians.iloc[-1],
            "cheap": medians.iloc[0],
            "times": medians.iloc[-1] / medians.iloc[0],
            "dearest": dearest,
            "cheapest": cheapest,
        },
        found,
        Chart(
            "The address tells {value:.0%} of the price: medians differ {times:.1f} times",
            "neighbourhood",
            "median price ($)",
            (Mark("bars", labels, medians.to_numpy()),),
        ),
        holds=found.low > HALF / 2,
    )


def compare_conditions(table: Table) -> Finding:
    """Find that better-kept houses sell for less, until houses of one age are compared."""
    from scipy.stats import rankdata

    known = table.frame["overall_cond"].isin(CONDITIONS).to_numpy()
    check_rows(int(known.sum()), 2, "overall_cond")
    condition = table.frame["overall_cond"][known].map(CONDITIONS.index).to_numpy(dtype=np.float64)
    built = table.numbers("year_built")[known]
    decade = np.array([f"{year // 10 * 10:.0f}" for year in built], dtype=object)
    condition_rank, price_rank = rankdata(condition), rankdata(table.numbers("sale_price")[known])
    pooled, inside = correlate(condition_rank, price_rank), correlate(condition_rank, price_rank, decade)
    usual = condition == CONDITIONS.index("Average")
    check_rows(int((condition > CONDITIONS.index("Average")).sum()), 1, "houses better kept than average")
    better = condition > CONDITIONS.index("Average")
    return make_finding(
        Subject("simpsons_paradox", "association", "warning", ("overall_cond", "sale_price", "year_built")),
        "Over all houses a better condition goes with a lower price (rank correlation {pooled:.2f}), and with "
        "age: half the houses above average were built before {better:.0f} and half the average ones after "
        "{usual:.0f}; among houses of one decade it goes with a higher one: {value:.2f} ({level:.0%} interval "
        "{low:.2f} to {high:.2f}).",
        {"pooled": pooled.value, "better": np.median(built[better]), "usual": np.median(built[usual])},
        dataclasses.replace(inside, effect="Spearman's rho inside decades"),
        _draw_conditions(
            table, "Better kept, cheaper: {pooled:.2f} over all houses, {value:.2f} among those of one age"
        ),
        holds=pooled.value < 0 < inside.low,
    )


def _draw_conditions(table: Table, title: str) -> Chart:
    """Draw the median price by condition, for all houses and by when they were built."""
    frame = table.frame[table.frame["overall_cond"].isin(CONDITIONS)]
    built, half = frame["year_built"].astype(float), float(frame["year_built"].astype(float).median())
    parts = {"all houses": frame, "older half": frame[built < half], "newer half": frame[built >= half]}
    marks = []
    for index, (name, part) in enumerate(parts.items()):
        medians = part.groupby("overall_cond")["sale_price"].median().astype(float)
        order = [level for level in CONDITIONS if level in medians.index]
        labels = np.array([level.replace("_", " ") for level in order], dtype=object)
        marks.append(Mark("bars", labels, medians[order].to_numpy(), name, "class", index))
    return Chart(title, "overall condition", "median price ($)", tuple(marks))


def find_market(table: Table) -> Finding:
    """Find how little the price of a square foot moved through the crisis of 2008."""
    year = table.numbers("year_sold")
    per_foot = table.numbers("sale_price") / table.numbers("gr_liv_area")
    found = bootstrap(_find_yearly_change, (year, np.log(per_foot)), "change of price per sq ft a year")
    years = np.unique(year)
    medians = {f"{each:.0f}": bootstrap(np.median, (per_foot[year == each],), f"sales of {each:.0f}") for each in years}
    return make_finding(
        Subject("trend", "association", "note", ("year_sold", "sale_price", "gr_liv_area")),
        "Prices in Ames hardly moved through the crisis: from {first:.0f} to {last:.0f} the price of a square foot "
        "changed by {value:.2%} a year ({level:.0%} interval {low:.2%} to {high:.2%}), from a median of ${start:.0f} "
        "to ${end:.0f}.",
        {
            "first": years[0],
            "last": years[-1],
            "start": np.median(per_foot[year == years[0]]),
            "end": np.median(per_foot[year == years[-1]]),
        },
        found,
        bar_chart(
            "A square foot cost ${start:.0f} in {first:.0f} and ${end:.0f} in {last:.0f}",
            ("year of sale", "median price per sq ft ($)"),
            medians,
        ),
        holds=len(years) > 1 and max(abs(found.low), abs(found.high)) < LITTLE_A_YEAR,
    )


def _find_yearly_change(year: Numbers, log_price: Numbers) -> float:
    """Return the relative change a year of the fitted line."""
    return float(np.expm1(fit_line(year, log_price)[0]))


def find_wrong_column(table: Table) -> Finding:
    """Find that the finished basement area is a code."""
    area, total = table.numbers("bsmtfin_sf_1"), table.numbers("total_bsmt_sf")
    rest = table.numbers("bsmtfin_sf_2") + table.numbers("bsmt_unf_sf")
    has = total > 0
    check_rows(int(has.sum()), 1, "houses with a basement")
    adds_up = np.isclose(area[has] + rest[has], total[has])
    by_type = {
        name.replace("_", " "): np.unique(area[(table.frame["bsmtfin_type_1"] == name).to_numpy(dtype=bool) & has])
        for name in list_values(table, "bsmtfin_type_1")
    }
    codes = {name: float(values[0]) for name, values in by_type.items() if len(values) == 1}
    single = len(codes) == sum(len(values) > 0 for values in by_type.values())
    absent = (total - rest)[has]
    return make_finding(
        Subject("wrong_column", "quality", "problem", ("bsmtfin_sf_1", "bsmtfin_type_1", "total_bsmt_sf")),
        "The column bsmtfin_sf_1 is no area: it is {most:.0f} at most, one number for each bsmtfin_type_1, and the "
        "parts of the basement add up to the whole in {value:.2%} of houses that have one ({level:.0%} interval "
        "{low:.2%} to {high:.2%}); on average {absent:,.0f} square feet are absent.",
        {"most": np.nanmax(area), "absent": absent.mean()},
        find_share(adds_up, "share of basements that add up"),
        Chart(
            "A finished basement area of {most:.0f} at most is a code",
            "bsmtfin_type_1",
            "bsmtfin_sf_1",
            (Mark("bars", np.array(list(codes), dtype=object), np.array(list(codes.values()))),),
        ),
        holds=single and bool(np.nanmax(area) <= CODES_UP_TO),
    )


def measure_sales(table: Table) -> dict[str, Figure]:
    """Measure the figures at the top."""
    price, area = table.numbers("sale_price"), table.numbers("gr_liv_area")
    median, per_foot = float(np.nanmedian(price)), float(np.nanmedian(price / area))
    n_places = len(list_values(table, "neighborhood"))
    return {
        "Sales": Figure(len(price), write("{n:,.0f}", {"n": len(price)})),
        "Median price": Figure(median, write("${price:,.0f}", {"price": median})),
        "Median per square foot": Figure(per_foot, write("${price:,.0f}", {"price": per_foot})),
        "Neighbourhoods": Figure(n_places, write("{n:.0f}", {"n": n_places})),
    }


AMES = Story(
    slug="ames",
    table="ames",
    title="Houses sold in Ames",
    question="What goes with the price of a house, and which rows and columns mislead?",
    lesson="Check columns against each other before you trust their names, and rows before you fit a line.",
    columns={
        "sale_price": "number",
        "gr_liv_area": "number",
        "neighborhood": "category",
        "overall_cond": "category",
        "year_built": "number",
        "year_sold": "number",
        "bsmtfin_type_1": "category",
        "bsmtfin_sf_1": "number",
        "bsmtfin_sf_2": "number",
        "bsmt_unf_sf": "number",
        "total_bsmt_sf": "number",
    },
    tell=(find_outliers, compare_scales, compare_neighborhoods, compare_conditions, find_market, find_wrong_column),
    measure=measure_sales,
)
