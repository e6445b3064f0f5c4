"""The lexicon and the linear families against scikit-learn and the lexicon's package; what each word adds."""

import numpy as np
import pytest

from core.datasets.text_sets import load_texts, split_texts
from core.hub.errors import ArtifactError
from core.text.sentiment import lexicon, nbsvm, tfidf
from core.text.sentiment.family import find_fit, load_family
from core.text.sentiment.linear import LinearText, choose_terms, linear_from_files, make_rows
from core.text.sentiment.recipe import Recipe
from core.text.sentiment.vocabulary import split_words

RECIPE = Recipe(min_count=2)


@pytest.fixture(scope="module")
def films():
    data = load_texts("films")
    split = split_texts(data)
    return data.take(split.train[:1_500]), data.take(split.test[:300])


@pytest.fixture(scope="module")
def fitted(films):
    train, _ = films
    return {name: find_fit(name)(train.texts, train.labels, RECIPE, None) for name in ("tfidf", "nbsvm")}


def test_tfidf_equals_scikit_learns_vectoriser_and_classifier(films, fitted):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train, test = films
    vectoriser = TfidfVectorizer(
        tokenizer=split_words, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True
    )
    rows = vectoriser.fit_transform(train.texts)
    oracle = LogisticRegression(C=RECIPE.strength, max_iter=1_000).fit(rows, train.labels)
    expected = oracle.predict_proba(vectoriser.transform(test.texts))[:, 1]
    assert fitted["tfidf"].score(test.texts) == pytest.approx(expected, abs=1e-5)
    assert fitted["tfidf"].terms == tuple(sorted(vectoriser.vocabulary_))


def test_nbsvm_ratios_are_those_of_the_paper(films):
    train, _ = films
    words = [split_words(text) for text in train.texts]
    terms, _ = choose_terms(words, 20)
    rows = make_rows(words, terms, np.ones(len(terms)), unit=False)
    there = np.array([[term in set(found) for term in terms] for found in words], float)
    p, q = (there[train.labels == label].sum(axis=0) + 1 for label in (1, 0))
    single = [place for place, term in enumerate(terms) if " " not in term]
    full = nbsvm.find_ratios(rows, train.labels)
    # over words alone the shares of the sums differ by a constant, the same for all terms
    shift = full[single] - np.log(p[single] / q[single])
    assert shift == pytest.approx(np.full(len(single), shift[0]), abs=1e-9)


@pytest.mark.parametrize("name", ["tfidf", "nbsvm"])
def test_a_family_beats_chance_by_a_margin_and_the_same_seed_gives_the_same(films, fitted, name):
    train, test = films
    right = ((fitted[name].score(test.texts) >= 0.5) == test.labels).mean()
    assert right >= max(test.labels.mean(), 1 - test.labels.mean()) + 0.05
    again = find_fit(name)(train.texts, train.labels, RECIPE, None)
    assert (again.score(test.texts) == fitted[name].score(test.texts)).all()


@pytest.mark.parametrize("name", ["tfidf", "nbsvm"])
def test_what_the_words_add_is_the_whole_answer(films, fitted, name):
    model = fitted[name]
    for text in (*films[1].texts[:30], "", "!!", "not not not good good", "zzz"):
        added = sum(each.effect for each in model.explain(text))
        assert added + model.bias == pytest.approx(float(model.find_logits([text])[0]), abs=1e-9)
    effects = model.explain("Dull, dull and dull.")
    assert [text.token.start for text in effects] == [0, 6, 11, 15]
    assert all(each.effect < 0 for each in effects if each.token.word == "dull")


@pytest.mark.parametrize("name", ["tfidf", "nbsvm"])
def test_a_stored_family_answers_the_same_to_the_last_bit(films, fitted, name):
    stored = load_family(name, fitted[name].to_files())
    assert (stored.score(films[1].texts) == fitted[name].score(films[1].texts)).all()
    assert stored.to_files() == fitted[name].to_files()


@pytest.mark.parametrize("name", ["tfidf", "nbsvm"])
def test_words_lean_the_way_they_should(fitted, name):
    weight = dict(zip(fitted[name].terms, fitted[name].weights, strict=True))
    assert max(weight[word] for word in ("dull", "bad", "boring")) < 0
    assert min(weight[word] for word in ("moving", "funny", "best")) > 0
    listed = [value for _, value in fitted[name].list_weights(5)]
    assert listed == sorted(listed)
    assert listed[0] < 0 < listed[-1]


def test_the_lexicon_is_the_packages():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    texts = ["VADER is smart, handsome, and funny!", "Not bad at all", "", "The train left at nine."]
    rules = SentimentIntensityAnalyzer()
    expected = [(1 + rules.polarity_scores(text)["compound"]) / 2 for text in texts]
    model = lexicon.fit(texts, np.array([1, 1, 0, 0], np.int8), RECIPE)
    assert model.score(texts) == pytest.approx(expected)
    assert model.score(texts)[0] == pytest.approx((1 + 0.8439) / 2)  # the package's own documented figure
    assert load_family("lexicon", model.to_files()) == model
    assert lexicon.list_strengths("A good, BAD day.") == (("good", 1.9), ("BAD", -2.5))


def test_damaged_and_foreign_files_are_refused():
    with pytest.raises(ArtifactError, match="no family 'gpt'"):
        load_family("gpt", {})
    with pytest.raises(ArtifactError, match=r"lacks terms\.npz"):
        tfidf.from_files({})
    with pytest.raises(ArtifactError, match="damaged"):
        linear_from_files("tfidf", {"terms.npz": b"PK nothing"})
    with pytest.raises(ArtifactError, match="is damaged"):
        lexicon.from_files({"lexicon.json": b"{}"})
    with pytest.raises(ArtifactError, match="is installed"):
        lexicon.from_files({"lexicon.json": b'{"version": "0.5"}'})
    short = LinearText("nbsvm", ("a", "b"), np.ones(2), np.ones(1), 0.0, unit=False)
    with pytest.raises(ArtifactError, match="2 terms and 1 weights"):
        linear_from_files("nbsvm", short.to_files())
