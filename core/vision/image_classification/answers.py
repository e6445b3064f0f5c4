"""Ask a trained model about one picture or many: class, probabilities, candidates, and whether it is none of them.

Left out: a photo's way to the network's kind of picture (``photo_path``); why an answer was given (``grad_cam``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.conformal import class_scores_to_sets
from core.hub.contract import Prediction
from core.hub.errors import DataError
from core.vision.image_classification.baselines import Shares, to_shares
from core.vision.image_classification.data import Images, load_test
from core.vision.image_classification.model import COVERAGE, EMBEDDING, LOGITS, Model, check_pictures
from core.vision.image_classification.recipe import NETWORK, Inputs


def find_candidates(shares: Shares, threshold: float) -> NDArray[np.bool_]:
    """Mark the classes that cannot be ruled out, the likeliest among them always, shape (n, n_classes)."""
    found = class_scores_to_sets(shares, threshold)
    found[np.arange(len(shares)), shares.argmax(axis=1)] = True
    return found


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer about one picture: a test picture by its number, or a small picture file.

    Raises
    ------
    DataError
        If the file is no picture, or nothing in it stands out.
    """
    if not inputs.picture:
        return predict_pictures(model, load_test(model.recipe.data_set).images[inputs.example][None])[0]
    return predict_pictures(model, read_file(model, inputs.picture)[None])[0]


def predict_many(model: Model, cases: Sequence[Inputs]) -> list[Prediction]:
    """Answer about several pictures, in their order."""
    return [predict(model, inputs) for inputs in cases]


def read_file(model: Model, text: str) -> Images:
    """Read a picture file given as base64 and bring it to the network's kind of picture.

    Raises
    ------
    DataError
        If the text is not base64, or the bytes are no picture.
    """
    from core.datasets.pictures import read_picture
    from core.vision.image_classification.photo_path import walk_photo

    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"picture is {text[:20]!r}…; it must be the bytes of a picture file as base64"
        raise DataError(message) from error
    return walk_photo(read_picture(content, "picture").pixels, model.recipe.data_set).image


def predict_pictures(model: Model, images: NDArray[Any], name: str = NETWORK) -> tuple[Prediction, ...]:
    """Answer about pictures of the network's own kind.

    Parameters
    ----------
    images : uint8 array of shape (n, height, width, n_channels)
        Such as ``walk_photo`` makes; n at least 1.
    name : str
        Which model answers: the network, or a baseline, which refuses nothing and has no candidates.

    Returns
    -------
    tuple of Prediction
        ``answer`` is None where the picture is refused; ``details`` holds ``guess``, the likeliest class all the same,
        ``p_value``, the share of known pictures that look at least as strange, and ``limit``, under which that refuses.

    Raises
    ------
    DataError
        If the pictures are of another shape or type, or there is none.
    """
    if name != NETWORK:
        return tuple(_tell(model, name, shares) for shares in model.probabilities(images, name))
    found = model.read(check_pictures(images, model.shape))
    shares = to_shares(found[LOGITS], model.temperature)
    sets = find_candidates(shares, model.threshold)
    strangeness = np.ones(len(shares))
    if model.unknown is not None:
        strangeness = np.asarray(model.unknown.p_value(found[EMBEDDING], found[LOGITS]))
    return tuple(_tell(model, name, *row) for row in zip(shares, sets, strangeness, strict=True))


def _tell(
    model: Model, name: str, shares: Shares, candidates: NDArray[np.bool_] | None = None, p_value: float = 1.0
) -> Prediction:
    """Put one picture's figures into an answer."""
    order, guess = np.argsort(-shares, kind="stable"), model.classes[int(shares.argmax())]
    refused = ""
    limit = 0.0 if model.unknown is None else model.unknown.limit
    if p_value < limit:
        refused = (
            f"This looks like none of the {len(model.classes)} classes: {p_value:.1%} of known pictures look as "
            f"strange; were it one of them, it would be {guess}."
        )
    return Prediction(
        answer=None if refused else guess,
        model=name,
        probabilities={model.classes[place]: float(shares[place]) for place in order},
        candidates=() if candidates is None else tuple(model.classes[place] for place in order if candidates[place]),
        coverage=None if candidates is None else COVERAGE,
        refused=refused,
        details={"guess": guess, "p_value": float(p_value), "limit": limit},
    )


def list_answers(model: Model, images: NDArray[Any], names: Sequence[str]) -> pd.DataFrame:
    """List the answers about pictures as a table to take away.

    Parameters
    ----------
    names : sequence of str
        What each picture is called.

    Returns
    -------
    DataFrame of shape (n, 5 + n_classes)
        picture, answer (empty where refused), guess, confidence, candidates, then a column for each class.
    """
    rows = []
    for name, found in zip(names, predict_pictures(model, images), strict=True):
        guess = found.details["guess"]
        facts = {"picture": name, "answer": found.answer or "", "guess": guess}
        facts |= {"confidence": found.probabilities[guess], "candidates": ", ".join(found.candidates)}
        rows.append(facts | {each: found.probabilities[each] for each in model.classes})
    return pd.DataFrame(rows)
