"""Neural translation with MarianMT, from the Hugging Face hub where it can be reached, or from a folder of its files.

MarianMT (Junczys-Dowmunt and others 2018, https://aclanthology.org/P18-4020) is a transformer with an encoder and a
decoder; the Helsinki group trained one for each pair on the OPUS texts (Tiedemann & Thottingal 2020,
https://aclanthology.org/2020.eamt-1.61, CC BY 4.0). Its pieces come from a SentencePiece file, which is read here
without that library: a protocol buffer with a list of pieces and their scores, segmented by ``tokenizers``' unigram
model. Weights are read as safetensors only. About 300 MB a pair; runs in a job, since it imports torch.

Left out: weights that the hub has only as a pickle; SentencePiece's own table of rewritten signs (NFKC stands for it).
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.hub.errors import DataError, LimitError, UnavailableError
from core.text._shared.hub_files import TIMEOUT_S, HubSource, OpenUrl, fetch_hub, open_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILES = ("config.json", "generation_config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors")
REVISIONS: Mapping[tuple[str, str], str] = {("en", "es"): "5bc4493d463cf000c1f0b50f8d56886a392ed4ab"}
"""The pairs that are offered, each at a commit of its repository ``Helsinki-NLP/opus-mt-…``; others from a folder."""
MAX_CHARACTERS = 5_000
MAX_NEW_PIECES = 256
SPACE_MARK = "▁"
PIECE_FIELD, TEXT_FIELD, SCORE_FIELD = 1, 1, 2  # sentencepiece_model.proto
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # wire types of protocol buffers


@dataclass(frozen=True, slots=True, eq=False)
class MarianTranslator:
    """A loaded pair: its network, the unigram model of its source, and its vocabulary both ways."""

    name: str
    network: Any
    segmenter: Any
    numbers: Mapping[str, int]
    pieces: Mapping[int, str]

    def translate(self, text: str, n_beams: int = 4) -> str:
        """Translate a text line by line.

        Parameters
        ----------
        n_beams : int
            Translations kept while writing; more is slower and seldom better past 4.

        Raises
        ------
        LimitError
            If the text has over 5,000 characters.
        """
        if len(text) > MAX_CHARACTERS:
            message = (
                f"the text has {len(text):,} characters; a translation gets at most {MAX_CHARACTERS:,}: shorten it"
            )
            raise LimitError(message)
        return "\n".join(self._translate_line(line, n_beams) if line.strip() else line for line in text.splitlines())

    def _translate_line(self, line: str, n_beams: int) -> str:
        """Translate one line."""
        import torch

        unknown = self.numbers["<unk>"]
        segments = self.segmenter.encode(unicodedata.normalize("NFKC", line), add_special_tokens=False).tokens
        most = int(self.network.config.max_position_embeddings) - 1
        ids = [*[self.numbers.get(piece, unknown) for piece in segments[:most]], self.numbers["</s>"]]
        with torch.inference_mode():
            written = self.network.generate(
                input_ids=torch.tensor([ids]),
                attention_mask=torch.ones((1, len(ids)), dtype=torch.long),
                num_beams=n_beams,
                max_new_tokens=min(MAX_NEW_PIECES, most),
            )[0].tolist()
        special = {self.numbers[name] for name in ("</s>", "<unk>", "<pad>") if name in self.numbers}
        return "".join(self.pieces[each] for each in written if each not in special).replace(SPACE_MARK, " ").strip()


def fetch_marian(
    source: str, target: str, cache: Path, timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url
) -> MarianTranslator:
    """Fetch a pair from the hub once, and load it.

    Raises
    ------
    DataError
        If the pair is not offered.
    UnavailableError
        If the hub cannot be reached, or the pair's weights are not there as safetensors.
    """
    revision = REVISIONS.get((source, target))
    if revision is None:
        offered = ", ".join(f"{one} to {other}" for one, other in REVISIONS)
        message = f"MarianMT is not offered for {source} to {target}; choose {offered}, or load a folder of its files"
        raise DataError(message)
    place = HubSource(f"Helsinki-NLP/opus-mt-{source}-{target}", revision, FILES)
    return load_marian(fetch_hub(place, cache, timeout_s, opened), f"opus-mt-{source}-{target}")


def load_marian(folder: Path, name: str = "") -> MarianTranslator:
    """Load a pair from a folder of its files; nothing is fetched.

    Raises
    ------
    UnavailableError
        If a file is missing or damaged.
    """
    from transformers import MarianMTModel

    try:
        network: Any = MarianMTModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        network.eval()
        numbers = {str(piece): int(number) for piece, number in json.loads((folder / "vocab.json").read_text()).items()}
        segmenter = make_segmenter(list(read_pieces((folder / "source.spm").read_bytes())))
    except (OSError, ValueError, KeyError, IndexError) as error:
        message = f"the MarianMT files in {folder.name} cannot be read ({type(error).__name__}); fetch them again"
        raise UnavailableError(message) from error
    return MarianTranslator(
        name or folder.name, network, segmenter, numbers, {n: piece for piece, n in numbers.items()}
    )


def make_segmenter(pieces: list[tuple[str, float]]) -> Any:
    """Return a unigram segmenter of pieces with their scores; a space becomes the mark before a word."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    segmenter = Tokenizer(models.Unigram(pieces, unk_id=[piece for piece, _ in pieces].index("<unk>")))
    segmenter.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(SPACE_MARK)]
    )
    return segmenter


def read_pieces(content: bytes) -> Iterator[tuple[str, float]]:
    r"""Read the pieces and scores out of a SentencePiece model.

    Raises
    ------
    ValueError
        If it is no such file.

    Examples
    --------
    >>> list(read_pieces(b"\x0a\x0a\x0a\x03the\x15\x00\x00\x80\xbf"))
    [('the', -1.0)]

    References
    ----------
    https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
    """
    import struct

    for field, value in read_fields(content):
        if field == PIECE_FIELD:
            parts = dict(read_fields(value))
            score = struct.unpack("<f", parts[SCORE_FIELD])[0] if SCORE_FIELD in parts else 0.0
            yield parts[TEXT_FIELD].decode("utf-8"), float(score)


def read_fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Read the fields of a protocol buffer that are bytes or four bytes wide; numbers are passed over.

    Raises
    ------
    ValueError
        If a field's kind is none of those.
    """
    at = 0
    while at < len(content):
        key, at = _read_varint(content, at)
        kind = key & 7
        if kind == VARINT:
            _, at = _read_varint(content, at)
            continue
        size = {FIXED_64: 8, FIXED_32: 4}.get(kind, -1)
        if kind == BYTES:
            size, at = _read_varint(content, at)
        if size < 0 or at + size > len(content):
            message = f"byte {at} begins no field"
            raise ValueError(message)
        yield key >> 3, content[at : at + size]
        at += size


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte; return it and where the next field begins."""
    number = shift = 0
    while True:
        number |= (content[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 128:  # noqa: PLR2004 — the eighth bit says that more follows
            return number, at
