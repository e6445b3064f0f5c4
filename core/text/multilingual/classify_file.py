"""Say of each line of a file whether it is negative, neutral or positive: ``python classify.py lines.txt``.

Needs ``pip install onnxruntime tokenizers numpy``, and network.onnx, tokenizer.json and model.json beside it.

Left out: telling the language, and cleaning of control characters.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CLASSES = ("negative", "neutral", "positive")
MOST_TOKENS = 128


def rate_lines(lines: list[str]) -> np.ndarray:
    """Return how likely each line is negative, neutral and positive, shape (n, 3)."""
    import onnxruntime
    from tokenizers import Tokenizer

    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    tokeniser = Tokenizer.from_file(str(HERE / "tokenizer.json"))
    tokeniser.enable_truncation(MOST_TOKENS)
    session = onnxruntime.InferenceSession(str(HERE / "network.onnx"), providers=["CPUExecutionProvider"])
    logits = []
    for line in lines:
        ids = np.array([tokeniser.encode(line).ids], np.int64)
        logits.append(session.run(["logits"], {"ids": ids, "mask": np.ones_like(ids)})[0][0])
    moved = np.stack(logits) / facts["temperature"] + np.array(facts["bias"])
    raised = np.exp(moved - moved.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def main() -> int:
    """Answer each line of the file named."""
    lines = [line for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if line.strip()]
    for line, shares in zip(lines, rate_lines(lines), strict=True):
        sys.stdout.write(f"{CLASSES[int(shares.argmax())]}\t{shares.max():.2f}\t{line}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
