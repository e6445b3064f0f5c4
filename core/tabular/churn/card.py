"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Customer churn: who leaves, and whom it is worth keeping",
    model=(
        "Logistic regression, random forest and LightGBM behind one scikit-learn preparation, each also with "
        "SMOTE, their average, one rule and the churn rate; boosting's depth, the average's weights and every "
        "threshold are chosen by folds inside the training rows."
    ),
    data=(
        "Telco, IBM's sample of 7,043 customers of a fictional telephone company, of whom 1,869 left. The same code is "
        "checked on mlc_churn, 5,000 artificial customers."
    ),
    intended_use=(
        "Teaching how a churn model is judged by money, fairness and drift; a start for one's own table of customers. "
        "It is not meant to set anyone's price."
    ),
    limits=(
        "The customers are fictional, and a single moment: nothing is known of when they left.",
        "It says who leaves and not who would stay for an offer: that takes an experiment.",
        "Profit rests on four stated sums (lifetime value, offer, contact, acceptance); with others it is another.",
        "Boosting's rate, rounds and leaves were settled after six tries on these folds (ROC areas 0.847 to 0.850).",
        "SMOTE raises no ROC area measurably here and spoils the probabilities, so models with it are never acted on.",
        "Five folds cannot rule out that SMOTE moves a ROC area by more than 0.005: the intervals reach further.",
        "Profit counts each row under the threshold chosen without it; one threshold for all rows flatters itself.",
        "One threshold contacts senior citizens far more often; thresholds by group hold the gap, at a stated price.",
        "Group thresholds treat equal customers differently, which may be unlawful where you are.",
        "Label-free scores see other customers coming, not the same customers behaving otherwise.",
        "On 12 shifted halves a label-free ROC area erred by 0.023 at most; its interval held the truth in 8 of them.",
    ),
    licence="Data: IBM's sample data, without a licence of its own (R package modeldata, MIT). Weights: as the hub.",
    reference=(
        "T. Verbraken, W. Verbeke and B. Baesens, A novel profit maximizing metric for measuring classification "
        "performance of customer churn prediction models, IEEE TKDE 25, 2013, doi:10.1109/TKDE.2012.50"
    ),
)
