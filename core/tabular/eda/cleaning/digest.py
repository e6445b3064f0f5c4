"""A hash of a frame's names, types and every bit of its values: equal hashes mean equal tables.

The page and the exported script both run it, so that the script can tell whether it made the table it should.

Left out: the row index, which is always 0 to n−1 here.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd


def digest_frame(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a frame (hex): column names, types, missing cells and the bits of all others.

    Examples
    --------
    >>> digest_frame(pd.DataFrame({"a": [0.0]})) == digest_frame(pd.DataFrame({"a": [-0.0]}))
    False
    """
    sha = hashlib.sha256(f"{frame.shape}".encode())
    for name in frame.columns:
        column = frame[name]
        missing = column.isna().to_numpy()
        sha.update(ascii((name, str(column.dtype))).encode())
        sha.update(missing.tobytes())
        known = column[~missing]
        if known.dtype == object:
            codes, values = pd.factorize(known)
            sha.update(codes.astype("<i8").tobytes())
            sha.update(ascii([(type(value).__name__, value) for value in values]).encode())
        else:
            plain = np.asarray(known.to_numpy(dtype=str(known.dtype).lower()))
            sha.update(plain.astype(plain.dtype.newbyteorder("<")).tobytes())
    return sha.hexdigest()
