"""The Titanic: who was saved, and which columns only seem to know.

What is known of the passengers is in the catalogue row of ``titanic``. Children are those under 13, the oldest age at
which second class lost none; the bound is a figure of the finding. A male of unknown age counts as a man.

Left out: a model (the classification page has one) and the crew, who are not in the table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.table import Table
from core.hub.charts import Chart
from core.tabular.eda.stories.drawing import bar_chart, draw_bars
from core.tabular.eda.stories.evidence import Flags, compare_shares, find_share
from core.tabular.eda.stories.story import Figure, Finding, Story, Subject, is_value, list_values, make_finding, write

CHILD_UNDER = 13
LARGE_FROM = 5
HALF = 0.5
LIVED = "share who lived"


def _find_lived(table: Table) -> Flags:
    """Return who lived; someone has to have died too."""
    is_value(table, "survived", "No")
    return is_value(table, "survived", "Yes")


def compare_sexes(table: Table) -> Finding:
    """Find that most of the women and girls lived and most of the men and boys died."""
    lived, women, men = _find_lived(table), is_value(table, "sex", "female"), is_value(table, "sex", "male")
    found = compare_shares(lived[women], lived[men])
    shares = {"female": find_share(lived[women]), "male": find_share(lived[men])}
    return make_finding(
        Subject("difference_of_shares", "target", "note", ("survived", "sex")),
        "Of {n_women:,.0f} women and girls {women:.1%} lived, of {n_men:,.0f} men and boys {men:.1%}: {value:.1f} "
        "points more ({level:.0%} interval {low:.1f} to {high:.1f}), so that answering by sex alone is right "
        "for {right:.1%}.",
        {
            "n_women": women.sum(),
            "n_men": men.sum(),
            "women": shares["female"].value,
            "men": shares["male"].value,
            "right": np.mean(lived == women),
        },
        found,
        bar_chart(
            "Women and girls lived {value:.0f} points oftener than men and boys", ("", LIVED), shares, percent=True
        ),
        holds=found.low > 0,
    )


def _find_groups(table: Table) -> dict[str, Flags]:
    """Return who is a child, a woman or a man; an unknown age counts as grown up."""
    child = table.numbers("age") < CHILD_UNDER
    women = is_value(table, "sex", "female")
    return {"children": child, "women": women & ~child, "men": is_value(table, "sex", "male") & ~child}


def compare_classes(table: Table) -> Finding:
    """Find that women and children first held in first and second class."""
    lived, groups = _find_lived(table), _find_groups(table)
    classes = {f"class {name}": is_value(table, "pclass", name) for name in list_values(table, "pclass")}
    weak = groups["women"] | groups["children"]
    third = is_value(table, "pclass", "3")
    found = compare_shares(lived[weak & ~third], lived[weak & third])
    marks = tuple(
        draw_bars(
            {label: find_share(lived[rows & who]) for label, rows in classes.items() if (rows & who).any()},
            name,
            "class",
            i,
        )
        for i, (name, who) in enumerate(groups.items())
    )
    return make_finding(
        Subject("difference_of_shares", "target", "note", ("survived", "pclass", "sex", "age")),
        "Women and children first held for those above the third class: {upper:.1%} of their women and of their "
        "children under {child_under:.0f} lived, {third:.1%} of those in third class, {value:.1f} points fewer "
        "({level:.0%} interval {low:.1f} to {high:.1f}); the {ageless:.0f} males of unknown age count as men.",
        {
            "upper": lived[weak & ~third].mean(),
            "third": lived[weak & third].mean(),
            "child_under": CHILD_UNDER,
            "ageless": _count_ageless(table),
        },
        found,
        Chart(
            "Women and children first: {upper:.0%} saved above the third class, {third:.0%} in it",
            "",
            LIVED,
            marks,
            y_percent=True,
            y_range=(0.0, 1.0),
        ),
        holds=found.low > 0,
    )


def _count_ageless(table: Table) -> int:
    """Count the males of unknown age."""
    return int((is_value(table, "sex", "male") & ~np.isfinite(table.numbers("age"))).sum())


def compare_men(table: Table) -> Finding:
    """Find that a second-class ticket is not shown to have gone with more men saved."""
    lived, men = _find_lived(table), _find_groups(table)["men"]
    first, second, third = (lived[men & is_value(table, "pclass", name)] for name in ("1", "2", "3"))
    found = compare_shares(second, third)
    shares = {f"class {i}": find_share(part, "the men of a class") for i, part in enumerate((first, second, third), 1)}
    return make_finding(
        Subject("difference_of_shares", "target", "note", ("survived", "pclass", "sex", "age")),
        "Men of second class are not shown to have been safer than those of third: {second:.1%} of them lived, "
        "{third:.1%} of the third's ({value:.1f} points, {level:.0%} interval {low:.1f} to {high:.1f}), and "
        "{first:.1%} of the first's; {ageless:.0f} of the {n_men:.0f} are males of unknown age.",
        {
            "first": first.mean(),
            "second": second.mean(),
            "third": third.mean(),
            "ageless": _count_ageless(table),
            "n_men": men.sum(),
        },
        found,
        bar_chart(
            "Men of second class are not shown to have been safer: {second:.0%} lived, {third:.0%} of third class",
            ("", "share of men who lived"),
            shares,
            percent=True,
        ),
        holds=found.low < 0 < found.high,
    )


def compare_families(table: Table) -> Finding:
    """Find that small families lived and large ones died."""
    lived = _find_lived(table)
    size = table.numbers("sibsp") + table.numbers("parch") + 1
    small, large = (size > 1) & (size < LARGE_FROM), size >= LARGE_FROM
    found = compare_shares(lived[small], lived[large])
    shares = {f"{int(n)}": find_share(lived[size == n]) for n in np.unique(size[np.isfinite(size)])}
    return make_finding(
        Subject("difference_of_shares", "target", "note", ("survived", "sibsp", "parch")),
        "Family size does not go one way: {alone:.1%} of those alone lived, {small:.1%} of those in families of "
        "{two:.0f} to {four:.0f}, {large:.1%} of those in larger ones, {value:.1f} points fewer than in small ones "
        "({level:.0%} interval {low:.1f} to {high:.1f}).",
        {
            "alone": lived[size == 1].mean() if (size == 1).any() else np.nan,
            "small": lived[small].mean(),
            "large": lived[large].mean(),
            "two": 2,
            "four": LARGE_FROM - 1,
        },
        found,
        bar_chart(
            "Families of {two:.0f} to {four:.0f} lived oftenest: {small:.0%}, against {alone:.0%} alone",
            ("people in the family aboard", LIVED),
            shares,
            percent=True,
        ),
        holds=found.low > 0 and bool((size == 1).any()) and lived[size == 1].mean() < lived[small].mean(),
    )


def find_leak(table: Table) -> Finding:
    """Find that boat and body were written down when the answer was known."""
    lived = _find_lived(table)
    boat, body = _is_known(table, "boat"), _is_known(table, "body")
    right = find_share(boat == lived, "share of rows that the boat answers")
    groups = {"boat known": boat, "no boat": ~boat, "body found": body, "no body": ~body}
    shares = {name: find_share(lived[rows], name) for name, rows in groups.items()}
    return make_finding(
        Subject("label_leak", "target", "problem", ("boat", "body", "survived")),
        "The columns boat and body leak the answer: {boat:.1%} of those with a lifeboat lived and {no_boat:.1%} of the "
        "rest, of the {n_body:,.0f} bodies {body:.1%} did, and whether a boat is written down is the right answer for "
        "{value:.1%} of rows ({level:.0%} interval {low:.1%} to {high:.1%}): leave both out of every model.",
        {
            "boat": shares["boat known"].value,
            "no_boat": shares["no boat"].value,
            "body": shares["body found"].value,
            "n_body": body.sum(),
        },
        right,
        bar_chart(
            "Boat and body leak: a boat written down answers {value:.0%} of rows", ("", LIVED), shares, percent=True
        ),
        holds=right.low > HALF + HALF / 2,
    )


def compare_gaps(table: Table) -> Finding:
    """Find that an unknown age is itself a sign."""
    lived, known = _find_lived(table), np.isfinite(table.numbers("age"))
    found = compare_shares(lived[known], lived[~known])
    shares = {"age known": find_share(lived[known]), "age unknown": find_share(lived[~known])}
    third = is_value(table, "pclass", "3")
    return make_finding(
        Subject("conditional_missingness", "missing", "warning", ("age", "survived", "pclass")),
        "The age is not missing completely at random: it is unknown for {gap_third:.1%} of third class and "
        "{gap_upper:.1%} of the rest, and {known:.1%} of those with an age lived against {unknown:.1%} without, "
        "{value:.1f} points more ({level:.0%} interval {low:.1f} to {high:.1f}).",
        {
            "gap_third": float(np.mean(~known[third])),
            "gap_upper": float(np.mean(~known[~third])),
            "known": lived[known].mean(),
            "unknown": lived[~known].mean(),
        },
        found,
        bar_chart(
            "An age that nobody wrote down goes with dying: {unknown:.0%} lived, not {known:.0%}",
            ("", LIVED),
            shares,
            percent=True,
        ),
        holds=found.low > 0,
    )


def _is_known(table: Table, column: str) -> NDArray[np.bool_]:
    """Return which rows of a column are filled in."""
    return table.frame[column].notna().to_numpy(dtype=bool)


def measure_passengers(table: Table) -> dict[str, Figure]:
    """Measure the figures at the top."""
    lived, women = _find_lived(table), is_value(table, "sex", "female")
    unknown = float(np.mean(~np.isfinite(table.numbers("age"))))
    right = float(np.mean(lived == women))
    return {
        "Passengers": Figure(len(lived), write("{n:,.0f}", {"n": len(lived)})),
        "Lived": Figure(float(lived.mean()), write("{share:.1%}", {"share": float(lived.mean())})),
        "Right by sex alone": Figure(right, write("{share:.1%}", {"share": right})),
        "Age unknown": Figure(unknown, write("{share:.1%}", {"share": unknown})),
    }


TITANIC = Story(
    slug="titanic",
    table="titanic",
    title="Who was saved from the Titanic",
    question="Was it women and children first, and for whom?",
    lesson="Ask when each column was written down: what is known only afterwards is no feature.",
    columns={
        "survived": "category",
        "pclass": "category",
        "sex": "category",
        "age": "number",
        "sibsp": "number",
        "parch": "number",
        "boat": "category",
        "body": "number",
    },
    tell=(compare_sexes, compare_classes, compare_men, compare_families, find_leak, compare_gaps),
    measure=measure_passengers,
)
