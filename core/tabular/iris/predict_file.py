"""Answer every row of a CSV with the best model: ``python predict.py cases.csv > answers.csv``.

The file may be separated by commas, semicolons, tabs or bars, be written in UTF-8 or Windows-1252, and hold numbers
with a decimal point or, where commas do not separate, a decimal comma.

Left out: other formats than CSV, and prediction sets, which the app gives.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd

TRUSTED: tuple[str, ...] = ()
SEPARATORS = (",", ";", "\t", "|")
HERE = Path(__file__).parent


class Column(TypedDict):
    """What ``model.json`` says of a column."""

    name: str
    kind: str


def _main() -> None:
    """Read the file named in the command, answer its rows and write them to standard output."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one file
        sys.exit("predict.py needs one file: python predict.py cases.csv > answers.csv")
    facts = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    columns = facts["schema"]["features"]
    cases = _read_cases(sys.argv[1], [column["name"] for column in columns])
    x = pd.DataFrame({column["name"]: _convert(cases[column["name"]], column) for column in columns})
    import skops.io  # seconds that a file which is refused need not wait for

    model = skops.io.load(HERE / facts["models"][facts["best"]], trusted=list(TRUSTED))
    cases["answer"] = model.predict(x)
    cases[[f"share of {name}" for name in model.classes_]] = model.predict_proba(x)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    cases.to_csv(sys.stdout, index=False)


def _read_cases(path: str, names: list[str]) -> pd.DataFrame:
    """Read every cell as text, after the header was found to hold the needed columns."""
    text = _read_text(path)
    lines = text.splitlines()
    if not lines:
        sys.exit(f"{path} is empty; it needs a header with {', '.join(names)}")
    headers = {mark: [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=mark))] for mark in SEPARATORS}
    mark = max(SEPARATORS, key=lambda one: len(set(names) & set(headers[one])))
    missing = [name for name in names if name not in headers[mark]]
    if missing:
        sys.exit(f"{path} lacks {', '.join(missing)}; its columns are {', '.join(headers[mark])}")
    try:
        cases = pd.read_csv(io.StringIO(text), sep=mark, dtype=str, skipinitialspace=True, index_col=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        sys.exit(f"{path} cannot be split into columns ({str(error).strip()}); save it as CSV again")
    if cases.empty:
        sys.exit(f"{path} has a header and no rows; add one row for each case")
    cases.columns = cases.columns.str.strip()
    return cases


def _read_text(path: str) -> str:
    """Read a file as UTF-8 or, where it is not, as Windows-1252."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        sys.exit(f"{path} cannot be read ({error.strerror}); check its name")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _convert(cells: pd.Series, column: Column) -> pd.Series:
    """Turn the text of one column into what the model takes; a gap stays a gap."""
    text = cells.str.strip()
    if column["kind"] == "category":
        return text.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True).astype(object).where(text.notna(), np.nan)
    if column["kind"] == "date":
        moments = pd.to_datetime(text, errors="coerce", utc=True, format="mixed")
        values = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 86_400
    else:
        points = text.str.replace(r"^([+-]?\d[\d.]*),(\d+)$", _write_point, regex=True)
        values = pd.to_numeric(points, errors="coerce").astype(float)
    wrong = text[values.isna() & text.notna()]
    if len(wrong):
        row, first = int(wrong.index[0]) + 1, str(wrong.iloc[0])[:40]
        sys.exit(f"{column['name']} is {first!r} in row {row}; every value must be a {column['kind']} or empty")
    return values.where(np.isfinite(values), np.nan)


def _write_point(found: re.Match[str]) -> str:
    """Write a number that has a decimal comma with a decimal point."""
    return f"{found[1].replace('.', '')}.{found[2]}"


if __name__ == "__main__":
    _main()
