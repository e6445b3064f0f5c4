"""The page of sentiment analysis, as a person opens, reads and presses it."""

from functools import partial

import pytest

from core.hub.artifacts import MODELS
from core.text import sentiment as project
from core.text.sentiment import explain, overview
from core.text.sentiment.board import PHRASES, compare_text, lay_board
from core.text.sentiment.preprocessing import prepare_text
from pages.kit import handed_text
from pages.kit.review_models import SAMPLES
from pages.kit.texts import HANDED
from tests import apps
from tests.apps import (
    check,
    check_refused,
    choose_view,
    count_charts,
    figures,
    find,
    find_frame,
    list_imported,
    press,
    upload,
    words,
)

SLUG = "sentiment"
open_page = partial(apps.open_page, SLUG)
SENTENCE = SAMPLES["Mixed"]


@pytest.fixture(scope="module")
def model():
    return project.load_model(MODELS / SLUG / "full" / "weights")


def write(app, text):
    """Put a text into the page's box."""
    return find(app.text_area, "Text").set_value(text).run()


def test_explore_says_what_the_sets_hold():
    app = open_page("Explore")
    frame = find_frame(app, "Set", "Texts")
    assert frame["Texts"].tolist() == overview.describe_sets()["texts"].tolist()
    check(find(app.text_input, "Texts that hold").set_value("masterpiece").run())
    shown = app.table[0].value["Text"]
    assert shown.str.lower().str.contains("masterpiece").all()
    check(find(app.text_input, "Texts that hold").set_value("zzqq").run())
    assert "No text of this set holds" in words(app)


def test_a_sentence_is_cut_where_it_is_told_to_be(model):
    app = choose_view(open_page("Explore"), "A sentence's way in")
    check(find(app.select_slider, "Places of the network's input").set_value(12).run())
    found = prepare_text(SENTENCE, model.find("bert").model.encoder.tokeniser, 12, "head")
    assert figures(app)["Cut off"] == str(len(found.dropped))
    assert "earns its ending" in words(app)
    frame = find_frame(app, "Token", "Mask")
    assert frame["Token"].tolist() == [place.token for place in found.places]
    check(find(app.segmented_control, "Where the text is too long").set_value("tail").run())
    assert find_frame(app, "Token", "Mask")["Stands for"].iloc[-2] == "."


def test_a_word_without_a_vector_is_told_in_a_sentence(model):
    app = choose_view(open_page("Explore"), "Word neighbours")
    nearest = model.find("vectors").model.words.find_nearest("funny", 1)[0].word
    assert f"nearest to “funny” are {nearest}" in words(app)
    refused = check_refused(find(app.text_input, "Word").set_value("zzqq").run())
    assert "has no vector" in words(refused)


def test_an_analogy_of_ones_own_and_the_film_are_drawn():
    app = choose_view(open_page("Explore"), "Analogies")
    assert "man is to woman as he is to" in words(app)
    choose_view(app, "Vectors while they learn")
    assert count_charts(app) == 1
    assert "before learning" in words(app)


def test_one_table_holds_every_family_on_every_set(model):
    app = open_page("Train & compare")
    shown, expected = find_frame(app, "Model", "Verdict", "Tweets"), lay_board(model)
    assert shown["Model"].tolist() == expected["Model"].tolist()
    assert shown["Accuracy"].tolist() == expected["Accuracy"].tolist()
    assert shown["Foods"].tolist() == expected["Foods"].tolist()
    assert project.describe_command(model.recipe) in words(app)
    for view, told in {"Other domains": "Most often right elsewhere", "Speed": "times as long a text",
                       "Trust": "Platt", "IMDB recipe": "0.928"}.items():  # fmt: skip
        assert told in words(choose_view(app, view))


def test_abstention_is_the_chosen_familys_own(model):
    app = choose_view(open_page("Train & compare"), "When to be silent")
    check(find(app.selectbox, "Family").set_value("lexicon").run())
    assert project.describe_abstention(model, "lexicon") in words(app)


def open_labelled():
    app = open_page("Train & compare")
    return check(find(app.segmented_control, "Learn from").set_value("My labelled table").run())


def test_a_table_without_labels_is_refused_and_one_with_labels_understood():
    app = open_labelled()
    refused = check_refused(upload(app, b"text,stars\nfine film,3\nbad film,1\n", "stars.csv"))
    assert "no column of labels" in words(refused)
    rows = "\n".join(f"this film {n} is {'good' if n % 2 else 'bad'},{n % 2}" for n in range(400))
    app = check(upload(open_labelled(), f"text,label\n{rows}\n".encode(), "own.csv"))
    assert "400 labelled texts of own.csv" in words(app)
    assert find(app.button, "Train and compare")


def test_a_sentence_gets_cores_answer_from_every_family(model):
    app = open_page("Try it")
    found = project.predict_text(model, SENTENCE)
    if not found.refused:
        assert figures(app)["The text is"] == found.answer
        assert "earns" in words(app)
    for name in ("lexicon", "bilstm"):
        check(find(app.selectbox, "Who answers").set_value(name).run())
        assert model.find(name).title in words(app)
    assert f"{(compare_text(model, SENTENCE)['positive'] >= 0.5).sum()} of 6 families" in words(app)


BAD = {"": "Write a text first", "\u202e \x00": "Write a text first", "x" * 1_000_001: "bytes"}


@pytest.mark.parametrize("text", BAD, ids=["empty", "control", "megabyte"])
def test_what_is_no_text_is_told_and_the_earlier_answer_stays(text):
    app = open_page("Try it")
    before = words(app).count("families lean")
    app = check_refused(write(app, text))
    assert len(app.error) == 1
    assert BAD[text] in words(app)
    assert words(app).count("families lean") == before


@pytest.mark.parametrize(
    "text", ["😩😩", "أحببت هذا الفيلم كثيرا", "Very good 电影 and хорошо", "1 < 2 [x](y) **b** $z$"]
)
def test_emoji_other_scripts_and_markup_are_answered_and_explained(text):
    app = check(write(open_page("Try it"), text))
    assert "families lean to positive" in words(app)
    check(write(open_page("Explain"), text))


def test_a_text_longer_than_the_network_is_answered_and_explained_when_asked():
    text = " ".join(["A long but lovely film."] * 60)
    app = check(write(open_page("Try it"), text))
    assert "Explain does it when asked" in words(app)


def test_a_table_of_texts_is_answered_as_core_answers(model):
    app = choose_view(open_page("Try it"), "Many texts")
    texts = ["A good film.", "A dull mess.", ""]
    app = check(upload(app, ("id,text\n" + "\n".join(f"{n},{text}" for n, text in enumerate(texts))).encode(), "t.csv"))
    press(app, "Answer 2 texts")
    frame = find_frame(app, "id", "guess")
    assert frame["guess"].tolist()[:2] == project.predict_texts(model, texts[:2])["guess"].tolist()
    app = check_refused(upload(app, b"a,b\n1,2\n3,4\n", "numbers.csv"))
    assert "no column of text" in words(app)
    assert find_frame(app, "id", "guess")["id"].tolist() == [0, 1, 2]


def test_every_method_is_drawn_as_core_explains(model):
    app = open_page("Explain")
    check(find(app.selectbox, "Who answers").set_value("tfidf").run())
    found = explain.explain_text(explain.make_subject(model.find("tfidf").model), SENTENCE, "linear")
    assert explain.words_chart(found).title in words(app)
    press(app, "Put this explanation to the test")
    assert "random orders" in words(app)


def test_the_checks_stand_with_or_without_the_stored_ones():
    app = choose_view(open_page("Explain"), "Is it true?")
    stored = (MODELS / SLUG / "explanations" / "card.md").is_file()
    assert ("methods passed every check" if stored else "are not in this copy yet") in words(app)
    assert "checks_store" in words(app)


def test_attention_is_drawn_for_a_head_of_choice(model):
    app = choose_view(open_page("Explain"), "Attention")
    check(find(app.select_slider, "Layer").set_value(3).run())
    attention = model.find("bert").model.attention(SENTENCE)
    pieces = model.find("bert").model.encoder.encode([SENTENCE]).pieces[0]
    assert explain.head_chart(attention, [piece.token for piece in pieces], 2, 0).title in words(app)


def test_two_models_and_what_turns_them():
    app = choose_view(open_page("Explain"), "Two models")
    check(find(app.selectbox, "First").set_value("full/nbsvm").run())
    check(find(app.selectbox, "Second").set_value("full/lexicon").run())
    frame = find_frame(app, "Model", "Text after it")
    assert frame["Model"].tolist() == [project.TITLES["nbsvm"], project.TITLES["lexicon"]]
    check(find(app.selectbox, "Second").set_value("full/nbsvm").run())
    assert "Choose two different models" in words(app)


def test_who_reads_not_is_counted():
    app = choose_view(open_page("Explain"), "Does it read “not”?")
    assert f"Of {len(PHRASES)} denials" in words(app)
    assert len(find_frame(app, "Family")) == len(project.FAMILIES)


def test_the_lessons_are_drawn():
    app = open_page("Learn")
    assert count_charts(app) == 1
    assert "Check yourself" in words(app)


def test_drawing_imports_no_training_library():
    tabs = ("Explore", "Train & compare", "Try it", "Explain", "Learn")
    assert list_imported(SLUG, tabs, ("tensorflow", "torch", "sklearn", "transformers", "gensim")) == []


def test_a_text_longer_than_the_network_reads_says_so():
    app = check(write(open_page("Try it"), "A quiet and funny film. " * 60))
    assert "Only the first 126 pieces of the text are read" in words(app)


def test_a_text_file_from_another_page_stands_in_the_box_once(monkeypatch):
    kept = {}
    with monkeypatch.context() as patch:
        patch.setattr(handed_text.st, "session_state", kept)
        assert "empty" in handed_text.hand_text(b" \n") or "Write a text" in handed_text.hand_text(b" \n")
        assert kept == {}
        assert handed_text.hand_text("Ein größerer Spaß.\n".encode("cp1252")) == ""
    app = open_page("Try it")
    app.session_state[HANDED] = kept[HANDED]
    assert find(check(app.run()).text_area, "Text").value == "Ein größerer Spaß."
    check(write(app, "Mine."))
    assert find(check(app.run()).text_area, "Text").value == "Mine."
