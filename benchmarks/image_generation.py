"""Image generation: every goal's figure made again from the stored networks, and the time of 64 samples."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.record import Line, Record
from core.hub.artifacts import load_artifact
from core.hub.cards import WEIGHTS_FOLDER
from core.hub.contract import Scores
from core.vision import image_generation as project
from core.vision.image_generation.collapse import Limits, check_collapse, find_limits
from core.vision.image_generation.upscale_training import load_upscale_data, score_upscaler

GOAL_RATIO, GOAL_FIDELITY, GOAL_GAN_TRAIN = 3.0, 0.95, 0.85
SHARE_OF_COPIES, GOAL_GAIN_DB, BUDGET_MS = 0.01, 1.5, 150.0
N_SAMPLES, N_TIMES, N_SET, N_REAL = 64, 15, 200, 2_000


def measure() -> Record:
    """Score the shipped generator and upscaler again, collapse the generator on purpose, and time it."""
    folder = load_artifact("image_generation", "full").folder
    model = project.load_model(folder / WEIGHTS_FOLDER)
    data = project.load(model.recipe)
    found = project.evaluate(model, data)
    upscaler = project.load_upscaler()
    gains = score_upscaler(upscaler, load_upscale_data(upscaler.recipe))
    time_ms = time_samples(model)
    lines = (
        *list_goals(found, model.name),
        *list_alarms(model, data),
        *list_gains(gains),
        Line(f"{N_SAMPLES} samples on one core", time_ms, "ms", "budget", BUDGET_MS, time_ms < BUDGET_MS),
    )
    return Record(
        name="image_generation",
        title="Image generation",
        method="Distances and classes in the features of our own classifier; memorising is judged by the nearest of "
        "the training pictures; upscaling by PSNR of brightness on 1,000 test pictures of each set, made smaller by "
        "bicubic with antialiasing and rounded to 8 bits.",
        lines=lines,
        command="python -m benchmarks image_generation",
    )


def list_goals(found: Scores, name: str) -> list[Line]:
    """List the generator's figures beside their goals."""
    rows = {row.metric: row for row in found if (row.split, row.model) == ("test", name)}
    near = rows["near_copies"]
    lines = [
        Line("samples nearer to a training picture than 99% of test pictures", near.value, "", "test pictures",
             SHARE_OF_COPIES, near.low <= SHARE_OF_COPIES)
    ]  # fmt: skip
    ratio = rows["frechet_ratio"].value
    lines.append(Line("Fréchet distance over the floor", ratio, "", "goal, at most", GOAL_RATIO, ratio <= GOAL_RATIO))
    for metric, goal in (("label_fidelity", GOAL_FIDELITY), ("gan_train_accuracy", GOAL_GAN_TRAIN)):
        value = rows[metric].value
        lines.append(Line(metric.replace("_", " "), value, "", "goal, at least", goal, value >= goal))
    return lines


def list_alarms(model: project.Model, data: project.Data) -> list[Line]:
    """Check the generator as it is, and the same generator drawing the same four codes of each class."""
    good = project.check_model(model, data)
    rings = sum(alarm.rings for alarm in good)
    judged = project.look(model.judge, data.images[:N_REAL])
    limits = find_limits(judged.features, judged.labels, N_SET)
    collapsed = collapse(model, limits)
    return [
        Line(f"collapse alarms on {len(good)} sets of samples", rings, "", "goal", 0.0, rings == 0),
        Line("collapse alarms on a set of four codes a class", collapsed, "", "goal", 1.0, collapsed == 1),
    ]


def collapse(model: project.Model, limits: Limits) -> int:
    """Return 1 where the alarm rings on four pictures of each class, drawn again and again."""
    few, _ = model.sampler.sample(40, truncation=1.0, seed=1)
    seen = project.look(model.judge, few[np.random.default_rng(0).integers(0, len(few), limits.n)])
    return int(check_collapse(seen.features, seen.labels, limits).rings)


def list_gains(scores: Scores) -> list[Line]:
    """List the gain over bicubic of each set and factor, and in all channels beside it."""
    lines = []
    for row in scores:
        if row.metric.startswith("upscale_gain"):
            what = "all channels" if "rgb" in row.metric else "brightness"
            name = row.split.replace("_x", ", x").replace("_", " ")
            kept = row.value >= GOAL_GAIN_DB
            lines.append(Line(f"gain over bicubic, {name}, {what}", row.value, "dB", "goal", GOAL_GAIN_DB, kept))
    return lines


def time_samples(model: project.Model) -> float:
    """Return the median milliseconds of 64 samples, the first call left out."""
    times = []
    for seed in range(N_TIMES + 1):
        start = time.perf_counter()
        model.sampler.sample(N_SAMPLES, truncation=1.0, seed=seed)
        times.append(1_000 * (time.perf_counter() - start))
    return float(np.median(times[1:]))
