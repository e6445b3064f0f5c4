"""Fitted estimators and arrays as bytes that are never unpickled: skops with a fixed list of types, and plain npz.

skops (https://skops.readthedocs.io/en/stable/persistence.html) writes an estimator as a zip of JSON and arrays and, on
reading, builds only types it is told to trust. The list below is ours; a file has no say in it. The bytes are made
reproducible: equal estimators give equal bytes, so one seed gives one sha256.

Left out: a check of the numbers inside a tree's arrays, which scikit-learn indexes without bounds; that is why weights
are read only through ``artifacts``, which refuses bytes whose sha256 is not the card's.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.hub.errors import ArtifactError
from core.hub.skops_door import import_skops

if TYPE_CHECKING:
    import numpy as np

TRUSTED: tuple[str, ...] = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)
"""Types outside scikit-learn's public estimators that the fitted classifiers of our projects hold."""

MAX_UNPACKED_MB = 1_024
_NO_TYPES = "TRUSTED: tuple[str, ...] = ()"
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the bytes must not depend on the clock
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, ImportError,
    IndexError, RuntimeError,
)  # fmt: skip
"""What zipfile, json, NumPy and skops raise on damaged bytes; RuntimeError is a zip that claims to be encrypted."""


def pack_estimator(estimator: Any) -> bytes:
    """Write a fitted scikit-learn estimator or pipeline as skops bytes; equal estimators give equal bytes.

    Raises
    ------
    ArtifactError
        If it holds something that could not be read back, such as a lambda or a class of one's own.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> content = pack_estimator(model)
    >>> content == pack_estimator(model), unpack_estimator(content).predict([[1.9]]).tolist()
    (True, [1])
    """
    skops_io = import_skops()
    from skops.io.exceptions import UnsupportedTypeException

    try:
        content = skops_io.dumps(estimator)
    except (UnsupportedTypeException, TypeError, ValueError) as error:
        message = f"a {type(estimator).__name__} holds what no skops file can; leave it out of the model"
        raise ArtifactError(message) from error
    refused = sorted(set(skops_io.get_untrusted_types(data=content)) - set(TRUSTED))
    if refused:
        message = f"a {type(estimator).__name__} holds {refused[0]}, which the loader would refuse; leave it out"
        raise ArtifactError(message)
    return _make_reproducible(content)


def _make_reproducible(content: bytes) -> bytes:
    """Replace memory addresses by running numbers and the clock by a constant."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {info.filename: packed.read(info) for info in packed.infolist()}
    schema = json.loads(files.pop(_SCHEMA))
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    _renumber(schema, numbers, names, frozenset(files))
    renamed = {names.get(name, name): _clear_padding(part) for name, part in files.items()}
    renamed[_SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    return make_zip(renamed)


def _clear_padding(part: bytes) -> bytes:
    """Put zeros between the fields of a structured array, such as a tree's nodes, where memory left what it held."""
    import numpy as np

    if not part.startswith(np.lib.format.MAGIC_PREFIX):
        return part
    array = np.load(io.BytesIO(part), allow_pickle=False)
    if array.dtype.names is None:
        return part
    cleared = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        cleared[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, cleared, allow_pickle=False)
    return buffer.getvalue()


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """Zip files by name, in the order of their names and without a date: equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, files[name])
    return buffer.getvalue()


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str], files: frozenset[str]) -> None:
    """Walk a skops schema in order, numbering each object and each array file by its first appearance."""
    if isinstance(node, list):
        for part in node:
            _renumber(part, numbers, names, files)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("__id__"), int):
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
    file = node.get("file")
    if isinstance(file, str) and file in files:
        node["file"] = names.setdefault(file, f"{len(names) + 1}.{file.rpartition('.')[2]}")
    for part in node.values():
        _renumber(part, numbers, names, files)


def unpack_estimator(content: bytes) -> Any:
    """Build an estimator from skops bytes, trusting scikit-learn's public estimators and ``TRUSTED`` only.

    Raises
    ------
    ArtifactError
        If the bytes are damaged, unpack to more than a gigabyte, or name a type that is not trusted.
    """
    skops_io = import_skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    _check_size(content)
    try:
        return skops_io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        message = f"the stored model holds a type that is not trusted and was not read: {str(error)[:160]}"
        raise ArtifactError(message) from error
    except _DAMAGE as error:
        message = f"the stored model is damaged and was not read ({type(error).__name__}); train it again"
        raise ArtifactError(message) from error


def _check_size(content: bytes) -> None:
    """Refuse bytes that are no zip, or one that would not fit in memory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size_mb = sum(info.file_size for info in packed.infolist()) / 1e6
    except _DAMAGE as error:
        message = f"the stored model is damaged and was not read ({type(error).__name__}); train it again"
        raise ArtifactError(message) from error
    if size_mb > MAX_UNPACKED_MB:
        message = (
            f"the stored model unpacks to {size_mb:,.0f} MB; the limit is {MAX_UNPACKED_MB:,} MB, so it was not read"
        )
        raise ArtifactError(message)


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write named arrays of numbers, dates or fixed-width texts as compressed npz bytes.

    Raises
    ------
    ArtifactError
        If an array holds Python objects, which only pickle could write.

    Examples
    --------
    >>> import numpy as np
    >>> unpack_arrays(pack_arrays({"weights": np.array([1.5, 2.5])}))["weights"].tolist()
    [1.5, 2.5]
    """
    import numpy as np

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(arrays):
            part = io.BytesIO()
            try:
                np.lib.format.write_array(part, np.asanyarray(arrays[name]), allow_pickle=False)
            except ValueError as error:
                message = f"array {name} holds Python objects; store it as numbers or as texts of fixed width"
                raise ArtifactError(message) from error
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, part.getvalue())
    return buffer.getvalue()


def unpack_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of npz bytes; nothing in them is unpickled.

    Raises
    ------
    ArtifactError
        If the bytes are damaged, unpack to more than a gigabyte, or hold Python objects.
    """
    import numpy as np

    _check_size(content)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except _DAMAGE as error:
        message = f"the stored arrays are damaged or hold Python objects and were not read ({type(error).__name__})"
        raise ArtifactError(message) from error


def write_loader(script: Path) -> str:
    """Read a script that loads our models and write into it the types that it may make.

    The types come from this code and from no model's file; the script holds an empty list in their place.

    Parameters
    ----------
    script : Path
        A Python file with the line ``TRUSTED: tuple[str, ...] = ()``.

    Raises
    ------
    ValueError
        If the script has no such line, so that it could load nothing.
    """
    text = script.read_text(encoding="utf-8")
    if _NO_TYPES not in text:
        message = f"{script.name} has no line {_NO_TYPES!r} to write the trusted types into"
        raise ValueError(message)
    return text.replace(_NO_TYPES, f"TRUSTED: tuple[str, ...] = {TRUSTED!r}")
