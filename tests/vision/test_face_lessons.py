"""The lessons on faces, their figures, and the charts of the page."""

import dataclasses
import importlib
import subprocess
import sys

import numpy as np
import pytest

from core.hub.charts import Chart
from core.hub.fields import make_fields
from core.vision.face_recognition import figures, safety_figures, triplet_figures
from core.vision.face_recognition.charts import (
    distances_chart,
    film_chart,
    hardness_chart,
    loss_chart,
    signal_chart,
    trial_chart,
)
from core.vision.face_recognition.head import HeadSettings, train_head
from core.vision.face_recognition.head_trial import Comparison, HeadTrial
from core.vision.face_recognition.lessons import LESSONS, QUESTIONS
from core.vision.face_recognition.signals import Challenge, Observation
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.types import Box, Face

ASKED = (
    "detection",
    "alignment",
    "embedding",
    "two_tasks",
    "classifiers",
    "triplet_loss",
    "mining",
    "rates",
    "consent",
)


@pytest.fixture(scope="module")
def film():
    return train_head(*simulate_people(9, 4), HeadSettings(size=4, steps=30)).film


def find_mark(chart, name):
    return next(mark for mark in chart.marks if mark.name == name)


def test_every_subtopic_has_a_lesson_with_code_that_exists():
    assert set(ASKED) <= {lesson.key for lesson in LESSONS}
    for lesson in LESSONS:
        module, name = lesson.function.split(":")
        assert callable(getattr(importlib.import_module(module), name))
        assert lesson.formula
        assert 150 < len(lesson.text) < 900
    assert len(QUESTIONS) == 3
    assert all(question.why for question in QUESTIONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_figures_draw_at_both_ends_of_every_control(lesson):
    for spec in make_fields(lesson.control):
        ends = spec.choices or ((False, True) if spec.kind == "switch" else (spec.low, spec.high))
        titles = set()
        for end in ends:
            chart = lesson.figure(dataclasses.replace(lesson.control(), **{spec.name: end}))
            assert isinstance(chart, Chart)
            assert chart.alt
            drawn = [part for mark in chart.marks for part in (mark.y, mark.z) if part is not None]
            titles.add((chart.title, *(part.tobytes() for part in drawn if part.dtype != object)))
            for mark in chart.marks:
                if mark.kind != "heatmap" and mark.y.dtype.kind == "f":
                    assert np.isfinite(mark.y).all()
        assert len(titles) > 1, f"{spec.name} moves nothing"


def test_a_wider_gate_names_more_and_a_stricter_detector_keeps_less():
    def named(chart):
        return [sum(len(mark.x) for mark in chart.marks if part in mark.name) for part in ("not a face", "with a name")]

    wide = named(figures.draw_detection(figures.DetectionControl(gate=0.9)))
    usual = named(figures.draw_detection(figures.DetectionControl()))
    strict = named(figures.draw_detection(figures.DetectionControl(score=1.5)))
    assert wide[1] > usual[1]
    assert strict[0] > usual[0]


def test_alignment_undoes_tilt_and_size_and_not_a_turn():
    flat = figures.draw_alignment(figures.AlignmentControl(turn=0.0))
    turned = figures.draw_alignment(figures.AlignmentControl(turn=30.0))
    gap = [
        np.abs(find_mark(chart, "aligned").x - find_mark(chart, "where they belong").x).max()
        for chart in (flat, turned)
    ]
    assert gap[0] < 1e-9
    assert gap[1] > 3


def test_looking_up_700_people_lets_every_second_stranger_in():
    chart = figures.draw_tasks(figures.TasksControl(far=0.001, n_people=700))
    assert "named in 50%" in chart.title
    assert "1 − 0.999⁷⁰⁰ is 50%" in QUESTIONS[0].why


def test_without_a_gate_the_whole_plane_is_named():
    for method in ("nearest faces", "support vectors"):
        gated, free = (figures.draw_gate(figures.GateControl(method, gated=each)) for each in (True, False))
        assert (gated.marks[0].z == 0).mean() > 0.5
        assert (free.marks[0].z > 0).all()


def test_the_promise_is_the_exact_binomial_bound():
    from scipy.stats import beta

    chart = figures.draw_promise(figures.PromiseControl(60))
    assert chart.marks[-1].y[0] == pytest.approx(beta.ppf(0.95, 1, 60))
    assert chart.marks[-1].y[0] == pytest.approx(0.0487, abs=1e-3)


def test_the_rates_of_the_figure_are_those_of_the_gallery():
    from core.vision.face_recognition.thresholds import measure_gallery

    curve = measure_gallery(*simulate_people(figures.N_PEOPLE, figures.N_PICTURES, 0), np.array([0.5]))
    chart = figures.draw_rates(figures.RatesControl(0.5))
    assert f"{curve.accepts.rate[0]:.1%} of strangers pass and {curve.rejects.rate[0]:.1%}" in chart.title


def test_the_triplet_figure_tells_the_kinds_apart():
    draw, control = triplet_figures.draw_triplet, triplet_figures.TripletControl
    kinds = [draw(control(0.6, far, 0.2)).title.split()[3] for far in (0.5, 0.7, 1.0)]
    assert kinds == ["hard", "semi-hard", "easy"]


def test_semi_hard_mining_takes_only_what_teaches():
    charts = {
        each: triplet_figures.draw_mining(triplet_figures.MiningControl(each)) for each in ("semi-hard", "hard", "all")
    }
    taken = {each: dict(zip(triplet_figures.KINDS, chart.marks[1].y, strict=True)) for each, chart in charts.items()}
    assert taken["semi-hard"]["semi-hard"] == 1
    assert taken["all"]["easy"] > 0.7
    assert taken["hard"]["hard"] > 0.5
    np.testing.assert_allclose(charts["all"].marks[0].y, charts["all"].marks[1].y)


def test_the_head_of_the_figure_learns():
    first, last = (triplet_figures.draw_head(triplet_figures.HeadControl(step)) for step in (0, 120))
    assert "After 0 steps 1" in first.title
    assert "After 120 steps 0.00%" in last.title


def test_a_head_seems_to_turn_and_a_photograph_hardly_does():
    assert safety_figures.seem_to_turn(30, safety_figures.DEPTH, 1e6) == pytest.approx(30, abs=0.01)
    assert safety_figures.seem_to_turn(40, 0.0, 4.0) < 15 < safety_figures.seem_to_turn(15, safety_figures.DEPTH, 4.0)


def test_vectors_without_names_are_found_again():
    chart = safety_figures.draw_links(safety_figures.LinkControl(100))
    found, guessed = chart.marks[0].y, chart.marks[1].y
    assert (found > 0.9).all()
    assert guessed.min() < 0.01


def test_distances_are_drawn_nearest_first_with_the_gate():
    chart = distances_chart(("far", "near", "middle"), (0.9, 0.31, 0.58))
    assert chart.title == "near is nearest, 0.31 away: inside the gate of 0.60"
    assert find_mark(chart, "inside").x.tolist() == ["near", "middle"]
    assert "so unknown" in distances_chart(("a", "b"), (0.7, 0.9)).title


def test_a_film_is_drawn_with_every_person_on_axes_that_stay(film):
    charts = [film_chart(film, place, ("A", "B")) for place in (0, len(film.steps) - 1)]
    assert charts[0].x_range == charts[1].x_range
    assert len(charts[0].marks) == 9
    assert charts[0].marks[0].text[0] == "A"
    assert charts[0].marks[2].text[0] == "person 3"
    assert sum(len(mark.x) for mark in charts[0].marks) == 36
    np.testing.assert_array_equal(charts[1].marks[3].x, film.places[-1][film.people == 3, 0])


def test_loss_and_hardness_are_those_of_the_film(film):
    assert f"{film.moments[0].loss:.3f} to {film.moments[-1].loss:.3f} in 30 steps" in loss_chart(film).title
    found = film.moments[4].hardness
    chart = hardness_chart(film, 4)
    assert f"{found.hard:,} are hard and {found.semi_hard:,} semi-hard" in chart.title
    assert find_mark(chart, "frame shown").y[0] == pytest.approx(found.hard / found.total)


def test_the_trial_is_drawn_with_its_verdict():
    worse = Comparison("new people", 0.001, 0.02, 0.01, 0.03, 40, 1800, 14000, "worse")
    chart = trial_chart(HeadTrial(worse, None))
    assert "the plain distance is better" in chart.title
    assert chart.marks[0].y.tolist() == [pytest.approx(0.019)]
    assert "0.1%" in chart.alt


def test_signals_over_time_are_drawn_for_each_task():
    landmarks = np.array([[110.0, 46], [90, 48], [37, 46], [58, 48], [74, 88]])
    chip = np.random.default_rng(0).integers(0, 255, size=(150, 150, 3)).astype(np.uint8)
    aside = np.outer([0, 0, 0, 0, 1], [3.0, 0.0])
    seen = [Observation(place / 4, Face(Box(0, 0, 90, 90), landmarks + place * aside, 1.0), chip) for place in range(8)]
    blink = signal_chart(seen, Challenge("blink", 0.5, 2.0))
    left, right = (signal_chart(seen, Challenge(task, 0.5, 2.0)) for task in ("turn left", "turn right"))
    assert find_mark(blink, "eye on the left").y.tolist() == pytest.approx([1.0] * 8)
    np.testing.assert_allclose(find_mark(left, "head").y, -find_mark(right, "head").y)
    assert np.ptp(find_mark(left, "head").y) > 20
    assert find_mark(left, "needed while asked").x.tolist() == [0.0, 1.5]


def test_drawing_the_lessons_loads_nothing_heavy():
    heavy = ("sklearn", "cv2", "dlib", "scipy", "tensorflow", "onnxruntime")
    code = (
        "import sys; import core.vision.face_recognition.lessons, core.vision.face_recognition.charts, "
        "core.vision.face_recognition.head_trial, core.vision.face_recognition.liveness; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout.strip() == "[]"
