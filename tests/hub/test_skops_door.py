"""Importing skops by our door: no array library and no test tool comes with it, and its list lacks no estimator."""

import json
import subprocess
import sys

from core.hub.settings import ROOT

IMPORT = """
import json, sys
from core.hub.skops_door import import_skops
import_skops()
loaded = [name for name in ("torch", "dask", "tensorflow", "jax", "cupy", "pytest") if name in sys.modules]
from skops.io._trusted_types import SKLEARN_ESTIMATOR_TYPE_NAMES as short
from skops.io._utils import get_type_name
from sklearn.utils import all_estimators
whole = [name for name in (get_type_name(found) for _, found in all_estimators()) if name.startswith("sklearn.")]
print(json.dumps({"loaded": loaded, "short": sorted(short), "whole": sorted(whole)}))
"""


def test_the_short_list_holds_every_estimator_and_loads_neither_array_libraries_nor_test_tools():
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(answer.stdout)
    assert found["loaded"] == []
    assert len(found["short"]) > 150
    assert found["short"] == found["whole"]
