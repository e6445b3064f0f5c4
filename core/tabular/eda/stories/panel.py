"""Countries by year: gapminder as arrays in which a row is a country, so that countries can be resampled whole.

Left out: countries that lack a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.stories.evidence import Numbers, check_rows

LEAST_COUNTRIES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The countries that are there in every year, as arrays of shape (n_countries, n_years)."""

    years: Numbers
    countries: tuple[str, ...]
    continents: np.ndarray
    life: Numbers
    income: Numbers
    people: Numbers

    @property
    def labels(self) -> np.ndarray:
        """The years as words, since a year is written without a comma."""
        return np.array([f"{year:.0f}" for year in self.years], dtype=object)


def make_panel(table: Table) -> Panel:
    """Arrange the rows by country and year.

    Raises
    ------
    DataError
        If a country has a year twice, or fewer than ten countries have every year.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> make_panel(load_table("gapminder")).life.shape
    (142, 12)
    """
    frame = table.frame
    if frame.duplicated(["country", "year"]).any():
        message = "a country has two rows of one year; drop the repeated rows or choose the bundled table gapminder"
        raise DataError(message)
    names = ("life_expectancy", "gdp_per_person", "population")
    wide = {name: frame.pivot_table(name, "country", "year", aggfunc="first").astype(float) for name in names}
    whole = np.logical_and.reduce([each.notna().all(axis=1).to_numpy() for each in wide.values()])
    check_rows(int(whole.sum()), LEAST_COUNTRIES, "the table's countries with every year")
    life, income, people = (wide[name][whole].to_numpy(dtype=np.float64) for name in names)
    countries = [str(name) for name in wide["population"].index[whole]]
    continents = frame.drop_duplicates("country").set_index("country")["continent"][countries].to_numpy(dtype=object)
    years = wide["population"].columns.to_numpy(dtype=np.float64)
    return Panel(years, tuple(countries), continents, life, income, people)
