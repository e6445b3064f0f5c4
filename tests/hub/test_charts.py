"""A chart refuses to be drawn without a finding, or with more marks than a browser can take."""

import numpy as np
import pytest

from core.hub.charts import MAX_MARKS, Chart, Mark


def test_a_chart_needs_a_title():
    with pytest.raises(ValueError, match="finding"):
        Chart("", "x", "y", ())


def test_too_many_marks_are_refused_but_a_heatmap_is_not_counted():
    many = np.arange(MAX_MARKS + 1)
    with pytest.raises(ValueError, match="aggregate first"):
        Chart("All points", "x", "y", (Mark("points", many, many),))
    grid = Chart("Grid", "x", "y", (Mark("heatmap", many, np.arange(2), z=np.zeros((2, len(many)))),))
    assert grid.marks[0].z.shape == (2, MAX_MARKS + 1)
