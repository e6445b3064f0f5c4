"""Word vectors by skip-gram and by GloVe, their analogies, their film; gensim is the outside reference."""

from pathlib import Path

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, LimitError, RecipeError
from core.text.sentiment.analogy import (
    make_questions,
    read_questions,
    read_rated_pairs,
    score_pairs,
    score_questions,
    solve_analogy,
)
from core.text.sentiment.glove import GloveSettings, count_neighbours, train_glove
from core.text.sentiment.vocabulary import UNKNOWN, build_vocabulary, find_keep_shares, find_tokens, split_words
from core.text.sentiment.word2vec import SkipGramSettings, make_noise, make_pairs, train_skip_gram
from core.text.sentiment.word_corpus import load_corpus
from core.text.sentiment.word_figures import analogy_chart, film_chart, find_own_share, knowledge_chart
from core.text.sentiment.word_film import FilmCamera, film_from_bytes, film_to_bytes
from core.text.sentiment.word_knowledge import (
    EXTRACT,
    ask_extract,
    knowledge_from_json,
    knowledge_to_json,
    measure_folder,
    measure_knowledge,
)
from core.text.sentiment.word_loops import compile_loop, learn_glove, learn_skip_gram
from core.text.sentiment.word_training import learn_word_vectors
from core.text.sentiment.word_vectors import WordVectors, vectors_from_bytes

SETTINGS = SkipGramSettings(size=32, epochs=4)
N_COMPARED = 150


@pytest.fixture(scope="module")
def corpus():
    sentences = load_corpus(("foods",))[:1500]
    vocabulary = build_vocabulary(sentences)
    return sentences, vocabulary, [vocabulary.encode(sentence) for sentence in sentences]


@pytest.fixture(scope="module")
def learnt(corpus):
    _, vocabulary, ids = corpus
    camera = FilmCamera(vocabulary.words)
    return train_skip_gram(ids, vocabulary, SETTINGS, camera.record), camera.develop(6)


@pytest.fixture(scope="module")
def in_gensim(learnt):
    from gensim.models import KeyedVectors

    made = KeyedVectors(learnt[0].vectors.shape[1])
    made.add_vectors(list(learnt[0].words), learnt[0].vectors)
    return made


def correlate(first, second, words):
    from scipy.stats import spearmanr

    above = np.triu_indices(len(words), 1)
    cosines = []
    for vectors in (first, second):
        own = np.stack([vectors[word] for word in words])
        own = own / np.linalg.norm(own, axis=1, keepdims=True)
        cosines.append((own @ own.T)[above])
    return spearmanr(*cosines).statistic


class TestVocabulary:
    def test_tokens_point_into_the_text_as_it_was_given(self):
        text = "It’s SUPERB — naïve, 10/10!"
        tokens = find_tokens(text)
        assert [token.word for token in tokens] == ["it's", "superb", "naïve", "10", "10", "!"]
        assert text[tokens[1].start : tokens[1].end] == "SUPERB"
        assert split_words(text) == [token.word for token in tokens]

    @pytest.mark.parametrize(("text", "words"), [("", []), ("\U0001f600 …", []), ("مرحبا мир", ["مرحبا", "мир"])])
    def test_any_script_and_none(self, text, words):
        assert split_words(text) == words

    def test_order_does_not_depend_on_the_order_of_texts(self):
        sentences = [["b", "a"], ["c", "a"], ["b", "c"]]
        assert build_vocabulary(sentences, 1).words == build_vocabulary(sentences[::-1], 1).words == ("a", "b", "c")

    def test_refuses_a_corpus_without_words(self):
        with pytest.raises(DataError, match="give more text"):
            build_vocabulary([["a", "b"]], min_count=2)

    def test_thins_out_as_gensim_does(self, corpus):
        from gensim.models import Word2Vec

        sentences, vocabulary, _ = corpus
        theirs = Word2Vec(sample=1e-3, min_count=5, sg=1)
        theirs.build_vocab(sentences)
        ours = find_keep_shares(vocabulary.counts, 1e-3)
        whole = [theirs.wv.get_vecattr(word, "sample_int") / 2**32 for word in vocabulary.words]
        assert ours == pytest.approx(whole, abs=1e-6)


class TestSkipGram:
    def test_agrees_with_gensim_on_the_same_corpus(self, corpus, learnt):
        from gensim.models import Word2Vec

        sentences, vocabulary, _ = corpus
        options = {"vector_size": 32, "epochs": 4, "sg": 1, "sample": 1e-3, "min_count": 5, "workers": 1}
        theirs = Word2Vec(sentences, seed=1, **options).wv
        ours = dict(zip(learnt[0].words, learnt[0].vectors, strict=True))
        words = vocabulary.words[50 : 50 + N_COMPARED]
        assert correlate(ours, theirs, words) > 0.7
        shared = [
            len({n.word for n in learnt[0].find_nearest(word)} & {w for w, _ in theirs.most_similar(word, topn=10)})
            for word in words
        ]
        assert np.mean(shared) > 3  # by chance 10 x 10 / 2,000 words

    def test_compiled_and_plain_loops_agree(self):
        rng = np.random.default_rng(0)
        start = rng.normal(size=(2, 7, 5)).astype(np.float32)
        pairs, noise = rng.integers(0, 7, (40, 2)), rng.integers(0, 7, (40, 3))
        plain, fast = start.copy(), start.copy()
        fast_loop = compile_loop(learn_skip_gram)
        losses = [learn_skip_gram(*plain, pairs, noise, 0.1), fast_loop(*fast, pairs, noise, 0.1)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
        assert fast == pytest.approx(plain, abs=1e-4)

    def test_one_step_follows_the_slope_of_the_loss(self):
        rng = np.random.default_rng(1)
        inner, outer = rng.normal(size=(2, 4, 3))

        def loss(own, near):
            terms = [near[1] @ own[0], -(near[2] @ own[0]), -(near[3] @ own[0])]
            return sum(np.log1p(np.exp(-term)) for term in terms)

        moved_inner, moved_outer = inner.astype(np.float32), outer.astype(np.float32)
        found = learn_skip_gram(moved_inner, moved_outer, np.array([[0, 1]]), np.array([[2, 3]]), 1e-2)
        assert found == pytest.approx(loss(inner, outer), rel=1e-5)
        for place in np.ndindex(4, 3):
            for table, moved in ((inner, moved_inner), (outer, moved_outer)):
                kept = table[place]
                table[place] = kept + 1e-6
                above = loss(inner, outer)
                table[place] = kept - 1e-6
                slope = (above - loss(inner, outer)) / 2e-6
                table[place] = kept
                assert (kept - moved[place]) / 1e-2 == pytest.approx(slope, abs=1e-3)

    def test_pairs_stay_inside_a_sentence_and_a_window(self):
        ids = [np.arange(6), np.arange(6, 12)]
        pairs = make_pairs(ids, np.ones(12), 2, np.random.default_rng(0))
        assert (pairs // 6 == pairs[:, :1] // 6).all()
        assert set(np.abs(pairs[:, 0] - pairs[:, 1])) == {1, 2}
        assert len(make_pairs([np.array([0, UNKNOWN])], np.ones(1), 2, np.random.default_rng(0))) == 0

    def test_noise_follows_the_power_of_the_counts(self, corpus):
        vocabulary = corpus[1]
        drawn = np.bincount(make_noise(vocabulary), minlength=len(vocabulary))
        expected = vocabulary.counts**0.75 / (vocabulary.counts**0.75).sum()
        assert drawn / drawn.sum() == pytest.approx(expected, abs=2e-6)

    def test_same_seed_same_vectors(self, corpus):
        _, vocabulary, ids = corpus
        one, same, other = (
            train_skip_gram(ids[:200], vocabulary, SkipGramSettings(size=8, epochs=1, seed=seed)).vectors
            for seed in (3, 3, 4)
        )
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)

    @pytest.mark.parametrize("wrong", [{"size": 1}, {"window": 0}, {"negatives": 31}, {"epochs": 0}])
    def test_refuses_settings_outside_their_range(self, wrong):
        with pytest.raises(RecipeError, match=next(iter(wrong))):
            SkipGramSettings(**wrong)

    def test_refuses_an_unknown_method(self):
        with pytest.raises(RecipeError, match="word2vec or glove"):
            learn_word_vectors("fasttext")


class TestGlove:
    def test_counts_as_loops_do(self):
        rng = np.random.default_rng(2)
        sentences = [rng.integers(-1, 5, size) for size in (9, 1, 14)]
        expected = np.zeros((5, 5))
        for sentence in sentences:
            for i, first in enumerate(sentence):
                for j, second in enumerate(sentence):
                    if first >= 0 and second >= 0 and 1 <= abs(i - j) <= 3:
                        expected[first, second] += 1 / abs(i - j)
        found = count_neighbours(sentences, 5, 3)
        table = np.zeros((5, 5))
        table[found.rows, found.columns] = found.values
        assert table == pytest.approx(expected)

    def test_fits_what_was_planted(self):
        """Counts whose logarithm is a product of short vectors: the products come back."""
        rng = np.random.default_rng(0)
        own, near = rng.normal(size=(2, 30, 2))
        logs = own @ near.T
        rows, columns = (part.ravel() for part in np.indices(logs.shape))
        tables = (rng.random((2, 30, 5)).astype(np.float32) - 0.5) / 4
        goals = np.stack([logs.ravel(), np.ones(logs.size)], axis=1).astype(np.float32)
        pairs, learn = np.stack([rows, columns], axis=1), compile_loop(learn_glove)
        squares = np.ones_like(tables)
        losses = [learn(tables, squares, pairs, goals, 0.2) for _ in range(300)]
        assert losses[-1] < 1e-3 * losses[0]

    def test_compiled_and_plain_loops_agree(self):
        rng = np.random.default_rng(0)
        start, goals = rng.normal(size=(2, 6, 4)).astype(np.float32), rng.random((30, 2)).astype(np.float32)
        pairs, found = rng.integers(0, 6, (30, 2)), []
        for run in (learn_glove, compile_loop(learn_glove)):
            tables, squares = start.copy(), np.ones_like(start)
            found.append((run(tables, squares, pairs, goals, 0.05), tables, squares))
        assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
        assert found[1][1] == pytest.approx(found[0][1], abs=1e-4)
        assert found[1][2] == pytest.approx(found[0][2], rel=1e-3)

    def test_agrees_with_skip_gram_on_what_is_alike(self, corpus, learnt):
        _, vocabulary, ids = corpus
        settings = GloveSettings(size=32, epochs=15)
        losses = []
        made = train_glove(
            count_neighbours(ids, len(vocabulary), settings.window), vocabulary, settings,
            lambda *state: losses.append(state[1]),
        )  # fmt: skip
        assert losses[-1] < 0.6 * losses[0]
        tables = [dict(zip(each.words, each.vectors, strict=True)) for each in (made, learnt[0])]
        assert correlate(*tables, vocabulary.words[50 : 50 + N_COMPARED]) > 0.25  # 0 by chance

    def test_refuses_too_large_a_corpus_and_wrong_settings(self):
        with pytest.raises(LimitError, match="it may have"):
            count_neighbours([np.zeros(600_000, np.int64)], 1, 20)
        with pytest.raises(RecipeError, match="window"):
            GloveSettings(window=21)


class TestAnalogies:
    def test_neighbours_are_gensims(self, learnt, in_gensim):
        for word in learnt[0].words[30:60]:
            ours = [each.word for each in learnt[0].find_nearest(word, 5)]
            assert ours == [each for each, _ in in_gensim.most_similar(word, topn=5)]

    def test_published_questions_come_out_as_in_gensim(self, learnt, in_gensim):
        from gensim.test.utils import datapath

        path = datapath("questions-words.txt")
        _, sections = in_gensim.evaluate_word_analogies(path)
        questions = read_questions(Path(path).read_text())
        found = {score.kind: score for score in score_questions(learnt[0], questions)}
        asked = 0
        for section in sections[:-1]:
            score = found[section["section"].lower()]
            assert score.n_right == len(section["correct"])
            assert score.n_asked == len(section["correct"]) + len(section["incorrect"])
            asked += score.n_asked
        assert asked > 300

    def test_rated_pairs_come_out_as_in_gensim(self, learnt, in_gensim):
        from gensim.test.utils import datapath

        path = datapath("wordsim353.tsv")
        theirs = in_gensim.evaluate_word_pairs(path)
        ours = score_pairs(learnt[0], read_rated_pairs(Path(path).read_text()))
        assert ours.correlation == pytest.approx(theirs[1].statistic, abs=1e-6)
        assert 100 * (1 - ours.n_asked / ours.n_pairs) == pytest.approx(theirs[2])

    def test_extract_is_a_part_of_the_published_list(self):
        from gensim.test.utils import datapath

        questions = read_questions(Path(datapath("questions-words.txt")).read_text())
        published = {(q.kind, q.first, q.second, q.third, q.answer) for q in questions}
        for kind, pairs in EXTRACT.items():
            own = {(q.kind, q.first, q.second, q.third, q.answer) for q in make_questions(kind, pairs)}
            assert len(own) == len(pairs) * (len(pairs) - 1)
            assert own <= published

    def test_folder_is_measured_and_the_result_lies_beside_it(self, learnt, tmp_path):
        (tmp_path / "words.npz").write_bytes(learnt[0].to_bytes())
        (tmp_path / "questions-words.txt").write_text(": plural\ndog dogs cat cats\n")
        (tmp_path / "wordsim353.tsv").write_text("good\tgreat\t9\nbad\tcoffee\t1\ntea\tcoffee\t8")
        found = measure_folder(tmp_path, tmp_path)
        assert set(found) == {"word2vec"}
        assert found["word2vec"].n_asked == 1
        assert knowledge_from_json((tmp_path / "knowledge.json").read_bytes()) == found

    def test_knowledge_survives_storing_and_is_drawn(self, learnt):
        lists = (": plural\ndog dogs cat cats\ncat cats dog dogs\n", "good\tgreat\t9\nbad\tcoffee\t1\ntea\tcoffee\t8")
        found = measure_knowledge("word2vec", learnt[0], *lists)
        assert knowledge_from_json(knowledge_to_json({"word2vec": found})) == {"word2vec": found}
        assert "published analogies" in knowledge_chart(found).alt
        assert sum(score.n_asked for score in ask_extract(learnt[0])) > 50
        with pytest.raises(ArtifactError, match="measure it again"):
            knowledge_from_json(b'{"word2vec": 1}')
        nothing = measure_knowledge("word2vec", learnt[0], ": none\nx1 x2 x3 x4", lists[1])
        with pytest.raises(DataError, match="learn from more text"):
            knowledge_chart(nothing)

    def test_chart_names_the_place_of_the_right_word(self):
        square = np.array([[0, 1], [1, 1], [0, 2], [1, 2], [-3, 1]], np.float32)
        vectors = WordVectors(("a", "b", "c", "d", "e"), square)
        assert "answer 1" in analogy_chart(vectors, ("a", "b", "c", "d")).title
        assert "not in ten" in analogy_chart(vectors, ("a", "b", "c", "x")).title

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda v: v.find_nearest("zyzzyva"), "has no vector"),
            (lambda v: v.find_nearest("good", 0), "1 to 100"),
            (lambda v: solve_analogy(v, "good", "better", "zyzzyva"), "has no vector"),
            (lambda v: score_pairs(v, (("x", "y", 1.0),) * 3), "at least 3"),
            (lambda _: read_questions("a b c"), "an analogy has four"),
            (lambda _: read_questions(""), "no question"),
            (lambda _: read_rated_pairs("a b 3"), "tabs between"),
            (lambda _: read_rated_pairs("a\tb\t3"), "at least 3"),
        ],
    )
    def test_refuses_in_a_sentence(self, learnt, call, said):
        with pytest.raises(DataError, match=said):
            call(learnt[0])


class TestStoring:
    def test_vectors_survive_but_for_half_precision(self, learnt):
        back = vectors_from_bytes(learnt[0].to_bytes())
        assert back.words == learnt[0].words
        assert back.vectors == pytest.approx(learnt[0].vectors, rel=1e-3, abs=1e-4)

    def test_film_shows_words_coming_together(self, learnt):
        film = learnt[1]
        back = film_from_bytes(film_to_bytes(film))
        assert (back.words, back.groups, back.kept_share) == (film.words, film.groups, film.kept_share)
        assert find_own_share(film, -1) > find_own_share(film, 0)
        assert film.losses[-1] < film.losses[0]
        assert f"{film.steps[-1]:,} pairs" in film_chart(film, 99).title

    @pytest.mark.parametrize("read", [vectors_from_bytes, film_from_bytes])
    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not an archive", b"x" * 9_000_000])
    def test_refuses_damaged_bytes(self, read, content):
        with pytest.raises(ArtifactError, match=r"again|damaged"):
            read(content)
