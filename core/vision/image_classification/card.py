"""The words of the shipped models' cards; their figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Image classification: clothes or things, and neither",
    model=(
        "A convolutional network fitted with Keras and kept as ONNX: residual, on whitened 2 by 2 patches, or plain "
        "(convolution, max-pooling, flatten, dense); an answer is the mean of a picture's and its mirror's, its "
        "probabilities are set right by one temperature. Beside it a small MLP, logistic regression and the most "
        "frequent class on the same pictures."
    ),
    data=(
        "Fashion-MNIST, 60,000 photographs of clothes sold by Zalando, 28 by 28 grey pixels, and 10,000 to test; or "
        "CIFAR-10, 50,000 photographs of animals and vehicles, 32 by 32 colour pixels, and 10,000 to test."
    ),
    intended_use=(
        "Teaching how a network sees: its layers, its doubts, what it does not know, and what breaks it. A start for "
        "classes of one's own."
    ),
    limits=(
        "The pictures are tiny: what cannot be told at 28 or 32 pixels a side is not told.",
        "Shirts, T-shirts, pullovers and coats are often taken for each other; people differ on them too.",
        "Clothes were photographed alone on a plain ground; a photo must be brought to that form first.",
        "Probabilities, sets and refusals hold for pictures like the test pictures, not for others.",
        "Some pictures that are none of the classes are answered all the same, and some that are one are refused.",
        "Widths, epochs and learning rates were settled on pictures held out of the training set, over a few tries.",
        "Both sets have been tested on for years by everybody, so figures on them flatter methods that are well known.",
        "The candidates are asked to hold the true class in 99 of 100 pictures, and hold it a little less often.",
    ),
    licence="Data: Fashion-MNIST MIT, CIFAR-10 without a licence of its own (research use). Weights: as the hub.",
    reference=(
        "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, 2017, arXiv:1708.07747; A. Krizhevsky, Learning multiple "
        "layers of features from tiny images, 2009; K. Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, "
        "arXiv:2404.00498"
    ),
)
