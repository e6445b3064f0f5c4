"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.tabular.titanic import figures

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "features",
        "Feature engineering",
        "A name says little to a model, the title in it much: *Master* was a boy, *Mrs* a married woman. Siblings, "
        "spouses, parents and children add up to a family; a cabin's letter is its deck; a fare was paid for a whole "
        "ticket, so it is shared by the family. Each of these looks at one row only. One feature looks at "
        "other rows: women and boys of a party were saved or lost together, so the share of the others who lived says "
        "much. It is counted on training rows alone, anew in every fold, and never with one's own fate.",
        r"\mathrm{family} = \mathrm{sibsp} + \mathrm{parch} + 1, \qquad \mathrm{fare\ per\ person} = \mathrm{fare} / \mathrm{family}",
        "core.tabular.titanic.features:engineer",
        figures.FeatureControl,
        figures.draw_feature,
    ),
    Lesson(
        "imputation",
        "Missing values inside the pipeline",
        "One age in five is missing. Filling the gaps with one number makes the ages look less spread than they were, so "
        "a flag says which were filled: not knowing an age is itself a sign. The number comes from the rows that a model "
        "trains on. Worked out from all rows before the split it would carry something of the test rows into training.",
        r"\tilde x_i = x_i \ \text{or}\ \mathrm{median}\{x_j : j \in \mathrm{train}\}, \qquad m_i = [\, x_i \text{ missing} \,]",
        "core.tabular._shared.preparation:make_preparation",
        figures.ImputeControl,
        figures.draw_imputation,
    ),
    Lesson(
        "validation",
        "Cross-validation, and by groups",
        "Folds are cut so that each row is judged by a model that did not train on it. Passengers on one ticket often lived "
        "or died together, and random folds leave companions on both sides. Folds of whole tickets ask a harder question: "
        "how well is a party judged of which nobody is known? Which folds tell the truth depends on whom the model will "
        "be asked about. The rows that were held out from the start have the last word.",
        r"\widehat{\mathrm{acc}} = \frac{1}{K} \sum_{k=1}^{K} \mathrm{acc}\bigl(f_{-k}, \mathrm{fold}_k\bigr), \qquad \mathrm{ticket}(i) = \mathrm{ticket}(j) \Rightarrow \mathrm{fold}(i) = \mathrm{fold}(j)",
        "core.tabular.titanic.folds:score_folds",
        figures.FoldControl,
        figures.draw_folds,
    ),
    Lesson(
        "grid_search",
        "Grid search and its whole surface",
        "A grid search tries every pair of settings on folds and keeps the best. On a few hundred rows the surface is often "
        "flat: many settings are as good as the best for all that is known. The best cell's score flatters itself, having "
        "been chosen for its height. Run inside outer folds that the search never sees, it says what it is worth.",
        r"\hat\theta_{-k} = \arg\max_\theta \mathrm{cv}(\theta; \mathrm{train}_{-k}), \qquad \mathrm{nested} = \frac{1}{K} \sum_k \mathrm{acc}\bigl(f_{\hat\theta_{-k}}, \mathrm{fold}_k\bigr)",
        "core.tabular.titanic.grids:search_grid",
        figures.PenaltyControl,
        figures.draw_penalty,
    ),
    Lesson(
        "imbalance",
        "Imbalance: class weights and thresholds",
        "38% lived: uneven, not rare. Weights make each survivor count more while a model is fitted; a lower threshold says "
        "Yes sooner and leaves the model alone. Both find more survivors and raise more false hopes. Weights also push all "
        "probabilities up, so that 60% no longer means six in ten, which the Brier score shows.",
        r"\mathrm{precision} = \frac{TP}{TP + FP}, \quad \mathrm{recall} = \frac{TP}{TP + FN}, \quad \mathrm{Brier} = \frac{1}{n} \sum_i (p_i - y_i)^2",
        "core.tabular.titanic.remedies:score_answers",
        figures.ThresholdControl,
        figures.draw_threshold,
    ),
    Lesson(
        "mcnemar",
        "Is the difference real?",
        "Two models asked about the same rows mostly agree. Only the rows on which one alone is right say which is better: "
        "were both equally good, each such row would be a fair coin. 27 against 20 on 418 rows is a lead of almost two "
        "points, and a coin does that often.",
        r"p = 2 \sum_{k \ge \max(b, c)} \binom{b + c}{k} 2^{-(b + c)}, \qquad \text{at most } 1",
        "core.evaluation.comparison:mcnemar_test",
        figures.PairControl,
        figures.draw_pair,
    ),
    Lesson(
        "choice",
        "Which of level models answers",
        "Where accuracy cannot tell models apart, the highest is luck. Accuracy only asks on which side of one half a "
        "probability falls: make all of them bolder or shyer and it stays what it was. Log loss charges for each "
        "probability what it gave away, little for being right, without end for being sure and wrong; in the mean it is "
        "least for probabilities that are true. So among models that are level in accuracy the one of least log loss on "
        "the same folds answers first.",
        r"\mathrm{log\ loss} = -\frac{1}{n} \sum_i \bigl[ y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \bigr]",
        "core.evaluation.choosing:choose_model",
        figures.BoldnessControl,
        figures.draw_boldness,
    ),
    Lesson(
        "shapley",
        "Shapley values and SHAP",
        "What did each column add to this answer? Tell the model the columns one after another, the unknown ones taken from "
        "other passengers, and note how far each moves the answer. That hangs on the order, so all orders are averaged: "
        "with ten columns 1,024 sets of known columns, few enough to ask about each. The effects add up to the answer. "
        "SHAP's explainers estimate the same numbers where enumeration would take too long.",
        r"\phi_j = \sum_{S \not\ni j} \frac{|S|!\,(d - |S| - 1)!}{d!} \bigl[ v(S \cup j) - v(S) \bigr], \qquad v(S) = \mathbb{E}_b\, f(x_S, b_{\bar S})",
        "core.evaluation.attribution.shapley:exact_shapley",
        figures.PassengerControl,
        figures.draw_reasons,
    ),
    Lesson(
        "lime",
        "LIME, and whether reasons can be believed",
        "LIME asks about many passengers near this one and fits a straight line to the answers; the line's slopes are the "
        "reasons. Near is a choice, and the draws are random. So reasons are put to the test: do methods agree, do 30 refits "
        "of the model on resampled rows keep them, and does the answer move when the columns they name are taken away, "
        "sooner than in a random order?",
        r"\min_w \sum_i k(x, x_i) \bigl( f(x_i) - w_0 - w^\top s_i \bigr)^2 + \lambda \lVert w \rVert^2, \qquad s_{ij} = [\, x_{ij} \sim x_j \,]",
        "core.evaluation.attribution.lime_package:lime_values",
    ),
    Lesson(
        "deployment",
        "One pipeline from table to answer",
        "Imputation, coding and the model are one object, fitted together and stored together, so that an answer is made as "
        "training was. The features are made before it by one function that training, the form, files, the API and the "
        "script in the zip all call. Stored models are read by a loader with a fixed list of types: a file cannot run code.",
        "",
        "core.tabular.titanic.pipelines:make_pipeline",
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A model with the column boat, the lifeboat a passenger left in, is right on 97% of rows. What follows?",
        (
            "It is the best model so far.",
            "It knows the answer: the column was written after the sinking.",
            "It overfits.",
        ),
        1,
        "Whoever has a lifeboat was rescued. On a passenger whose fate is open the column would be empty.",
    ),
    Question(
        "The best of 16 settings scores 0.845 on folds. What do you report?",
        (
            "0.845.",
            "The score of nested folds, whose searches never saw the rows that score them.",
            "The mean of all 16.",
        ),
        1,
        "The best of 16 noisy numbers is partly luck. Rows that took no part in the choice tell how much.",
    ),
    Question(
        "A model leads the sex-only rule by four points on 891 rows of folds and by one on 418 held-out rows. Is it better?",
        ("Yes, by four points.", "No, it is equal.", "On the held-out rows that cannot be told from chance."),
        2,
        "One point of 418 rows is four passengers. The exact test says how often chance alone would do that.",
    ),
)
