"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.tabular.housing import figures

HERE = "core.tabular.housing"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "logs",
        "Logs, and when they pay",
        "A dear house is missed by more dollars than a cheap one, so a line on prices spends itself on the few dear ones. On logs a miss counts in percent, the same for all. It pays where the spread grows with the answer, for lines much and for trees little: see the study of this run. It costs one thing: the answer is a median, not a mean.",
        r"\log y = x \cdot w + e \quad\Rightarrow\quad y = e^{x \cdot w} \cdot e^{e}",
        "core.evaluation.residuals:find_uneven_spread",
        figures.LogControl,
        figures.draw_logs,
    ),
    Lesson(
        "smearing",
        "Median or mean: Duan's smearing",
        "Half of all houses like this one sell above the exponential of the log's answer: it is their median. Their mean is higher, because a house may be 30% too dear as easily as 30% too cheap, and the first is more dollars. Duan's factor is the mean of the exponentials of the residuals; it needs no normal distribution.",
        r"\hat E[y \mid x] = e^{x \cdot \hat w} \cdot \frac{1}{n} \sum_{i=1}^{n} e^{\hat e_i}",
        f"{HERE}.model:smear",
        figures.SmearControl,
        figures.draw_smearing,
    ),
    Lesson(
        "scaling",
        "Standard and MinMax scaling",
        "A penalty on weights must not depend on whether an area is in feet or metres, so columns are scaled first. Standard scaling takes the mean off and divides by the standard deviation. MinMax puts all values between 0 and 1; a single huge lot then squeezes all others into a corner, and the penalty weighs on them. Least squares and trees do not mind either.",
        r"z = \frac{x - \bar x}{s_x} \qquad\text{or}\qquad z = \frac{x - \min x}{\max x - \min x}",
        f"{HERE}.figures:squeeze",
        figures.ScaleControl,
        figures.draw_scaling,
    ),
    Lesson(
        "penalties",
        "Ridge, lasso and elastic net",
        "Ridge adds the squared weights to the squared error and pulls all of them towards zero. Lasso adds their sizes: weights that help little become exactly zero. Elastic net does half of each, which suits columns that go together: lasso would keep one of them by chance.",
        r"\min_w \; \tfrac{1}{2n} \lVert y - Z w \rVert^2 + \lambda \left( \alpha \lVert w \rVert_1 + \tfrac{1 - \alpha}{2} \lVert w \rVert_2^2 \right)",
        f"{HERE}.figures:fit_lasso",
        figures.PenaltyControl,
        figures.draw_penalty,
    ),
    Lesson(
        "one_hot",
        "One-hot encoding, and an explosion",
        "A neighbourhood is no number: each becomes a column of zeros and ones, and rare ones share a column. Such columns may say the same as another: the level *no second basement finish* and an area of 0, once a power has pressed all other areas into nearly one value. Least squares then lets their weights grow against one another, which does no harm until a house comes where the two disagree. The study of this run finds the fold, the rows and the columns; ridge is not hurt.",
        r"\kappa(Z) = \frac{\sigma_{\max}(Z)}{\sigma_{\min}(Z)}",
        f"{HERE}.explosion:explode",
    ),
    Lesson(
        "scores",
        "Which error?",
        "RMSE counts in dollars and large misses most. MAE counts every dollar alike. R² is the share of the spread that is explained. RMSE of logs and the median percentage error count in percent; PPE10 is the share of prices within 10%, which is what lenders ask. A model may lead on one and not on another.",
        r"\mathrm{RMSE}_{\log} = \sqrt{\tfrac{1}{n} \sum (\log \hat y_i - \log y_i)^2}, \qquad \mathrm{PPE}_{10} = \tfrac{1}{n} \#\{ |\hat y_i - y_i| \le 0.1\, y_i \}",
        "core.evaluation.regression:number_scores",
    ),
    Lesson(
        "intervals",
        "An interval that keeps its promise",
        "How far may a price be off? Houses that the model did not see tell: nine in ten of their misses are below some limit. One limit for all holds 90% on average and far fewer where houses differ most. A limit for each neighbourhood keeps the promise there too, for wider intervals in some and narrower ones in others.",
        r"\hat q_g = \text{the } \lceil 0.9 (n_g + 1) \rceil\text{-th smallest of } \frac{|y_i - \hat y_i|}{\hat\sigma(x_i)},\; i \in g",
        "core.evaluation.conformal_numbers:fit_group_limits",
        figures.CoverageControl,
        figures.draw_coverage,
    ),
    Lesson(
        "contributions",
        "Reasons that add up to the cent",
        "On logs the model is a sum of effects, but a person wants dollars. Walk straight from the base to the answer: at each small step every topic gets its share of the change. All steps together give each topic its effect times one number, the logarithmic mean of base and price, and nothing is left over. Rounding to cents gives the last cents to the largest remainders.",
        r"\Delta_j = \varphi_j \cdot \frac{p - p_0}{\log p - \log p_0}, \qquad p_0 + \sum_j \Delta_j = p",
        f"{HERE}.contributions:spread_over_price",
        figures.CentsControl,
        figures.draw_cents,
    ),
    Lesson(
        "importance",
        "Which columns matter?",
        "Shuffle a column among held-out houses and see how much the error grows. Columns that go together hide one another: shuffle one and the other still tells. So columns of one topic are shuffled together.",
        r"I_G = \frac{1}{n} \sum_i \left( |y_i - \hat f(x_i^{\pi(G)})| - |y_i - \hat f(x_i)| \right)",
        "core.evaluation.importance:permute_together",
        figures.CorrelationControl,
        figures.draw_correlation,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A model learns the log of the price. What is the exponential of its answer?",
        ("The mean price of such houses.", "Their median price.", "The likeliest price."),
        1,
        "The exponential keeps the order of houses, so the middle one stays the middle one. The mean lies higher, by Duan's factor.",
    ),
    Question(
        "Intervals hold 90% of all prices. What follows for the smallest neighbourhood?",
        (
            "They hold 90% there too.",
            "Nothing: they may hold far fewer there, unless it has limits of its own.",
            "They hold more, because few houses are easy.",
        ),
        1,
        "A promise over all rows is one on average. Only limits fitted within a group promise anything for the group, and few rows make them uncertain.",
    ),
    Question(
        "Least squares is excellent on four folds and off by millions on the fifth. What is the likeliest cause?",
        (
            "The fifth fold has the dearest houses.",
            "Two columns say nearly the same, and a house in the fifth fold is where they disagree.",
            "Too few rows for a straight line.",
        ),
        1,
        "Weights of columns that say the same are free to grow against one another, and cancel as long as both columns agree. A penalty, or leaving one column out, mends it.",
    ),
)
