"""A trial's result to take away: a zip with the analysis as JSON, the plan, and a script that tests two counts alone.

Left out: the run's figures and report, which lie beside it (``runs``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from core.evaluation.runs import RECIPE_FILE
from core.experimentation.ab_testing.files import model_to_files
from core.experimentation.ab_testing.scoring import describe_command
from core.experimentation.ab_testing.structure import to_plain
from core.experimentation.ab_testing.training import Model
from core.hub.fields import recipe_to_json
from core.hub.packing import make_zip

_SCRIPT = '''"""Test two shares: python test.py 250 1000 200 1000 (successes and units of treatment, of control)."""

import sys
from statistics import NormalDist

a, n, b, m = map(int, sys.argv[1:5])
p, q, pooled = a / n, b / m, (a + b) / (n + m)
z = (p - q) / (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5


def wilson(share, n, z=NormalDist().inv_cdf(0.975)):
    middle, spread = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


(low_p, high_p), (low_q, high_q) = wilson(p, n), wilson(q, m)
low = p - q - ((p - low_p) ** 2 + (high_q - q) ** 2) ** 0.5
high = p - q + ((high_p - p) ** 2 + (q - low_q) ** 2) ** 0.5
p_value = 2 * NormalDist().cdf(-abs(z))
print(f"difference {p - q:.6f}, 95% interval {low:.6f} to {high:.6f} (Newcombe), z {z:.6f}, p {p_value:.6g}")
'''


def make_download(model: Model, packed: Mapping[str, bytes] | None = None) -> bytes:
    """Zip a trial's result; equal models give equal bytes."""
    result = json.dumps(to_plain(model.analysis), indent=1, ensure_ascii=False)
    files = dict(packed or model_to_files(model)) | {
        "analysis.json": result.encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
        "README.md": _write_readme(model).encode(),
        "test.py": _SCRIPT.encode(),
    }
    return make_zip(files)


def _write_readme(model: Model) -> str:
    """Write what is in the zip and what was found."""
    found = model.analysis
    return f"""# {found.plan.first} against {found.plan.second}: {found.plan.metric}

{found.decision.sentence}

{found.arms[0].n:,} and {found.arms[1].n:,} units of {found.table}; result sha256 `{found.digest}`.

## Files

- `analysis.json`: arms, tests, intervals, split, segments, guardrails, decision
- `model.json`: the same with the simulated promises
- `{RECIPE_FILE}`: the plan
- `test.py`: tests two shares with Python alone: `python test.py 250 1000 200 1000`

## Made by

    {describe_command(model)}
"""
