"""The cleaning of a table in this session: its history, the table as it is now, and what each step changed.

A history stays with the table that it began from and with every cleaned table that was handed to the other pages, so
that going on from either finds the same steps. All of it goes with *Forget my data*.

Left out: what a step does, which is ``core.tabular.eda.cleaning``; drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.datasets.table import Table
from core.tabular.eda.cleaning import Effect, History, Step, apply_step
from core.tabular.eda.cleaning.apply import measure_effect
from core.tabular.eda.cleaning.history import tidy_base
from pages.kit import uploads
from pages.kit.fits import YOURS, want_table
from pages.kit.refusals import attempt

KEY, PLACE = "cleaning_works", "cleaning"
MAX_WORKS = 4  # tables whose history is kept; the one used longest ago goes first
CLEANED = ", cleaned"


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A history with what was worked out from it.

    Parameters
    ----------
    table : Table
        After all steps.
    effects : tuple of Effect
        One a step, in order.
    handed : frozenset of str
        Hashes of the cleaned tables that were made the session's own.
    """

    history: History
    table: Table
    effects: tuple[Effect, ...] = ()
    handed: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The hash of the table that the history began from."""
        return self.history.base.sha256


def find_work(table: Table) -> Work:
    """Return the cleaning that a table belongs to; a table that was never cleaned starts one."""
    works = _find_works()
    found = next((each for each in works.values() if table.sha256 in {each.key, *each.handed}), None)
    if found is None:
        found = Work(History(table), tidy_base(table))
        keep(found)
    if found.key == table.sha256 and found.history.base.target != table.target:
        return _retarget(found, table)
    return found


def find_cleaned(table: Table) -> tuple[Table, int]:
    """Return a table as this session's cleaning left it, and after how many steps; itself where there was none."""
    work = _find_works().get(table.sha256)
    if work is None or not work.history.steps:
        return table, 0
    return _retarget(work, table).table, len(work.history.steps)


def _retarget(work: Work, table: Table) -> Work:
    """Return a work whose tables predict another column, where they still have it."""
    target = table.target if table.target in work.table.frame.columns else None
    return replace(work, history=replace(work.history, base=table), table=work.table.with_target(target))


def _find_works() -> dict[str, Work]:
    """Return the session's cleanings by the hash of their base."""
    works: dict[str, Work] = st.session_state.setdefault(KEY, {})
    return works


def keep(work: Work) -> Table:
    """Keep a cleaning, and let the one used longest ago go where there are too many."""
    works = _find_works()
    works.pop(work.key, None)
    works[work.key] = work
    for key in list(works)[:-MAX_WORKS]:
        del works[key]
    return work.table


def add_steps(work: Work, steps: Sequence[Step]) -> None:
    """Do steps; a refusal leaves the table as it was. For a button's ``on_click``, as all below."""

    def act() -> Table:
        made = work
        for step in steps:
            made = _add(made, step)
        return keep(made)

    attempt(PLACE, act)


def _add(work: Work, step: Step) -> Work:
    """Do one step."""
    history = work.history.add(step, work.table)
    table = apply_step(work.table, step)
    effect = measure_effect(work.table, table, step)
    return replace(work, history=history, table=table, effects=(*work.effects, effect))


def undo(work: Work) -> None:
    """Take the last step back."""

    def act() -> Table:
        history = work.history.undo()
        return keep(replace(work, history=history, table=history.replay(), effects=work.effects[:-1]))

    attempt(PLACE, act)


def redo(work: Work) -> None:
    """Do again the step that was taken back last."""

    def act() -> Table:
        step, rest = work.history.undone[-1], work.history.undone[:-1]
        made = _add(work, step)
        return keep(replace(made, history=replace(made.history, undone=rest)))

    attempt(PLACE, act)


def start_over(work: Work) -> None:
    """Take every step back; each can be done again."""
    history = work.history

    def act() -> Table:
        undone = (*history.undone, *reversed(history.steps))
        return keep(replace(work, history=replace(history, steps=(), undone=undone), table=tidy_base(history.base),
                            effects=()))  # fmt: skip

    attempt(PLACE, act)


def hand_over(work: Work, slug: str) -> None:
    """Make the cleaned table the session's own, which every page that it fits then offers."""
    name = work.table.name if work.table.name.endswith(CLEANED) else f"{work.table.name}{CLEANED}"
    table = replace(work.table, name=name, origin="upload")
    _act_safely(lambda: uploads.keep_draft(uploads.Draft(base=table)), lambda: _note_handed(work, table, slug))


def _act_safely(action: Callable[[], Table], after: Callable[[], None]) -> None:
    """Do something that may be refused, and what follows where it was not."""
    if attempt(PLACE, action) is not None:
        after()


def _note_handed(work: Work, table: Table, slug: str) -> None:
    """Remember which table was handed over, and have the page go on from it."""
    keep(replace(work, handed=work.handed | {table.sha256}))
    want_table(slug, YOURS)
    st.toast("Every page that it fits now offers the cleaned table.", icon=":material/check_circle:")
