"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``model_figures``, ``score_figures``) and the methods by hand (``by_hand``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.tabular.iris import model_figures as models
from core.tabular.iris import score_figures as scores

BY_HAND = "core.tabular.iris.by_hand"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "splitting",
        "Test rows and cross-validation",
        "A model is judged on rows it has never seen: it can learn its own rows by heart. A few rows are kept aside before "
        "anything else happens, even before scaling. One split is partly luck, as the figure shows. Cross-validation cuts "
        "the rows into folds, tests on each fold in turn and averages; repeating it with other cuts steadies the mean. "
        "Because folds share training rows, their scores are not independent, and a plain t-test would see differences "
        "that are not there.",
        r"\mathrm{accuracy} = \frac{1}{K} \sum_{k=1}^{K} \frac{\#\{i \in \mathrm{fold}_k : \hat y_i = y_i\}}{|\mathrm{fold}_k|}",
        "core.evaluation.splits:make_folds",
        scores.SplitControl,
        scores.draw_splits,
    ),
    Lesson(
        "logistic_regression",
        "Logistic regression",
        "Each class gets a score, a weighted sum of the columns; softmax turns the scores into shares that sum to 1. The "
        "weights are those that make the training classes least surprising, with a penalty on large weights. C says how "
        "weak that penalty is: with a small C the curve stays flat and doubtful, with a large one it turns into a step.",
        r"p_k = \frac{e^{w_k \cdot x + b_k}}{\sum_j e^{w_j \cdot x + b_j}}, \qquad "
        r"\min_w \; \tfrac{1}{2} \lVert w \rVert^2 - C \sum_i \log p_{y_i}",
        f"{BY_HAND}:softmax",
        models.LogisticControl,
        models.draw_logistic,
    ),
    Lesson(
        "decision_tree",
        "Decision tree",
        "A tree asks one question at a time: is this column at most that value? It picks the cut that takes away most of "
        "the impurity, then cuts both halves again, until a depth is reached or nothing is left to cut. Move the cut: a "
        "petal length of 2.5 cm parts setosa from all others and no other single cut does better.",
        r"G = 1 - \sum_k p_k^2, \qquad \Delta = G - \frac{n_L}{n} G_L - \frac{n_R}{n} G_R",
        f"{BY_HAND}:split_gain",
        models.TreeControl,
        models.draw_split,
    ),
    Lesson(
        "nearest_neighbours",
        "Nearest neighbours",
        "Nothing is learnt in advance: the K training rows closest to a case vote. With K = 1 every flower owns an island "
        "of its own, noise included; with a large K the islands melt and the border becomes smooth, in the end too smooth. "
        "Distance needs columns in like units, which is why columns of very different spread are standardised first.",
        r"p_k(x) = \frac{1}{K} \sum_{i \in N_K(x)} [\, y_i = k \,]",
        f"{BY_HAND}:vote_nearest",
        models.NeighboursControl,
        models.draw_neighbours,
    ),
    Lesson(
        "support_vector_machine",
        "Support vector machine",
        "The machine looks for the border with the widest margin and lets a few rows lie on the wrong side at a price C. "
        "The kernel measures how alike two rows are, so the border may bend: a large gamma lets each row speak only for "
        "its close surroundings. The machine gives distances from the border, not shares; a temperature fitted on rows "
        "that the machine did not see turns them into shares without changing an answer.",
        r"k(x, x') = e^{-\gamma \lVert x - x' \rVert^2}, \qquad f(x) = \sum_i \alpha_i y_i \, k(x_i, x) + b",
        f"{BY_HAND}:rbf_kernel",
        models.SvmControl,
        models.draw_svm,
    ),
    Lesson(
        "naive_bayes",
        "Naive Bayes",
        "By Bayes' rule a class is likely when it is common and the case looks like its members. Naive Bayes takes each "
        "column as a Gaussian of its own within a class and multiplies, as if the columns had nothing to do with one "
        "another. That is seldom true, so its shares are often too sure, yet its answers are good.",
        r"p(k \mid x) \propto \pi_k \prod_j \mathcal{N}(x_j;\, \mu_{kj}, \sigma_{kj}^2)",
        f"{BY_HAND}:naive_bayes_shares",
        models.BayesControl,
        models.draw_bayes,
    ),
    Lesson(
        "discriminant_analysis",
        "LDA and QDA",
        "Here each class is one Gaussian cloud in all columns at once, so columns may go together. If all clouds share "
        "one shape (LDA) the borders are straight; with a shape each (QDA) they are curved, and there are more numbers to "
        "estimate. On the iris flowers LDA errs on 3 of 150 when each is left out once, the fewest of all models here.",
        r"\delta_k(x) = \log \pi_k - \tfrac{1}{2} \log |\Sigma_k| - \tfrac{1}{2} (x - \mu_k)^\top \Sigma_k^{-1} (x - \mu_k)",
        f"{BY_HAND}:discriminant_shares",
        models.DiscriminantControl,
        models.draw_discriminant,
    ),
    Lesson(
        "ensembles",
        "Random forest and boosting",
        "Many voters are better than one if each is right more often than not and they do not all err together. A random "
        "forest grows trees on resampled rows and random columns, so that their errors differ, and averages them. Boosting "
        "adds small trees one after another, each mending what is still wrong. The figure is the ideal of independent "
        "voters; with an error above one half, the crowd makes it worse.",
        r"P(\text{majority wrong}) = \sum_{k > n/2} \binom{n}{k} \varepsilon^k (1 - \varepsilon)^{n - k}",
        f"{BY_HAND}:majority_error",
        models.EnsembleControl,
        models.draw_ensemble,
    ),
    Lesson(
        "errors",
        "Confusion matrix, precision, recall and F1",
        "The confusion matrix counts each class (down) by its answer (across). Precision is the share of finds that are "
        "right, recall the share of a class that is found, and F1 their harmonic mean. Moving the threshold trades one for "
        "the other, so accuracy alone hides which error is made, above all where a class is rare.",
        r"\mathrm{precision} = \frac{TP}{TP + FP}, \quad \mathrm{recall} = \frac{TP}{TP + FN}, \quad "
        r"F_1 = \frac{2\, TP}{2\, TP + FP + FN}",
        "core.evaluation.classification:confusion",
        scores.ThresholdControl,
        scores.draw_threshold,
    ),
    Lesson(
        "roc",
        "ROC curve",
        "Lower the threshold step by step and plot the share of the class that is found against the share of others raised "
        "by mistake: that is the ROC curve. The area under it is how often a row of the class scores above a row of "
        "another, so it judges the ranking and not any one threshold. Half is chance. With several classes each is drawn "
        "against the rest.",
        r"\mathrm{AUC} = P(s_+ > s_-) + \tfrac{1}{2} P(s_+ = s_-)",
        f"{BY_HAND}:roc_area",
        scores.RocControl,
        scores.draw_roc,
    ),
    Lesson(
        "calibration",
        "Calibration",
        "A share of 80% should come true in 80% of such cases. The figure's model is twice too sure; dividing its scores "
        "by a temperature of about 2 makes its confidence honest and changes no answer. The calibration error averages the "
        "gap over bins of confidence.",
        r"p_k = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}}, \qquad "
        r"\mathrm{ECE} = \sum_b \frac{n_b}{n} \left| \mathrm{acc}_b - \mathrm{conf}_b \right|",
        "core.evaluation.calibration:apply_temperature",
        scores.TemperatureControl,
        scores.draw_calibration,
    ),
    Lesson(
        "prediction_sets",
        "Prediction sets",
        "Instead of one answer the model may give every class it cannot rule out. Rows kept for calibration tell how badly "
        "the true class may score; the set keeps each class that scores no worse than almost all of those. Whatever the "
        "model, the true class is then in the set as often as promised, for new rows like these and on average over calibration "
        "sets: a single set of 30 rows gives 78% to 98% for a promise of 90%. One threshold promises that for all "
        "classes together, and a hard one is held less often; where a class is rare, this page gives each its own threshold, "
        "and the promise holds for every class. A higher promise makes larger sets. A model that is right more often than "
        "promised keeps it with some empty sets, where it is least sure. The rows must neither train nor test, and that is "
        "why a part of the table is set aside.",
        r"\hat q = s_{(\lceil (n+1)(1-\alpha) \rceil)}, \qquad C(x) = \{ k : 1 - p_k(x) \le \hat q \}",
        "core.evaluation.conformal:fit_threshold",
        scores.CoverageControl,
        scores.draw_conformal,
    ),
    Lesson(
        "strangers",
        "A flower unlike any seen",
        "A classifier always answers, also when shown a tulip. So each case is first asked how usual it is: its distance to "
        "the nearest known rows is ranked among theirs. If hardly any known row is as far out, the case is refused. At a "
        "limit of 1% about one ordinary case in a hundred is refused by mistake; n known rows cannot show less than one in "
        "n + 1, so with fewer than 99 rows it is more.",
        r"p(x) = \frac{1 + \#\{ i : d_i \ge d(x) \}}{n + 1}",
        "core.evaluation.novelty:novelty_p_value",
        scores.StrangerControl,
        scores.draw_stranger,
    ),
    Lesson(
        "boundaries",
        "Decision boundaries",
        "Colour every point of a plane by the answer it would get, and the character of a method shows: steps for trees, "
        "straight lines for logistic regression and LDA, curves for QDA and the support vector machine, islands for nearest "
        "neighbours. Each model is refitted on the two axes alone, so the picture shows the method, not a slice through "
        "the model of all columns. Principal components are the two directions in which the flowers differ most.",
        r"\hat y(x) = \arg\max_k \; p_k(x)",
        "core.tabular.iris.planes:project",
        models.BoundaryControl,
        models.draw_boundary,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "Two models score 96.0% and 94.7% in the same ten folds, and the corrected test gives p = 0.4. What follows?",
        (
            "The first model is better, by 1.3 points.",
            "These rows cannot tell the two apart.",
            "The two models give the same answers.",
        ),
        1,
        "A difference of 1.3 points is about two flowers of 150, well within what another cut of the folds would change. "
        "That they cannot be told apart does not make them equal: more rows might show a difference.",
    ),
    Question(
        "Columns are standardised with the mean of all rows, and then the rows are split. What is wrong?",
        (
            "Nothing: the class column was not used.",
            "The mean should have been a median.",
            "The test rows have helped to prepare the training rows, so the score may be too good.",
        ),
        2,
        "Whatever is fitted, also a mean, may only see training rows. Here every pipeline fits its preparation inside each "
        "split. With a plain mean the harm is small; with a selection of columns it can be large.",
    ),
    Question(
        "A 90% prediction set for a flower holds versicolor and virginica. How is that to be read?",
        (
            "Each of the two has a 45% chance.",
            "Setosa is ruled out at this promise; the other two cannot be told apart.",
            "The flower is of neither class with 10% probability.",
        ),
        1,
        "Sets made in this way hold the true class in at least 90% of new flowers like these, on average over calibration "
        "sets. That setosa is ruled out is part of that promise and errs as often. A set of two says that the "
        "model cannot choose between them at that promise, and says nothing of how likely each is.",
    ),
)
