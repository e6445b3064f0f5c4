"""Twenty known defects, planted in clean tables to measure what a search for defects finds and what it makes up.

Left out: defects that no table can show, such as values missing for their own sake.
"""

from core.tabular.eda.defects.planting import CLEAN, DEFECTS, HELD_OUT, Defect, plant, plant_many
from core.tabular.eda.defects.scoring import PlantedScore, score_planted
from core.tabular.eda.defects.truth import KINDS, Planted, Truth

__all__ = [
    "CLEAN",
    "DEFECTS",
    "HELD_OUT",
    "KINDS",
    "Defect",
    "Planted",
    "PlantedScore",
    "Truth",
    "plant",
    "plant_many",
    "score_planted",
]
