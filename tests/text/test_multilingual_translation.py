"""Translation: Apertium's pipe, what is said where it is missing, MarianMT, a server of one's own, and chrF."""

import json
import shutil
import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from core.hub.errors import DataError, LimitError, RecipeError, UnavailableError
from core.text.multilingual import apertium, translation
from core.text.multilingual.apertium import list_pairs, name_purpose, read_mode, run_pair, run_stage
from core.text.multilingual.chrf import add_counts, count_runs, resample_chrf, score_chrf
from core.text.multilingual.marian import fetch_marian, load_marian, read_fields, read_pieces
from core.text.multilingual.translation import list_offers, measure_translation, pair_paragraphs, translate
from core.text.multilingual.translation_api import ask_server, check_address

INSTALLED = (apertium.MODES / "eng-spa.mode").is_file() and shutil.which("lt-proc")
needs_apertium = pytest.mark.skipif(not INSTALLED, reason="apertium-eng-spa is not installed")


@needs_apertium
def test_apertium_translates_and_shows_each_stage():
    answer = translate("The food was good.\n\nThe xyzzy was blue.", "en", "es")
    assert answer.text.splitlines()[0] == "La comida era buena." or answer.text.startswith("La comida era")
    assert answer.text.count("\n") == 2
    assert answer.n_unknown == 1
    assert answer.engine == "Apertium"
    assert answer.stages[-1].output == answer.text
    assert any("food<n><sg>" in stage.output for stage in answer.stages)
    assert all(stage.purpose for stage in answer.stages)


@needs_apertium
@pytest.mark.parametrize("text", ["😂 שלום", "^a$ [b] {c} @d \\e <f>", "$(touch x); `ls` | cat"])
def test_signs_of_the_stream_and_of_a_shell_pass_as_text(text):
    assert set("^$[]{}@\\<>;`|😂") & set(text) <= set(run_pair(text, "en", "es")[-1].output)


@needs_apertium
def test_a_translation_is_nearer_to_the_reference_than_the_text_left_as_it_is():
    row = measure_translation("en", "es", n=4)
    assert row.low <= row.chrf <= row.high
    assert row.chrf > row.baseline + 10
    assert translation.translate("The house", "en", "es") == translate("The house", "en", "es")


def test_where_it_is_not_installed_the_line_that_installs_it_is_said(tmp_path):
    pairs = {(pair.source, pair.target): pair for pair in list_pairs(tmp_path)}
    assert pairs["en", "fr"].path == ("en", "es", "fr")
    assert pairs["en", "fr"].missing == "apt-get install apertium apertium-eng-spa apertium-fr-es"
    assert ("es", "es") not in pairs
    assert all(offer.missing for offer in list_offers(tmp_path) if offer.engine == "apertium")
    with pytest.raises(UnavailableError, match="apt-get install apertium apertium-en-gl"):
        run_pair("a house", "en", "gl", tmp_path)


def test_a_mode_file_runs_only_programs_of_apertium(tmp_path):
    mode = tmp_path / "eng-spa.mode"
    mode.write_text("lt-proc 'a b.bin' | apertium-tagger -g $2 't.prob' | lt-proc $1 'g.bin'")
    assert read_mode(mode) == (("lt-proc", "a b.bin"), ("apertium-tagger", "-g", "t.prob"), ("lt-proc", "-g", "g.bin"))
    mode.write_text("lt-proc a | rm -rf /")
    with pytest.raises(UnavailableError, match="'rm'"):
        read_mode(mode)
    with pytest.raises(UnavailableError, match="cannot be read"):
        read_mode(tmp_path / "no.mode")
    assert name_purpose(("lt-proc", "x.bin")).startswith("Analyse")


def test_a_stage_that_fails_hangs_or_is_missing_is_one_sentence():
    with pytest.raises(UnavailableError, match="failed"):
        run_stage(("false",), "")
    with pytest.raises(UnavailableError, match="failed"):
        run_stage(("no-such-program",), "")
    with pytest.raises(LimitError, match=r"0\.05 seconds"):
        run_stage(("tail", "-f", "/dev/null"), "", timeout_s=0.05)


def test_bad_text_is_refused_before_anything_runs():
    with pytest.raises(DataError):
        translate(" \n ", "en", "es")
    with pytest.raises(LimitError, match="5,000"):
        translate("a " * 4_000, "en", "es")
    with pytest.raises(LimitError):
        translate("a" * 1_100_000, "en", "es")
    with pytest.raises(DataError, match="en to zh"):
        translate("a house", "en", "zh")


def write_pieces(pieces):
    """Write a SentencePiece model as its protocol buffer has it."""
    content = b""
    for piece, score, kind in pieces:
        text = piece.encode()
        part = b"\x0a" + bytes([len(text)]) + text + b"\x15" + struct.pack("<f", score) + b"\x18" + bytes([kind])
        content += b"\x0a" + bytes([len(part)]) + part
    return content + b"\x12\x02\x08\x05"


PIECES = [("<unk>", 0.0, 2), ("</s>", 0.0, 3), ("▁the", -1.0, 1), ("▁", -3.0, 1), ("cat", -2.0, 1), ("s", -2.5, 1)]


@pytest.fixture(scope="module")
def marian_folder(tmp_path_factory):
    import torch
    from transformers import MarianConfig, MarianMTModel

    folder = tmp_path_factory.mktemp("marian")
    torch.manual_seed(0)
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "max_position_embeddings": 32}
    heads = {
        f"{side}_{name}": 2 if name == "attention_heads" else 16
        for side in ("encoder", "decoder")
        for name in ("attention_heads", "ffn_dim")
    }
    ids = {"pad_token_id": 6, "eos_token_id": 1, "decoder_start_token_id": 6, "forced_eos_token_id": 1}
    network = MarianMTModel(MarianConfig(vocab_size=7, **sizes, **heads, **ids))
    network.save_pretrained(folder)
    numbers = {piece: number for number, (piece, _, _) in enumerate(PIECES)} | {"<pad>": 6}
    (folder / "vocab.json").write_text(json.dumps(numbers))
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(write_pieces(PIECES))
    return folder


def test_marian_segments_by_its_own_file_and_writes_as_transformers_does(marian_folder):
    import torch

    translator = load_marian(marian_folder, "tiny")
    assert translator.segmenter.encode("the cats", add_special_tokens=False).tokens == ["▁the", "▁", "cat", "s"]
    answer = translator.translate("the cats\n\nthe", n_beams=1)
    assert answer.count("\n") == 2
    expected = translator.network.generate(
        input_ids=torch.tensor([[2, 3, 4, 5, 1]]),
        attention_mask=torch.ones((1, 5), dtype=torch.long),
        num_beams=1,
        max_new_tokens=31,
    )[0].tolist()
    words = "".join(PIECES[each][0] for each in expected if each in {2, 3, 4, 5}).replace("▁", " ").strip()
    assert answer.splitlines()[0] == words
    with pytest.raises(LimitError, match="5,000"):
        translator.translate("a" * 5_001)


def test_marian_says_when_the_hub_or_a_file_is_missing(tmp_path, marian_folder):
    def refuse(_url, _timeout_s):
        raise TimeoutError

    with pytest.raises(UnavailableError, match="cannot be fetched"):
        fetch_marian("en", "es", tmp_path, opened=refuse)
    with pytest.raises(DataError, match="en to xx"):
        fetch_marian("en", "xx", tmp_path)
    for name in ("config.json", "model.safetensors", "vocab.json"):
        shutil.copy(marian_folder / name, tmp_path)
    with pytest.raises(UnavailableError, match="cannot be read"):
        load_marian(tmp_path)


def test_pieces_are_read_and_damage_is_refused():
    assert [piece for piece, _ in read_pieces(write_pieces(PIECES))] == [piece for piece, _, _ in PIECES]
    with pytest.raises(ValueError, match="no field"):
        list(read_fields(b"\x0a\x40abc"))


@pytest.fixture
def server():
    answers = {"body": json.dumps({"translatedText": "La casa"}).encode(), "status": 200, "asked": []}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answers["asked"].append((self.path, json.loads(body)))
            self.send_response(answers["status"])
            self.send_header("Location", "http://127.0.0.1:9/other")
            self.end_headers()
            self.wfile.write(answers["body"])

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield answers, f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def test_a_server_is_asked_and_its_answers_are_checked(server):
    answers, address = server
    assert ask_server("The house", "en", "es", address) == "La casa"
    assert answers["asked"] == [("/translate", {"q": "The house", "source": "en", "target": "es", "format": "text"})]
    for body, error in (
        (b"<html>", UnavailableError),
        (b'{"translatedText": 3}', UnavailableError),
        (b" " * 1_000_001, LimitError),
    ):
        answers["body"] = body
        with pytest.raises(error):
            ask_server("a", "en", "es", address)
    for status in (302, 500):
        answers["status"] = status
        with pytest.raises(UnavailableError, match=f"status {status}"):
            ask_server("a", "en", "es", address)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://a", "localhost:5000", "http://", "http://a:b@c", "http://a?b=c"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(RecipeError, match="TRANSLATION_API"):
        check_address(address)


def test_no_server_set_or_reachable_is_one_sentence():
    with pytest.raises(UnavailableError, match="set TRANSLATION_API"):
        ask_server("a", "en", "es", "")
    with pytest.raises(UnavailableError, match="does not answer"):
        ask_server("a", "en", "es", "http://127.0.0.1:9", timeout_s=0.5)
    with pytest.raises(LimitError, match="5,000"):
        ask_server("a" * 5_001, "en", "es", "http://127.0.0.1:9")


def test_our_counts_add_up_to_sacrebleus_chrf():
    answers = ["La comida era bien.", "Todos los hombres nacen libres", "x"]
    references = ["La comida estaba buena.", "Todos los seres humanos nacen libres", "yz"]
    counts = np.array([count_runs(*pair) for pair in zip(answers, references, strict=True)])
    assert add_counts(counts) == pytest.approx(score_chrf(answers, references), abs=1e-9)
    value, low, high = resample_chrf(answers, references)
    assert low <= value <= high
    assert resample_chrf(answers, references) == (value, low, high)
    assert score_chrf(references, references) == 100
    assert add_counts(count_runs("abc", "xyz")[None]) == 0
    with pytest.raises(DataError, match="3 translations and 2"):
        score_chrf(answers, references[:2])


def test_paragraphs_are_paired_only_where_the_versions_agree():
    pairs = pair_paragraphs("en", "es", 5)
    assert len(pairs) == 5
    assert all(source != target for source, target in pairs)
    with pytest.raises(DataError, match="48 in zh"):
        pair_paragraphs("en", "zh")
