"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``table_figures``, ``evidence_figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.tabular.eda import evidence_figures, table_figures

HERE = "core.tabular.eda"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "missing_mechanisms",
        "Why values are missing",
        "A value may be missing by chance, because of another column, or because of what it is itself. By chance costs rows and no more. Where another column decides, the mean of what is left is wrong, but that column can put it right. Where the value itself decides, nothing in the table can. Little's test can tell that it is not chance; which of the other two it is, no test can tell.",
        r"P(\text{missing} \mid x, y) = \begin{cases} c & \text{MCAR} \\ f(x) & \text{MAR} \\ f(x, y) & \text{MNAR} \end{cases}",
        f"{HERE}.cleaning.little:little_test",
        table_figures.GapControl,
        table_figures.draw_gaps,
    ),
    Lesson(
        "imputation",
        "Filling gaps",
        "A mean in every gap keeps the mean and breaks the rest: the values crowd on one line, so the spread shrinks and the column goes less with any other. Neighbours borrow from rows that are alike, and keep more of both. No single filling knows how unsure it is; an indicator column keeps at least where the gaps were.",
        r"s^2_{\text{filled}} = \frac{n_{\text{known}} - 1}{n - 1} \; s^2_{\text{known}}",
        f"{HERE}.cleaning.filling:fill_missing",
        table_figures.FillControl,
        table_figures.draw_filled,
    ),
    Lesson(
        "scaling",
        "Scaling and normalisation",
        "Distances and penalties take a column of thousands for more than one of units, so columns are put on one scale. Standard and min-max move and stretch; the shape stays, and one huge fare squeezes all the others together. Robust takes the middle half for its yardstick. Only logarithms and powers change the shape and pull a long tail in.",
        r"\frac{x - \bar x}{s}, \qquad \frac{x - \min}{\max - \min}, \qquad \frac{x - \mathrm{med}}{q_3 - q_1}, \qquad \log(1 + x)",
        f"{HERE}.cleaning.rescaling:scale_columns",
        table_figures.ScaleControl,
        table_figures.draw_scaled,
    ),
    Lesson(
        "outlier_rules",
        "Fences and z",
        "Tukey's fences stand 1.5 widths of the middle half beyond its ends; z counts standard deviations from the mean. A few huge values widen the deviation itself and so hide behind it; the middle half does not move. Neither rule says that a value is wrong: fares have a long tail, and a usual first-class fare lies near the fence.",
        r"x < q_1 - 1.5\,(q_3 - q_1) \;\text{ or }\; x > q_3 + 1.5\,(q_3 - q_1), \qquad |x - \bar x| > 3 s",
        f"{HERE}.cleaning.outliers:find_outliers",
        table_figures.FenceControl,
        table_figures.draw_fences,
    ),
    Lesson(
        "isolation_forest",
        "Isolation forest",
        "Cut the rows at random, again and again, until each stands alone. A row out on its own is alone after few cuts, one in the crowd after many. Averaged over many trees, the number of cuts says how odd a row is in all columns together. The share to be named is chosen beforehand: a forest names that many in clean data too.",
        r"s(x) = 2^{-\mathbb{E}[h(x)] / c(n)}",
        f"{HERE}.cleaning.rows:flag_isolated",
        table_figures.ForestControl,
        table_figures.draw_forest,
    ),
    Lesson(
        "correlation",
        "Measures of association",
        "Pearson asks how well a straight line fits, so one far point can make it or break it. Spearman takes ranks: any rise counts, however bent. Kendall counts pairs of rows that agree in order. All three miss an arch that rises and falls again. For categories Cramér's V, and for a number by a category the correlation ratio, do the same.",
        r"r = \frac{\mathrm{cov}(x, y)}{s_x s_y}, \qquad \tau = \frac{n_{\text{agree}} - n_{\text{differ}}}{\tfrac12 n (n-1)}, \qquad V = \sqrt{\frac{\chi^2 / n}{\min(r, c) - 1}}",
        f"{HERE}.associations:associate",
        evidence_figures.ShapeControl,
        evidence_figures.draw_shape,
    ),
    Lesson(
        "false_discovery_rate",
        "False-discovery rate",
        "A table of twenty columns has 190 pairs. Test each at 0.05 and nine or ten go together by chance alone. Benjamini and Hochberg sort the p-values and claim those below a line that rises with the rank: of all that is claimed, on average at most the chosen share is chance. With nothing to find, mostly nothing is claimed.",
        r"p_{(k)} \le \frac{k}{m} \, q",
        "core.evaluation.multiplicity:benjamini_hochberg",
        evidence_figures.RateControl,
        evidence_figures.draw_rate,
    ),
    Lesson(
        "effect_size",
        "Effect size and p",
        "A p-value says how surprising the rows would be if there were nothing. It falls with every row that is added, however small the effect. With fifty thousand rows a tie that explains a thousandth of the variance is beyond doubt and of no use. So a claim gives its effect size with an interval first, and p only says that it is not chance.",
        r"z = \operatorname{artanh}(\rho), \qquad \mathrm{se}(z) = \sqrt{\frac{1 + \rho^2 / 2}{n - 3}}",
        f"{HERE}.claims.effects:bound_rho",
        evidence_figures.EffectControl,
        evidence_figures.draw_effect,
    ),
    Lesson(
        "leakage",
        "Leakage",
        "A column that was written down after the outcome knows the answer. The lifeboat of a passenger is known for those who were saved; the number of a body for those who were not. A model that sees it looks perfect and is of no use on the day. Ask of each column when it was filled in, and look at whether it is filled in, not only at what it holds.",
        r"P(y \mid x \text{ known}) \ne P(y \mid x \text{ missing})",
        f"{HERE}.claims.outcome:find_late_columns",
        table_figures.LeakControl,
        table_figures.draw_leak,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A table has 1,000,000 rows, and two columns go together with rho 0.01 and p below 0.001. What follows?",
        ("They go together, and hardly.", "One can be predicted from the other.", "The test must be wrong."),
        0,
        "With a million rows p falls below 0.001 for ties that explain a ten-thousandth of the variance. The interval around rho says both: it is not zero, and it is tiny.",
    ),
    Question(
        "Income is missing mostly for people who earn much. Which filling puts the mean right?",
        ("The median.", "Five neighbours.", "None: the table does not hold what decides."),
        2,
        "Where the value itself decides whether it is missing, what is left says nothing about what is gone, unless another column stands in for it. It takes an assumption or another source.",
    ),
    Question(
        "A churn model is right in 99.8% of cases. Its best column is the reason for leaving. What is wrong?",
        (
            "Nothing: reasons are good columns.",
            "The column is filled in only after somebody has left.",
            "The classes are out of balance.",
        ),
        1,
        "For the customers whom the model is asked about the column is still empty. It was written down after the outcome, so it must go before anything is learnt.",
    ),
)
