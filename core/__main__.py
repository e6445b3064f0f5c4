"""The command line: ``python -m core COMMAND``; ``python -m core --help`` lists the commands.

What a person may cause is said in one sentence on standard error, with exit status 2; a check that finds something
stale or damaged exits with 1.

Left out: the work itself, which lives in ``core.hub``, ``core.datasets`` and ``core.serving``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.hub.errors import HubError
from core.hub.scores import columns_to_text, scores_to_text
from core.hub.settings import start_log

COMMANDS: dict[str, str] = {
    "list": "list the projects, which of them are built, and their headline scores",
    "data": "list the bundled data, check their hashes, build them again from their packages, or fetch full image sets",
    "train": "train by a recipe, on bundled data or your own table, and score on held-out rows; `--save` stores it",
    "evaluate": "score a stored model again on the rows that its recipe holds out",
    "predict": "answer one case (`--input`) or every row of a file (`--table`)",
    "upscale": "enlarge a picture two or four times into a PNG file; `--train` trains and stores the networks instead",
    "ab": "A/B tests: analyse a table or the log, plan a size, run experiments; `ab ACTION --help` says more",
    "fraud": "the payment stream: run a broker, send, watch, list alerts; `fraud ACTION --help` says more",
    "serve": "serve the HTTP API; default http://127.0.0.1:8000",
    "card": "write every model card again from recipe.json and scores.json; `--check` says which are stale",
    "docs": "write the generated parts of the documents again; `--check` says which are stale",
}

AB_ACTIONS = (
    "analyse", "categories", "size", "simulate", "start", "duel", "list", "ramp", "amend", "stop", "assign", "ingest",
    "results", "looks", "quarantine",
)  # fmt: skip
MOST_PORT = 65_535
FRAUD_ACTIONS = ("broker", "send", "watch", "status", "alerts", "quarantine")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m core``; default the process's own.

    Returns
    -------
    int
        0 when it went well, 1 when a check found something, 2 when the request cannot be met.

    Examples
    --------
    >>> main(["predict", "no_such_project", "--input", "{}"])
    2
    """
    options = make_parser().parse_args(arguments)
    try:
        start_log()
        status: int = options.run(options)
    except HubError as error:
        print(error, file=sys.stderr)
        return 2
    return status


def make_parser() -> argparse.ArgumentParser:
    """Describe every command and its options."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Mastery on the command line.")
    _add_commands(parser)
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Add each command with its options; return their parsers by name."""
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = added.add_parser(name, help=text.replace("`", ""), description=text.replace("`", ""))
        run, adders = ACTIONS[name]
        command.set_defaults(run=run)
        for add_options in adders:
            add_options(command)
    return added.choices


def describe_commands() -> dict[str, str]:
    """Return what each command does, by its words and options as they are typed."""
    commands = _add_commands(argparse.ArgumentParser(prog="")).items()
    usages = {name: command.format_usage().split()[1:] for name, command in commands}
    return {" ".join(word for word in usage if word != "[-h]"): COMMANDS[name] for name, usage in usages.items()}


def _add_slug(command: argparse.ArgumentParser) -> None:
    """Name the project."""
    command.add_argument("slug", help="the project, such as iris")


def _add_model(command: argparse.ArgumentParser) -> None:
    """Name the stored model."""
    command.add_argument("--model", default="full", help="name of the stored model; default full")


def _add_own_table(command: argparse.ArgumentParser) -> None:
    """Take a table of a person's own."""
    command.add_argument("--table", type=Path, metavar="FILE", help="a table of your own: CSV, Excel, Parquet or JSON")
    command.add_argument("--target", metavar="COLUMN", help="the column to predict in that table")


def _add_data(command: argparse.ArgumentParser) -> None:
    """Say what to do with the bundled data."""
    command.add_argument("action", choices=("list", "check", "build", "fetch"))
    names = "tables, image or text sets to build, or image sets or faces to fetch; default all"
    command.add_argument("names", nargs="*", metavar="NAME", help=names)


def _add_train(command: argparse.ArgumentParser) -> None:
    """Name the recipe, and whether to store the model."""
    command.add_argument("--recipe", default="quick", metavar="NAME", help="quick (default), full, or a JSON file")
    command.add_argument("--save", action="store_true", help="store the model under models/")


def _add_cases(command: argparse.ArgumentParser) -> None:
    """Say what to answer, and where the answers go."""
    cases = command.add_mutually_exclusive_group(required=True)
    cases.add_argument(
        "--input", metavar="JSON", help="one case, such as '{\"sepal_length\": 5.1, …}'; - reads it from standard input"
    )
    cases.add_argument("--table", type=Path, metavar="FILE", help="a file with a case in each row")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the answers there; default standard output")


def _add_picture(command: argparse.ArgumentParser) -> None:
    """Say which picture to enlarge, or that the networks are to be trained."""
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--picture", type=Path, metavar="FILE", help="PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF")
    what.add_argument("--train", metavar="NAME", help="recipe: quick (seconds) or full (ten minutes of one core)")
    command.add_argument("--factor", type=int, default=2, choices=(2, 4), help="how many times larger; default 2")
    command.add_argument("--out", type=Path, metavar="FILE", help="where the PNG goes; default FILE_x2.png")


def _add_ab(command: argparse.ArgumentParser) -> None:
    """Name the action; its own options are read where it is done, so that nothing heavy is imported here."""
    command.add_argument("action", choices=AB_ACTIONS, metavar="ACTION", help=", ".join(AB_ACTIONS))
    command.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="OPTIONS", help="of the action: see --help after it"
    )


def _add_fraud(command: argparse.ArgumentParser) -> None:
    """Name the action; its own options are read where it is done, so that nothing heavy is imported here."""
    command.add_argument("action", choices=FRAUD_ACTIONS, metavar="ACTION", help=", ".join(FRAUD_ACTIONS))
    command.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="OPTIONS", help="of the action: see --help after it"
    )


def _add_address(command: argparse.ArgumentParser) -> None:
    """Say where to listen."""
    command.add_argument("--host", default="127.0.0.1", help="address to listen on; default 127.0.0.1")
    command.add_argument("--port", type=_read_port, default=8000, help="port to listen on; default 8000")


def _read_port(text: str) -> int:
    """Read a port's number."""
    if not (text.isdecimal() and 1 <= int(text) <= MOST_PORT):
        message = f"the port is {text!r}; it must be a whole number from 1 to {MOST_PORT}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _add_check(command: argparse.ArgumentParser) -> None:
    """Say whether only to check."""
    command.add_argument("--check", action="store_true", help="change nothing; say what is stale")


def run_list(_options: argparse.Namespace) -> int:
    """Print the registry."""
    from core.hub.generated import projects_to_text

    print(projects_to_text())
    return 0


def run_data(options: argparse.Namespace) -> int:
    """List, check, rebuild or fetch data."""
    if options.action == "build":
        from core.datasets.build import build_data

        for path in build_data(options.names or None):
            print(f"wrote data/{path.name}")
        return 0
    if options.action == "fetch":
        return _fetch_images(options.names)
    from core.datasets.catalogue import check_data, load_catalogue
    from core.datasets.image_sets import describe_image_sets

    if options.action == "check":
        return _report(check_data())
    header = ("name", "rows", "columns", "task", "target", "licence")
    rows = [tuple(str(getattr(entry, name)) for name in header) for entry in load_catalogue()]
    print(columns_to_text([header, *rows]))
    print("\n" + columns_to_text(describe_image_sets()))
    return 0


def _fetch_images(names: Sequence[str]) -> int:
    """Put full image sets, or the face pictures, into the cache folder; ``all``, or no name, means every one."""
    from core.datasets.face_sets import FACES, fetch_faces
    from core.datasets.image_catalogue import load_image_catalogue
    from core.datasets.image_sets import fetch_image_set

    every = [*(entry.name for entry in load_image_catalogue()), FACES]
    for name in names if names and "all" not in names else every:
        for path in fetch_faces() if name == FACES else fetch_image_set(name):
            print(f"{name} is at {path}")
    return 0


def run_train(options: argparse.Namespace) -> int:
    """Train, print the scores, and store the model where asked."""
    from core.serving.files import read_own_table
    from core.serving.training import save_run, show_step, train_project

    run = train_project(options.slug, options.recipe, read_own_table(options.table, options.target), show_step)
    print(scores_to_text(run.scores))
    if options.save:
        print("stored in models/" + "/".join(save_run(run).parts[-2:]))
    return 0


def run_evaluate(options: argparse.Namespace) -> int:
    """Score a stored model again."""
    from core.serving.answers import evaluate_served, load_served
    from core.serving.files import read_own_table

    served = load_served(options.slug, options.model)
    print(scores_to_text(evaluate_served(served, read_own_table(options.table, options.target))))
    return 0


def run_predict(options: argparse.Namespace) -> int:
    """Answer one case as JSON, or a file of cases as CSV."""
    from core.serving.answers import load_served, predict_file, predict_json
    from core.serving.files import write_file
    from core.serving.schemas import make_answer

    served = load_served(options.slug, options.model)
    if options.input is not None:
        case = sys.stdin.read() if options.input == "-" else options.input
        content = make_answer(predict_json(served, case)).model_dump_json(indent=2).encode() + b"\n"
    else:
        content = predict_file(served, options.table)
    write_file(options.out, content)
    return 0


def run_upscale(options: argparse.Namespace) -> int:
    """Enlarge a picture, or train the networks that do."""
    if options.train is not None:
        from core.serving.training import show_step
        from core.vision.image_generation.upscale_training import train_and_save

        print(scores_to_text(train_and_save(options.train, show_step).scores))
        return 0
    from core.datasets.whole_files import read_bytes
    from core.serving.files import write_file
    from core.vision.image_generation.upscale_files import upscale_file

    place = options.out or Path(f"{options.picture.stem}_x{options.factor}.png")
    write_file(place, upscale_file(read_bytes(options.picture), options.picture.name, options.factor))
    print(f"wrote {place.name}")
    return 0


def run_ab(options: argparse.Namespace) -> int:
    """Run an action of A/B tests."""
    from core.experimentation.ab_testing.command import run

    return run(options.action, options.words)


def run_fraud(options: argparse.Namespace) -> int:
    """Run an action of the payment stream."""
    from core.streaming.fraud.command import run

    return run(options.action, options.words)


def run_serve(options: argparse.Namespace) -> int:
    """Serve the HTTP API until it is stopped."""
    import uvicorn

    from core.serving.api import make_app

    uvicorn.run(make_app(), host=options.host, port=options.port, server_header=False, limit_concurrency=256)
    return 0


def run_card(options: argparse.Namespace) -> int:
    """Write the cards again, or say which are stale."""
    from core.hub.cards import check_cards, write_cards

    if options.check:
        return _report(check_cards())
    for path in write_cards():
        print("wrote models/" + "/".join(path.parts[-3:]))
    return 0


def run_docs(options: argparse.Namespace) -> int:
    """Write the generated parts of the documents again, or say which are stale."""
    from core.hub.generated import check_docs, write_docs

    if options.check:
        return _report(check_docs(describe_commands()))
    for name in write_docs(describe_commands()):
        print(f"wrote {name}")
    return 0


def _report(problems: Sequence[str]) -> int:
    """Print problems, a line each; the exit status says whether there were any."""
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


ACTIONS: dict[str, tuple[Callable[[argparse.Namespace], int], tuple[Callable[[Any], None], ...]]] = {
    "list": (run_list, ()),
    "data": (run_data, (_add_data,)),
    "train": (run_train, (_add_slug, _add_train, _add_own_table)),
    "evaluate": (run_evaluate, (_add_slug, _add_model, _add_own_table)),
    "predict": (run_predict, (_add_slug, _add_model, _add_cases)),
    "upscale": (run_upscale, (_add_picture,)),
    "ab": (run_ab, (_add_ab,)),
    "fraud": (run_fraud, (_add_fraud,)),
    "serve": (run_serve, (_add_address,)),
    "card": (run_card, (_add_check,)),
    "docs": (run_docs, (_add_check,)),
}

if __name__ == "__main__":
    sys.exit(main())
