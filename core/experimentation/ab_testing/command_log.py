"""The actions of ``python -m core ab`` on the hub's log: start, ramp, amend, stop, assign, ingest, results, quarantine.

Left out: reading the log of another hub; set ``DATABASE_URL`` to its database.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from core.datasets.whole_files import read_bytes
from core.experimentation.ab_testing import champion, ingestion, register, replay
from core.experimentation.ab_testing.assignment import Experiment, assign_many
from core.experimentation.ab_testing.command import Parser, describe_analysis, say, show_frame
from core.experimentation.ab_testing.events import check_unit, read_time, show_time
from core.experimentation.ab_testing.ledger import Moment, open_ledger
from core.experimentation.ab_testing.recipe import Recipe
from core.hub.errors import DataError
from core.hub.fields import make_recipe

MAX_SHOWN = 20


def _add_name(parser: Parser) -> None:
    """Name the experiment."""
    parser.add_argument("name", help="the experiment")


def _add_why(parser: Parser) -> None:
    """Name the experiment and a reason."""
    _add_name(parser)
    parser.add_argument("--why", default="", help="the reason, kept and shown")


def _add_start(parser: Parser) -> None:
    """Name the file."""
    text = 'JSON such as {"experiment": {"name": "checkout", "arms": ["blue", "grey"]}, "plan": {"metric": "revenue"}}'
    parser.add_argument("file", type=Path, help=text)


def _run_start(options: argparse.Namespace) -> int:
    """Start an experiment from a file."""
    values = _read_object(options.file)
    if set(values) != {"experiment", "plan"}:
        message = f"{options.file.name} holds {', '.join(values) or 'nothing'}; give experiment and plan, nothing else"
        raise DataError(message)
    entry = register.start(open_ledger(), _make_experiment(values["experiment"]), make_recipe(Recipe, values["plan"]))
    return _say_entry(entry)


def _read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file."""
    try:
        values = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        message = f"{path.name} is no JSON ({str(error)[:80]})"
        raise DataError(message) from error
    if not isinstance(values, dict):
        message = f"{path.name} holds no JSON object; write one between braces"
        raise DataError(message)
    return values


def _make_experiment(values: Any) -> Experiment:
    """Build an experiment from plain values: each must be of its default's type."""
    defaults = asdict(Experiment(""))
    unknown = sorted(set(values) - set(defaults)) if isinstance(values, dict) else ["no object"]
    if unknown or "name" not in values:
        message = f"the experiment has {', '.join(unknown) or 'no name'}; known are {', '.join(defaults)}"
        raise DataError(message)
    made: dict[str, Any] = {}
    for name, value in values.items():
        kind: Any = {"arms": str, "weights": (int, float)}.get(name)
        if kind:
            is_right = isinstance(value, list) and all(isinstance(each, kind) for each in value)
        else:
            is_right = isinstance(value, str if isinstance(defaults[name], str) else (int, float))
        if not is_right:
            message = f"{name} is {str(value)[:40]!r}; write it like {json.dumps(defaults[name] or '…')}"
            raise DataError(message)
        made[name] = tuple(value) if isinstance(value, list) else value
    return Experiment(**made)


def _say_entry(entry: register.Entry) -> int:
    """Say how an experiment stands."""
    it, state = entry.experiment, "runs" if entry.is_running else "was stopped"
    split = ", ".join(f"{arm} {share:.2%}" for arm, share in zip(it.arms, it.shares, strict=True))
    say(f"{it.name} {state}: {split}; coverage {it.coverage:.2%}; plan {entry.plan_sha256[:12]} on {entry.plan.metric}")
    for each in entry.deviations:
        say(each.sentence)
    return 0


def _add_duel(parser: Parser) -> None:
    """Name the models."""
    _add_name(parser)
    for name, text in (
        ("project", "slug of the project"),
        ("challenger", "stored model"),
        ("champion", "stored model"),
    ):
        parser.add_argument(f"--{name}", required=True, help=text)
    parser.add_argument("--share", type=float, default=0.5, help="share of units the challenger answers; default 0.5")
    parser.add_argument("--answers", choices=("class", "number"), default="class", help="what the models answer")


def _run_duel(options: argparse.Namespace) -> int:
    """Start a trial of two stored models."""
    models = options.challenger, options.champion
    entry = champion.start_duel(
        open_ledger(), options.name, options.project, models, share=options.share, answers=options.answers
    )
    return _say_entry(entry)


def _run_list(_options: argparse.Namespace) -> int:
    """List every experiment."""
    found = register.list_experiments(open_ledger())
    if not found:
        say("there is no experiment yet; start one with `python -m core ab start FILE`")
    for entry in found.values():
        _say_entry(entry)
    return 0


def _add_ramp(parser: Parser) -> None:
    """Say how far to open."""
    _add_name(parser)
    parser.add_argument("coverage", type=float, help="share of the units, above what it is now")


def _run_ramp(options: argparse.Namespace) -> int:
    """Raise the coverage."""
    ledger = open_ledger()
    old = register.find_experiment(ledger, options.name).experiment
    return _say_entry(register.change(ledger, replace(old, coverage=options.coverage)))


def _add_amend(parser: Parser) -> None:
    """Name the new plan and the reason."""
    _add_why(parser)
    parser.add_argument("file", type=Path, help="JSON of the settings to change")


def _run_amend(options: argparse.Namespace) -> int:
    """Change the plan."""
    ledger = open_ledger()
    old = asdict(register.find_experiment(ledger, options.name).plan)
    plan = make_recipe(Recipe, old | _read_object(options.file))
    return _say_entry(register.amend(ledger, options.name, plan, options.why))


def _run_stop(options: argparse.Namespace) -> int:
    """Stop an experiment."""
    return _say_entry(register.stop(open_ledger(), options.name, options.why))


def _add_assign(parser: Parser) -> None:
    """Name the units."""
    _add_name(parser)
    parser.add_argument("units", nargs="*", metavar="UNIT")
    parser.add_argument("--file", type=Path, help="a unit a line")


def _run_assign(options: argparse.Namespace) -> int:
    """Print each unit with its arm."""
    units = list(options.units)
    if options.file is not None:
        units += [line for line in read_bytes(options.file).decode("utf-8", "replace").splitlines() if line]
    entry = register.find_experiment(open_ledger(), options.name)
    places = assign_many(entry.experiment, [check_unit(unit) for unit in units])
    for unit, place in zip(units, places, strict=True):
        say(f"{unit}\t{entry.experiment.arms[place] if entry.is_running and place >= 0 else '-'}")
    return 0


def _add_ingest(parser: Parser) -> None:
    """Name the file."""
    parser.add_argument("file", type=Path, help="a JSON object a line")
    text = "take exposures from before the start of their experiment too; results count them"
    parser.add_argument("--import", action="store_true", dest="is_import", help=text)


def _run_ingest(options: argparse.Namespace) -> int:
    """Write a file of events; 1 where some were refused."""
    receipt = ingestion.ingest_lines(open_ledger(), read_bytes(options.file).splitlines(), is_import=options.is_import)
    say(f"{receipt.accepted:,} events written; the last is number {receipt.moment.number:,}")
    for reason, n in receipt.refused.items():
        say(f"{n:,} in the quarantine: {reason}")
    for sentence in receipt.sentences:
        say(f"  {sentence}")
    return 1 if receipt.refused else 0


def _add_results(parser: Parser) -> None:
    """Say as of when."""
    _add_name(parser)
    moment = parser.add_mutually_exclusive_group()
    moment.add_argument("--as-of", metavar="TIME", help="time of arrival, such as 2026-01-05T09:30:00Z")
    moment.add_argument("--number", type=int, metavar="N", help="the last event to count")
    moment.add_argument("--record", action="store_true", help="write down that results were looked at")


def _run_results(options: argparse.Namespace) -> int:
    """Analyse the log."""
    ledger = open_ledger()
    moment = ledger.find_moment(read_time(options.as_of) if options.as_of else None)
    if options.number is not None:
        moment = Moment(max(0, min(options.number, moment.number)), moment.time_us)
    found = replay.look(ledger, options.name) if options.record else replay.find_results(ledger, options.name, moment)
    view = found.view
    say(f"{options.name} as of {view.moment.shown}, event {view.moment.number:,}; plan {view.entry.plan_sha256[:12]}")
    say(f"{view.n_assigned:,} units assigned, {view.n_exposed:,} exposed, {view.n_metrics:,} metric events")
    for reason, n in view.set_aside.items():
        say(f"{n:,} set aside: {reason}")
    for sentence in found.notes:
        say(sentence)
    say(describe_analysis(replace(found.analysis, notes=())))
    say(f"digest {found.digest}")
    return 0


def _run_looks(options: argparse.Namespace) -> int:
    """Compute every written look again; 1 where one differs."""
    found = replay.repeat_looks(open_ledger(), options.name)
    for each in found:
        state = "the same" if each.is_same else f"not the same: now {each.digest[:12]}"
        where = f"event {each.seen.number:,}, {each.n:,} units"
        say(f"{show_time(each.seen.time_us)}  {where}  {each.sentence}  {each.seen.digest[:12]}  {state}")
    return 0 if all(each.is_same for each in found) else 1


def _run_quarantine(_options: argparse.Namespace) -> int:
    """Count what was refused, and show the newest."""
    ledger = open_ledger()
    for reason, n in ledger.count_quarantine().items():
        say(f"{n:,}  {reason}")
    newest = ledger.list_quarantine(limit=MAX_SHOWN)
    if len(newest):
        say(show_frame(newest[["id", "reason", "sentence"]]))
    return 0


def _add_nothing(_parser: Parser) -> None:
    """Take no option."""


ADDERS: dict[str, Callable[[Parser], None]] = {
    "start": _add_start, "duel": _add_duel, "list": _add_nothing, "ramp": _add_ramp, "amend": _add_amend,
    "stop": _add_why, "assign": _add_assign, "ingest": _add_ingest, "results": _add_results, "looks": _add_name,
    "quarantine": _add_nothing,
}  # fmt: skip
ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "start": _run_start, "duel": _run_duel, "list": _run_list, "ramp": _run_ramp, "amend": _run_amend,
    "stop": _run_stop, "assign": _run_assign, "ingest": _run_ingest, "results": _run_results, "looks": _run_looks,
    "quarantine": _run_quarantine,
}  # fmt: skip
