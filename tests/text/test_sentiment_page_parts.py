"""What the page draws of its own: the sets, the board, denials, and the test of one explanation."""

import numpy as np
import pytest

from core.datasets.reading import read_table
from core.datasets.table import table_to_files
from core.datasets.text_sets import LabelledTexts, load_texts
from core.hub.errors import DataError
from core.hub.jobs import JobContext
from core.text.sentiment import Recipe, board, open_result, overview, run_job
from core.text.sentiment.explain import WordEffects, fit_planted
from core.text.sentiment.explain.low_rank import PlantRecipe
from core.text.sentiment.explain.one_text import describe_try, try_effects
from core.text.sentiment.explain.planted_own import plant_own
from core.text.sentiment.explain.words import split_words
from tests.text.explain_bert import make_reader

TEXT = "it is a good film and it goes on and on for hours"


def says(texts):
    """Believe in one word."""
    return np.array([0.9 if "good" in text else 0.2 for text in texts])


def make_effects(word):
    words = split_words(TEXT)
    return WordEffects("made", words, np.array([float(each.text == word) for each in words]))


def test_a_true_explanation_beats_every_random_order_and_a_false_one_does_not():
    true, false = (try_effects(says, TEXT, make_effects(word)) for word in ("good", "film"))
    assert true.comprehensiveness.low > 0
    assert false.comprehensiveness.low <= 0
    assert "beat all 20" in describe_try(true)
    assert "do not beat" in describe_try(false)


def test_trying_the_same_twice_gives_the_same():
    first, again = (try_effects(says, TEXT, make_effects("good"), seed=3) for _ in range(2))
    assert np.array_equal(first.random_without, again.random_without)


def test_the_planted_word_is_ranked_by_every_method_and_a_planted_text_refused():
    reader = make_reader()
    texts = ("a good film", "the dull story", "a moving plot", "its awful scene")
    planted = fit_planted(reader, texts * 5, np.array([1, 0, 1, 0] * 5, np.int8), PlantRecipe(n_steps=60))
    made = plant_own(planted, "the film ends with a scene", 0)
    assert made.word == "lantern"
    assert made.planted.text.count("lantern") == 1
    assert made.follows == (made.share <= 0.5)
    assert len(made.ranked) == 5
    n_words = len(split_words(made.planted.text))
    for each in made.ranked:
        assert 1 <= each.rank <= n_words
        assert (each.rank == 1) == (each.auc == 1)
    with pytest.raises(DataError, match="lantern"):
        plant_own(planted, "a lantern in the film", 1)


def test_a_job_learns_from_the_labelled_table_that_came_with_it(tmp_path):
    inputs, outputs = tmp_path / "in", tmp_path / "out"
    rows = "\n".join(f"this film {n} is {'good' if n % 2 else 'bad'},{n % 2}" for n in range(400))
    files = table_to_files(read_table(f"text,label\n{rows}\n".encode(), "own.csv").table)
    for folder in (inputs, outputs):
        folder.mkdir()
    for name, content in files.items():
        (inputs / name).write_bytes(content)
    facts = run_job(Recipe(most="tfidf", texts=400), JobContext(inputs, outputs))
    assert "400 labelled texts of own.csv" in open_result(outputs).model.source
    assert facts["accuracy"] > facts["baseline_accuracy"] + 0.3


def test_words_that_tell_are_those_that_only_one_side_uses():
    texts = ("a fine film",) * 40 + ("a poor film",) * 40
    data = LabelledTexts("made", "en", texts, np.repeat([1, 0], 40).astype(np.int8), texts)
    ranked = overview.rank_words(data)
    assert (ranked[0][0], ranked[-1][0]) == ("poor", "fine")
    assert abs({word: z for word, z, _ in ranked}["film"]) < 0.1
    chart = overview.telling_chart(data)
    assert "“poor” tells most of a negative text" in chart.title


def test_shares_of_lengths_add_up_and_films_need_texts():
    data = load_texts("tweets")
    assert all(abs(mark.y.sum() - 1) < 1e-9 for mark in overview.lengths_chart(data).marks)
    with pytest.raises(DataError, match="larger groups"):
        overview.groups_chart(data)
    shown = overview.groups_chart(load_texts("films")).marks[0].y
    assert (np.diff(shown) >= 0).all()


def test_texts_are_found_by_a_word_and_the_same_turn_draws_the_same():
    data = load_texts("films")
    first, again = (overview.list_texts(data, "Masterpiece", 2) for _ in range(2))
    assert first.equals(again)
    assert first["Text"].str.lower().str.contains("masterpiece").all()
    assert overview.list_texts(data, "zzqq").empty


class Reader:
    """A family that turns round at "not", or never does."""

    def __init__(self, title, turns):
        self.title, self.turns = title, turns

    def probabilities(self, texts):
        good = [any(word in text for word in ("good", "great", "like", "work")) for text in texts]
        denied = [self.turns and "not" in text.split() for text in texts]
        return np.array([0.9 if is_good != is_denied else 0.1 for is_good, is_denied in zip(good, denied, strict=True)])


def test_who_reads_denials_is_named():
    chart = board.denial_chart([Reader("turning", turns=True), Reader("deaf", turns=False)])
    assert chart.title == "Of 6 denials turning reads 6 rightly, deaf 0"
    assert chart.marks[0].z.shape == (12, 2)
