"""Face recognition: whether the intervals of error rates hold, and whether promised false-accept rates are kept."""

from __future__ import annotations

import numpy as np

from benchmarks.record import Line, Record
from core.vision.face_recognition.error_rates import bound_rate, measure_rates
from core.vision.face_recognition.pairs import count_errors, make_pairs
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.thresholds import GATES, judge_claim, measure_gallery

N_GALLERIES, N_TRUTH = 200, 400
ASKED, LEAST, MOST_BROKEN = 0.95, 0.92, 0.08
RATES = (0.01, 0.1)
PROMISED = 0.05


def measure() -> Record:
    """Draw galleries of simulated people, whose true rates are known from many others."""
    truth = {same: measure_truth(same=same) for same in (False, True)}
    lines = [line for same in truth for rate in RATES for line in measure_coverage(truth[same], rate, same=same)]
    given, broken = count_broken(truth[False])
    lines.append(Line("galleries of 40 that get a gate for 5%", given, "", "", None, kept=True))
    lines.append(Line("of these gates broken", broken, "", "at most", MOST_BROKEN, broken <= MOST_BROKEN))
    return Record(
        name="face_gates",
        title="Face recognition: intervals and promises of a gallery's gates",
        method="200 galleries of 20 simulated people with 5 pictures each, 40 for the promise; true rates are means "
        "over 400 other galleries. Beside each interval stands the one that takes pairs for independent.",
        lines=tuple(lines),
        command="python -m benchmarks face_gates",
    )


def measure_truth(*, same: bool) -> np.ndarray:
    """Average a rate over many galleries, at every gate."""
    tallies = [
        count_errors(make_pairs(*simulate_people(60, 3, 10**6 + seed)), GATES, same=same) for seed in range(N_TRUTH)
    ]
    return np.asarray(np.mean([each.errors / each.n_pairs for each in tallies], axis=0))


def measure_coverage(truth: np.ndarray, rate: float, *, same: bool) -> list[Line]:
    """Count how often intervals hold the true rate at the gate where it is nearest to one."""
    place, held, naive = int(np.argmin(np.abs(truth - rate))), 0, 0
    for seed in range(N_GALLERIES):
        found = measure_rates(count_errors(make_pairs(*simulate_people(20, 5, seed)), GATES, same=same))
        low, high = bound_rate(found.rate, np.full(len(GATES), float(found.n_pairs)), (1 - ASKED) / 2)
        held += int(found.low[place] <= truth[place] <= found.high[place])
        naive += int(low[place] <= truth[place] <= high[place])
    what = f"95% intervals of false {'rejects' if same else 'accepts'} that hold, true rate {truth[place]:.1%}"
    share, beside = held / N_GALLERIES, naive / N_GALLERIES
    return [Line(what, share, "", "pairs taken for independent", beside, share >= LEAST and share > beside)]


def count_broken(truth: np.ndarray) -> tuple[float, float]:
    """Return the share of galleries that get a gate, and the share of these whose gate breaks the promise."""
    given = broken = 0
    for seed in range(N_GALLERIES):
        curve = measure_gallery(*simulate_people(40, 5, 5_000 + seed))
        claim = judge_claim(curve, PROMISED)
        given += int(claim.is_supported)
        broken += int(claim.gate is not None and truth[curve.find(claim.gate)] > PROMISED)
    return given / N_GALLERIES, broken / max(given, 1)
