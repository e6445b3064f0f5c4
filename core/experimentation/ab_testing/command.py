"""``python -m core ab``: analyse a table or the log, plan a size, check the promises, run experiments.

Each action prints lines of text; what a person may cause is raised as a HubError and said by the command line.

Left out: the actions on the log (``command_log``).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.datasets.table import Table
from core.datasets.whole_files import read_bytes
from core.experimentation.ab_testing.analysis import Analysis, analyse
from core.experimentation.ab_testing.estimates import SIDES
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.share_power import FORMULAS
from core.experimentation.ab_testing.tables import (
    list_arms,
    list_guarantees,
    list_guardrails,
    list_segments,
    list_tests,
)
from core.hub.errors import DataError
from core.hub.fields import FieldSpec, make_fields, make_recipe
from core.hub.scores import columns_to_text, show_number

ACTIONS: dict[str, str] = {
    "analyse": "analyse a table of your own, or a bundled trial (--trial)",
    "categories": "chi-square of a column of categories, over two arms or more",
    "size": "how many units a trial needs",
    "simulate": "check the promises on simulated trials",
    "start": "start an experiment from a JSON file of {experiment, plan}",
    "duel": "start a trial of two stored models of a project",
    "list": "list the experiments of the log",
    "ramp": "raise the coverage of an experiment",
    "amend": "change the plan of an experiment, with a reason",
    "stop": "stop an experiment",
    "assign": "print the arm of units",
    "ingest": "write a file of events, a JSON object a line, into the log",
    "results": "analyse the log, as of now or of a moment; --record writes the look down",
    "looks": "compute every look that was written down again",
    "quarantine": "list the events that were refused, with their reasons",
}
Parser = argparse.ArgumentParser
_KINDS: dict[str, Callable[[str], Any]] = {"integer": int, "number": float, "text": str}


def run(action: str, words: Sequence[str]) -> int:
    """Run one action.

    Parameters
    ----------
    action : str
        One of :data:`ACTIONS`.
    words : sequence of str
        What follows it.

    Returns
    -------
    int
        0, or 1 where a check found something.

    Raises
    ------
    HubError
        With one sentence for the person.

    Examples
    --------
    >>> run("size", ["--base", "0.2", "--other", "0.25"])
    1,094 units in each of two arms, 2,188 together
    0
    """
    from core.experimentation.ab_testing import command_log

    parser = Parser(prog=f"python -m core ab {action}", description=ACTIONS[action])
    adders = {
        "analyse": _add_analyse, "categories": _add_categories, "size": _add_size, "simulate": _add_simulate,
    }  # fmt: skip
    add: Callable[[Parser], None] = adders.get(action) or command_log.ADDERS[action]
    add(parser)
    options = parser.parse_args(words)
    actions = {
        "analyse": _run_analyse, "categories": _run_categories, "size": _run_size, "simulate": _run_simulate,
    }  # fmt: skip
    chosen: Callable[[argparse.Namespace], int] = actions.get(action) or command_log.ACTIONS[action]
    return chosen(options)


def say(text: str) -> None:
    """Print lines on standard output."""
    sys.stdout.write(text + "\n")


def add_plan(parser: Parser) -> None:
    """Add an option for every setting of a plan; what is left out keeps its default."""
    for spec in make_fields(Recipe):
        parser.add_argument(f"--{spec.name.replace('_', '-')}", **_describe_option(spec))


def _describe_option(spec: FieldSpec) -> dict[str, Any]:
    """Describe one setting as an option; a % would be read as a format."""
    text = " ".join(part for part in (f"{spec.label}.", spec.help, f"Default {spec.default!r}.") if part)
    kind: dict[str, Any] = (
        {"choices": spec.choices} if spec.kind == "choice" else {"type": _KINDS[spec.kind], "metavar": "X"}
    )
    return kind | {"default": None, "help": text.replace("%", "%%")}


def read_plan(options: argparse.Namespace) -> Recipe:
    """Build the plan from the options that were given."""
    given = {spec.name: getattr(options, spec.name) for spec in make_fields(Recipe)}
    return make_recipe(Recipe, {name: value for name, value in given.items() if value is not None})


def _add_analyse(parser: Parser) -> None:
    """Name the table and the plan."""
    parser.add_argument("table", nargs="?", type=Path, metavar="FILE", help="CSV, Excel, Parquet or JSON")
    add_plan(parser)


def _run_analyse(options: argparse.Namespace) -> int:
    """Analyse a table by the plan of the options."""
    table = None if options.table is None else _read_table(options.table)
    found = analyse(table, read_plan(options))
    say(describe_analysis(found))
    say(f"digest {found.digest}")
    return 0


def _read_table(path: Path) -> Table:
    """Read a table of any format that an upload may have."""
    from core.datasets.reading import check_size, read_table
    from core.hub.settings import load_settings

    content = read_bytes(path)
    check_size(len(content), load_settings())
    return read_table(content, path.name).table


def _add_categories(parser: Parser) -> None:
    """Name the table, the arm and the column of categories."""
    parser.add_argument("table", type=Path, metavar="FILE", help="CSV, Excel, Parquet or JSON")
    parser.add_argument("--metric", default="", metavar="X", help="column of categories")
    parser.add_argument("--arm", default="", metavar="X", help="column of the arm")


def _run_categories(options: argparse.Namespace) -> int:
    """Print the counts, their shares and residuals, and the test."""
    from core.experimentation.ab_testing.categories import compare_categories, list_categories

    found = compare_categories(_read_table(options.table), Recipe(metric=options.metric, arm=options.arm))
    say(show_frame(list_categories(found)))
    say("\n".join([*found.notes, found.sentence]))
    return 0


def describe_analysis(found: Analysis) -> str:
    """Write an analysis as lines: arms, tests, split, segments, guardrails, notes, decision."""
    plan = found.plan
    parts = [f"{plan.metric} by {plan.arm}: {plan.first} against {plan.second}", show_frame(list_arms(found))]
    parts.append(show_frame(list_tests(found)))
    if found.lift:
        parts.append(f"lift {found.lift.value:+.2%} ({found.lift.low:+.2%} to {found.lift.high:+.2%})")
    if found.adjusted:
        parts.append(f"covariates took out {found.adjusted.reduction:.1%} of the variance")
    parts += [show_frame(each) for each in (list_segments(found), list_guardrails(found)) if len(each)]
    parts += [found.mismatch.sentence] if found.mismatch else []
    return "\n".join([*parts, *found.notes, found.decision.sentence])


def show_frame(frame: Any) -> str:
    """Write a frame as aligned columns."""
    rows = [[_show(value) for value in row] for row in frame.itertuples(index=False)]
    return columns_to_text([[str(name) for name in frame.columns], *rows])


def _show(value: object) -> str:
    """Write one cell."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return show_number(value) if math.isfinite(value) else str(value)


def _add_size(parser: Parser) -> None:
    """Say what is to be found, and how surely."""
    parser.add_argument("--base", type=float, metavar="SHARE", help="share of the control, such as 0.2")
    parser.add_argument("--other", type=float, metavar="SHARE", help="share worth finding, such as 0.25")
    parser.add_argument("--effect", type=float, metavar="D", help="for means: difference over standard deviation")
    parser.add_argument("--power", type=float, default=0.8, help="default 0.8")
    parser.add_argument("--alpha", type=float, default=0.05, help="default 0.05")
    parser.add_argument("--ratio", type=float, default=1.0, metavar="X", help="other arm's units per unit of the base")
    parser.add_argument(
        "--sided", choices=SIDES, default="two-sided", help="less: the other is lower; default two-sided"
    )
    parser.add_argument("--formula", choices=FORMULAS, default="pooled", help="for shares; default pooled")
    parser.add_argument("--daily", type=float, metavar="UNITS", help="new units a day, to tell how long it takes")


def _run_size(options: argparse.Namespace) -> int:
    """Print the size of a trial."""
    from core.experimentation.ab_testing.power import find_duration, find_size
    from core.experimentation.ab_testing.share_power import find_share_size

    shares = options.base, options.other
    if (options.effect is None) == (None in shares):
        message = "say what to find: --base and --other for shares, or --effect for means"
        raise DataError(message)
    design: dict[str, Any] = {"alpha": options.alpha, "sided": options.sided, "ratio": options.ratio}
    if options.effect is None:
        n = find_share_size(*shares, options.power, formula=options.formula, **design)
    else:
        n = find_size(options.effect, options.power, **design)
    n_base = math.ceil(n)
    n_other = math.ceil(n_base * options.ratio)
    each = "each of two arms" if n_base == n_other else f"the base arm and {n_other:,} in the other"
    say(f"{n_base:,} units in {each}, {n_base + n_other:,} together")
    if options.daily is not None:
        say(f"{find_duration(n_base + n_other, options.daily)} days in whole weeks at {options.daily:g} units a day")
    return 0


def _add_simulate(parser: Parser) -> None:
    """Say how many trials to simulate."""
    parser.add_argument("--simulations", type=int, default=None, metavar="N", help="trials of each kind, 500 to 50000")
    parser.add_argument("--alpha", type=float, default=None, help="default 0.05")
    parser.add_argument("--seed", type=int, default=None, help="default 0")


def _run_simulate(options: argparse.Namespace) -> int:
    """Simulate every promise and tabulate it."""
    from core.experimentation.ab_testing.training import list_parts, simulate

    given = {name: getattr(options, name) for name in ("simulations", "alpha", "seed")}
    plan = make_recipe(Recipe, {name: value for name, value in given.items() if value is not None})
    found = [each for part in list_parts() for each in simulate(part, plan.simulations, plan.alpha, plan.seed)]
    say(show_frame(list_guarantees(tuple(found))))
    return 0
