"""Image classification, what is around the answer: photos, strangers and Grad-CAM, of each shipped network."""

from __future__ import annotations

import numpy as np

from benchmarks.image_classification import SHIPPED, load_test
from benchmarks.record import Line, Record
from core.datasets.image_sets import load_image_set
from core.evaluation.intervals import wilson_interval
from core.hub.artifacts import load_artifact, models_root
from core.vision import image_classification as project
from core.vision.image_classification.unknown_sets import REPORT

PHOTOS_RIGHT, REFUSED = 0.80, 0.90
N_PHOTOS, N_STRANGERS, N_CAMS = 500, 1_000, 60


def measure() -> Record:
    """Measure on test pictures and sets of strangers that chose nothing."""
    lines = []
    for name in SHIPPED:
        if not (models_root() / project.SLUG / name).is_dir():
            continue
        model = project.load_model(load_artifact(project.SLUG, name).folder / "weights")
        if model.recipe.data_set == "fashion_mnist":
            lines.append(measure_photos(name, model))
        lines += [measure_lost(name, model), *measure_strangers(name, model), measure_cams(name, model)]
    return Record(
        name="image_understanding",
        title="Image classification: photos, strangers, Grad-CAM",
        method="The shipped networks. 500 test pictures photographed (turned up to 20°, shadow, noise, JPEG), walked "
        "back; all test pictures for those lost; 1,000 pictures of each set of strangers, none of which chose the "
        "method; 60 test pictures for Grad-CAM.",
        lines=tuple(lines),
        command="python -m benchmarks image_understanding",
    )


def measure_photos(name: str, model: project.Model) -> Line:
    """Say how many photographs of test garments are still named rightly."""
    known = load_test("fashion_mnist")
    photos = project.make_photos(known.images[:N_PHOTOS], seed=1)
    walked = np.stack([project.walk_photo(photo).image for photo in photos])
    right = float((model.probabilities(walked).argmax(axis=1) == known.labels[:N_PHOTOS]).mean())
    return Line(f"{name}: photographs still right", right, "", "at least", PHOTOS_RIGHT, right >= PHOTOS_RIGHT)


def measure_lost(name: str, model: project.Model) -> Line:
    """Say how many test pictures are refused."""
    known = load_test(model.recipe.data_set)
    lost = count_refused(model, known.images)
    low, high = wilson_interval(lost, len(known.images))
    share, most = lost / len(known.images), project.MOST_LOST
    words = f"{name}: known pictures lost ({low:.2%} to {high:.2%})"
    return Line(words, share, "", "at most", most, share <= most)


def measure_strangers(name: str, model: project.Model) -> list[Line]:
    """Say how many pictures of each set of strangers are refused."""
    data_set = model.recipe.data_set
    other = load_image_set("cifar10" if data_set == "fashion_mnist" else "fashion_mnist", "test", bundled=True).images
    lines = []
    for each in REPORT[data_set]:
        strange = project.make_unknown(each, N_STRANGERS, model.shape, seed=5, source=other)
        share = count_refused(model, strange) / N_STRANGERS
        lines.append(Line(f"{name}: refused, {each}", share, "", "at least", REFUSED, share >= REFUSED))
    return lines


def count_refused(model: project.Model, images: np.ndarray) -> int:
    """Count the pictures that a network takes for none of its classes."""
    found = model.read(images)
    return 0 if model.unknown is None else int(model.unknown.refuses(found["embedding"], found["logits"]).sum())


def measure_cams(name: str, model: project.Model) -> Line:
    """Say how many answers survive when the places that Grad-CAM shows are rubbed out."""
    found = project.measure_faithfulness(model, load_test(model.recipe.data_set).images[:N_CAMS])
    words = f"{name}: answers surviving Grad-CAM's deletion"
    return Line(words, found.ours, "", "random places", found.random, found.low > 0)
