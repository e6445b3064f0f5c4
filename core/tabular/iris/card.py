"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Iris: nine classifiers and a baseline",
    model=(
        "Logistic regression, decision tree, nearest neighbours, support vector machine, random forest, naive Bayes, "
        "gradient boosting, linear and quadratic discriminant analysis, each in one scikit-learn pipeline; linear "
        "discriminant analysis answers first, chosen by repeated cross-validation of the training rows."
    ),
    data="Fisher's iris flowers as scikit-learn ships them: 150 flowers of three species, four lengths in centimetres.",
    intended_use=(
        "Teaching, and a check that a classifier works: the same code trains on any table with a class column. "
        "It is not meant to identify plants in the field."
    ),
    limits=(
        "It knows three species only: a flower far from those measured is refused, one of a similar species is not.",
        "The model of the leave-one-out figure was chosen by folds of 90 of the same 150 flowers.",
        "30 test flowers leave wide intervals; most of the nine models cannot be told apart.",
        "Prediction sets hold the true species of 90% of flowers, on average over species and calibration sets.",
        "One threshold serves all species: setosa is held more often, the others less (84% to 93%).",
        "30 calibration flowers give 78% to 98%; over 500 splits, 90.5% to 91.3%, but nearest neighbours 93%.",
        "The decision tree's sets hold 95%: its few different shares are tied, and some calibrations rule nothing out.",
        "A model right on more than 90% of flowers keeps that promise with some empty sets, where it is least sure.",
        "Two flowers (rows 102 and 143) have the same measurements and may lie on both sides of a split.",
    ),
    licence="Data: CC BY 4.0 (UCI Machine Learning Repository, doi:10.24432/C56C76). Weights: as the hub.",
    reference=(
        "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936, "
        "doi:10.1111/j.1469-1809.1936.tb02137.x"
    ),
)
