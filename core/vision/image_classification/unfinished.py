"""A long run in sittings: after each epoch its state is written, and the same command goes on where it stopped.

The run is the one that was never stopped: order and changes of the pictures follow from the seed and the epoch, and
everything else, momentum too, is in the state. It lies in ``HUB_HOME`` under the recipe's hash and goes with the run's
end.

Left out: short runs, which begin again sooner than a state is worth; a state within an epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.whole_files import write_whole
from core.hub.cards import hash_content
from core.hub.errors import ArtifactError
from core.hub.fields import recipe_to_json
from core.hub.packing import pack_arrays, unpack_arrays
from core.hub.settings import load_settings
from core.vision.image_classification.recipe import BUNDLED, Recipe

FOLDER = "unfinished"
_CURVE, _SECONDS, _WEIGHT = "curve_", "seconds", "weight_"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Where the state of one run lies.

    Parameters
    ----------
    path : Path or None
        Of the file; None keeps nothing.
    """

    path: Path | None

    def keep(self, network: Any, history: Mapping[str, list[float]], seconds: float) -> None:
        """Write the state after an epoch, whole or not at all.

        Parameters
        ----------
        network : keras.Model
            Compiled; its optimiser's state is kept with its weights.
        history : mapping
            Figures by epoch.
        seconds : float
            Processor time of the fit so far, over all sittings.
        """
        if self.path is None:
            return
        arrays = {f"{_WEIGHT}{place}": np.asarray(each) for place, each in enumerate(_list_variables(network))}
        arrays |= {f"{_CURVE}{name}": np.asarray(values) for name, values in history.items()}
        content = pack_arrays(arrays | {_SECONDS: np.array(seconds)})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, lambda handle: handle.write(content))

    def take_up(self, network: Any, history: dict[str, list[float]]) -> float:
        """Put a kept state into a compiled network and its curves into ``history``.

        Returns
        -------
        float
            Seconds taken so far; 0 where there is no state, or it is damaged or of another network.
        """
        arrays = self._read()
        variables = _list_variables(network)
        kept = [arrays.get(f"{_WEIGHT}{place}") for place in range(len(variables))]
        if any(found is None or found.shape != tuple(each.shape) for found, each in zip(kept, variables, strict=True)):
            return 0.0
        for each, found in zip(variables, kept, strict=True):
            each.assign(found)
        for name, values in arrays.items():
            if name.startswith(_CURVE):
                history[name.removeprefix(_CURVE)] = [float(value) for value in values]
        return float(arrays[_SECONDS])

    def _read(self) -> Mapping[str, NDArray[Any]]:
        """Read the arrays; none where there is no file or it is damaged."""
        if self.path is None or not self.path.is_file():
            return {}
        try:
            return unpack_arrays(self.path.read_bytes())
        except ArtifactError:
            return {}

    def remove(self) -> None:
        """Remove the state of a run that has come to its end."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def find_unfinished(recipe: Recipe) -> Unfinished:
    """Say where a recipe's state lies; runs on the bundled pictures keep none."""
    if recipe.pictures <= BUNDLED[recipe.data_set]:
        return Unfinished(None)
    name = hash_content(recipe_to_json(recipe).encode())[:12]
    return Unfinished(load_settings().hub_home / FOLDER / f"{name}.npz")


def _list_variables(network: Any) -> list[Any]:
    """List everything that a run's going on depends on."""
    return [*network.variables, *network.optimizer.variables]
