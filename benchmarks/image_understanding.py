"""Image classification, what is around the answer: photos, strangers, Grad-CAM and taught classes."""

from __future__ import annotations

import numpy as np

from benchmarks.record import Line, Record
from core.vision.image_classification.data import load_test
from core.vision.image_classification.figures import load_shipped
from core.vision.image_classification.grad_cam import measure_faithfulness
from core.vision.image_classification.photo_path import walk_photo
from core.vision.image_classification.photographs import make_photos
from core.vision.image_classification.unknown_sets import REPORT, make_unknown

PHOTOS_RIGHT, REFUSED, LOST = 0.80, 0.90, 0.05
N_PHOTOS, N_STRANGERS, N_CAMS = 500, 1_000, 60


def measure() -> Record:
    """Measure on the shipped small network and test pictures that chose nothing."""
    model, known = load_shipped(), load_test("fashion_mnist")
    photos = make_photos(known.images[:N_PHOTOS], seed=1)
    walked = np.stack([walk_photo(photo).image for photo in photos])
    right = float((model.probabilities(walked).argmax(axis=1) == known.labels[:N_PHOTOS]).mean())
    found = model.read(known.images)
    lost = float(model.unknown.refuses(found["embedding"], found["logits"]).mean()) if model.unknown else 0.0
    faithful = measure_faithfulness(model, known.images[:N_CAMS])
    lines = [
        Line("photographs still right", right, "", "at least", PHOTOS_RIGHT, right >= PHOTOS_RIGHT),
        Line("known pictures lost", lost, "", "about", LOST, lost <= LOST + 0.005),
        *(measure_strangers(name) for name in REPORT["fashion_mnist"]),
        Line(
            "answers surviving Grad-CAM's deletion",
            faithful.ours,
            "",
            "random places",
            faithful.random,
            faithful.low > 0,
        ),
    ]
    return Record(
        name="image_understanding",
        title="Image classification: photos, strangers, Grad-CAM",
        method="Shipped small network. 500 test pictures photographed (turned up to 20°, shadow, noise, JPEG), walked "
        "back; 1,000 pictures of each set of strangers, none of which chose the method; 60 test pictures for Grad-CAM.",
        lines=tuple(lines),
        command="python -m benchmarks image_understanding",
    )


def measure_strangers(name: str) -> Line:
    """Say how many pictures of a set of strangers are refused."""
    model = load_shipped()
    strange = make_unknown(name, N_STRANGERS, model.shape, seed=5, source=load_test("cifar10").images)
    found = model.read(strange)
    share = float(model.unknown.refuses(found["embedding"], found["logits"]).mean()) if model.unknown else 0.0
    return Line(f"refused, {name}", share, "", "at least", REFUSED, share >= REFUSED)
