"""The one door through which Keras and TensorFlow are imported.

TensorFlow exports OpenSSL's names to the whole process; the webcam's library loaded after it then crashes the server.
So only workers that train come through here, and the webcam's library is loaded first, bound to its own names.

Left out: other backends.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from pathlib import Path
from typing import Any


def import_keras(threads: int = 1, *, half: bool = False) -> Any:
    """Import Keras with the thread count and number format of a worker.

    Parameters
    ----------
    threads : int
        Threads of one operation; must be set before TensorFlow first runs, so later calls keep the first value.
    half : bool
        Whether layers compute in bfloat16 and keep float32 weights (twice the speed on recent processors).

    Returns
    -------
    module
        ``keras`` on the TensorFlow backend.
    """
    os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "2"})
    _bind_webcam_first()
    _limit_threads(threads)
    import keras

    keras.mixed_precision.set_global_policy("mixed_bfloat16" if half else "float32")
    return keras


def _limit_threads(threads: int) -> None:
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow has run already in this worker: its thread count stays as it was set first.
        return


def _bind_webcam_first() -> None:
    """Load the webcam's encryption library before TensorFlow, bound to its own OpenSSL."""
    found = importlib.util.find_spec("pylibsrtp")
    if found is None or found.origin is None:
        return
    for library in sorted(Path(found.origin).parent.glob("_binding*.so")):
        ctypes.CDLL(str(library), mode=os.RTLD_NOW | os.RTLD_DEEPBIND)
