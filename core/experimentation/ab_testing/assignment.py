"""Who gets which version: a pure function of salt and unit, so that nothing need be stored and nobody is ever moved.

Each arm owns a stretch of the buckets as wide as its weight. Of that stretch the ramp opens the front part, so raising
the coverage adds units and moves none (the bucket ranges of https://docs.growthbook.io/lib/build-your-own).
Experiments of one layer own separate ranges of the layer's own buckets, so no unit is ever in two of them; those of
different layers are independent (D. Tang et al. 2010, https://doi.org/10.1145/1835804.1835810).

Left out: units kept in an arm by a cookie: whoever has the same name has the same arm.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.experimentation.ab_testing.hashing import BUCKETS, find_bucket, find_buckets
from core.hub.errors import RecipeError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
MAX_ARMS, MAX_SALT = 20, 64
OUTSIDE = -1
LAYER_SALT = "layer:"
_STEP = 1 / BUCKETS[2]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What decides who gets what.

    Parameters
    ----------
    name : str
        Letters, digits, point, dash or underscore, at most 64.
    arms : tuple of str
        The control last.
    weights : tuple of float
        Share of each arm; at least 0.0001 each, together 1. Empty: equal shares.
    coverage : float
        Share (0–1) of each arm's stretch that is open; it may only grow.
    salt : str
        Never used before; empty takes the name.
    layer : str
        Experiments of one layer exclude each other; empty: alone in a layer of its own.
    start, end : float
        The range of the layer's buckets that this experiment owns.
    project : str
        Slug of the project whose stored models are the arms; empty where the arms are something else.
    """

    name: str
    arms: tuple[str, ...] = ("treatment", "control")
    weights: tuple[float, ...] = ()
    coverage: float = 1.0
    salt: str = ""
    layer: str = ""
    start: float = 0.0
    end: float = 1.0
    project: str = ""

    @property
    def seed(self) -> str:
        """The salt, or the name in its place."""
        return self.salt or self.name

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights, equal ones where none are given."""
        return self.weights or (1 / len(self.arms),) * len(self.arms)


def check_experiment(new: Experiment, others: Iterable[Experiment] = (), past: Iterable[Experiment] = ()) -> None:
    """Refuse an experiment that cannot be run beside others.

    Parameters
    ----------
    others : iterable of Experiment
        Those that run now.
    past : iterable of Experiment
        Every one there ever was: their salts are used up.

    Raises
    ------
    RecipeError
        With the value, its limit and the remedy.

    Examples
    --------
    >>> check_experiment(Experiment("new", salt="a"), past=[Experiment("old", salt="a")])
    Traceback (most recent call last):
    ...
    core.hub.errors.RecipeError: the salt 'a' was used by old, so the same units would meet again; choose a new one
    """
    for what, name in (("experiment", new.name), *(("arm", arm) for arm in new.arms)):
        check_name(what, name)
    _check_arms(new)
    _check_range(new, others)
    if not new.seed.isprintable() or len(new.seed) > MAX_SALT or new.seed.startswith(LAYER_SALT):
        message = f"the salt is {new.seed[:70]!r}; give 1 to {MAX_SALT} printable characters that are no layer's salt"
        raise RecipeError(message)
    used = next((each.name for each in past if each.seed == new.seed), "")
    if used:
        message = f"the salt {new.seed!r} was used by {used}, so the same units would meet again; choose a new one"
        raise RecipeError(message)


def check_name(what: str, name: str) -> None:
    """Refuse a name that an address or a log could not hold.

    Raises
    ------
    RecipeError
        With the name and what it may be.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        message = f"{what} is {str(name)[:70]!r}; use 1 to 64 letters, digits, points, dashes or underscores"
        raise RecipeError(message)


def _check_arms(new: Experiment) -> None:
    """Refuse arms, weights or a coverage that make no split."""
    if not 2 <= len(new.arms) <= MAX_ARMS or len(set(new.arms)) < len(new.arms):  # noqa: PLR2004 - two can be compared
        message = f"the arms are {', '.join(new.arms) or 'none'}; name 2 to {MAX_ARMS} different ones, the control last"
        raise RecipeError(message)
    fits = len(new.shares) == len(new.arms) and all(share >= _STEP for share in new.shares)
    if not fits or not math.isclose(math.fsum(new.shares), 1.0, abs_tol=1e-9):
        shown = ", ".join(f"{share:g}" for share in new.weights)
        message = f"the weights are {shown}; give one of at least {_STEP:g} for each arm, together 1"
        raise RecipeError(message)
    if not 0 <= new.coverage <= 1:
        message = f"coverage is {new.coverage:g}; it must be 0 to 1"
        raise RecipeError(message)


def _check_range(new: Experiment, others: Iterable[Experiment]) -> None:
    """Refuse a range of a layer that is none, or that another running experiment owns."""
    if new.layer:
        check_name("layer", new.layer)
    if not 0 <= new.start < new.end <= 1 or (not new.layer and (new.start, new.end) != (0, 1)):
        message = f"the range is {new.start:g} to {new.end:g}; give 0 ≤ start < end ≤ 1, and a layer where it is a part"
        raise RecipeError(message)
    for each in others:
        if new.layer and each.layer == new.layer and new.start < each.end and each.start < new.end:
            message = (
                f"{each.name} owns {each.start:g} to {each.end:g} of the layer {new.layer}; "
                f"{new.start:g} to {new.end:g} overlaps it, so choose another range"
            )
            raise RecipeError(message)


def check_change(old: Experiment, new: Experiment) -> None:
    """Refuse a change that would move a unit that is already in: only the coverage may change, and only grow.

    Raises
    ------
    RecipeError
        With what was changed and the remedy.

    Examples
    --------
    >>> check_change(Experiment("a", coverage=0.1), Experiment("a", coverage=0.5))
    """
    for what in ("arms", "shares", "seed", "layer", "start", "end", "project"):
        before, after = getattr(old, what), getattr(new, what)
        if before != after:
            word = {"shares": "weights", "seed": "salt"}.get(what, what)
            message = (
                f"the {word} of {old.name} may not change while it runs ({_show(before)} to {_show(after)}): "
                "units would move between arms; stop it and start another with a new salt"
            )
            raise RecipeError(message)
    _check_arms(new)
    if new.coverage < old.coverage:
        message = (
            f"the coverage of {old.name} may not fall from {old.coverage:g} to {new.coverage:g}: units that are in "
            "would drop out; stop it instead"
        )
        raise RecipeError(message)


def _show(value: object) -> str:
    """Write a setting for a sentence."""
    if isinstance(value, tuple):
        return ":".join(_show(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def find_stretches(experiment: Experiment) -> tuple[tuple[float, float], ...]:
    """Return the open stretch of buckets of each arm.

    Examples
    --------
    >>> find_stretches(Experiment("a", coverage=0.1))
    ((0.0, 0.05), (0.5, 0.55))
    """
    edges = [0.0, *np.cumsum(experiment.shares).round(12).tolist()]
    return tuple((low, round(low + experiment.coverage * (high - low), 12)) for low, high in pairwise(edges))


def assign(experiment: Experiment, unit: str) -> str | None:
    """Return the arm of one unit, or None where it is not in the experiment.

    Examples
    --------
    >>> assign(Experiment("blue-button"), "user-1"), assign(Experiment("blue-button", coverage=0.0), "user-1")
    ('control', None)
    """
    if experiment.layer and not experiment.start <= find_bucket(LAYER_SALT + experiment.layer, unit) < experiment.end:
        return None
    bucket = find_bucket(experiment.seed, unit)
    stretches = zip(experiment.arms, find_stretches(experiment), strict=True)
    return next((arm for arm, (low, high) in stretches if low <= bucket < high), None)


def assign_many(experiment: Experiment, units: Sequence[str]) -> np.ndarray:
    """Return the arm's place of many units, as :func:`assign` gives it one by one.

    Returns
    -------
    int8 array of shape (n_units,)
        Place in ``experiment.arms``, or −1 for a unit that is not in the experiment.

    Examples
    --------
    >>> found = assign_many(Experiment("blue-button"), [f"user-{number}" for number in range(10_000)])
    >>> np.bincount(found).tolist()
    [4984, 5016]
    """
    buckets = find_buckets(experiment.seed, units)
    found = np.full(len(units), OUTSIDE, dtype=np.int8)
    for place, (low, high) in enumerate(find_stretches(experiment)):
        found[(low <= buckets) & (buckets < high)] = place
    if experiment.layer:
        own = find_buckets(LAYER_SALT + experiment.layer, units)
        found[(own < experiment.start) | (own >= experiment.end)] = OUTSIDE
    return found
