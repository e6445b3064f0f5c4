"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="A/B testing: one plan, its analysis, and promises that are simulated",
    model=(
        "Tests of two arms (t, z, Mann–Whitney, chi-square, bootstrap, permutation), group sequential and anytime "
        "inference, CUPED, split checks and a decision rule, written in NumPy and SciPy's special functions."
    ),
    data=(
        "The résumé trial of Bertrand and Mullainathan (2004): 4,870 résumés, 392 called back. The promises are "
        "measured on simulated trials."
    ),
    intended_use=(
        "Comparing two randomised arms, once or while the units arrive. It is no judge of what is worth shipping."
    ),
    limits=(
        "Units must be independent and drawn by lot; interference between units is not modelled.",
        "The anytime interval is asymptotic: it is not given below 100 units.",
        "An effect that was significant at an early stop is on average too large.",
        "Coverage is simulated for the distributions that the code names; a heavier tail needs more units.",
    ),
    licence="Data: published with the paper; passed on by the R package AER (GPL-2 or GPL-3).",
    reference=(
        "M. Bertrand and S. Mullainathan, American Economic Review 94, 2004, doi:10.1257/0002828042002561; I. "
        "Waudby-Smith et al., Annals of Statistics 52, 2024, arXiv:2103.06476"
    ),
)
