"""Print whether a learnt head is better than the plain distance on the photographs of 40 people: the lesson's figures.

Run ``python -m core data fetch faces`` and then ``python -m core.vision.face_recognition.measure_head``; it takes about
two minutes, of which one is spent on measuring the photographs. ``--people 10`` takes the first ten people only.

Left out: choosing the settings; these two are the page's own and the most careful one of those tried.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from core.hub.errors import HubError
from core.vision.face_recognition.head import HeadSettings, train_head
from core.vision.face_recognition.head_trial import compare_head
from core.vision.face_recognition.recipe import N_ORL

SETTINGS = {
    "16 numbers, 200 steps": HeadSettings(),
    "128 numbers, 100 short steps": HeadSettings(size=128, rate=0.001, steps=100),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each setting and for each way of holding out; the exit status is 2 without photographs."""
    parser = argparse.ArgumentParser(description="Compare learnt heads with the plain distance.")
    parser.add_argument("--people", type=int, default=N_ORL, help="the first so many of the 40 people")
    options = parser.parse_args(arguments)
    try:
        lines = measure(options.people)
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def measure(n_people: int = N_ORL) -> list[str]:
    """Teach and score heads on the first people of the ORL photographs; return what was found, a line each."""
    from core.vision.face_recognition.data import measure_orl

    faces, _ = measure_orl()
    rows = faces.person < n_people
    vectors, people = faces.vectors[rows], faces.person[rows]
    lines = []
    for name, settings in SETTINGS.items():
        started = time.perf_counter()
        train_head(vectors, people, settings)
        seconds = time.perf_counter() - started
        trial = compare_head(vectors, people, settings)
        lines.append(f"{name}: {len(vectors)} pictures of {n_people} people learnt in {seconds:.1f} s")
        for each in (trial.new_people, trial.new_pictures):
            if each is not None:
                gap = f"difference {100 * each.low:+.2g}% to {100 * each.high:+.2g}%"
                lines.append(f"  {each.sentence} ({gap}, {each.n_same:,} and {each.n_other:,} pairs)")
    return lines


if __name__ == "__main__":
    sys.exit(main())
