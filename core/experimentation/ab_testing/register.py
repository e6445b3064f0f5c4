"""The experiments that there are and were, read from the log: each start, ramp, amendment, look and stop is an event.

A change is read, checked and written in one exclusive transaction, so two people cannot each take the same range of a
layer or the same salt.

Left out: rights; whoever may write to the store may change an experiment. The HTTP API offers no change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from core.experimentation.ab_testing.assignment import Experiment, check_change, check_experiment
from core.experimentation.ab_testing.events import Event
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.experimentation.ab_testing.preregistration import Deviation, compare_plans, freeze_plan, hash_plan
from core.experimentation.ab_testing.recipe import Recipe
from core.hub.errors import DataError, RecipeError
from core.hub.fields import make_recipe

CHANGES = ("start", "ramp", "amend", "look", "stop")
MAX_WHY = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the results: the state of the log it saw, and the digest of what it showed."""

    number: int
    time_us: int
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An experiment as it stands, its plan with its hash, and all that was changed."""

    experiment: Experiment
    plan: Recipe
    started_us: int
    stopped_us: int | None = None
    deviations: tuple[Deviation, ...] = ()
    looks: tuple[Seen, ...] = ()
    history: tuple[str, ...] = ()

    @property
    def plan_sha256(self) -> str:
        """Hash of the plan."""
        return hash_plan(self.plan)

    @property
    def is_running(self) -> bool:
        """Whether it was not stopped."""
        return self.stopped_us is None

    @property
    def is_as_planned(self) -> bool:
        """Whether the plan was left alone once units were exposed."""
        return not any(each.n_exposures for each in self.deviations)


Make = Callable[[Mapping[str, Entry]], dict[str, object]]
"""Checks a change against what there is, and says what its event holds."""


def list_experiments(ledger: Ledger, moment: Moment | None = None) -> dict[str, Entry]:
    """Return every experiment by its name, as it stood then; by default now."""
    return _read_all(ledger.list_changes(moment))


def find_experiment(ledger: Ledger, name: str, moment: Moment | None = None) -> Entry:
    """Return one experiment.

    Raises
    ------
    DataError
        If there was none of that name by then.
    """
    return _pick(list_experiments(ledger, moment), name)


def _pick(found: Mapping[str, Entry], name: str) -> Entry:
    """Return an entry, or say which there are."""
    if name not in found:
        there = f"there are {', '.join(list(found)[:10])}" if found else "there is none yet"
        message = f"there is no experiment {name[:64]!r}; {there}"
        raise DataError(message)
    return found[name]


def _read_all(events: Sequence[Event]) -> dict[str, Entry]:
    """Apply every change in its order."""
    found: dict[str, Entry] = {}
    for event in events:
        facts = json.loads(event.detail)
        why = f": {facts['why']}" if facts["why"] else ""
        if event.metric == "start":
            plan = make_recipe(Recipe, facts["plan"])
            found[event.experiment] = Entry(_make_experiment(facts["experiment"]), plan, event.time_us)
        entry = _apply(found[event.experiment], event, facts)
        found[event.experiment] = replace(entry, history=(*entry.history, f"{event.metric}{why}"))
    return found


def _apply(entry: Entry, event: Event, facts: Mapping[str, object]) -> Entry:
    """Apply one change to an experiment."""
    if event.metric == "ramp":
        return replace(entry, experiment=_make_experiment(facts["experiment"]))
    if event.metric == "amend":
        plan = make_recipe(Recipe, facts["plan"])
        n_exposures = int(str(facts["n_exposures"]))
        deviation = Deviation(event.time_us, compare_plans(entry.plan, plan), str(facts["why"]), n_exposures)
        return replace(entry, plan=plan, deviations=(*entry.deviations, deviation))
    if event.metric == "look":
        seen = Seen(int(str(facts["number"])), int(str(facts["time_us"])), str(facts["digest"]))
        return replace(entry, looks=(*entry.looks, seen))
    return replace(entry, stopped_us=event.time_us) if event.metric == "stop" else entry


def _make_experiment(values: object) -> Experiment:
    """Build an experiment from what its event holds."""
    facts = dict(values)  # type: ignore[call-overload] # written by _write below
    return Experiment(**facts | {"arms": tuple(facts["arms"]), "weights": tuple(facts["weights"])})


def start(ledger: Ledger, experiment: Experiment, plan: Recipe, why: str = "") -> Entry:
    """Start an experiment with its plan frozen.

    Raises
    ------
    RecipeError
        If the name or the salt was used before, the range of its layer is taken, or the plan asks what the log lacks.
    """

    def make(found: Mapping[str, Entry]) -> dict[str, object]:
        if experiment.name in found:
            message = f"there was an experiment {experiment.name!r} before; choose another name"
            raise RecipeError(message)
        running = [each.experiment for each in found.values() if each.is_running]
        check_experiment(experiment, running, [each.experiment for each in found.values()])
        return {"experiment": asdict(experiment), "plan": asdict(freeze_plan(experiment, plan))}

    return _write(ledger, experiment.name, "start", make, why)


def change(ledger: Ledger, experiment: Experiment, why: str = "") -> Entry:
    """Change a running experiment: its coverage may grow, and nothing else may change.

    Raises
    ------
    RecipeError
        If a unit would be moved; see :func:`core.experimentation.ab_testing.assignment.check_change`.
    """

    def make(found: Mapping[str, Entry]) -> dict[str, object]:
        check_change(_pick_running(found, experiment.name).experiment, experiment)
        return {"experiment": asdict(experiment)}

    return _write(ledger, experiment.name, "ramp", make, why)


def amend(ledger: Ledger, name: str, plan: Recipe, why: str) -> Entry:
    """Change the plan; the change is kept with its reason and shown with every later result.

    Raises
    ------
    RecipeError
        If no reason is given, nothing is changed, or the plan asks what the log lacks.
    """
    if not why.strip():
        message = "a change of the plan needs a reason, which is shown beside the results; give one"
        raise RecipeError(message)

    def make(found: Mapping[str, Entry]) -> dict[str, object]:
        old = _pick_running(found, name)
        new = freeze_plan(old.experiment, plan)
        if new == old.plan:
            message = f"the plan of {name} says all this already; name a setting to change"
            raise RecipeError(message)
        return {"plan": asdict(new)}

    return _write(ledger, name, "amend", make, why)


def stop(ledger: Ledger, name: str, why: str = "") -> Entry:
    """Stop an experiment: it assigns nobody any more, and its results can be read for ever."""

    def make(found: Mapping[str, Entry]) -> dict[str, object]:
        _pick_running(found, name)
        return {}

    return _write(ledger, name, "stop", make, why)


def record_look(ledger: Ledger, name: str, seen: Seen) -> Entry:
    """Write down that results were looked at, and what they showed."""
    return _write(ledger, name, "look", lambda found: asdict(seen) if _pick(found, name) else {}, "")


def _pick_running(found: Mapping[str, Entry], name: str) -> Entry:
    """Return an entry that may still be changed."""
    entry = _pick(found, name)
    if not entry.is_running:
        message = f"{name} was stopped; start another experiment with a new name and salt"
        raise RecipeError(message)
    return entry


def _write(ledger: Ledger, name: str, what: str, make: Make, why: str) -> Entry:
    """Read, check and write one change, with nobody in between."""
    if len(why) > MAX_WHY or not why.isprintable():
        message = f"the reason has {len(why)} characters; write at most {MAX_WHY}, on one line"
        raise RecipeError(message)
    with ledger.write() as batch:
        events = batch.list_changes()
        facts = make(_read_all(events)) | {"why": why.strip(), "n_exposures": batch.count_exposures(name)}
        detail = json.dumps(facts, sort_keys=True)
        number = sum(event.experiment == name for event in events)
        event = Event(
            f"hub:change:{name}:{number}", "configuration", batch.now_us, experiment=name, metric=what, detail=detail
        )
        batch.append([event])
    return _read_all([*events, event])[name]
