"""Every project keeps the same contract; a new one is held to it by being registered."""

import dataclasses
import json
import math
from datetime import date

import pytest

from core.hub import fields
from core.hub.artifacts import load_artifact, load_scores
from core.hub.contract import Lesson, Prediction, Question, ScoreRow
from core.hub.errors import RecipeError
from core.hub.registry import find_built, load_module

BUILT = find_built()
each_project = pytest.mark.parametrize("project", BUILT, ids=lambda project: project.slug)


@pytest.fixture(scope="module")
def quick():
    """Train each project's quick recipe once for the whole module."""
    trained = {}

    def train(project):
        if project.slug not in trained:
            module = load_module(project)
            recipe = module.RECIPES["quick"]
            data = module.load(recipe)
            steps = []
            model = module.train(recipe, data, lambda step, total, metrics: steps.append((step, total, dict(metrics))))
            trained[project.slug] = (module, recipe, data, model, steps)
        return trained[project.slug]

    return train


def same_scores(first, second):
    return [(row.metric, row.split, row.model, row.value) for row in first] == [
        (row.metric, row.split, row.model, row.value) for row in second
    ]


@each_project
def test_the_recipe_is_frozen_hashable_and_survives_json(project):
    module = load_module(project)
    assert set(module.RECIPES) >= {"quick", "full"}
    for recipe in module.RECIPES.values():
        assert hash(recipe) == hash(dataclasses.replace(recipe))
        assert fields.recipe_from_json(module.Recipe, fields.recipe_to_json(recipe)) == recipe
        with pytest.raises(dataclasses.FrozenInstanceError):
            recipe.seed = 1
        assert not hasattr(recipe, "__dict__")


@each_project
def test_the_recipe_refuses_values_out_of_range(project):
    module = load_module(project)
    numbers = [spec for spec in fields.make_fields(module.Recipe) if spec.high is not None]
    assert numbers, "a recipe without a bounded number trains without limit"
    for spec in numbers:
        with pytest.raises(RecipeError, match=spec.name):
            fields.make_recipe(module.Recipe, {spec.name: spec.high + 1})


@each_project
def test_progress_is_reported_to_the_end(project, quick):
    *_, steps = quick(project)
    assert steps
    assert [step for step, _, _ in steps] == sorted(step for step, _, _ in steps)
    assert steps[-1][0] == steps[-1][1]


@each_project
def test_scores_have_an_interval_and_a_baseline(project, quick):
    module, _, data, model, _ = quick(project)
    scores = module.evaluate(model, data)
    assert scores
    for row in scores:
        assert isinstance(row, ScoreRow)
        assert row.low <= row.value <= row.high
        assert all(map(math.isfinite, (row.value, row.low, row.high, row.baseline_value)))
        assert row.n > 0
        assert row.baseline
        assert row.command.startswith("python -m core ")
        date.fromisoformat(row.date)


@each_project
def test_the_same_seed_gives_the_same_scores(project, quick):
    module, recipe, _, model, _ = quick(project)
    data = module.load(recipe)
    again = module.evaluate(module.train(recipe, data), data)
    assert same_scores(again, module.evaluate(model, data))


@each_project
def test_a_prediction_says_which_model_answered(project, quick):
    module, _, _, model, _ = quick(project)
    inputs = module.Inputs()
    prediction = module.predict(model, inputs)
    assert isinstance(prediction, Prediction)
    assert prediction.model
    assert prediction.answer is not None or prediction.refused
    if prediction.probabilities:
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-6)


@each_project
def test_a_saved_model_answers_the_same(project, quick, tmp_path):
    module, _, _, model, _ = quick(project)
    module.save_model(model, tmp_path / "model")
    assert module.predict(module.load_model(tmp_path / "model"), module.Inputs()) == module.predict(
        model, module.Inputs()
    )


@each_project
def test_cancelling_stops_the_training(project):
    module = load_module(project)
    recipe = module.RECIPES["quick"]

    class StoppedError(Exception):
        pass

    def stop(_step, _total, _metrics):
        raise StoppedError

    with pytest.raises(StoppedError):
        module.train(recipe, module.load(recipe), stop)


@each_project
def test_the_shipped_model_verifies_and_has_its_headline(project):
    artifact = load_artifact(project.slug, "full")
    module = load_module(project)
    assert (
        fields.recipe_from_json(module.Recipe, json.dumps(json.loads(artifact.recipe_json))) == module.RECIPES["full"]
    )
    assert any((row.metric, row.split) == project.headline for row in load_scores(project.slug))


@each_project
def test_lessons_and_questions_are_complete(project):
    module = load_module(project)
    assert len(module.LESSONS) >= 3
    assert len({lesson.key for lesson in module.LESSONS}) == len(module.LESSONS)
    assert len(module.QUESTIONS) == 3
    for lesson in module.LESSONS:
        assert isinstance(lesson, Lesson)
        path, name = lesson.function.split(":")
        assert path.startswith("core.")
        assert callable(getattr(__import__(path, fromlist=[name]), name))
        if lesson.figure:
            chart = lesson.figure(lesson.control())
            assert chart.title
            assert chart.alt
    for question in module.QUESTIONS:
        assert isinstance(question, Question)
        assert 0 <= question.answer < len(question.choices)
        assert question.why
