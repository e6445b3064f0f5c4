"""The page's words in six languages, the lessons and their figures."""

import copy

import pytest

from core.hub.fields import make_fields
from core.text.multilingual.figures import (
    ANSWERS,
    ChrfControl,
    FertilityControl,
    LanguageControl,
    MergeControl,
    draw_chrf,
    draw_fertility,
    draw_languages,
    draw_merges,
)
from core.text.multilingual.interface import INTERFACE_LANGUAGES, find_gaps, list_placeholders, load_interface, say
from core.text.multilingual.language_id import identify
from core.text.multilingual.language_trial import LanguageRow
from core.text.multilingual.lessons import LESSONS, QUESTIONS
from core.text.multilingual.tokenisers import train_bpe
from core.text.multilingual.view_charts import chart_language_rows, chart_languages, chart_merges


def test_six_languages_have_every_word_with_the_same_placeholders():
    words = load_interface()
    assert set(words) == set(INTERFACE_LANGUAGES)
    assert find_gaps(words) == []
    assert len(words["en"]) >= 40


def test_a_gap_is_found():
    words = {language: dict(table) for language, table in copy.deepcopy(dict(load_interface())).items()}
    del words["fr"]["answer"]
    words["de"]["cut"] = words["de"]["cut"].replace("{n}", "{m}")
    words["zh"]["extra"] = "多"
    assert len(find_gaps(words)) == 3


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_every_word_can_be_said_and_is_in_its_language(language):
    words = load_interface()[language]
    for key, text in words.items():
        values = dict.fromkeys(list_placeholders(text), "7")
        assert "{" not in say(key, language, **values)
    whole = " ".join(text for key, text in words.items() if "{" not in text and len(text) > 3)
    assert identify(whole).code == language


def test_a_missing_key_or_value_is_a_mistake():
    with pytest.raises(ValueError, match="nothing"):
        say("nothing")
    with pytest.raises(ValueError, match="share"):
        say("language_found", "en", language="x")


def test_lessons_name_real_functions_and_their_first_figures_are_drawn():
    assert len(LESSONS) >= 6
    assert len({lesson.key for lesson in LESSONS}) == len(LESSONS)
    for lesson in LESSONS:
        path, name = lesson.function.split(":")
        assert callable(getattr(__import__(path, fromlist=[name]), name))
        if lesson.control:
            assert 1 <= len(make_fields(lesson.control)) <= 3
    assert len(QUESTIONS) == 3
    assert all(question.why and 0 <= question.answer < len(question.choices) for question in QUESTIONS)


def test_the_figures_move_as_the_lessons_say():
    chart = draw_merges(MergeControl(n_merges=100))
    assert chart.title.startswith("100 merges")
    alone, together = (
        float(draw_fertility(FertilityControl("unigram", seen)).title.split()[7]) for seen in ("English", "all nine")
    )
    assert together < alone
    assert draw_languages(LanguageControl("es", 4)).title.startswith("Unknown")
    assert draw_languages(LanguageControl("es", 60)).title.startswith("The text is Spanish")
    scores = [int(draw_chrf(ChrfControl(answer)).title.split()[2]) for answer in ANSWERS]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100


def test_charts_without_content_are_a_mistake():
    with pytest.raises(ValueError, match="no merges"):
        chart_merges(train_bpe(["a"], 0))
    with pytest.raises(ValueError, match="without letters"):
        chart_languages(identify("1"))
    rows = [LanguageRow("a", "1 word", 0.5, 0.4, 0.6, 9), LanguageRow("b", "1 word", 0.9, 0.8, 1.0, 9)]
    assert "90.0%" in chart_language_rows(rows).title
