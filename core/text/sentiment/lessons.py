"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.text.sentiment import figures, word_figures

HERE = "core.text.sentiment"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "tokens",
        "From a sentence to a row of numbers",
        "A network takes rows of numbers of one length. So a sentence is cut into words, or into pieces of words that a vocabulary knows, and each is replaced by its number. What does not fit is cut off, at the head, at the tail or in the middle; what is missing is filled with padding, and a mask tells the network not to look there. Little room loses words, much room computes padding.",
        r"\text{ids} \in \{0, \dots, V-1\}^{n \times t}, \qquad \text{mask}_{ij} = [\,j < \text{length}_i\,]",
        f"{HERE}.preprocessing:prepare_text",
        figures.LengthControl,
        figures.draw_length,
    ),
    Lesson(
        "lexicon",
        "A list of words, and what it cannot know",
        "The oldest way needs no training: people gave 7,500 words a strength from −4 to 4, and rules turn it for “not”, raise it for “very”, for capitals and for exclamation marks. It reads tweets well, for which it was made. A film that “never overstays its welcome” is beyond it. Whatever learns has to beat it, and on other domains what has learnt from films often does not.",
        r"c = \frac{s}{\sqrt{s^2 + 15}}, \qquad s = \sum_i \text{strength of word } i \text{ after the rules}",
        f"{HERE}.lexicon:list_strengths",
        figures.TransferControl,
        figures.draw_transfer,
    ),
    Lesson(
        "tfidf",
        "TF-IDF and logistic regression",
        "Each word and each pair of neighbours is a column. A word counts more the fewer texts hold it, for “the” tells nothing. Logistic regression gives each column a weight and adds up; the sum is the log-odds of positive. Because it is a sum, what each word adds can be read off: this explanation is exact.",
        r"x_t = (1 + \ln \text{count}_t)\Big(\ln \frac{1+n}{1+n_t} + 1\Big), \qquad \ln \frac{p}{1-p} = b + \sum_t w_t \frac{x_t}{\lVert x \rVert}",
        f"{HERE}.linear:weigh_terms",
        figures.WeightControl,
        figures.draw_weights,
    ),
    Lesson(
        "nbsvm",
        "NB-SVM",
        "Naive Bayes counts in how many positive and how many negative texts a term stands; the logarithm of the ratio says which way it leans. One is added to each count, or a word seen once would be sure of itself. An SVM then learns from columns that are scaled by these ratios. On short snippets that is still among the best of what reads no word order.",
        r"r_t = \ln \frac{(1 + p_t) / \lVert 1 + p \rVert_1}{(1 + q_t) / \lVert 1 + q \rVert_1}",
        f"{HERE}.nbsvm:find_ratios",
        figures.RatioControl,
        figures.draw_ratio,
    ),
    Lesson(
        "word_vectors",
        "Word vectors",
        "To TF-IDF “great” and “superb” are as different as “great” and “chair”. Skip-gram gives each word a vector and moves it so that it guesses the words around it, and does not guess words drawn at random (negative sampling). GloVe fits the logarithm of how often two words stand near each other. Words that are used alike end up close. Used alike is not meaning alike: “good” and “bad” stand in the same places.",
        r"\ell = -\ln \sigma(u_o^\top v_c) - \sum_{k=1}^{K} \ln \sigma(-u_k^\top v_c)",
        f"{HERE}.word2vec:train_skip_gram",
        figures.NeighbourControl,
        figures.draw_neighbours,
    ),
    Lesson(
        "word_film",
        "Words finding their places",
        "Before learning every vector is chance. Each step moves two words that stood near each other a little closer, and a few random ones away. Go through the moments of the training: words of praise, of food and of politics part. The plane shows only some of the hundred dimensions, so what looks near here may be far.",
        r"v \leftarrow v - \eta \, \frac{\partial \ell}{\partial v}",
        f"{HERE}.word2vec:make_pairs",
        word_figures.FilmControl,
        word_figures.draw_film,
    ),
    Lesson(
        "analogies",
        "Analogies",
        "Man is to woman as he is to whom? The difference of two vectors, added to a third, should land near the fourth. Trained on thousands of millions of words this works often; these vectors have read half a million, and it works sometimes. The three words of the question are never taken as an answer, which flatters every such test a little.",
        r"\hat{d} = \arg\max_{w \notin \{a, b, c\}} \cos(w,\; b - a + c)",
        f"{HERE}.analogy:solve_analogy",
        word_figures.AnalogyControl,
        word_figures.draw_analogy,
    ),
    Lesson(
        "recurrent",
        "Recurrent networks, and why LSTM",
        "A recurrent cell reads one word after the other and keeps a state. Training carries slopes back through all steps, and in a plain cell they shrink at each: what was said thirty words ago teaches it nothing. The LSTM adds a second state that is passed on by a gate; where the gate is open the slope passes too. Two of them, one from either end, read the sentence here, and attention weighs their states.",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh c_t, \qquad \frac{\partial c_t}{\partial c_{t-1}} \approx f_t",
        f"{HERE}.recurrent:run_cell",
        figures.MemoryControl,
        figures.draw_memory,
    ),
    Lesson(
        "memory",
        "How long a cell remembers",
        "A sequence begins with a sign, then comes noise; at its end the cell is asked for the sign. Both cells learn from fresh sequences for equally many steps. The longer the gap, the less of the slope reaches the sign through a plain cell, until it guesses.",
        r"\frac{\partial h_t}{\partial h_0} = \prod_{k=1}^{t} \operatorname{diag}\big(1 - h_k^2\big)\, U",
        f"{HERE}.memory_task:train_memory",
        word_figures.GapControl,
        word_figures.draw_gap,
    ),
    Lesson(
        "attention",
        "Attention",
        "In a transformer each piece asks all pieces at once: a query is compared with their keys, and the softmax of that says in which shares their values are mixed. Six layers of twelve heads do so here. A head's shares can be drawn as a matrix. Many heads look at the added marks, which is their way of doing nothing.",
        r"A = \operatorname{softmax}\Big(\frac{Q K^\top}{\sqrt{d}}\Big), \qquad \text{out} = A V",
        f"{HERE}.explain.attention_view:describe_heads",
    ),
    Lesson(
        "fine_tuning",
        "Fine-tuning BERT",
        "BERT was trained on a great deal of text to guess hidden words; it knows what words do before it sees a label. Fine-tuning puts one small layer on top and trains all with small steps, smaller still in the lower layers, for a few passes. The weights are then stored as 8-bit integers: a quarter of the size and about twice as fast, for answers that hardly change.",
        r"w \approx s \cdot q, \qquad q \in \{-127, \dots, 127\}, \quad s = \frac{\max |w|}{127}",
        f"{HERE}.bert:fit_from",
    ),
    Lesson(
        "calibration",
        "Calibration",
        "A model that says 90% should be right nine times in ten. Few are by themselves: a lexicon does not even speak in probabilities. Platt's line stretches and shifts the log-odds until the tune films fit. The order of the texts stays, and so does the ROC area. A slope below 1 is modesty, above 1 boasting.",
        r"p = \sigma\Big(a \ln \frac{s}{1-s} + b\Big)",
        f"{HERE}.calibration:fit_calibration",
        figures.CalibrationControl,
        figures.draw_calibration,
    ),
    Lesson(
        "abstention",
        "Saying nothing when unsure",
        "Asked only where it is sure, a model is right more often; the price is texts without an answer. The limit is set on the tune films, by a bound that allows for chance: with 95% confidence at least the promised share of such answers is right. It holds for films. On other sets the same limit keeps less, which the figure shows: a guarantee reaches as far as the texts it was made on.",
        r"\Pr\big[\,\text{right} \mid \max(p, 1-p) \ge \tau\,\big] \ge B^{-1}\big(\tfrac{\alpha}{m};\, k,\, n-k+1\big)",
        f"{HERE}.calibration:fit_abstention",
        figures.AbstainControl,
        figures.draw_abstention,
    ),
    Lesson(
        "explanations",
        "Is this explanation true?",
        "A heatmap over words always looks convincing. Whether it says what the model did can be tested. Plant a word that decides the answer, train on it, and see whether the explanation finds it. Take the words named first away, and the answer must fall faster than with words taken at random. Randomise the weights, and the explanation must change. Attention passes these tests less well than integrated gradients do.",
        r"\text{IG}_i = (x_i - x'_i) \int_0^1 \frac{\partial f}{\partial x_i}\big(x' + \alpha (x - x')\big)\, d\alpha, \qquad \sum_i \text{IG}_i = f(x) - f(x')",
        f"{HERE}.explain.gradients:integrated_gradients",
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "Snippets are split at random by row, not by film. What happens to the test accuracy?",
        ("It is too high.", "It is too low.", "Nothing."),
        0,
        "Names of actors and words of the plot stand in many snippets about one film, and most of these agree on it. A model that has seen the film has half the answer. Here whole films are held out.",
    ),
    Question(
        "A head puts 90% of its attention on the word “dull”. What follows?",
        (
            "“dull” decided the answer.",
            "The head took most of what it passed on from “dull”; whether that moved the answer is not said.",
            "Without “dull” the answer would be positive.",
        ),
        1,
        "Attention says where values are taken from, not what they do afterwards; other heads and layers may undo it. What the answer hangs on is found out by taking words away, or by slopes.",
    ),
    Question(
        "A model trained on films is right in 87% of film snippets and 70% of news. Its abstention promises 90%. On news it",
        ("keeps the promise by abstaining more.", "may break the promise.", "never answers."),
        1,
        "The limit was set on films. On news the same confidence stands on words that mean something else, so more of its sure answers are wrong. A promise has to be made again on texts of the kind that it is for.",
    ),
)
