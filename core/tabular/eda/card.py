"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText
from core.tabular.eda.defects.scoring import SEEDS

CARD = CardText(
    title="EDA portfolio: a search for claims, and what a usual row is",
    model=(
        "Searches for claims about quality, gaps, spread, association and leaks, beside the alerts that every upload "
        "gets. Of associations, gaps, late columns, skewness, tails and heaped digits, which are tested, the "
        "false-discovery rate is held over all tests of a table (Benjamini and Hochberg in each topic, with an equal "
        "part of the level); other claims are counts, or guesses by a rule without an error rate. Rows are judged by "
        "a conformal p-value of the distance to their nearest rows."
    ),
    data=(
        "Claims and rows: 1,309 passengers of the Titanic (T. Cason 1999). Figures: twenty known defects planted in "
        "five clean sets (planted_defects) and three others (planted_held_out). " + SEEDS + "; "
        "nothing was planted in the three others, Titanic, telco churn and gapminder, before thresholds were settled."
    ),
    intended_use="A first look at any table, to know what to check; it changes nothing by itself.",
    limits=(
        (
            "Most answers beside the planted defects are excused, since the same claim is made of the table before "
            "planting. They count neither way in precision and F1 and as wrong in strict_precision, whose n less that "
            "of precision is their number."
        ),
        "Thresholds were settled in the five sets, with other seeds; planted_held_out tells more of a new table.",
        "Planted defects are ones that a table can show, in tables of 150 to 2,000 rows; others are not counted.",
        "A claim says that something stands out in these rows, not why, and no claim is no proof of a sound table.",
        "Where defects overlap in one column, the one with more evidence may hide the other.",
        "A gap is never strange by itself; text and identifiers are not judged row by row.",
    ),
    licence=(
        "Titanic: published by Vanderbilt University without a licence; passed on by nannyml (Apache-2.0). The "
        "other sets: see the catalogue."
    ),
    reference=(
        "Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, JRSS B 57, 1995, "
        "doi:10.1111/j.2517-6161.1995.tb02031.x; V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random "
        "World, Springer, 2005"
    ),
)
