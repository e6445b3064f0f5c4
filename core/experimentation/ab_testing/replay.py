"""Results as a view of the log at a moment: read again they are the same to the last digit, however the log came about.

A unit counts from its first exposure: its arm is the one it was shown, its metrics are those from then on by event
time; what came before is set aside and counted. Units that were assigned and never exposed are not analysed. So the
order of arrival, repeats and batches cannot change a result, and what a dashboard said on day 3 is the view of the log
as it was then, by the plan as it was then. Only of two contents under one id does the first to arrive count, so that
nobody who learns an id can take its event out again. Where looks spend alpha, only one that is written down decides,
and what it said stands until units have come; after the last planned unit, for good.

Left out: keeping results; they are cheap to compute and must not be able to drift.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.table import ColumnKind, Table
from core.experimentation.ab_testing.analysis import Analysis, analyse
from core.experimentation.ab_testing.ingestion import SKEW_US
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.experimentation.ab_testing.looks import Past, is_same_look, spends
from core.experimentation.ab_testing.preregistration import BEFORE, COUNT, list_metrics, split_column
from core.experimentation.ab_testing.recipe import Recipe, list_names
from core.experimentation.ab_testing.register import Entry, Seen, find_experiment, record_look
from core.hub.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The log of one experiment at a moment.

    Parameters
    ----------
    table : Table
        A row for each exposed unit: unit, arm, and a column for each metric that the plan reads.
    n_assigned, n_exposed, n_metrics : int
        Units that were logged as assigned, units that were exposed, metric events that count.
    set_aside : mapping of reason to int
        ``out of order``: metrics from before their unit's exposure; ``not exposed``: metrics of units that were never
        exposed.
    n_disputed : int
        Events that came again with another content, which went to the quarantine.
    n_imported : int
        Exposed units whose first exposure is dated before the start.
    out_of_order : DataFrame
        Those metrics: id, unit, metric, value, time_us, exposed_us.
    looks : tuple of int
        Units of both arms at each look that was written down by then.
    """

    entry: Entry
    moment: Moment
    table: Table
    n_assigned: int
    n_exposed: int
    n_metrics: int
    set_aside: Mapping[str, int]
    n_disputed: int
    n_imported: int
    out_of_order: pd.DataFrame
    looks: tuple[int, ...]

    @property
    def n(self) -> int:
        """Exposed units of the two arms that the plan compares."""
        return int(self.table.frame["arm"].isin([self.entry.plan.first, self.entry.plan.second]).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a dashboard shows: the view, its analysis, how far the plan was kept, and the look that stands, if any."""

    view: View
    analysis: Analysis
    standing: Seen | None = None

    @property
    def digest(self) -> str:
        """Hash (sha256, hex) of all that is shown, the same however the events arrived."""
        view = self.view
        counts = (view.n_assigned, view.n_exposed, view.n_metrics, sorted(view.set_aside.items()))
        text = f"{self.analysis.digest} {view.entry.plan_sha256} {counts}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures."""
        view = self.view
        said = [each.sentence for each in view.entry.deviations]
        early = view.set_aside.get("out of order", 0)
        if early:
            said.append(f"{early:,} metric events came before their unit's first exposure and do not count.")
        if view.n_disputed:
            said.append(f"{view.n_disputed:,} events came again with another content; of each the first counts.")
        if view.n_imported:
            said.append(f"{view.n_imported:,} units were exposed before the start, when no plan was frozen; an import.")
        if self.standing:
            is_over = view.n >= view.entry.plan.planned_units
            why = "α is spent, and what came later is not read" if is_over else "no unit came since"
            said.append(f"The look at event {self.standing.number:,}, at {view.n:,} units, stands: {why}.")
        plan = view.entry.plan
        if plan.monitoring == "one look" and not plan.planned_units and view.entry.is_running:
            said.append(
                "One look was planned, and not when: read p once, when the trial ends, or plan to look anytime."
            )
        return (*said, *self.analysis.notes)


@dataclass(frozen=True, slots=True)
class Again:
    """A look that was written down, whether the log still shows the same, at how many units, and what it said."""

    seen: Seen
    digest: str
    n: int
    sentence: str

    @property
    def is_same(self) -> bool:
        """Whether the digests agree."""
        return self.seen.digest == self.digest


def find_results(
    ledger: Ledger, name: str, moment: Moment | None = None, *, is_look: bool = False, past: Past | None = None
) -> Results:
    """Compute the results of an experiment as of a moment; by default now.

    Parameters
    ----------
    is_look : bool
        Whether this is a look that is written down; where looks spend alpha, no other decides.
    past : Past, optional
        Looks to take for those that were written down.

    Raises
    ------
    DataError
        If there is no such experiment, nobody was exposed by then, or the arms cannot be compared yet.
    """
    view = make_view(ledger, name, moment)
    plan, standing = view.entry.plan, None
    if past is None and view.looks and spends(plan):
        standing = _find_standing(view)
    if standing is not None:
        there = make_view(ledger, name, Moment(standing.number, standing.time_us))
        view = replace(there, entry=view.entry, moment=view.moment)
    shown = set(view.table.frame["arm"])
    missing = next((arm for arm in (plan.first, plan.second) if arm not in shown), None)
    if missing:
        message = f"no unit of the arm {missing} was exposed by {view.moment.shown}; a comparison needs both arms"
        raise DataError(message)
    past = past or Past(view.looks, is_look or standing is not None)
    return Results(view, analyse(view.table, plan, past=past, is_running=view.entry.is_running), standing)


def _find_standing(view: View) -> Seen | None:
    """Return the look that stands: the one that had all planned units, or the last if no unit came since."""
    plan, pairs = view.entry.plan, list(zip(view.entry.looks, view.looks, strict=True))
    over = next((seen for seen, n in pairs if n >= plan.planned_units), None)
    seen, n = pairs[-1]
    return over or (seen if is_same_look(plan, view.n, n) else None)


def look(ledger: Ledger, name: str) -> Results:
    """Compute the results of now, and write down that they were looked at and what they were.

    Raises
    ------
    DataError
        If looks spend alpha and nothing is left to spend; or as :func:`find_results`.
    """
    found = find_results(ledger, name, is_look=True)
    if found.standing is not None:
        message = (
            f"the look at {found.view.n:,} units is written down and stands; another needs more units, and none are "
            f"planned beyond {found.view.entry.plan.planned_units:,}"
        )
        raise DataError(message)
    record_look(ledger, name, Seen(found.view.moment.number, found.view.moment.time_us, found.digest))
    return found


def repeat_looks(ledger: Ledger, name: str) -> tuple[Again, ...]:
    """Compute every look that was written down again."""
    seen = find_experiment(ledger, name).looks
    found = [find_results(ledger, name, Moment(each.number, each.time_us), is_look=True) for each in seen]
    return tuple(
        Again(each, again.digest, again.view.n, again.analysis.decision.sentence)
        for each, again in zip(seen, found, strict=True)
    )


def make_view(ledger: Ledger, name: str, moment: Moment | None = None) -> View:
    """Read the log of one experiment as a table of exposed units.

    Raises
    ------
    DataError
        If there is no such experiment, or nobody was exposed by then.
    """
    moment = moment or ledger.find_moment()
    entry = find_experiment(ledger, name, moment)
    plan = entry.plan
    exposures = ledger.list_events("exposure", moment, experiments=[name])
    if exposures.empty:
        message = f"{name} has no exposure by {moment.shown}; log an exposure when a unit is shown its version"
        raise DataError(message)
    metrics = ledger.list_events("metric", moment, experiments=["", name], metrics=list_metrics(plan))
    units = _find_units(exposures)
    known = metrics["unit"].isin(units.index)
    inside = metrics[known].assign(exposed_us=units["time_us"].reindex(metrics.loc[known, "unit"]).to_numpy())
    early = (inside["time_us"] < inside["exposed_us"]).to_numpy(dtype=bool)
    before, since = inside[early], inside[~early]
    frame = pd.DataFrame({"unit": units.index, "arm": units["arm"].to_numpy()})
    for column in _list_columns(plan):
        frame[column] = _take(column, before, since, units.index)
    if plan.kind == "share":
        frame[plan.metric] = (frame[plan.metric] > 0).astype(np.float64)
    covariates = {split_column(each)[0] for each in list_names(plan.covariates)}
    out_of_order = before[~before["metric"].isin(covariates)]
    set_aside = {"out of order": len(out_of_order), "not exposed": int((~known).sum())}
    disputed = ledger.find_disputed(moment)
    n_disputed = sum(int(each["id"].isin(disputed).sum()) for each in (exposures, metrics))
    assigned = ledger.list_events("assignment", moment, experiments=[name])
    columns = ["id", "unit", "metric", "value", "time_us", "exposed_us"]
    return View(
        entry, moment, _make_table(name, frame), int(assigned["unit"].nunique()), len(frame), len(since),
        {reason: n for reason, n in set_aside.items() if n}, n_disputed,
        int((units["time_us"] < entry.started_us - SKEW_US).sum()), out_of_order[columns].reset_index(drop=True),
        _count_at_looks(exposures, entry),
    )  # fmt: skip


def _count_at_looks(exposures: pd.DataFrame, entry: Entry) -> tuple[int, ...]:
    """Count the units of the two arms that were there at each look."""
    inside = exposures[exposures["arm"].isin([entry.plan.first, entry.plan.second])]
    numbers = np.sort(inside.groupby("unit")["number"].min().to_numpy())
    return tuple(int(np.searchsorted(numbers, seen.number, side="right")) for seen in entry.looks)


def _find_units(exposures: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's arm and first exposure, by the unit's name."""
    first = exposures.drop_duplicates("unit").set_index("unit")[["arm", "time_us"]].sort_index()
    if len(exposures.drop_duplicates(["unit", "arm"])) > len(first):
        message = "a unit was exposed to two arms, which the hub never writes; the log was written by another program"
        raise DataError(message)
    return first


def _list_columns(plan: Recipe) -> tuple[str, ...]:
    """Name the number columns that a plan reads."""
    guardrails = (name.removeprefix("-").strip() for name in list_names(plan.guardrails))
    names = (plan.metric, plan.denominator, *guardrails, *list_names(plan.covariates))
    return tuple(dict.fromkeys(name for name in names if name))


def _take(column: str, before: pd.DataFrame, since: pd.DataFrame, units: pd.Index) -> np.ndarray:
    """Sum or count a metric for each unit; a unit without values has 0."""
    name, ending = split_column(column)
    rows = before if ending == BEFORE else since
    rows = rows[rows["metric"] == name]
    # The rows are ordered by time and id, so their sum is the same to the last bit whatever came first.
    weights = None if ending == COUNT else rows["value"].to_numpy(dtype=np.float64)
    found = np.bincount(units.get_indexer(pd.Index(rows["unit"])), weights=weights, minlength=len(units))
    return np.asarray(found, dtype=np.float64)


def _make_table(name: str, frame: pd.DataFrame) -> Table:
    """Make the table that is analysed."""
    kinds: dict[str, ColumnKind] = {each: "category" if each in {"unit", "arm"} else "number" for each in frame.columns}
    sha256 = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
    return Table(frame, name, "upload", sha256, kinds)
