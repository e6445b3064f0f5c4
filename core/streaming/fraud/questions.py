"""Three quick questions about scoring payments, each with its answer explained.

Left out: the lessons they follow (``lessons``).
"""

from __future__ import annotations

from core.hub.contract import Question

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A payment is made today. Why may the model not use the frauds of the terminal that happened yesterday?",
        (
            "Yesterday's payments are too few to count.",
            "Nobody knows yet which of them were frauds.",
            "They would make the model too slow.",
        ),
        1,
        "A fraud is known when the customer complains, about a week later. A feature that used it earlier would look "
        "well in a test and be impossible on the stream.",
    ),
    Question(
        "Every list of 100 cards a day held all compromised cards, and card precision was still 0.40. What is wrong?",
        (
            "Nothing: only 40 cards a day were compromised, so no list can hold more.",
            "The model ranks the wrong cards first.",
            "The threshold is too low.",
        ),
        0,
        "Card precision is out of the cards that one looks at. With 40 compromised cards a day its ceiling is 0.40; "
        "that is why the ceiling stands beside every figure.",
    ),
    Question(
        "Frauds are 7 in 1,000 payments. A model's ROC area is 0.89. What does that say of a list of alerts?",
        (
            "89% of the alerts are frauds.",
            "89% of the frauds are found.",
            "Little: it weighs all genuine payments alike, also the many that no list would ever hold.",
        ),
        2,
        "The ROC area asks how often a fraud is ranked above a genuine payment. What a list holds is precision, which "
        "average precision and card precision measure.",
    ),
)
