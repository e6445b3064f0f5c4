"""Many cases from a file, priced: which columns serve, what each is worth, what was refused and why, and the file back.

Left out: reading files (``uploads``) and pricing them, which the project does.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.datasets.mapping import map_columns
from core.datasets.table import Table
from pages.kit import uploads
from pages.kit.compare import capitalise
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, guard
from pages.kit.explore import make_date_config
from pages.kit.prices import Pricer

MAX_ROWS, MOST_NAMED, MOST_WARNED = 1_000, 12, 5
ANSWERS = ("answer", "low", "high", "refused", "imputed", "unseen", "typical")


@st.fragment
def show_price_file(pricer: Pricer, example: Callable[[], bytes], key: str) -> None:
    """Price every row of a file and give the prices back as a file; the page's own data stays as it is.

    Parameters
    ----------
    example : callable
        Makes a file to try.
    """
    st.subheader("Many cases from a file", anchor=False)
    names = ", ".join(pricer.needed)
    st.caption(f"A table with the columns {escape(names)}. Case, separators and units in a name do not matter; further "
               "columns that the models know are used where they are there.")  # fmt: skip
    show_downloads([Download("to-price.csv", example, "a file to try: 20 sales without their prices")], f"{key}_try")
    table = uploads.show_reader(f"{key}_batch")
    with guard():
        if table is not None and show_price_match(pricer, table):
            model = st.selectbox("Who answers", pricer.models, key=f"{key}_batch_model", format_func=capitalise,
                                 width=320)  # fmt: skip
            _show_prices(pricer.answer_table(table, model), table, pricer, key)


def show_price_match(pricer: Pricer, table: Table) -> bool:
    """Show how a table's columns serve; return whether every needed one was found."""
    needed, found = map_columns(table, pricer.needed), pricer.match(table)
    if needed.missing:
        st.error(f"No column was found for {escape(', '.join(needed.missing))}. Rename or add it, and upload the file "
                 "again.", icon=":material/error:", title="A column is missing")  # fmt: skip
    renamed = [f"{theirs} as {ours}" for ours, theirs in found.items() if theirs != ours]
    ignored = [str(name) for name in table.frame.columns if name not in set(found.values())]
    for icon, said, names in (("link", "Read", renamed), ("visibility_off", "Not used:", ignored)):
        if names:
            rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            st.caption(f":material/{icon}: {said} {escape(', '.join(names[:MOST_NAMED]))}{rest}.")
    for sentence in needed.out_of_range[:MOST_WARNED]:
        st.warning(escape(sentence), icon=":material/warning:")
    return not needed.missing


def _show_prices(answers: pd.DataFrame, table: Table, pricer: Pricer, key: str) -> None:
    """Draw the prices of a file, the answers first, and offer them as CSV."""
    from core.datasets.export import safe_file_name, to_csv

    st.markdown(escape(describe_prices(answers, pricer)))
    own = list(answers.columns)
    first = [own[place] for place in range(len(table.frame.columns), len(own))]
    shown = answers[first + own[: len(table.frame.columns)]].head(MAX_ROWS)
    priced = st.column_config.NumberColumn(format="localized")
    config = make_date_config(shown) | dict.fromkeys(first[:3], priced)
    st.dataframe(shown, hide_index=True, column_config=config, alt=f"Prices of {len(answers)} rows")
    name = safe_file_name(f"{table.name.rsplit('.', 1)[0]}-prices", ".csv")
    show_downloads([Download(name, to_csv(answers), f"{len(answers):,} rows with their prices")], f"{key}_batch")


def describe_prices(answers: pd.DataFrame, pricer: Pricer) -> str:
    """Say how many rows were priced, at what, and how many were refused."""
    start = len(answers.columns) - len(ANSWERS)
    prices, refused = answers.iloc[:, start], answers.iloc[:, start + 3]
    n_refused = int((refused != "").sum())
    said = f"{len(answers) - n_refused:,} of {len(answers):,} rows are priced"
    if n_refused < len(answers):
        low, high = (pricer.write(float(end)) for end in (prices.min(), prices.max()))
        said += f", from {low} to {high}, half of them below {pricer.write(float(prices.median()))}"
    return (
        f"{said}; {n_refused:,} {'is' if n_refused == 1 else 'are'} refused, each with its reason."
        if n_refused
        else f"{said}."
    )
