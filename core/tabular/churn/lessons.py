"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``) and the methods by hand (``by_hand``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.tabular.churn import figures

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "imbalance",
        "Few leave: SMOTE, and what it is worth",
        "Of 100 customers some 27 leave, of other tables 5. SMOTE makes new leavers on the lines between known ones until "
        "both classes are as many. It belongs inside the fold: made from all rows, it would carry scored rows into training. "
        "It does not help here: the ranking stays the same, and the probabilities come out far too high, because the model "
        "learnt from a world in which half leaves. A threshold does what SMOTE is meant to do, and keeps the probabilities.",
        r"x_{\mathrm{new}} = x_i + u\,(x_j - x_i), \quad u \sim U(0, 1), \; j \in N_k(i)",
        "core.tabular.churn.by_hand:make_between",
        figures.SmoteControl,
        figures.draw_smote,
    ),
    Lesson(
        "curves",
        "ROC area, and precision against recall",
        "The ROC area is how often a leaver is ranked above a stayer; it does not change when leavers become rare. What does "
        "change is how many alarms are right. Precision against recall shows that: its area, average precision, starts from "
        "the share that leaves and not from one half. Lower the share and watch one figure stay while the other falls.",
        r"\mathrm{AP} = \sum_k (R_k - R_{k-1})\, P_k, \qquad \mathrm{AUC} = P(s_+ > s_-)",
        "core.tabular.churn.figures:rank_area",
        figures.CurveControl,
        figures.draw_curves,
    ),
    Lesson(
        "profit",
        "Profit, threshold and lifetime value",
        "Contacting a leaver keeps them with some probability; contacting a stayer gives the offer away. With a lifetime "
        "value of 200, an offer of 10, a contact of 1 and 30% acceptance the first brings 56 and the second costs 11, so it "
        "pays from a probability of 11 / 67 = 16% on, far below one half. The best point of a curve flatters itself on the "
        "rows that drew it; so a threshold is chosen on some rows and its profit counted on others.",
        r"\pi(p) = p\,[a\,(\mathrm{CLV} - d) - c] - (1 - p)(d + c), \qquad p^* = \frac{d + c}{a\,(\mathrm{CLV} - d) + d}",
        "core.tabular.churn.money:expect_profit",
        figures.ProfitControl,
        figures.draw_profit,
    ),
    Lesson(
        "fairness",
        "Fairness by group, and its price",
        "Three things one may ask: that groups are contacted alike (parity), that leavers are found and stayers bothered "
        "alike (equalised odds), that a stated 30% comes true in each group (calibration). Where groups leave at different "
        "rates no model gives all three. Thresholds by group can hold the odds gap; they cost money, which is counted on "
        "rows that chose nothing, and they treat equal customers differently, which may be unlawful.",
        r"\mathrm{gap} = \max\bigl(|\mathrm{found}_a - \mathrm{found}_b|,\; |\mathrm{raised}_a - \mathrm{raised}_b|\bigr)",
        "core.evaluation.fairness:limit_gap",
        figures.GroupControl,
        figures.draw_groups,
    ),
    Lesson(
        "importance",
        "Which columns tell, when columns go together",
        "Permutation importance shuffles a column and measures what is lost. Tenure, monthly charge and total nearly say the "
        "same: shuffle one, and the model sees customers that cannot exist, while the others still tell. So columns whose "
        "ranks correlate by 0.6 or more are shuffled together, by one and the same order. Shapley values share an answer out "
        "among columns for one customer; they add up, and share among correlated columns too.",
        r"I_G = \mathrm{AUC}(x_G, x_{-G}) - \mathrm{AUC}(x_{\pi(G)}, x_{-G})",
        "core.tabular.churn.explain:group_columns",
        figures.ShuffleControl,
        figures.draw_shuffles,
    ),
    Lesson(
        "drift",
        "Have the customers changed?",
        "The stability index counts old and new rows in the same tenths and adds up how far the shares moved. With many rows "
        "a test finds differences that matter to nobody; with few it misses large ones. So a column is said to drift only if "
        "its index is at least 0.1 and its test, adjusted for the number of columns, is below 0.05. A classifier that tries "
        "to tell new rows from old ones sees what no single column shows.",
        r"\mathrm{PSI} = \sum_b (q_b - p_b) \ln \frac{q_b}{p_b}",
        "core.evaluation.drift:measure_stability",
        figures.DriftControl,
        figures.draw_drift,
    ),
    Lesson(
        "label_free",
        "How good is the model before anyone knows who left?",
        "A customer with a probability of 30% is three tenths of a leaver. Added up over all customers, that gives the hits "
        "and mistakes that are expected, and so the ROC area, without a single label. It sees that other, harder customers "
        "come: on 12 shifted halves of Telco it erred by 0.005 on average and by 0.023 at most, though its interval, which is of "
        "sampling alone, held the truth in 8 of them. It cannot see that the same customers behave otherwise: change that, and "
        "the estimate stays where it was.",
        r"\widehat{\mathrm{AUC}} = \frac{\sum_{i,j} p_i (1 - p_j)\, [s_i > s_j]}{\sum_i p_i \sum_j (1 - p_j)}",
        "core.evaluation.label_free:estimate_performance",
        figures.LabelFreeControl,
        figures.draw_label_free,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "SMOTE leaves the ROC area where it was and raises the Brier score from 0.135 to 0.164. What follows?",
        (
            "The model got better at finding leavers.",
            "The ranking is the same, but the probabilities no longer hold.",
            "The Brier score cannot be used where a class is rare.",
        ),
        1,
        "The model now learns from a world in which half leaves, so it says too high a probability of everybody. The order "
        "stays. A lower threshold finds as many leavers and keeps the probabilities, on which the profit rests.",
    ),
    Question(
        "With a payoff of 56 for a leaver and -11 for a stayer, from which probability of leaving does a contact pay?",
        ("From 50%.", "From 27%, the share that leaves.", "From 16%, which is 11 / (56 + 11)."),
        2,
        "At 16.4% what is won and what is lost are equal on average. One half would be right only if both were worth the "
        "same.",
    ),
    Question(
        "Half a year later the label-free estimate is where it was, yet far fewer of the contacted had wanted to leave. Why?",
        (
            "The customers look the same but behave otherwise, which no estimate without labels can see.",
            "The estimate needs more draws.",
            "The stability index must have been above 0.25.",
        ),
        0,
        "The estimate takes the probabilities at their word. It sees other customers coming, not the same ones behaving in "
        "another way; for that, labels of at least some customers are needed.",
    ),
)
