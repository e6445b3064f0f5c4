"""Ask a run about one picture or two: is there a face, and do both show the same person; and who is it, of a gallery.

A picture is read, measured and forgotten; only the answer is handed on. Whoever asks by command line or HTTP has no
gallery, so naming is for those who hold one (:func:`recognise_faces`).

Left out: judging whether a picture is good enough to enrol (``quality``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError
from core.vision.face_recognition.gallery import Gallery
from core.vision.face_recognition.identification import Match
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.recipe import EMBEDDING, Inputs
from core.vision.face_recognition.types import Face, Pixels
from core.vision.face_recognition.verification import Verdict, verify

if TYPE_CHECKING:
    from core.vision.face_recognition.engine import FaceEngine
    from core.vision.face_recognition.pictures import Portrait

SAME, DIFFERENT, ONE_FACE = "same person", "different people", "one face"


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer about one picture, or about two whether they show the same person; without any, about two bundled ones.

    Returns
    -------
    Prediction
        ``same person`` or ``different people`` with the distance as the reason; ``one face`` for a single picture.

    Raises
    ------
    DataError
        If a file is no picture, or a picture does not show exactly one face.

    Examples
    --------
    >>> from core.vision.face_recognition.data import load
    >>> from core.vision.face_recognition.recipe import Recipe
    >>> from core.vision.face_recognition.training import train
    >>> predict(train(Recipe(), load(Recipe())), Inputs()).answer
    'different people'
    """
    if not inputs.picture and not inputs.second:
        first, second = measure_samples()
        return _tell_verdict(verify(first.vector, second.vector, gate=model.gate, curve=model.curve))
    from core.vision.face_recognition.engine import load_engine
    from core.vision.face_recognition.pictures import read_portrait

    texts = {"picture": inputs.picture, "second picture": inputs.second}
    files = {name: read_file(text, name) for name, text in texts.items() if text}
    found = [read_portrait(load_engine(), content, name) for name, content in files.items()]
    if len(found) == 1:
        return _tell_face(found[0])
    verdict = verify(found[0].vector, found[1].vector, gate=model.gate, curve=model.curve)
    problems = [
        f"{name}: {each}" for name, portrait in zip(files, found, strict=True) for each in portrait.quality.problems
    ]
    return _tell_verdict(verdict, problems)


@lru_cache(maxsize=1)
def measure_samples() -> tuple[Portrait, Portrait]:
    """Measure the two bundled portraits, once in a process."""
    from core.datasets.face_sets import load_samples
    from core.vision.face_recognition.engine import load_engine
    from core.vision.face_recognition.pictures import read_portrait

    first, second = (read_portrait(load_engine(), content, name) for name, content in load_samples().items())
    return first, second


def predict_many(model: Model, cases: Sequence[Inputs]) -> list[Prediction]:
    """Answer several questions, in their order."""
    return [predict(model, inputs) for inputs in cases]


def read_file(text: str, name: str = "picture") -> bytes:
    """Decode a picture file given as base64.

    Raises
    ------
    DataError
        If the text is not base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"{name} is {text[:20]!r}…; it must be the bytes of a picture file as base64"
        raise DataError(message) from error


def recognise_faces(
    engine: FaceEngine, gallery: Gallery, pixels: Pixels, upsample: int = 0
) -> tuple[tuple[Face, Match], ...]:
    """Find every face of a picture and say who of a gallery each is, the largest face first.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3)
        RGB.
    upsample : int
        How often the picture is doubled first, to find smaller faces.
    """
    import numpy as np

    from core.vision.face_recognition.detection import drop_doubtful

    faces = drop_doubtful(engine.detect(pixels, upsample))
    if not faces:
        return ()
    vectors = np.stack([engine.embed(pixels, face) for face in faces])
    return tuple(zip(faces, gallery.recogniser.identify_many(vectors), strict=True))


def _tell_face(portrait: Portrait) -> Prediction:
    """Answer about a single picture: where the face is, and what speaks against enrolling it."""
    face, quality = portrait.face, portrait.quality
    box = face.box
    details = {
        "box": [box.left, box.top, box.right, box.bottom],
        "landmarks": face.landmarks.tolist(),
        "problems": list(quality.problems),
    }
    reason = Reason("detector's margin", f"{face.score:.2f}", face.score)
    return Prediction(ONE_FACE, EMBEDDING, reasons=(reason,), details=details)


def _tell_verdict(verdict: Verdict, problems: Sequence[str] = ()) -> Prediction:
    """Answer about two pictures; blurred or dark faces of two people look alike, so what spoils one is told."""
    reason = Reason("distance", f"{verdict.distance:.3f}", verdict.gate - verdict.distance)
    return Prediction(
        SAME if verdict.same else DIFFERENT,
        EMBEDDING,
        reasons=(reason,),
        details={
            "distance": verdict.distance,
            "gate": verdict.gate,
            "nearer_strangers": verdict.nearer_strangers,
            "farther_pictures": verdict.farther_pictures,
            "sentence": verdict.sentence,
            "problems": list(problems),
        },
    )
