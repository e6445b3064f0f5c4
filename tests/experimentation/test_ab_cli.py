"""`python -m core ab`: a table, the log, sizes; and one sentence with exit status 2 for what a person may cause."""

from __future__ import annotations

import json
from math import ceil

import pytest
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from core.__main__ import AB_ACTIONS, main
from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.command import ACTIONS
from core.experimentation.ab_testing.events import show_time
from core.experimentation.ab_testing.ledger import read_clock

PLAN = {"experiment": {"name": "shop", "arms": ["blue", "grey"], "coverage": 0.5}, "plan": {"metric": "revenue"}}


@pytest.fixture
def place(ledger, monkeypatch, tmp_path):
    """Give the command line this log, and a folder of its own."""
    ledger.clock = read_clock
    monkeypatch.setattr("core.experimentation.ab_testing.command_log.open_ledger", lambda: ledger)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def started(place, capsys):
    (place / "shop.json").write_text(json.dumps(PLAN))
    assert main(["ab", "start", "shop.json"]) == 0
    assert capsys.readouterr().out.startswith("shop runs: blue 50.00%, grey 50.00%; coverage 50.00%; plan ")
    return place


def write_events(place, n_units=60):
    """Write a file of exposures and metrics; return its name."""
    now_us, shop = read_clock(), Experiment("shop", ("blue", "grey"), coverage=0.5)
    lines = []
    for number in range(n_units):
        unit = f"user-{number}"
        arm = assign(shop, unit)
        if arm is None:
            continue
        own = {"unit": unit, "time": show_time(now_us - 60_000_000)}
        lines.append(own | {"id": f"x-{number}", "kind": "exposure", "experiment": "shop", "arm": arm})
        value = number % 7 + 3 * (arm == "blue")
        lines.append(own | {"id": f"m-{number}", "kind": "metric", "metric": "revenue", "value": value})
    (place / "events.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return "events.jsonl", len(lines)


def refuse(capsys, arguments):
    capsys.readouterr()
    assert main(["ab", *arguments]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    return said.err.strip()


def test_every_action_is_known_to_the_command_line():
    assert tuple(ACTIONS) == AB_ACTIONS


def test_a_bundled_trial_gives_its_published_figures(capsys):
    assert main(["ab", "analyse", "--trial", "resumes"]) == 0
    said = capsys.readouterr().out
    assert "0.03203  0.01678  0.04738  4.108" in said
    assert "Ship: the effect is 0.03203" in said
    assert said.splitlines()[-1].startswith("digest ")


def test_a_table_of_ones_own_is_analysed_by_the_plan_of_the_options(place, capsys):
    rows = [f"u{number},{'AB'[number % 2]},{number % 5 + 2 * (number % 2)}" for number in range(80)]
    (place / "mine.csv").write_text("\n".join(["user,variant,spend", *rows]))
    assert main(["ab", "analyse", "mine.csv", "--metric", "spend", "--test", "Mann–Whitney", "--alpha", "0.01"]) == 0
    said = capsys.readouterr().out
    assert "spend by variant: B against A" in said
    assert "decides  Mann–Whitney" in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["user,variant,spend"], "the file has column names (user, variant, spend) but no rows"),
        (["user,variant,spend", "1,a,2", "2,a,3"], "variant has the one arm a; a trial needs two: add the rows of the"),
        (["user,variant,spend", "1,a,2", "2,b,3", "3,c,4"], "variant has 3 arms"),
        (["user,variant,spend", "1,a,x y", "2,b,3", "3,b,4", "4,a,5"], "spend holds text ('x y' in row 1)"),
        (["user,variant,spend", "1,a,2", "1,b,3", "2,a,5", "3,b,1"], "1 of 3 user are in both arms (such as 1)"),
    ],
)
def test_a_table_that_is_no_trial_is_one_sentence(place, capsys, lines, words):
    (place / "mine.csv").write_text("\n".join(lines))
    assert words in refuse(capsys, ["analyse", "mine.csv", "--metric", "spend", "--arm", "variant", "--unit", "user"])


def test_sizes_are_those_that_are_published(capsys):
    assert main(["ab", "size", "--effect", "0.5"]) == 0
    assert main(["ab", "size", "--base", "0.2", "--other", "0.25", "--daily", "100"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "64 units in each of two arms, 128 together",
        "1,094 units in each of two arms, 2,188 together",
        "28 days in whole weeks at 100 units a day",
    ]


def test_sizes_of_unlike_arms_one_side_and_other_formulas_are_those_of_statsmodels(capsys):
    assert main(["ab", "size", "--effect", "0.5", "--ratio", "3", "--sided", "greater", "--power", "0.9"]) == 0
    shares = ["ab", "size", "--base", "0.2", "--other", "0.15", "--ratio", "2", "--sided", "less"]
    assert main([*shares, "--formula", "arcsine"]) == 0
    assert main(["ab", "size", "--base", "0.2", "--other", "0.25", "--formula", "Miller"]) == 0
    n = TTestIndPower().solve_power(0.5, alpha=0.05, power=0.9, ratio=3, alternative="larger")
    effect = abs(proportion_effectsize(0.2, 0.15))
    m = NormalIndPower().solve_power(effect, alpha=0.05, power=0.8, ratio=2, alternative="larger")
    expected = [(ceil(n), 3 * ceil(n)), (ceil(m), 2 * ceil(m))]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"{a:,} units in the base arm and {b:,} in the other, {a + b:,} together" for a, b in expected]
    assert said[2] == "1,031 units in each of two arms, 2,062 together"


def test_an_experiment_from_its_start_to_its_end(started, capsys):
    name, n_events = write_events(started)
    assert main(["ab", "ingest", name]) == 0
    assert f"{n_events} events written" in capsys.readouterr().out
    assert main(["ab", "ingest", name]) == 1
    assert f"{n_events} in the quarantine: duplicate" in capsys.readouterr().out
    assert main(["ab", "results", "shop", "--record"]) == 0
    first = capsys.readouterr().out
    assert "revenue by arm: blue against grey" in first
    assert f"{n_events // 2} exposed" in first
    assert main(["ab", "ramp", "shop", "1.0"]) == 0
    (started / "plan.json").write_text('{"alpha": 0.01}')
    assert main(["ab", "amend", "shop", "plan.json", "--why", "fewer false alarms"]) == 0
    assert "alpha 0.05 → 0.01. Reason given: fewer false alarms." in capsys.readouterr().out
    number = first.splitlines()[0].split("event ")[1].split(";")[0].replace(",", "")
    assert main(["ab", "results", "shop", "--number", number]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first.splitlines()[-1]
    assert main(["ab", "looks", "shop"]) == 0
    assert capsys.readouterr().out.strip().endswith("the same")
    assert main(["ab", "quarantine"]) == 0
    assert f"{n_events}  duplicate" in capsys.readouterr().out
    assert main(["ab", "stop", "shop", "--why", "done"]) == 0
    assert main(["ab", "list"]) == 0
    assert capsys.readouterr().out.count("shop was stopped") == 2
    assert main(["ab", "assign", "shop", "user-1"]) == 0
    assert capsys.readouterr().out == "user-1\t-\n"


def test_units_are_assigned_by_name_or_file(started, capsys):
    (started / "units.txt").write_text("user-2\nuser-3\n")
    assert main(["ab", "assign", "shop", "user-1", "--file", "units.txt"]) == 0
    experiment = Experiment("shop", ("blue", "grey"), coverage=0.5)
    units = ["user-1", "user-2", "user-3"]
    assert capsys.readouterr().out.splitlines() == [f"{unit}\t{assign(experiment, unit) or '-'}" for unit in units]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["results", "none"], "there is no experiment 'none'; there are shop"),
        (["results", "shop"], "shop has no exposure by"),
        (["results", "shop", "--as-of", "noon"], "time is 'noon'; write it like"),
        (["ramp", "shop", "0.1"], "the coverage of shop may not fall from 0.5 to 0.1"),
        (["amend", "shop", "shop.json", "--why", "x"], "unknown settings"),
        (["start", "shop.json"], "there was an experiment 'shop' before"),
        (["start", "none.json"], "none.json cannot be opened"),
        (["start", "bad.json"], "bad.json is no JSON"),
        (["start", "odd.json"], "arms is 'red'; write it like"),
        (["ingest", "none.jsonl"], "none.jsonl cannot be opened"),
        (["size", "--effect", "0.5", "--base", "0.1", "--other", "0.2"], "say what to find"),
        (["size", "--effect", "0"], "effect"),
        (["size", "--base", "0.2", "--other", "0.1", "--sided", "greater"], "that is not the side that is tested"),
        (["size", "--base", "0.2", "--other", "0.2000000001"], "so close that over 10^12 units are needed"),
        (["size", "--effect", "0.5", "--daily", "1e-320"], "units a day is 9.99989e-321; it must be above 0"),
        (["size", "--effect", "0.5", "--daily", "inf"], "units a day is inf; it must be"),
        (["size", "--effect", "0.5", "--ratio", "0"], "ratio is 0; it must be above 0"),
        (["amend", "shop", "same.json", "--why", "x"], "the plan of shop says all this already"),
        (["simulate", "--simulations", "3"], "simulations is 3; it must be 500 to 50000"),
        (["analyse", "none.csv"], "none.csv cannot be opened"),
        (["duel", "d", "--project", "iris", "--challenger", "no", "--champion", "full"], "models/iris/no is not there"),
    ],
)  # fmt: skip
def test_what_a_person_may_cause_is_one_sentence(started, capsys, arguments, words):
    (started / "bad.json").write_text("{")
    (started / "same.json").write_text('{"alpha": 0.05}')
    (started / "odd.json").write_text('{"experiment": {"name": "x", "arms": "red"}, "plan": {}}')
    assert words in refuse(capsys, arguments)
