"""Translation by rules with Apertium, each stage of its pipe to be looked at.

Apertium (Forcada and others 2011, https://doi.org/10.1007/s10590-011-9090-0, GPL) is a row of small programs: analyse
each word, choose one analysis, look the word up, move and agree, write the words out again. What one writes is the next
one's input, in text. The rows are read from Apertium's own mode files; the programs are run one after the other without
a shell, on at most 5,000 characters, within a time limit. A word that it does not know comes back marked "*".

Where a pair is not installed, what would install it is said. Pairs that do not exist are put together through Spanish.

Left out: Apertium's web service; formats other than plain text.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from core.hub.errors import DataError, LimitError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

MODES = Path("/usr/share/apertium/modes")
MAX_CHARACTERS = 5_000
MAX_STAGE_BYTES = 4_000_000
STAGE_TIMEOUT_S = 10.0
MAX_STAGES = 24
BRIDGE = "es"

MODE_NAMES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("en", "es"): ("eng-spa", "apertium-eng-spa"),
    ("es", "en"): ("spa-eng", "apertium-eng-spa"),
    ("es", "fr"): ("es-fr", "apertium-fr-es"),
    ("fr", "es"): ("fr-es", "apertium-fr-es"),
    ("es", "pt"): ("es-pt", "apertium-es-pt"),
    ("pt", "es"): ("pt-es", "apertium-es-pt"),
    ("es", "it"): ("spa-ita", "apertium-spa-ita"),
    ("it", "es"): ("ita-spa", "apertium-spa-ita"),
    ("en", "ca"): ("eng-cat", "apertium-eng-cat"),
    ("ca", "en"): ("cat-eng", "apertium-eng-cat"),
    ("en", "gl"): ("en-gl", "apertium-en-gl"),
    ("gl", "en"): ("gl-en", "apertium-en-gl"),
}
"""The mode of each direct pair, and the Debian package that holds it."""

STAGES: Mapping[str, str] = {
    "apertium-destxt": "Set signs that are not words apart",
    "lt-proc": "Analyse: every reading of each word",
    "cg-proc": "Drop readings that do not fit, by rules",
    "apertium-tagger": "Tag: choose one reading of each word",
    "apertium-anaphora": "Find what a pronoun stands for",
    "apertium-pretransfer": "Part words that hold two",
    "lsx-proc": "Put words together that belong together",
    "lrx-proc": "Choose among translations by the words around",
    "apertium-transfer": "Transfer: make phrases, agree within them",
    "apertium-interchunk": "Transfer: order the phrases, agree between them",
    "apertium-postchunk": "Transfer: write the phrases out as words",
    "rtx-proc": "Transfer: rearrange the sentence as a tree",
    "apertium-retxt": "Put the other signs back",
}
"""The programs that a mode may name, and what each one does; any other is refused."""

LT_PROC_MODES: Mapping[str, str] = {
    "-b": "Look up each word's translation",
    "-g": "Generate: write each word in its form",
    "-p": "Polish: contract and join words",
    "-d": "Generate: write each word in its form",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the pipe: its program, what it does, and what it wrote."""

    program: str
    purpose: str
    output: str


@dataclass(frozen=True, slots=True)
class ApertiumPair:
    """Whether a pair can be translated.

    Parameters
    ----------
    path : tuple of str
        The languages on the way: two, or three through Spanish.
    missing : str
        What to install; empty where it works.
    """

    source: str
    target: str
    path: tuple[str, ...]
    missing: str = ""


def list_pairs(modes: Path = MODES) -> tuple[ApertiumPair, ...]:
    """List every pair that Apertium could translate, with what each one lacks here.

    Examples
    --------
    >>> [pair.missing for pair in list_pairs(Path("/nowhere")) if pair.path == ("en", "es")]
    ['apt-get install apertium apertium-eng-spa']
    """
    known = sorted({code for pair in MODE_NAMES for code in pair})
    pairs = []
    for source in known:
        for target in known:
            path = _find_path(source, target)
            if path:
                pairs.append(ApertiumPair(source, target, path, _find_missing(path, modes)))
    return tuple(pairs)


def _find_path(source: str, target: str) -> tuple[str, ...]:
    """Return the way from one language to another; nothing if there is none."""
    if (source, target) in MODE_NAMES:
        return source, target
    ways = (source, BRIDGE) in MODE_NAMES and (BRIDGE, target) in MODE_NAMES and source != target
    return (source, BRIDGE, target) if ways else ()


def _find_missing(path: tuple[str, ...], modes: Path) -> str:
    """Return the line that installs what a way lacks."""
    legs = [MODE_NAMES[leg] for leg in pairwise(path)]
    lacking = [package for mode, package in legs if not (modes / f"{mode}.mode").is_file()]
    if not shutil.which("apertium-destxt") or not shutil.which("lt-proc"):
        lacking = [package for _, package in legs]
    return f"apt-get install apertium {' '.join(dict.fromkeys(lacking))}" if lacking else ""


def find_pair(source: str, target: str, modes: Path = MODES) -> ApertiumPair:
    """Return one pair.

    Raises
    ------
    DataError
        If Apertium has no such pair.
    UnavailableError
        If it is not installed here.
    """
    pair = next((each for each in list_pairs(modes) if (each.source, each.target) == (source, target)), None)
    if pair is None:
        message = f"Apertium has no pair {source} to {target}; choose one of the pairs that are listed"
        raise DataError(message)
    if pair.missing:
        message = f"Apertium's pair {source} to {target} is not installed; run: {pair.missing}"
        raise UnavailableError(message)
    return pair


def run_pair(text: str, source: str, target: str, modes: Path = MODES) -> tuple[Stage, ...]:
    """Translate a text; return every stage, the last one with the translation.

    Parameters
    ----------
    text : str
        1 to 5,000 characters, cleaned; empty lines are kept.

    Raises
    ------
    DataError
        If there is no such pair.
    LimitError
        If the text is too long, or a stage takes too long.
    UnavailableError
        If the pair is not installed, or a stage fails.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the text has {len(text):,} characters; Apertium gets at most {MAX_CHARACTERS:,}: shorten it"
        raise LimitError(message)
    path = find_pair(source, target, modes).path
    stages: list[Stage] = []
    for leg in pairwise(path):
        stages += _run_leg(text, read_mode(modes / f"{MODE_NAMES[leg][0]}.mode"))
        # A word that one leg does not know keeps its mark; the next leg would read the mark as a sign.
        text = stages[-1].output if leg[1] == target else re.sub(r"\*(?=\w)", "", stages[-1].output)
    return tuple(stages)


def read_mode(path: Path) -> tuple[tuple[str, ...], ...]:
    """Read the programs of a mode file with their words, as lists: nothing of it goes through a shell.

    Raises
    ------
    UnavailableError
        If it cannot be read, or names a program that is not one of Apertium's.
    """
    try:
        words = shlex.split(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"Apertium's {path.name} cannot be read ({error}); install its package again"
        raise UnavailableError(message) from error
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            commands.append([])
        elif word != "$2":  # its place for further options; $1 is the generator's: -g marks unknown words
            commands[-1].append("-g" if word == "$1" else word)
    for command in commands:
        if not command or command[0] not in STAGES or len(commands) > MAX_STAGES:
            message = f"Apertium's {path.name} names {command[:1]}, which is not known here; install its package again"
            raise UnavailableError(message)
    return tuple(tuple(command) for command in commands)


def _run_leg(text: str, commands: tuple[tuple[str, ...], ...]) -> list[Stage]:
    """Run one mode's programs one after the other."""
    stages = []
    for command in (("apertium-destxt",), *commands, ("apertium-retxt",)):
        text = run_stage(command, text)
        stages.append(Stage(command[0], name_purpose(command), text))
    return stages


def name_purpose(command: tuple[str, ...]) -> str:
    """Say what a stage does.

    Examples
    --------
    >>> name_purpose(("lt-proc", "-b", "eng-spa.autobil.bin"))
    "Look up each word's translation"
    """
    if command[0] == "lt-proc":
        return next((LT_PROC_MODES[word] for word in command if word in LT_PROC_MODES), STAGES["lt-proc"])
    return STAGES[command[0]]


def run_stage(command: tuple[str, ...], text: str, timeout_s: float = STAGE_TIMEOUT_S) -> str:
    """Run one program on a text, with nothing of this process's environment but where programs lie.

    Raises
    ------
    LimitError
        If it takes too long or writes too much.
    UnavailableError
        If it is not there or fails.
    """
    program = shutil.which(command[0])
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    try:
        # A program of STAGES with the words of an installed mode file; the text goes to its input only.
        done = subprocess.run(  # noqa: S603
            [program or command[0], *command[1:]],
            input=text.encode("utf-8"),
            capture_output=True,
            timeout=timeout_s,
            env=environment,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{command[0]} took more than {timeout_s:g} seconds; shorten the text"
        raise LimitError(message) from error
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{command[0]} failed ({type(error).__name__}); install Apertium again"
        raise UnavailableError(message) from error
    if len(done.stdout) > MAX_STAGE_BYTES:
        message = f"{command[0]} wrote {len(done.stdout):,} bytes, over {MAX_STAGE_BYTES:,}; shorten the text"
        raise LimitError(message)
    return done.stdout.decode("utf-8", "replace")
