"""Score texts by NB-SVM or TF-IDF: ``python score.py nbsvm "A fine film."``; needs numpy alone.

Prints the calibrated probability that each text is positive.
"""

import json
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[!?]")


def score(text: str, family: str) -> float:
    """Return the calibrated probability of positive."""
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))["families"][family]["calibration"]
    with np.load(HERE / f"{family}.terms.npz", allow_pickle=False) as stored:
        terms, scale, weights, bias = (stored[name] for name in ("terms", "scale", "weights", "bias"))
    places = {term: place for place, term in enumerate(terms.tobytes().decode().split("\n"))}
    words = [found.lower() for found in TOKEN.findall(text.replace("\u2019", "'"))]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    counts = Counter(places[term] for term in [*words, *pairs] if term in places)
    found = np.array(sorted(counts), dtype=int)
    values = scale[found].astype(float)
    if family == "tfidf":
        values = values * (1 + np.log([counts[place] for place in found]))
        values = values / max(np.linalg.norm(values), 1e-12)
    logit = float(values @ weights[found] + bias[0])
    return float(1 / (1 + np.exp(-(facts["slope"] * logit + facts["offset"]))))


def main() -> None:
    """Print a line for each text."""
    family, *texts = sys.argv[1:]
    if family not in {"tfidf", "nbsvm"} or not texts:
        raise SystemExit(__doc__)
    for text in texts:
        sys.stdout.write(f"{score(text, family):.4f}  {text}\n")


if __name__ == "__main__":
    main()
