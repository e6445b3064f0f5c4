"""A module that travels along with a download runs without the hub, or is refused."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from core.evaluation import novelty
from core.tabular._shared.alone import write_alone


def test_a_module_taken_along_says_what_the_hubs_own_says(tmp_path):
    (tmp_path / "alone.py").write_text(write_alone(Path(novelty.__file__)))
    assert "from core" not in (tmp_path / "alone.py").read_text()
    spec = importlib.util.spec_from_file_location("alone", tmp_path / "alone.py")
    alone = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alone)
    rows = np.random.default_rng(0).normal(size=(300, 3))
    asked = np.vstack([rows[:20] + 0.1, rows[:3] * 9])
    found = alone.novelty_p_value(alone.fit_novelty(rows), asked)
    assert found.tolist() == novelty.novelty_p_value(novelty.fit_novelty(rows), asked).tolist()
    with pytest.raises(ValueError, match="at least 2 are needed"):
        alone.fit_novelty(rows[:1])


def test_a_module_that_leans_on_the_hub_is_not_taken_along(tmp_path):
    (tmp_path / "leaning.py").write_text("from core.hub.jobs import submit\n")
    with pytest.raises(ValueError, match=r"leaning\.py must import DataError"):
        write_alone(tmp_path / "leaning.py")
