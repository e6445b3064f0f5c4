"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.text.multilingual import figures

HERE = "core.text.multilingual"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "byte_pairs",
        "Pieces of words: byte-pair encoding",
        "A model has a fixed list of pieces and must write every text with them. Byte-pair encoding finds the list: begin with single signs, join the two neighbours that stand together most often, and again. Common words become one piece, rare ones stay in several. Move the merges: the first few save most. Beginning with bytes no sign is ever unknown, but a letter of Hindi starts as three pieces.",
        r"(a, b)^* = \arg\max_{(a, b)} \; \operatorname{count}(a\,b), \qquad a\,b \to ab",
        f"{HERE}.tokenisers:train_bpe",
        figures.MergeControl,
        figures.draw_merges,
    ),
    Lesson(
        "fertility",
        "What a language pays",
        "The Declaration of Human Rights says the same in every language, so the pieces it takes can be compared. A tokeniser that has only seen English cuts the others into crumbs: their texts cost more, take longer and fit less into the model. Let it learn from all nine and the gap closes, though English now gets fewer pieces of its own. Unigram keeps the pieces that make the text likeliest; WordPiece, BERT's way, calls what it cannot cut unknown.",
        r"\text{fertility} = \frac{\#\,\text{pieces}}{\#\,\text{words}}",
        f"{HERE}.tokeniser_views:measure_fertility",
        figures.FertilityControl,
        figures.draw_fertility,
    ),
    Lesson(
        "language",
        "Which language is this?",
        'Languages differ in which letters follow each other: "sch" speaks for German, "ção" for Portuguese. Each language has a table of how common each run of one to four letters is; the language in whose table the text is likeliest wins. Few letters leave Spanish and Portuguese side by side, a sentence parts them. Overlapping runs are not independent, so their evidence is weakened. Where no language fits, the answer is unknown.',
        r"\hat{\ell} = \arg\max_{\ell} \; \log \pi_\ell + c \, n^{-0.4} \sum_{r \in \text{runs}} \log P(r \mid \ell)",
        f"{HERE}.language_id:score_languages",
        figures.LanguageControl,
        figures.draw_languages,
    ),
    Lesson(
        "one_network",
        "One network for all languages",
        "The network was taught that a sentence and its translation should get nearly the same vector. So what is learnt from English labels holds in part in Chinese, of which it may have seen no label: zero-shot transfer. Chinese labels, and English ones carried over by machine translation, then add what English cannot teach. How much each step brings stands in the table of Train & compare.",
        r"P(y \mid x) = \operatorname{softmax}\Big(W \, \frac{1}{n} \sum_{i=1}^{n} h_i(x) + b\Big)",
        f"{HERE}.training:train",
    ),
    Lesson(
        "turn",
        "Two languages, one space",
        "Word vectors of two languages are learnt apart, so their directions mean nothing to each other. But king, queen and son lie to each other much as rey, reina and hijo do: the spaces have one shape, turned. Some hundred known translations are enough to find the turn in closed form. Switch it off and on: the lines that join a word and its translation shrink. The vectors come from translations of one book, which makes the shapes more alike than in the wild.",
        r"W^* = \arg\min_{W^\top W = I} \lVert X W - Y \rVert_F = U V^\top, \qquad U \Sigma V^\top = X^\top Y",
        f"{HERE}.alignment:find_turn",
        figures.TurnControl,
        figures.draw_turn,
    ),
    Lesson(
        "hubs",
        "Hubs, and a fairer neighbour",
        "After the turn, the nearest word over there is the translation, often. Some words are near to everything, and are named again and again: hubs. Cross-domain similarity local scaling takes from each similarity how near both words are to their ten nearest neighbours anyway. The words asked for here were not used to find the turn. With few known words the turn is poor, whatever the rule.",
        r"\operatorname{CSLS}(x, y) = 2 \cos(x, y) - r_T(x) - r_S(y)",
        f"{HERE}.alignment:scale_locally",
        figures.HubControl,
        figures.draw_hubs,
    ),
    Lesson(
        "rules",
        "Translation by rules",
        'Apertium learns nothing: people wrote its dictionaries and rules. A text goes through a row of small programs: list every reading of each word, choose one, look it up, move and agree, write the forms out. Each stage writes plain text that you can read on this page, so a mistake can be traced to the stage that made it: "The food was good" becomes "bien" because good was read as an adverb. Words it does not know are marked with a star.',
        r"\text{text} \to \text{analyse} \to \text{tag} \to \text{look up} \to \text{transfer} \to \text{generate} \to \text{text}",
        f"{HERE}.apertium:run_pair",
    ),
    Lesson(
        "chrf",
        "How good is a translation? chrF",
        "A translation is compared with one by a person: how many of its runs of one to six characters are there too (precision), and how many of the reference's are found (recall, which counts twice)? Endings that differ cost little, unlike when whole words are compared. Words in another order keep their short runs. A free translation with other words scores low though it may be good: chrF sees letters, not meaning.",
        r"\text{chrF} = 100 \cdot \frac{(1 + 2^2) \, P R}{2^2 P + R}",
        f"{HERE}.chrf:add_counts",
        figures.ChrfControl,
        figures.draw_chrf,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A tokeniser learnt from English bytes cuts a Hindi text into seven times as many pieces as its translation. What follows for a model that reads at most 128 pieces?",
        (
            "Nothing: it reads the same content.",
            "It reads about a seventh as much of the Hindi text.",
            "It reads Hindi more carefully.",
        ),
        1,
        "The limit counts pieces, not content. More pieces for the same content means that less fits, and that each text costs more.",
    ),
    Question(
        "English word vectors are turned onto Spanish ones by an orthogonal matrix. What happens to the similarities between English words?",
        ("They stay exactly as they were.", "They become those of Spanish.", "They all grow."),
        0,
        "An orthogonal matrix turns and mirrors; lengths and angles stay. So nothing of what was learnt about English is lost.",
    ),
    Question(
        "A model learnt from English labels alone reaches an AUC of 0.86 on Chinese reviews. Why is that possible?",
        (
            "Chinese and English share many words.",
            "The reviews were translated before it saw them.",
            "Its network gives a sentence and its translation nearly the same vector.",
        ),
        2,
        "The encoder was taught on pairs of translations. What parts good from bad among English vectors then parts Chinese ones too.",
    ),
)
