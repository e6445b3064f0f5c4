"""The language of a text: right answers, honest doubt, and the files behind both."""

import gzip
import shutil

import numpy as np
import pytest

from core.datasets.catalogue import DATA, load_files
from core.hub.errors import DataError
from core.text.multilingual import language_trial
from core.text.multilingual.galician import read_known_words
from core.text.multilingual.language_build import choose_words, pack_rows, read_paragraphs
from core.text.multilingual.language_id import fit_languages, identify, load_languages, rate_languages, score_languages
from core.text.multilingual.language_text import fold_text, load_declaration, load_words, read_bundled
from core.text.multilingual.languages import LANGUAGES, STRANGERS, UNKNOWN, find_language

SENTENCES = {
    "ar": "كان الطعام لذيذا والخدمة ممتازة",
    "de": "Das Essen war gut, aber der Service leider nicht.",
    "en": "The food was good, but sadly the service was not.",
    "es": "La comida estaba buena, pero el servicio no tanto.",
    "fr": "Le repas était bon, mais le service ne l'était pas.",
    "gl": "A comida estaba moi boa, pero o servizo non o era tanto; xa non quero volver alí.",
    "hi": "खाना अच्छा था लेकिन सेवा अच्छी नहीं थी",
    "it": "Il cibo era buono, ma purtroppo il servizio no.",
    "ja": "料理は美味しかったけれど、サービスは良くなかった。",
    "pt": "A comida estava boa, mas o atendimento não.",
    "ru": "Еда была хорошая, но обслуживание плохое.",
    "zh": "菜很好吃。但是服务不好。",
}


@pytest.fixture(scope="module")
def cases():
    found = language_trial.cut_texts([language.code for language in LANGUAGES], 6, odd=True)
    return found[::4]


@pytest.mark.parametrize("code", SENTENCES)
def test_plain_sentences_are_told_apart(code):
    guess = identify(SENTENCES[code])
    assert guess.code == code
    assert guess.name == find_language(code).name
    assert sum(share for _, share in guess.ranking) <= 1 + 1e-9


def test_six_words_of_unseen_text_beat_the_baseline_by_five_points(cases):
    words = {code: {word for word, _ in listed} for code, listed in read_known_words()}
    model = load_languages()
    ours = language_trial.score_cases(cases, lambda text: language_trial.lead(text, model), "", "")
    baseline = language_trial.score_cases(cases, lambda text: language_trial.count_words(text, words), "", "")
    assert ours.accuracy >= 0.97
    assert ours.accuracy >= baseline.accuracy + 0.05
    assert ours.low <= ours.accuracy <= ours.high


def test_a_paragraph_of_galician_is_told_from_its_neighbours_which_keep_theirs():
    rows = {}
    for code in ("gl", "es", "pt", "ca"):
        told = [identify(text).code for _, text in language_trial.cut_texts([code], None, odd=True)]
        rows[code] = np.mean([each == code for each in told])
    assert rows["gl"] >= 0.8
    assert min(rows[code] for code in ("es", "pt", "ca")) >= 0.95
    assert [code for code, _ in read_known_words()] == sorted(language.code for language in LANGUAGES)


def test_unseen_languages_are_called_unknown_and_seen_ones_are_not(cases):
    strangers = language_trial.cut_texts([language.code for language in STRANGERS], 6, odd=True)[::3]
    refused = np.mean([identify(text).code == UNKNOWN for _, text in strangers])
    answered = np.mean([identify(text).code != UNKNOWN for _, text in cases])
    assert refused >= 0.7
    assert answered >= 0.95


def test_probabilities_are_calibrated_on_held_out_text(cases):
    sure = np.array([score_languages(text, load_languages())[0] for _, text in cases[::2]])
    shares = np.array([rate_languages(row).max() for row in sure])
    right = np.array([language_trial.lead(text, load_languages()) == code for code, text in cases[::2]])
    assert abs(shares.mean() - right.mean()) < 0.05


@pytest.mark.parametrize("text", ["", "   ", "12:30", "😂😂", "https://example.org", "@ana #tag", "\x00\x07"])
def test_a_text_without_letters_is_unknown(text):
    guess = identify(text)
    assert guess.code == UNKNOWN
    assert guess.why == "it has no letters"


def test_keyboard_mash_and_one_ambiguous_word_are_unknown_with_a_reason():
    assert "like those of no language" in identify("asdf qwer zxcv").why
    assert "write a few more words" in identify("no").why


def test_the_choice_can_be_limited_and_does_not_depend_on_case_or_signs():
    text = "Muito bom!!!"
    assert identify(text, among=("es", "en")).ranking[0][0] in {"es", "en"}
    assert identify(text.upper() + " 10/10") == identify(text)


def test_traditional_chinese_is_chinese_and_a_long_text_is_read_in_part():
    assert identify("這個酒店很好。我們很喜歡").code == "zh"
    long = "the food was good and the room was clean. "
    assert identify(long * 25_000).code == "en"


def test_fitting_is_deterministic_and_hand_counts_agree():
    words = {"es": (("la", 0.75), ("el", 0.25)), "en": (("the", 1.0),)}
    first, second = fit_languages(words.items(), order=1), fit_languages(words.items(), order=1)
    assert np.array_equal(first.table, second.table)
    shares = np.exp(first.table[:, 0].astype(float))
    # Letters l, a and e by their words' shares: l is in both, so it holds half of all.
    assert shares.max() == pytest.approx(0.5, abs=0.01)


def test_folding_keeps_marks_and_drops_signs():
    assert fold_text("Él É a\u0301 हिन्दी 3x!") == "él é á हिन्दी x"


def test_the_bundled_files_are_whole_and_damage_is_refused(tmp_path):
    assert {len(words) for words in load_words().values()} <= set(range(3_000, 4_001))
    assert set(load_declaration()) == {language.code for language in LANGUAGES + STRANGERS}
    shutil.copy(DATA / "catalogue.toml", tmp_path)
    (tmp_path / "text").mkdir()
    file = next(row.file for row in load_files() if "human_rights" in row.file)
    (tmp_path / file).write_bytes(gzip.compress(b"language,text\n"))
    with pytest.raises(DataError, match="restore it"):
        read_bundled(file, tmp_path)
    with pytest.raises(DataError, match="no catalogue row"):
        read_bundled("text/nothing.csv.gz", tmp_path)
    with pytest.raises(DataError, match="'xx'"):
        find_language("xx")


def test_building_is_byte_identical_and_reads_what_it_should():
    rows = [("a", "b"), ("1", 'x, "y"')]
    assert pack_rows(rows) == pack_rows(rows)
    assert read_paragraphs("<p>short</p><p>Everyone has the right &amp; duty</p>") == ["Everyone has the right & duty"]
    assert choose_words([[], ["the", "a-b"], ["the", "of"]], n_words=2) == [(1, "the"), (2, "of")]


def test_the_weight_of_the_evidence_is_the_best_of_its_grid(monkeypatch):
    from core.text.multilingual import language_id

    monkeypatch.setattr(language_trial, "LANGUAGES", LANGUAGES[::5])
    monkeypatch.setattr(language_trial, "SIZES", (3, 6))
    sharpness, fading, loss = language_trial.fit_sharpness()
    assert 0.25 <= sharpness <= 2.0
    assert 0.0 <= fading <= 0.6
    assert loss < 0.3
    assert sharpness * 50**-fading == pytest.approx(language_id.SHARPNESS * 50**-language_id.FADING, rel=0.6)
