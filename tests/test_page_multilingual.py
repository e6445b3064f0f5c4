"""The page of many languages, as a person opens, reads and presses it."""

from functools import partial

import pandas as pd
import pytest

from core.hub.artifacts import MODELS
from core.hub.settings import load_settings
from core.text import multilingual as project
from core.text.multilingual.apertium import STAGES
from pages.kit.language_trial import list_answers
from pages.kit.translation_panel import STAGE_KEYS
from tests import apps
from tests.apps import check, check_refused, count_charts, figures, find, list_imported, plain, press, upload, words

SLUG = project.SLUG
TABS = ("Explore", "Train & compare", "Try it", "Explain", "Learn")
open_page = partial(apps.open_page, SLUG)


@pytest.fixture(scope="module")
def model():
    return project.load_model(MODELS / SLUG / "full" / "weights")


def choose(app, view):
    """Choose a view by its key, whatever it is called in the page's language."""
    row = next(each for each in app.segmented_control if "_view_" in each.key)
    return check(row.set_value(view).run())


def write(app, text):
    return app.text_area[0].set_value(text).run()


@pytest.mark.parametrize("language", project.INTERFACE_LANGUAGES)
def test_the_page_speaks_each_of_its_languages(language, model):
    app = open_page("Try it", multilingual_interface=project.INTERFACE_LANGUAGES[language])
    own = list_answers(model, [project.SAMPLES[language]]).iloc[0]
    assert project.say("page_intro", language) in words(app)
    assert figures(app)[project.say("answer", language)] == project.say(own["answer"], language)
    assert project.say("words_moved", language) in words(app)
    others = [project.say("words_how", each) for each in project.INTERFACE_LANGUAGES if each != language]
    assert not any(other in words(app) for other in others)


@pytest.mark.parametrize("code", project.SAMPLES)
def test_a_sample_of_each_language_gets_cores_answer(code, model):
    app = open_page("Try it")
    check(write(app, project.SAMPLES[code]))
    expected = project.predict_many(model, [project.Inputs(project.SAMPLES[code])])[0]
    assert figures(app)["Answer"] == expected.answer
    assert f"{max(expected.probabilities.values()):.0%} of the probability" in words(app)
    found = expected.details["language"]
    row = next((row for row in model.scores if row.split == found and row.model == project.NETWORK), None)
    told = f"{row.value:.2f} (95% interval" if row else "labelled texts" if found in project.ANSWERED else "Trust this"
    assert (told in words(app)) == (found != project.UNKNOWN)


BAD = {"": "Write a text first", "\x00\x07 \u202e": "Write a text first", "a" * 1_100_000: "bytes",
       "word " * 5_000: "at most 20,000"}  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=["empty", "control", "megabyte", "long"])
def test_a_bad_text_is_refused_in_a_sentence_and_the_answer_before_stays(text):
    app = open_page("Try it")
    before = figures(app)["Answer"]
    check_refused(write(app, text))
    assert len(app.error) == 1
    assert BAD[text] in plain(app.error[0].value)
    assert figures(app)["Answer"] == before
    assert "still about the text before" in words(app)


@pytest.mark.parametrize("text", ["🎉🎉 :-) 12:30", "مرحبا bonjour 你好 *_[x](http://a.b)_*", "good " * 400])
def test_odd_texts_are_answered(text):
    app = check(write(open_page("Try it"), text))
    assert figures(app)["Answer"] in project.CLASSES
    assert ("did not fit" in " ".join(each.value for each in app.warning)) == (len(text) > 1_000)


def test_a_table_of_texts_comes_back_with_cores_answers(model):
    texts = [project.SAMPLES["es"], "", project.SAMPLES["ar"], "=1+1 great!"]
    app = choose(open_page("Try it"), "many")
    check(upload(app, pd.DataFrame({"id": range(4), "text": texts}).to_csv(index=False).encode(), "said.csv"))
    press(app, "Answer 3 texts")
    found = apps.find_frame(app, "text", "answer")
    expected = list_answers(model, [texts[0], texts[2], texts[3]])
    assert found["answer"].dropna().tolist() == expected["answer"].tolist()
    assert found["positive"].dropna().tolist() == pytest.approx(expected["positive"].tolist(), abs=1e-6)
    assert "1 rows have no text" in words(app)
    check_refused(upload(app, b"a,b\n1,2\n3,4\n", "numbers.csv"))
    assert "numbers.csv" in words(app)
    assert "said.csv" in words(app)
    assert len(apps.find_frame(app, "text", "answer")) == len(texts)


def test_pasted_lines_are_answered():
    app = choose(open_page("Try it"), "many")
    check(find(app.segmented_control, "Texts from").set_value("Pasted lines").run())
    check(write(app, "Good!\n\nBad."))
    press(app, "Answer 2 texts")
    assert len(apps.find_frame(app, "text", "answer")) == 2


def test_every_way_cuts_the_text_as_core_does():
    app = open_page("Explore")
    text = app.text_area[0].value
    for way, name in zip(project.WAYS, ("of characters", "of bytes", "WordPiece", "Unigram"), strict=True):
        tokens = project.train_on_declaration(way, ("en", "es"), 1_000).tokenise(text)
        assert name in words(app)
        assert f"{len(tokens)} pieces" in words(app)
    assert count_charts(app) == 2
    check(find(app.slider, "Merges").set_value(0).run())
    assert count_charts(app) == 1


def test_the_language_is_identified_and_its_accuracy_measured_when_asked():
    app = choose(open_page("Explore"), "which")
    check(write(app, project.SAMPLES["fr"]))
    guess = project.identify(project.SAMPLES["fr"])
    assert f"The text is in French: {guess.probability:.0%} sure" in words(app)
    check(write(app, "123"))
    assert "no letters" in words(app)


def test_two_spaces_are_drawn_before_and_after_and_a_word_is_translated():
    app = choose(open_page("Explore"), "spaces")
    assert count_charts(app) == 2
    assert project.find_translations(project.align("es"), "king")[0][0] in words(app)
    check_refused(app.text_input[0].set_value("qqqq").run())
    assert count_charts(app) == 2


def test_the_figures_are_the_models_own_and_stand_beside_tf_idf(model):
    app = open_page("Train & compare")
    frame = apps.find_frame(app, "Texts", "TF-IDF per language", "One network for all")
    for row in model.scores:
        if row.model == project.NETWORK:
            assert any(shown.startswith(f"{row.value:.3f} (") for shown in frame["One network for all"])
    assert project.describe_command(model.recipe) in words(app)
    assert all(each.model in words(app) for each in project.PUBLISHED[:1])
    choose(app, "zero_shot")
    zero = next(row for row in model.scores if row.model == project.ZERO_SHOT and row.metric == "roc_auc")
    assert f"AUC {zero.value:.2f} on Chinese reviews" in words(app)
    choose(app, "files")
    assert {"model.zip", "report.pdf", "scores.json"} <= {plain(each.label) for each in app.get("download_button")}


def test_a_missing_pair_says_its_install_line_and_a_missing_server_its_setting(monkeypatch):
    monkeypatch.setattr("core.text.multilingual.apertium.shutil.which", lambda _program: None)
    app = choose(open_page("Try it"), "translation")
    assert "Not installed here" in " ".join(each.value for each in app.warning)
    assert any(code.value.startswith("apt-get install apertium") for code in app.code)
    assert "0 of" in " ".join(each.label for each in app.expander)
    if not load_settings().translation_api:
        engine = next(each for each in app.segmented_control if "_engine_" in each.key)
        check(engine.set_value("server").run())
        assert "No translation server is set" in words(app)


def test_every_stage_of_apertium_has_words():
    assert set(STAGES.values()) <= set(STAGE_KEYS)
    assert all(project.say(key, language) for key in STAGE_KEYS.values() for language in project.INTERFACE_LANGUAGES)


@pytest.mark.parametrize("view", ["words", "parallel", "reading"])
def test_every_explanation_is_drawn(view):
    app = open_page("Explain")
    if view != "words":
        choose(app, view)
    assert "mean macro-F1" in words(app)


def test_drawing_imports_no_training_library():
    assert list_imported(SLUG, TABS, ("torch", "transformers", "sklearn", "gensim", "onnx")) == []
