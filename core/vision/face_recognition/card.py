"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Face recognition: the same person, somebody known, or a stranger",
    model=(
        "dlib's 5 landmarks and 128-number ResNet, as published, with gates chosen on one half of the people and "
        "scored on the other. It holds no vector and no picture of anybody."
    ),
    data=(
        "To choose and to score: the ORL faces, 400 grey photographs of 40 people taken at the Olivetti Research "
        "Laboratory in Cambridge, 1992 to 1994; fetched, never shipped. The network was trained by its author on some "
        "3 million pictures."
    ),
    intended_use=(
        "Teaching how faces are compared, and recognising people who agreed to it in their own session. Not for "
        "watching people, for access control, or for any decision about somebody."
    ),
    limits=(
        "Twenty people choose and twenty are scored: the intervals are as wide as that, whatever the number of pairs.",
        "The 40 people are mostly men, photographed in one laboratory; other groups, ages and cameras can be worse.",
        "Many pictures of a person were taken in one sitting, all within two years; faces change over longer.",
        "Pictures in which no face is found are counted in a row of their own and in no other.",
        "A larger gallery gives a stranger more chances to be named; the rates of naming hold for ten people enrolled.",
        "The intervals of naming know how few people came, not that those of a draw share a gallery.",
        "Gates were chosen on 20 people; so few cannot promise that strangers are named less than one time in seven.",
        "Twins, relatives, masks and photographs held before the camera are not told apart.",
    ),
    licence="Networks: CC0 (D. King). ORL faces: AT&T Laboratories Cambridge, credit asked. Gates: as the hub.",
    reference=(
        "F. Samaria and A. Harter, Parameterisation of a stochastic model for human face identification, 1994, "
        "doi:10.1109/ACV.1994.341300; D. King, High quality face recognition with deep metric learning, 2017; E. Korn "
        "and B. Graubard, Confidence intervals for proportions with small expected number of positive counts, 1998"
    ),
)
