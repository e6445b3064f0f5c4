"""Face recognition: known distances, 40 people told apart, frames a second, and how long enrolling takes."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from benchmarks.record import Line, Record
from core.datasets.face_sets import PHOTOGRAPH_SHA256, load_orl, load_photographs, load_samples
from core.hub.settings import load_settings
from core.vision.face_recognition.alignment import warp_face
from core.vision.face_recognition.clip import make_clip
from core.vision.face_recognition.detection import find_faces
from core.vision.face_recognition.engine import FaceEngine, load_engine
from core.vision.face_recognition.frames import FaceStream, Pace
from core.vision.face_recognition.pictures import read_enrolment
from core.vision.face_recognition.types import DEFAULT_GATE
from core.vision.face_recognition.weights import load_weights

MOST_SAME, LEAST_OTHER, LEAST_FPS, MOST_ENROL_S = 0.45, 0.75, 5.0, 3.0
N_FRAMES, N_RESAMPLES = 60, 200
LEAST_RECALL, MOST_GAP = 0.99, 1e-5
PUBLISHED_LFW_ERRORS = 0.0062  # http://dlib.net/face_recognition.py.html: 99.38% right


def measure() -> Record:
    """Measure the engine on the six photographs, the ORL faces and a film of the bundled portraits."""
    engine = load_engine()
    return Record(
        name="face_recognition",
        title="Face recognition",
        method="dlib's detector, and its network as ONNX, on six public photographs and on the ORL faces (400 pictures "
        "of 40 people, each found by the same search as on the page; intervals resample people, as pairs share them); "
        "a film of 640 × 480 with moving portraits for the speed. Baseline: the distance between the aligned pictures' "
        "grey levels.",
        lines=(
            *measure_six(engine),
            *measure_network(engine),
            *measure_orl(engine),
            *measure_film(engine),
            *measure_enrolling(engine),
        ),
        command="python -m benchmarks face_recognition",
    )


def measure_six(engine: FaceEngine) -> list[Line]:
    """Compare the six photographs in pairs, aligned by dlib and by ourselves."""
    photographs = load_photographs()
    faces = [engine.detect(each.pixels)[0] for each in photographs]
    aligned = {
        "dlib's alignment": [engine.align(each.pixels, face) for each, face in zip(photographs, faces, strict=True)],
        "our alignment": [
            warp_face(each.pixels, face.landmarks) for each, face in zip(photographs, faces, strict=True)
        ],
    }
    person = np.array([each.person for each in photographs])
    lines = []
    for name, chips in aligned.items():
        distances, same = pair(engine.embed_chips(chips), person)
        most, least = float(distances[same].max()), float(distances[~same].min())
        lines += [
            Line(f"same person, furthest of 10 pairs, {name}", most, "", "at most", MOST_SAME, most <= MOST_SAME),
            Line(f"two people, nearest of 5 pairs, {name}", least, "", "at least", LEAST_OTHER, least >= LEAST_OTHER),
        ]
    return lines


def measure_network(engine: FaceEngine) -> list[Line]:
    """Compare our ONNX graph with dlib's own network on the six faces, one thread each."""
    import dlib

    photographs = load_photographs()
    chips = [engine.align(each.pixels, engine.detect(each.pixels)[0]) for each in photographs]
    with tempfile.NamedTemporaryFile(suffix=".dat") as file:
        file.write(load_weights().embedding)
        file.flush()
        peer = dlib.face_recognition_model_v1(file.name)
    theirs = np.array([np.array(peer.compute_face_descriptor(chip)) for chip in chips])
    gap = float(np.abs(engine.embed_chips(chips) - theirs).max())
    _, ours_s, _ = watch(lambda: [engine.embed_chips(chips * 5).shape[0]])
    _, theirs_s, _ = watch(lambda: [len(peer.compute_face_descriptor(chip)) for chip in chips])
    ours_ms, theirs_ms = 1000 * ours_s / (5 * len(chips)), 1000 * theirs_s / len(chips)
    return [
        Line("largest difference of a vector's number", gap, "", "dlib, at most", MOST_GAP, gap <= MOST_GAP),
        Line("one vector, processor time", ours_ms, "ms", "dlib 20.0.1", theirs_ms, ours_ms < theirs_ms),
    ]


def pair(vectors: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance of every pair of rows, and whether they are of one person."""
    values = vectors.astype(np.float64)
    squares = (values**2).sum(axis=1)
    first, second = np.triu_indices(len(values), 1)
    squared = (squares[:, None] + squares - 2 * values @ values.T)[first, second]
    return np.sqrt(np.maximum(squared, 0)), person[first] == person[second]


def measure_orl(engine: FaceEngine) -> list[Line]:
    """Find the ORL faces and measure how well a gate on the distance tells people apart."""
    images, person = load_orl()
    chips, kept, false_alarms = [], [], 0
    for row, image in enumerate(images):
        pixels = np.repeat(image[:, :, None], 3, axis=2)
        faces = find_faces(engine, pixels).faces
        false_alarms += max(len(faces) - 1, 0)
        if faces:
            chips.append(engine.align(pixels, faces[0]))
            kept.append(row)
    recall = len(kept) / len(images)
    vectors, grey = engine.embed_chips(chips), np.stack(chips)[..., 0].reshape(len(chips), -1).astype(np.float32)
    lines = [
        Line("ORL: faces found", recall, "", "at least", LEAST_RECALL, recall >= LEAST_RECALL),
        Line("ORL: false alarms in 400 pictures", false_alarms, "", "at most", 0, not false_alarms),
    ]
    for rate in (1e-2, 1e-3):
        ours, low, high = accept(vectors, person[kept], rate)
        theirs, _, _ = accept(grey, person[kept], rate)
        what = f"ORL: same person accepted where {rate:.1%} of strangers are ({low:.3f} to {high:.3f})"
        lines.append(Line(what, ours, "", "grey levels", theirs, low > theirs))
    distances, same = pair(vectors, person[kept])
    wrong = float((distances[~same] <= DEFAULT_GATE).mean())
    # shown, not judged: LFW's is the share of all pairs, half of them of one person
    lines.append(Line("ORL: strangers accepted at 0.6", wrong, "", "dlib's errors on LFW", PUBLISHED_LFW_ERRORS, True))
    return lines


def accept(values: np.ndarray, person: np.ndarray, rate: float) -> tuple[float, float, float]:
    """Return the share of same-person pairs within the gate that a rate of strangers pass, with its 95% interval.

    People are drawn again, each with all pictures: a pair of one person drawn twice is left out, as it is no pair of
    strangers; each pair of people counts as often as both were drawn.
    """
    first, second = np.triu_indices(len(values), 1)
    distances, same = pair(values, person)
    codes = np.unique(person, return_inverse=True)[1]
    order = np.argsort(distances)
    rng = np.random.default_rng(0)
    draws = [np.ones(codes.max() + 1)]
    draws += [np.bincount(rng.integers(0, len(d := draws[0]), len(d)), minlength=len(d)) for _ in range(N_RESAMPLES)]
    found = []
    for drawn in draws:
        weight = np.where(same, drawn[codes[first]], drawn[codes[first]] * drawn[codes[second]])[order]
        strangers, own = np.cumsum(weight * ~same[order]), np.cumsum(weight * same[order])
        place = np.searchsorted(strangers, rate * strangers[-1], side="right") - 1
        found.append(own[place] / own[-1])
    low, high = np.quantile(found[1:], (0.025, 0.975))
    return float(found[0]), float(low), float(high)


def measure_film(engine: FaceEngine) -> list[Line]:
    """Send a film through the stream, searching each fifth frame and each one."""
    astronaut, hopper = (np.asarray(Image.open(io.BytesIO(c)).convert("RGB")) for c in load_samples().values())
    heads = (astronaut[20:240, 110:330], hopper[60:400, 90:420])
    lines = []
    # four heads side by side are small, so that the frame is doubled before it is searched
    for portraits, every, upsample in ((heads[1:], 5, 0), (heads, 5, 0), (heads * 2, 5, 1), (heads, 1, 0)):
        frames = list(make_clip(portraits, N_FRAMES))
        stream = FaceStream(engine, lambda _vector: "", Pace(every=every, upsample=upsample))
        wall, cpu, counts = watch(lambda stream=stream, frames=frames: [len(stream.see(frame)) for frame in frames])
        what = (
            f"640 × 480, {len(portraits)} face{'s' * (len(portraits) > 1)}, search each {every}{', doubled' * upsample}"
        )
        fps, seen = N_FRAMES / wall, float(np.mean(counts)) / len(portraits)
        lines += [
            Line(f"{what}: frames", fps, "a second", "goal", LEAST_FPS, fps >= LEAST_FPS),
            Line(f"{what}: frames, processor time", N_FRAMES / cpu, "a second", "goal", LEAST_FPS, fps >= LEAST_FPS),
            Line(f"{what}: faces seen", seen, "", "at least", 0.95, seen >= 0.95),  # noqa: PLR2004 - a goal of ours
        ]
        lines += [
            Line(f"{what}: {stage}, median", 1000 * float(np.median(times)), "ms", "its stage", None, True)
            for stage, times in stream.stage_s.items()
        ]
    return lines


def watch(work: Callable[[], list[int]]) -> tuple[float, float, list[int]]:
    """Return the seconds by the clock and by the processor that work takes, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def measure_enrolling(engine: FaceEngine) -> list[Line]:
    """Enrol a person from three files as they are uploaded."""
    folder = load_settings().data_cache / "faces"
    names = [name for name in PHOTOGRAPH_SHA256 if name in {"obama.jpg", "obama2.jpg", "obama3.jpg"}]
    files = [(name, (folder / name).read_bytes()) for name in names]
    wall, _, _ = watch(lambda: [len(read_enrolment(engine, files))])
    return [Line("one person from three photographs", wall, "s", "at most", MOST_ENROL_S, wall <= MOST_ENROL_S)]
