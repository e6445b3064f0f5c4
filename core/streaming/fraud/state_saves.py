"""Write the state down while the stream goes on: a forked copy of the process packs it, at leisure.

Packing 37 days of the published world takes most of a second, which every payment of that second would wait for. A
fork takes 10 ms and shares the memory; the copy packs what it sees, the state as it was at the fork, into an unlinked
file and ends, and the consumer stores the bytes along with the number of the batch they belong to. The journals of the
batches since stay, so a kill at any moment loses nothing.

Left out: systems other than Linux, where a fork is costly or unsafe: there the consumer packs the state itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.streaming.fraud.micro_batches import Detector

CAN_FORK = sys.platform == "linux"
GENTLE = 19
"""The copy takes only what is left of the processor."""


class StateSave:
    """A state that is being packed.

    Parameters
    ----------
    detector : Detector
        As it is after the batch.
    batch : int
        Number of that batch.
    """

    def __init__(self, detector: Detector, batch: int) -> None:
        self.batch = batch
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `take`
        self._pid = os.fork()
        if self._pid == 0:
            self._pack(detector)

    def take(self, *, wait: bool = False) -> tuple[bytes, bytes] | None:
        """Return the packed state and the memory of the rules, or None while they are not ready.

        Parameters
        ----------
        wait : bool
            Whether to wait for them.

        Raises
        ------
        ChildProcessError
            If the copy broke off; the journals are all there still.
        """
        pid, status = os.waitpid(self._pid, 0 if wait else os.WNOHANG)
        if pid == 0:
            return None
        with self._file as file:
            if status:
                message = f"the copy that packs the state of batch {self.batch} ended with status {status}"
                raise ChildProcessError(message)
            file.seek(0)
            n_state = int.from_bytes(file.read(8), "little")
            return file.read(n_state), file.read()

    def _pack(self, detector: Detector) -> None:
        """Pack, write and end, in the copy; it leaves the parent's connections alone by ending at once."""
        status = 1
        try:
            os.nice(GENTLE)
            state = detector.state.to_bytes()
            self._file.write(len(state).to_bytes(8, "little") + state + detector.gate.to_bytes())
            self._file.flush()
            status = 0
        finally:
            os._exit(status)
