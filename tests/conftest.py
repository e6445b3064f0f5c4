"""What every test shares: a private home folder for the hub, set before anything reads the settings."""

import os
import tempfile

os.environ["HUB_HOME"] = tempfile.mkdtemp(prefix="mastery-test-")
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
for name in ("DATABASE_URL", "JOBS_DASK"):
    os.environ.pop(name, None)
