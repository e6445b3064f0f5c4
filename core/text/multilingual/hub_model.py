"""XLM-R base from the Hugging Face hub, as another encoder to begin a run with, where the hub can be reached.

Conneau et al. 2020, https://arxiv.org/abs/1911.02116: 12 layers, 768 wide, 278 million weights, 100 languages, MIT. Its
pieces are those of multilingual-e5-small, so its vocabulary is pruned in the same way. Revision and files are pinned,
only safetensors are read, and no code of the hub runs.

Left out: fine-tuned versions of it, whose weights on the hub are pickles.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from core.hub.errors import ArtifactError
from core.text._shared.hub_files import TIMEOUT_S, HubSource, OpenUrl, fetch_hub, open_url
from core.text._shared.torch_bert import rename_weights
from core.text.multilingual.e5_file import Pieces

if TYPE_CHECKING:
    from pathlib import Path

    from core.text._shared.bert_graph import Array

WEIGHTS_FILE, PIECES_FILE = "model.safetensors", "tokenizer.json"
SOURCE = HubSource(
    "FacebookAI/xlm-roberta-base", "e73636d4f797dec63c3081bb6ed5c7b0bb3f2089", (WEIGHTS_FILE, PIECES_FILE)
)
HEADS, FIRST_POSITION, EPSILON = 12, 2, 1e-5
"""What XLM-R's weights do not say: its first token has row 2 of the position table."""
PREFIX = "roberta."


def load_xlm_roberta(
    cache: Path, source: HubSource = SOURCE, timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url
) -> tuple[dict[str, Array], Pieces]:
    """Fetch the encoder once, and read its weights and its tokeniser.

    Parameters
    ----------
    cache : Path
        Where fetched files are kept.
    timeout_s : float
        Longest silence of the server.

    Returns
    -------
    (weights, pieces)
        Under ``bert_graph``'s names, without a head.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    ArtifactError
        If the files are not those of an XLM-R.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    folder = fetch_hub(source, cache, timeout_s, opened)
    try:
        published = load_file(folder / WEIGHTS_FILE)
        pieces = read_pieces((folder / PIECES_FILE).read_text("utf-8"))
    except (SafetensorError, ValueError, KeyError, TypeError, IndexError) as error:
        message = f"the files of {source.repository} cannot be read ({type(error).__name__}); delete {folder.name} in "
        message += "the cache and fetch them again"
        raise ArtifactError(message) from error
    prefix = PREFIX if any(name.startswith(PREFIX) for name in published) else ""
    return rename_weights(published, prefix), pieces


def read_pieces(content: str) -> Pieces:
    """Read the unigram pieces of a ``tokenizer.json`` whose special pieces are fairseq's.

    Examples
    --------
    >>> vocabulary = [["<s>", 0], ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁good", -5.5]]
    >>> read_pieces(json.dumps({"model": {"type": "Unigram", "vocab": vocabulary}})).texts[-1]
    '▁good'
    """
    model = json.loads(content)["model"]
    texts = tuple(str(text) for text, _ in model["vocab"])
    start, end, padding, unknown = (texts.index(text) for text in ("<s>", "</s>", "<pad>", "<unk>"))
    scores = np.array([score for _, score in model["vocab"]], np.float32)
    return Pieces(texts, scores, start, end, padding, unknown, {})
