"""Peak memory is of the process that asks, not of the one that started it."""

import subprocess
import sys

import numpy as np

from benchmarks.peak import read_peak_gb
from core.hub.settings import ROOT

CODE = "from benchmarks.peak import read_peak_gb; print(read_peak_gb())"


def test_a_small_process_of_a_large_one_shows_its_own_peak_and_a_large_one_keeps_it():
    assert np.ones(50_000_000).sum() == 50_000_000  # 0.4 GB, given back at once
    assert read_peak_gb() > 0.4
    answer = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0.001 < float(answer.stdout) < 0.1
