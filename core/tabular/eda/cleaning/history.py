"""The cleaning history: a base table and the steps done to it, each of which can be undone and done again.

A history is a value: adding, undoing and redoing make a new one, and replaying it always gives the same table.

Left out: keeping the replayed table, which the caller caches by the history's ``key``.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np

from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from core.hub.errors import DataError, LimitError
from core.tabular.eda.cleaning.apply import Effect, apply_step, measure_effect
from core.tabular.eda.cleaning.steps import Step

MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """The table before and after all steps.

    Parameters
    ----------
    effects : tuple of Effect
        One a step, in order.
    sentence : str
        What all the steps did together.
    """

    rows_before: int
    rows_after: int
    columns_before: int
    columns_after: int
    missing_before: int
    missing_after: int
    effects: tuple[Effect, ...]
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A base table, the steps done to it and those undone, the last undone last.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.cleaning.steps import DropDuplicates, DropMissingRows
    >>> history = History(load_table("penguins")).add(DropMissingRows())
    >>> len(history.replay().frame), len(history.undo().replay().frame), len(history.undo().redo().replay().frame)
    (333, 344, 333)
    """

    base: Table
    steps: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()

    @property
    def key(self) -> str:
        """A hash that tells the replayed table: equal keys mean equal tables."""
        return hashlib.sha256(f"{self.base.sha256}{self.steps!r}".encode(errors="backslashreplace")).hexdigest()

    def add(self, step: Step, current: Table | None = None) -> History:
        """Return the history with one more step; what was undone can no longer be redone.

        Parameters
        ----------
        current : Table, optional
            The replayed table, where the caller has kept it.

        Raises
        ------
        DataError
            If the step cannot be applied to the table as it is now.
        LimitError
            If there are 200 steps already.
        """
        if len(self.steps) >= MAX_STEPS:
            message = f"the history holds {len(self.steps)} steps; the limit is {MAX_STEPS}, so undo some first"
            raise LimitError(message)
        apply_step(current if current is not None else self.replay(), step)
        return dataclasses.replace(self, steps=(*self.steps, step), undone=())

    def undo(self) -> History:
        """Return the history without its last step.

        Raises
        ------
        DataError
            If there is no step.
        """
        if not self.steps:
            message = "the history has 0 steps; there is nothing to undo"
            raise DataError(message)
        return dataclasses.replace(self, steps=self.steps[:-1], undone=(*self.undone, self.steps[-1]))

    def redo(self) -> History:
        """Return the history with the step that was undone last.

        Raises
        ------
        DataError
            If nothing was undone since the last step was added.
        """
        if not self.undone:
            message = "0 steps were undone since the last one was added; there is nothing to redo"
            raise DataError(message)
        return dataclasses.replace(self, steps=(*self.steps, self.undone[-1]), undone=self.undone[:-1])

    def replay(self) -> Table:
        """Return the cleaned table: every step applied to the base, in order."""
        return self.replay_each()[-1]

    def replay_each(self) -> tuple[Table, ...]:
        """Return the base and the table after each step; columns that a step left alone are shared, not copied."""
        tables = [tidy_base(self.base)]
        for step in self.steps:
            tables.append(apply_step(tables[-1], step))
        return tuple(tables)

    def summarise(self) -> Summary:
        """Compare the table before and after, step by step."""
        tables = self.replay_each()
        effects = tuple(measure_effect(tables[i], tables[i + 1], step) for i, step in enumerate(self.steps))
        first, last = tables[0].frame, tables[-1].frame
        missing = [int(frame.isna().to_numpy().sum()) for frame in (first, last)]
        sentence = (
            f"{count_of(len(self.steps), 'step')}: rows from {len(first):,} to {len(last):,}, columns from "
            f"{len(first.columns):,} to {len(last.columns):,}, missing cells from {missing[0]:,} to {missing[1]:,}"
        )
        return Summary(
            len(first), len(last), len(first.columns), len(last.columns), missing[0], missing[1], effects, sentence
        )


def tidy_base(table: Table) -> Table:
    """Return a table whose rows are counted from 0 and whose missing texts are NaN, as every operation expects.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": ["x", None]}, index=[5, 9])
    >>> tidy_base(Table(frame, "t", "upload", "", {"a": "text"})).frame["a"].tolist()
    ['x', nan]
    """
    frame = table.frame.reset_index(drop=True)
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = frame[name].where(frame[name].notna(), np.nan)
    return dataclasses.replace(table, frame=frame)
