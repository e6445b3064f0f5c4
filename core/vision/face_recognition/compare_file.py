"""Say whether two pictures show the same person: python compare.py FIRST SECOND LANDMARKS.dat NETWORK.dat.

Takes the gate from model.json beside it; needs dlib, NumPy and Pillow.
"""

import json
import sys
from pathlib import Path

import dlib
import numpy as np
from PIL import Image

PADDING = 0.25


def measure(path: str, landmarks: str, network: str) -> np.ndarray:
    """Measure the only face of a picture: 128 numbers."""
    pixels = np.ascontiguousarray(Image.open(path).convert("RGB"))
    faces = dlib.get_frontal_face_detector()(pixels, 1)
    if len(faces) != 1:
        sys.exit(f"{path} shows {len(faces)} faces; give a picture with one")
    shape = dlib.shape_predictor(landmarks)(pixels, faces[0])
    chip = dlib.get_face_chip(pixels, shape, 150, PADDING)
    return np.array(dlib.face_recognition_model_v1(network).compute_face_descriptor(chip))


def main() -> None:
    """Compare two pictures."""
    first, second, landmarks, network = sys.argv[1:5]
    gate = json.loads((Path(__file__).parent / "model.json").read_text(encoding="utf-8"))["gate"]
    distance = np.linalg.norm(measure(first, landmarks, network) - measure(second, landmarks, network))
    answer = "the same person" if distance <= gate else "two people"
    sys.stdout.write(f"{answer}: {distance:.3f} apart, the gate is {gate:.2f}\n")


if __name__ == "__main__":
    main()
