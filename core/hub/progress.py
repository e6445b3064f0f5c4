"""Counting the steps of a run, for ``on_step``.

Left out: how progress is drawn (``pages/kit``) and kept (``core.hub.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping

from core.hub.contract import OnStep


class Progress:
    """Counts steps over all stages of a run and hands them to ``on_step``, which may raise to cancel.

    Parameters
    ----------
    total : int
        Steps of the whole run.
    on_step : callable or None
        ``on_step(step, total, metrics)``; None tells nobody.
    done : int
        Steps that an earlier part of the run has counted already.

    Examples
    --------
    >>> progress = Progress(2, lambda step, total, metrics: print(step, total, dict(metrics)))
    >>> progress.advance({"accuracy": 0.9})
    1 2 {'accuracy': 0.9}
    >>> progress.advance()
    2 2 {}
    """

    def __init__(self, total: int, on_step: OnStep | None, done: int = 0) -> None:
        self.step, self.total, self.on_step = done, total, on_step

    def advance(self, metrics: Mapping[str, float] | None = None) -> None:
        """Count one step and report it."""
        self.step += 1
        if self.on_step is not None:
            self.on_step(self.step, self.total, metrics or {})
