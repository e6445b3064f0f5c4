"""Try it, for a project that prices things: a case by a form, with its range, reasons to the cent and sales alike.

Left out: many cases in a file (``price_files``), asking from a program (``programs``), and pricing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.mapping import NeededColumn
from core.datasets.table import Table
from core.evaluation.attribution import Attribution, path_chart
from core.hub.charts import Chart, Mark
from core.hub.contract import Prediction
from core.hub.fields import FieldSpec
from pages.kit.charts import show_chart
from pages.kit.compare import capitalise
from pages.kit.errors import escape, guard
from pages.kit.forms import show_typed_form

STATISTICS = {"median": "Median", "mean": "Mean"}
RANGE_HEIGHT, PATH_HEIGHT = 250, 420
COMPARED = {"row": "Row", "group": "Group", "price": "Sold for", "adjusted": "With this house's features",
            "difference": "Adjusted by", "distance": "Unlike by"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pricer:
    """What a trained run offers to be asked for prices.

    Parameters
    ----------
    key : str
        Changes with the run.
    fields : tuple of FieldSpec
        All that the form asks; the first ``n_open`` of them lie open, the others fold away.
    usual : mapping of field to (low, high)
        Where a slider ends, while its box takes all of the field's range.
    models : tuple of str
        Best first.
    answer : callable
        ``answer(values, model, statistic) -> Prediction`` whose details hold base, median, mean, comparables, typical.
    answer_all : callable
        ``answer_all(values) -> {model: price}``.
    write, write_exactly : callable
        An amount with its unit, in sensible digits and to the last cent.
    sold : DataFrame
        Past sales, indexed by their row from 1, with the columns to show beside a sale that is alike.
    offered : mapping of row to label
        Sales that the form may be filled from.
    read_row : callable
        ``read_row(row) -> values`` of such a sale, columns that the form does not ask included.
    tell_row : callable
        ``tell_row(row, model)`` says what such a sale fetched, and how it was priced while held out.
    needed : mapping of column to NeededColumn
        What a file must bring.
    match : callable
        ``match(table) -> {column of the model: column of the table}``.
    answer_table : callable
        ``answer_table(table, model) -> DataFrame``.
    unit : str
        Of an amount, such as ``$``.
    has_median : bool
        Whether median and mean differ, as they do where logs are learnt.
    note : str
        What is known of prices from this form, in a sentence.
    """

    key: str
    fields: tuple[FieldSpec, ...]
    n_open: int
    usual: Mapping[str, tuple[float, float]]
    models: tuple[str, ...]
    answer: Callable[[Mapping[str, Any], str, str], Prediction]
    answer_all: Callable[[Mapping[str, Any]], Mapping[str, float]]
    write: Callable[[float], str]
    write_exactly: Callable[[float], str]
    sold: pd.DataFrame
    offered: Mapping[int, str]
    read_row: Callable[[int], Mapping[str, Any]]
    tell_row: Callable[[int, str], str]
    needed: Mapping[str, NeededColumn]
    match: Callable[[Table], Mapping[str, str]]
    answer_table: Callable[[Table, str], pd.DataFrame]
    unit: str = ""
    has_median: bool = True
    note: str = ""


@st.fragment
def show_price_case(
    pricer: Pricer, key: str, show_more: Callable[[Mapping[str, Any], Prediction], None] | None = None
) -> None:
    """Draw a form and, beside it, the price with its range, its reasons and the sales alike; a value redraws only this.

    Parameters
    ----------
    show_more : callable, optional
        ``show_more(values of the form, prediction)`` draws below.
    """
    left, right = st.columns([2, 3], gap="large")
    with left:
        row, values = _show_price_form(pricer, key)
    if values is None:
        return
    whole = {**pricer.read_row(row), **values} if row else values
    with right, guard():
        model, statistic = _choose_answer(pricer, key)
        found = pricer.answer(whole, model, statistic)
        if found.refused:
            st.warning(escape(found.refused), icon=":material/block:", title="No price for this case")
            _show_folded(pricer, found.refused)
        else:
            _show_price(pricer, found, statistic, pricer.tell_row(row, model) if row else "")
            answers = pricer.answer_all(whole)
            show_chart(range_chart(found, answers, pricer.write, pricer.unit), f"{key}_range", RANGE_HEIGHT)
            show_reasons(found, pricer, f"{key}_why")
    with guard():
        if not found.refused:
            show_comparables(found, pricer)
        if show_more:
            show_more(values, found)


def _show_price_form(pricer: Pricer, key: str) -> tuple[int | None, dict[str, Any] | None]:
    """Draw the form: what matters most lies open, the rest folds away."""
    st.markdown("**One case** · move or type a value and watch the price")
    row = st.selectbox("Fill from a sale", list(pricer.offered), index=None, key=f"{key}_row_{pricer.key[:8]}",
                       placeholder="Choose a sale, cheapest first", format_func=lambda at: pricer.offered[at],
                       help="Fills this form, and with it every column that the form does not ask.")  # fmt: skip
    start = pricer.read_row(row) if row else {}
    own = f"{key}_{pricer.key[:8]}_{row}"
    first, rest = pricer.fields[: pricer.n_open], pricer.fields[pricer.n_open :]
    values = show_typed_form(first, own, start, usual=pricer.usual)
    if not rest:
        return row, values
    with st.expander(f"{len(rest)} more", icon=":material/tune:", key=f"{key}_more"):
        more = show_typed_form(rest, f"{own}_more", start, columns=2)
    return row, None if values is None or more is None else {**values, **more}


def _show_folded(pricer: Pricer, refused: str) -> None:
    """Say which of the columns that a refusal names lie folded away."""
    folded = [spec.label or spec.name for spec in pricer.fields[pricer.n_open :] if f"{spec.name} is " in refused]
    if folded:
        st.caption(escape(f"Under “{len(pricer.fields) - pricer.n_open} more”: {', '.join(folded)}."))


def _choose_answer(pricer: Pricer, key: str) -> tuple[str, str]:
    """Let a person choose who answers, and with the median or the mean."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        model = st.selectbox("Who answers", pricer.models, key=f"{key}_model_{pricer.key[:8]}", format_func=capitalise)
        if not pricer.has_median:
            return model, "mean"
        statistic = st.segmented_control(
            "Answer with", list(STATISTICS), default="median", required=True, key=f"{key}_statistic",
            format_func=STATISTICS.get, help="Half of such houses sell above the median. The mean is corrected by "
            "Duan's smearing: higher, as a few such houses sell far above.",
        )  # fmt: skip
    return model, str(statistic)


def _show_price(pricer: Pricer, found: Prediction, statistic: str, told: str) -> None:
    """Draw the card of one price."""
    price = float(found.answer or 0.0)
    low, high = found.interval or (price, price)
    with st.container(border=True):
        st.metric(f"{capitalise(found.model)} says", pricer.write(price))
        share = f"In {found.coverage:.0%} of such cases" if found.coverage else "In most such cases"
        reach = f" ({describe_reach(low / price - 1)} to {describe_reach(high / price - 1)})" if price > 0 else ""
        st.markdown(escape(f"{share} the price lies between {pricer.write(low)} and {pricer.write(high)}{reach}."))
        said = []
        if pricer.has_median:
            names = {"median": "median", "mean": "mean by Duan's smearing"}
            other = next(name for name in STATISTICS if name != statistic)
            said.append(f"This is the {names[statistic]}; the {names[other]} is "
                        f"{pricer.write(float(found.details[other]))}.")  # fmt: skip
        said += [told] if told else []
        n_typical = len(found.details["typical"])
        if n_typical:
            said.append(f"{n_typical} columns that the form does not ask are taken as typical of houses like it. "
                        f"{pricer.note}")  # fmt: skip
        st.caption("  \n".join(f":material/info: {escape(line)}" for line in said))


def describe_reach(share: float) -> str:
    """Write how far an end lies from the price.

    Examples
    --------
    >>> describe_reach(-0.112), describe_reach(0.12)
    ('−11%', '+12%')
    """
    return f"{share:+.0%}".replace("-", "−")


def range_chart(
    found: Prediction, answers: Mapping[str, float], write: Callable[[float], str], unit: str = ""
) -> Chart:
    """Draw one price among the sales that are alike and what other models say.

    Examples
    --------
    >>> sale = {"price": 90.0, "adjusted": 95.0}
    >>> found = Prediction(100.0, "ridge", interval=(80.0, 130.0), coverage=0.9, details={"comparables": (sale,)})
    >>> range_chart(found, {"ridge": 100.0, "lasso": 104.0}, lambda value: f"${value:.0f}").title
    'All adjusted prices of the 1 most alike sales lie in the range'
    """
    price, (low, high) = float(found.answer or 0.0), found.interval or (0.0, 0.0)
    sales = found.details["comparables"]
    sold, adjusted = (np.array([float(each[name]) for each in sales]) for name in ("price", "adjusted"))
    inside = int(((adjusted >= low) & (adjusted <= high)).sum())
    title = f"{inside} of the {len(sales)} most alike sales, adjusted, lie in the range"
    if inside == len(sales):
        title = f"All adjusted prices of the {len(sales)} most alike sales lie in the range"

    def place(row: str, values: Sequence[float] | np.ndarray, **kind: Any) -> Mark:
        return Mark("points", np.asarray(values, dtype=float), np.array([row] * len(values), dtype=object), **kind)

    ends = {"low": np.array([low]), "high": np.array([high])}
    marks = (
        place("price and range", [price], name="price", size=13.0, **ends),
        place("sales alike, adjusted", adjusted, name="adjusted", role="good", size=10.0),
        place("the same, as sold", sold, name="as sold", role="muted", size=10.0),
        place("what each model says", list(answers.values()), name="models", role="third", size=9.0,
              text=tuple(f"{name}: {write(value)}" for name, value in answers.items())),
    )  # fmt: skip
    told = f"price {write(price)}, range {write(low)} to {write(high)}, sold for {', '.join(map(write, sold))}"
    return Chart(title, f"Price ({unit})" if unit else "Answer", "", marks, alt=f"{title}: {told}.")


def make_attribution(found: Prediction) -> Attribution:
    """Gather one price's reasons, which with the base make the price."""
    names = tuple(reason.name for reason in found.reasons)
    effects = np.array([[reason.effect for reason in found.reasons]])
    answers = np.array([float(found.answer or 0.0)])
    return Attribution("by topic", names, effects, float(found.details["base"]), answers=answers)


def show_reasons(found: Prediction, pricer: Pricer, key: str) -> None:
    """Draw the way from the base to the price, and every step to the cent."""
    if not found.reasons:
        st.info("Nothing that was asked moves this price away from the base.", icon=":material/help:")
        return
    chart = path_chart(make_attribution(found), 0, None, lambda value: write_signed(value, pricer.write))
    label = f"Price so far ({pricer.unit})" if pricer.unit else "Answer so far"
    show_chart(replace(chart, title=chart.title.replace(" columns ", " topics "), x_label=label), f"{key}_path",
               PATH_HEIGHT)  # fmt: skip
    with st.expander("To the cent", icon=":material/calculate:", key=f"{key}_cents"):
        frame = list_cents(found, pricer.write_exactly)
        st.dataframe(frame, hide_index=True, height="content", alt="Base and effects, which add up to the price")
        st.caption("Effects of the model on this answer, not what a change to the house would bring. Columns of one "
                   "topic are added up, because they move together.")  # fmt: skip


def write_signed(value: float, write: Callable[[float], str]) -> str:
    """Write an amount with its minus before the unit.

    Examples
    --------
    >>> write_signed(-5.0, lambda value: f"${value:.2f}")
    '−$5.00'
    """
    return f"−{write(-value)}" if value < 0 else write(value)


def list_cents(found: Prediction, write: Callable[[float], str]) -> pd.DataFrame:
    """List base, every effect and the price they make, in whole cents.

    Examples
    --------
    >>> from core.hub.contract import Reason
    >>> found = Prediction(3.0, "ridge", reasons=(Reason("size", "large", 2.0),), details={"base": 1.0})
    >>> list_cents(found, lambda value: f"${value:.2f}")["Amount"].tolist()
    ['$1.00', '$2.00', '$3.00']
    """
    rows = [("Base: where nothing is known", "", found.details["base"])]
    rows += [(reason.name, reason.value, reason.effect) for reason in found.reasons]
    rows.append(("Price", "", float(found.answer or 0.0)))
    lines = [(name, value, write_signed(float(amount), write)) for name, value, amount in rows]
    return pd.DataFrame(lines, columns=["Topic", "This house", "Amount"])


def show_comparables(found: Prediction, pricer: Pricer) -> None:
    """Draw the sales that are most alike, with what they fetched and would have fetched with this case's features."""
    sales = pd.DataFrame(list(found.details["comparables"]))
    st.markdown(f"**The {len(sales)} sales most alike went for {pricer.write(sales['price'].min())} to "
                f"{pricer.write(sales['price'].max())}**".replace("$", r"\$"))  # fmt: skip
    beside = pricer.sold.loc[sales["row"]].reset_index(drop=True)
    for name in ("price", "adjusted"):
        sales[name] = [pricer.write(value) for value in sales[name]]
    sales["difference"] = [write_signed(value, pricer.write) for value in sales["difference"]]
    sales["distance"] *= 100 if pricer.has_median else 1
    sales["group"] = sales["group"].str.replace("_", " ")
    titles = COMPARED if sales["group"].any() else {name: text for name, text in COMPARED.items() if name != "group"}
    shown = pd.concat([sales[list(titles)].rename(columns=titles), beside], axis=1)
    config = {"Unlike by": st.column_config.NumberColumn(
        format="%.1f%%" if pricer.has_median else "%.4g",
        help="Sum of the sizes of all adjustments, before they cancel: the gross adjustment of an appraisal.",
    )}  # fmt: skip
    st.dataframe(shown, hide_index=True, column_config=config, alt="Comparable sales with their adjustments")
    st.caption("Alike where the model prices each topic alike. The adjusted price is what the sale would have fetched "
               "with this house's features: its own price times the ratio of both answers.")  # fmt: skip
