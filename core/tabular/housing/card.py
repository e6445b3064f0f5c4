"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="House prices: four lines, boosted trees and a blend",
    model=(
        "Least squares, ridge, lasso, elastic net and LightGBM on logs of prices, and a blend of ridge and LightGBM "
        "whose weights are fitted on inner folds, all on one preparation; the neighbourhood's median is the baseline. "
        "Every price has a conformal interval with limits of its own for each neighbourhood."
    ),
    data="2,930 houses sold in Ames, Iowa, 2006 to 2010 (De Cock 2011), in 72 columns; overall quality is not one.",
    intended_use=(
        "Teaching, and a pattern for pricing with honest intervals. Prices are those of one town from 2006 to 2010: "
        "no valuation of today or of elsewhere. The same code trains on any table with a number to predict."
    ),
    limits=(
        "It knows one town of 2006 to 2010: a house whose numbers lie outside those sales is refused.",
        "Parts that contradict each other as in no sale are refused; what cannot be seen in 25 columns is not.",
        "Five folds tell large differences between models only; row by row smaller ones show, without refitting.",
        "Intervals hold 90% of prices within each neighbourhood of 30 sales; smaller ones share one limit.",
        "A form asks for 25 columns and takes the others as typical; its errors and intervals are larger (cv_form).",
        "Three of the five largest houses sold far below what their size would cost; split cv_rule leaves five out.",
        "Contributions share out effects of topics together; they say what the model does, not what would happen.",
        "bsmtfin_sf_1 is damaged in this copy of the data and is used by no model.",
    ),
    licence="Data: published for teaching, without a licence; passed on by modeldata (MIT). Weights: as the hub.",
    reference=(
        "D. De Cock, Ames, Iowa: alternative to the Boston housing data as an end of semester regression project, "
        "Journal of Statistics Education 19(3), 2011, doi:10.1080/10691898.2011.11889627"
    ),
)
