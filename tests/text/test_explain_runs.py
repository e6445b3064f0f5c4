"""The checks run as a job on bundled films, and what they leave is read back as it was."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError, RecipeError
from core.hub.jobs import JobContext
from core.text.sentiment.explain import CheckRecipe, Subject, check_runs, load_stored_checks, open_checks, open_planted
from core.text.sentiment.explain.checks_file import checks_from_json, checks_to_json
from core.text.sentiment.explain.checks_store import save_checks
from core.text.sentiment.linear import LinearText
from tests.text.explain_bert import make_reader

RECIPE = CheckRecipe(texts=5, planted_texts=20, steps=20)
WORDS = LinearText("nbsvm", ("the", "a", "film", "of"), np.ones(4), np.array([2.0, -1.5, 1.0, -0.5]), 0.1, unit=False)


@pytest.fixture(scope="module")
def found():
    steps = []
    reader = make_reader()
    result = check_runs.run_checks(
        RECIPE, Subject("tiny", reader.score, reader), lambda step, total, _metrics: steps.append((step, total))
    )
    return result, reader, steps


def test_one_count_runs_through_teaching_and_checking(found):
    _, _, steps = found
    assert steps == [(place, 27) for place in range(1, 28)]


def test_what_is_stored_is_what_was_found(found, tmp_path):
    result, reader, _ = found
    save_checks(result, RECIPE, tmp_path)
    scores, planted = load_stored_checks(tmp_path)
    assert checks_to_json(scores) == checks_to_json(result.scores)
    again = open_planted(reader, planted).reader
    assert np.array_equal(again.find_margins(["a film"]), result.planted.reader.find_margins(["a film"]))
    card = (tmp_path / "sentiment" / "explanations" / "card.md").read_text()
    assert "planted" in card
    assert "one planted word is the easiest reason" in card.lower()


def test_a_job_leaves_the_table_and_the_verdicts(tmp_path, monkeypatch):
    monkeypatch.setattr(check_runs, "load_subject", lambda family: Subject(family, WORDS.score, linear=WORDS))
    logged = []
    context = JobContext(tmp_path, tmp_path, log=logged.append)
    told = check_runs.run_check_job(CheckRecipe(family="nbsvm", texts=10), context)
    scores = open_checks(tmp_path)
    assert [each.name for each in scores] == ["occlusion", "linear", "shapley"]
    assert [told[each.title] for each in scores] == [each.verdict for each in scores]
    assert scores[1].erasure.comprehensiveness.low > 0
    assert len(logged) == 3
    assert (tmp_path / "checks.csv").read_text().count("\n") == 4


def test_damaged_results_and_wrong_recipes_are_refused(tmp_path):
    with pytest.raises(ArtifactError, match="the stored checks cannot be read"):
        checks_from_json('[{"name": "attention"}]')
    with pytest.raises(ArtifactError):
        open_checks(tmp_path / "gone")
    with pytest.raises(RecipeError, match="texts"):
        check_runs.run_checks(CheckRecipe(texts=1_000))
