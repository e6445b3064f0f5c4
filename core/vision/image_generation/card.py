"""The words of the shipped model's card; its figures are generated from ``scores.json``.

Left out: the card's layout (``core.hub.cards``).
"""

from __future__ import annotations

from core.hub.artifacts import CardText

CARD = CardText(
    title="Image generation: clothes drawn by adversarial networks",
    model=(
        "The style generator is a small conditional network after StyleGAN2: a code and a class become a style, five "
        "styled convolutions draw; at the end it is polished: a small classifier of its own, not the judge, says how "
        "its pictures look as a crowd and whether their class is plain. The DCGAN beside it follows Radford et al. and "
        "draws what its code says. Both are trained in TensorFlow and shipped as ONNX with 16-bit weights; the "
        "baseline is a Gaussian over each class's principal components."
    ),
    data="Fashion-MNIST: 60,000 training pictures of 28 by 28 pixels; the 10,000 test pictures only judge.",
    intended_use="Teaching, and pictures of clothes for demonstrations. It knows nothing but these ten classes.",
    limits=(
        "Trained for less than two hours of two cores: the Fréchet ratio is tens where real pictures have one.",
        "A classifier that learns from the style generator's pictures alone does worse than from the baseline's.",
        "Fréchet distances are taken in our own classifier's features; they cannot be compared with published ones.",
        "Polishing asks for plain classes, so label fidelity tops the judge's share right on real test pictures.",
        "The eyes of polishing resemble the judge, though they are not it: figures in its features flatter a little.",
        "The game was run first and stored; polishing set out later from those 16-bit weights, as a whole run does.",
        "The judge of label fidelity makes mistakes of its own, mostly between shirts, T-shirts, coats and pullovers.",
        "Truncation makes pictures surer and more alike: each figure says whether it was used.",
        "A sample may come near to a training picture; the page shows the nearest one beside it.",
    ),
    licence="Data: MIT (Zalando Research). Weights: the project's own.",
    reference=(
        "A. Radford, L. Metz and S. Chintala, arXiv:1511.06434; T. Karras et al., arXiv:1812.04948 and "
        "arXiv:1912.04958; L. Mescheder, A. Geiger and S. Nowozin, arXiv:1801.04406; H. Xiao, K. Rasul and "
        "R. Vollgraf, arXiv:1708.07747; C. dos Santos et al., arXiv:1904.02762"
    ),
)
