"""What a run leaves: gates chosen on one half of the people, and what they do to the other half; no vector, no picture.

Left out: how the gates are chosen (``training``) and scored (``scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.evaluation.leaderboard import LeaderboardRow, Measure
from core.hub.contract import Scores
from core.vision.face_recognition.recipe import AT_RANDOM, EIGENFACES, EMBEDDING, Recipe
from core.vision.face_recognition.thresholds import Claim, GateCurve

ACCEPT, FALSE_ACCEPT = "true_accept_rate", "false_accept_rate"
IDENTIFY, FALSE_IDENTIFY = "true_identification_rate", "false_identification_rate"
FOUND = "face_found_rate"
BASELINES = (EIGENFACES, AT_RANDOM)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A finished run.

    Parameters
    ----------
    recipe : Recipe
        What decided it.
    gate : float
        Distance up to which two pictures are one person.
    naming_gates : mapping of method to float
        The same for naming a face among several people, one for each classifier.
    eigen_gate : float | None
        The baseline's own gate in its own unit; None where there are no pictures.
    curve : GateCurve
        Both error rates of the people who chose nothing, at every gate.
    claim : Claim
        Whether the people who chose the gate support the recipe's false-accept rate.
    source, sha256 : str
        Which faces these were.
    notes : tuple of str
        A sentence each.
    scores : Scores
        Every figure.
    """

    recipe: Recipe
    gate: float
    naming_gates: Mapping[str, float]
    eigen_gate: float | None
    curve: GateCurve
    claim: Claim
    source: str
    sha256: str
    notes: tuple[str, ...] = ()
    scores: Scores = field(default_factory=tuple)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every verifier and every way of naming, by the known it lets pass; each keeps its own false accepts."""
        names = dict.fromkeys(row.model for row in self.scores)
        return tuple(self._make_row(name) for name in names)

    @property
    def claim_in_words(self) -> str:
        """What the people who chose can promise, that the gate in use is measured alone, and how the promise fared."""
        told = (
            f"The gate of {self.gate:.2f} is the loosest at which no more than {self.recipe.false_accepts:.2%} of "
            "strangers' pairs passed among the people who chose it: measured, not promised."
        )
        if self.claim.gate is None:
            return f"{told} {self.claim.sentence}"
        accepts, place = self.curve.accepts, self.curve.find(self.claim.gate)
        return (
            f"{told} {self.claim.sentence} Among the others {int(accepts.errors[place]):,} of {accepts.n_pairs:,} "
            f"pairs passed there: {accepts.rate[place]:.2%} ({accepts.low[place]:.2%} to {accepts.high[place]:.2%})."
        )

    def _make_row(self, name: str) -> LeaderboardRow:
        """Collect one model's figures."""
        mine = [row for row in self.scores if row.model == name]
        measures = {f"{row.split}_{row.metric}": Measure(row.value, row.low, row.high) for row in mine}
        main = next(row for row in mine if row.metric in {ACCEPT, IDENTIFY})
        return LeaderboardRow(
            name,
            measures,
            0.0,
            "best"
            if name == EMBEDDING
            else "not distinguishable from best"
            if main.high >= self._best.low
            else "worse",
            is_baseline=name in BASELINES,
            is_best=name == EMBEDDING,
            beats_baseline=name not in BASELINES and main.low > main.baseline_value,
        )

    @property
    def _best(self) -> Measure:
        """Give the run's own verifier."""
        row = next(row for row in self.scores if (row.model, row.metric) == (EMBEDDING, ACCEPT))
        return Measure(row.value, row.low, row.high)
