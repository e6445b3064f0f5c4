"""Name what is in a picture: ``python classify.py picture.png``; needs onnxruntime, numpy and pillow.

The picture should look like those of the data set: for clothes the garment alone, upright, light on black, filling the
picture; for animals and vehicles any photograph.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
HERE = Path(__file__).resolve().parent


def read_picture(path: str, shape: list[int]) -> np.ndarray:
    """Read a picture's middle square at the network's size, as numbers 0 to 1 of shape (1, height, width, channels)."""
    height, width, n_channels = shape
    with Image.open(path) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            message = f"{path} has {opened.width * opened.height:,} pixels; at most {MOST_PIXELS:,} are read"
            raise SystemExit(message)
        upright = ImageOps.exif_transpose(opened).convert("L" if n_channels == 1 else "RGB")
    square = ImageOps.fit(upright, (width, height), Image.Resampling.BOX)
    return (np.asarray(square, np.float32) / 255).reshape(1, height, width, n_channels)


def main() -> None:
    """Print each class with its probability, the likeliest first."""
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    session = onnxruntime.InferenceSession(str(HERE / "network.onnx"), providers=["CPUExecutionProvider"])
    picture = read_picture(sys.argv[1], facts["shape"])
    logits = session.run(["logits"], {"picture": picture})[0][0] / facts["temperature"]
    shares = np.exp(logits - logits.max())
    shares = shares / shares.sum()
    for place in np.argsort(-shares):
        sys.stdout.write(f"{shares[place]:.4f}  {facts['classes'][place]}\n")


if __name__ == "__main__":
    main()
