"""Three quick questions about payments on a stream, each with its answer explained.

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
        "A challenger is on trial, and its ordinary 95% interval is looked at every day. What goes wrong?",
        (
            "Nothing: an interval of 95% is wrong once in twenty times.",
            "Looks add up: sooner or later one of them leaves out 0, though the challenger is no better.",
            "The interval gets wider with each label.",
        ),
        1,
        "Each look has a chance of its own to be wrong. An always-valid interval is wider and holds at all looks "
        "together, so the trial may end at any of them, for the better model or against a worse one.",
    ),
    Question(
        "A consumer stores its alerts, and then, in a transaction of its own, its place in the log. It is killed in "
        "between. What does the restart do?",
        (
            "It writes the alerts of that batch a second time.",
            "It loses the alerts of that batch.",
            "It goes on where it stood, exactly once.",
        ),
        0,
        "The stored place is still before the batch, so the batch is read and its alerts written again. With both in "
        "one transaction there is no between: all of it is there, or nothing.",
    ),
)
