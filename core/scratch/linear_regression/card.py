"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Linear regression from scratch: eight ways to one line, and the mean",
    model=(
        "Least squares by Householder QR, normal equations and SVD, ridge, and gradient descent on all rows, "
        "mini-batches and single rows, all written in NumPy, beside scikit-learn; certified digits are those of QR in "
        "double-double."
    ),
    data=(
        "The diabetes study of Efron et al. (2004) from scikit-learn, in its original units: 442 patients, ten "
        "columns and the disease's progression after one year. Certified digits: NIST's eleven linear sets."
    ),
    intended_use=(
        "Teaching, and a check that arithmetic can be trusted: the same code fits any table with a number. "
        "It is not a medical instrument."
    ),
    limits=(
        "A line can only say straight things; the residual chart shows what it leaves.",
        "Intervals suppose independent rows that scatter evenly around the line; their coverage is measured.",
        "Outside the training rows the line is only drawn on, and the answer says so.",
        "The lines differ by rounding, by λ or by how far they walked: on these rows none is measurably better.",
    ),
    licence="Data: published without a licence, passed on by scikit-learn (BSD 3-Clause); NIST sets: public domain.",
    reference=(
        "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, Annals of Statistics 32, 2004, "
        "doi:10.1214/009053604000000067; NIST StRD, https://www.itl.nist.gov/div898/strd/lls/lls.shtml"
    ),
)
