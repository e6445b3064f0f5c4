"""The state of the online features as bytes: the payments it remembers, what is known of them, and its two settings.

Everything else in the state follows from these, so there is nothing in a snapshot that could disagree with itself.

Left out: changes since a snapshot: those are the payments and labels that came since, to be added again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.hub.errors import ArtifactError
from core.hub.packing import pack_arrays, unpack_arrays
from core.streaming.fraud.features import MOST_DELAY_DAYS
from core.streaming.fraud.online_arrivals import Columns, make_columns
from core.streaming.fraud.transactions import Transaction

_WHOLE = ("id", "seconds", "customer", "terminal")
_KINDS = dict.fromkeys((*_WHOLE, "frauds", "settings"), "int64") | {"amount": "float64"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What decides a state of the online features.

    Parameters
    ----------
    transactions : tuple of Transaction
        In order of arrival.
    frauds : frozenset of int
        Ids of known frauds.
    """

    transactions: tuple[Transaction, ...]
    frauds: frozenset[int]
    delay_days: int
    lateness_s: int


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """Write a snapshot as compressed npz bytes; equal snapshots give equal bytes.

    Examples
    --------
    >>> one = Snapshot((Transaction(0, 60, 1, 2, 9.99),), frozenset({0}), 7, 3_600)
    >>> unpack_snapshot(pack_snapshot(one)) == one
    True
    """
    settings = snapshot.delay_days, snapshot.lateness_s
    return pack_columns(make_columns(snapshot.transactions), snapshot.frauds, settings)


def pack_columns(columns: Columns, frauds: frozenset[int], settings: tuple[int, int]) -> bytes:
    """Write what :func:`pack_snapshot` writes, from columns; ``settings`` are the delay and the lateness."""
    arrays: dict[str, np.ndarray] = {name: getattr(columns, name) for name in (*_WHOLE, "amount")}
    # Differences of what grows with time are small numbers, which compress to a fraction.
    arrays["id"], arrays["seconds"] = _to_steps(arrays["id"]), _to_steps(arrays["seconds"])
    arrays["frauds"], arrays["settings"] = np.array(sorted(frauds), dtype=np.int64), np.array(settings, dtype=np.int64)
    return pack_arrays(arrays)


def _to_steps(values: np.ndarray) -> np.ndarray:
    """Return the first value and the differences after it."""
    return np.diff(values, prepend=0)


def unpack_snapshot(content: bytes) -> Snapshot:
    """Read what :func:`pack_snapshot` wrote; nothing is unpickled.

    Raises
    ------
    ArtifactError
        If the bytes are damaged or not a snapshot.
    """
    arrays = unpack_arrays(content)
    n = len(arrays.get("id", ()))
    lengths = dict.fromkeys((*_WHOLE, "amount"), n) | {"settings": 2}
    fits = {name: str(array.dtype) for name, array in arrays.items()} == _KINDS and all(
        arrays[name].shape == (length,) for name, length in lengths.items()
    )
    if not fits or not 1 <= arrays["settings"][0] <= MOST_DELAY_DAYS:
        message = f"the {len(content):,} bytes are not a state of the fraud features; start from an empty state"
        raise ArtifactError(message)
    arrays["id"], arrays["seconds"] = np.cumsum(arrays["id"]), np.cumsum(arrays["seconds"])
    delay_days, lateness_s = arrays["settings"].tolist()
    columns = (arrays[name].tolist() for name in (*_WHOLE, "amount"))
    return Snapshot(tuple(map(Transaction, *columns)), frozenset(arrays["frauds"].tolist()), delay_days, lateness_s)
