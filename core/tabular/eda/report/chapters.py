"""The words of a report, made from its sidecar alone: no number is worked out here.

Left out: layout (``core.evaluation.report``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from core.datasets.fixes.wording import count_of, cut, list_names
from core.evaluation.report.sections import Section
from core.hub.charts import Chart
from core.tabular.eda.report.numbers import write_number, write_p
from core.tabular.eda.report.plan import CHAPTERS, Plan
from core.tabular.eda.report.sidecar import JSON
from core.tabular.eda.report.words import INTERVALS, name_kind

N_SUMMARY = 4
MAX_SENTENCE = 240
MAX_METHODS = 20
MAX_NOTES = 8
NUMBERS = ("column", "missing", "mean", "sd", "min", "q1", "median", "q3", "max")
CLASSES = {
    "column": "column", "kind": "kind", "missing": "missing", "missing_share": "share missing",
    "distinct": "different values", "top": "most frequent", "top_share": "share of it",
}  # fmt: skip
"""The fields of the other columns, and the words above them."""
_KINDS = {"number": "number", "category": "category", "text": "text", "date": "date", "ignore": "not used"}
TESTED = """Each finding is a computed statement. Its effect size comes first, with a 95% interval where it was
    estimated from the rows; a count over all rows has none. p is the test's; q is its value after Benjamini and
    Hochberg (1995) among the tests of its topic, times the number of topics, so that of all tests of this table that
    pass q = 0.05 one in twenty at most is expected to be chance. A count, or a guess by a rule, has no p."""
TOLD = f"{INTERVALS} In the case study q is taken over the tests of its own findings."
METHODS = (
    """Columns in figures leave out what is missing or not finite. sd divides by n − 1; q1, median and q3 are quartiles
    by linear interpolation. Matrices of association compare the rows that have both columns: Spearman's rho for two
    numbers, Cramér's V with Bergsma's correction (2013) for two categories, the correlation ratio with Kelley's (1935)
    for one of each; columns are ordered by average linkage on 1 − |r|.""",
    """Association is not cause: a column may go with another because both follow a third, or because of how the rows
    were chosen. A finding that was searched for among many pairs tends to be smaller in new rows.""",
    """Every number printed here is in the JSON file that comes with this report, unrounded; the same table, findings
    and seed give the same file byte for byte.""",
)
UNSEARCHED = """This report tells a case study and describes the columns. The table was not searched for other findings,
    so none of its faults is ruled out; a search writes a report of its own."""


def make_facts(sidecar: JSON) -> dict[str, str]:
    """Write the table of facts of the first page."""
    table = sidecar["table"]
    kinds = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in table["kinds"].items())
    facts = {
        "Table": cut(table["name"]),
        "Size": f"{count_of(table['rows'], 'row')}, {count_of(table['columns'], 'column')} ({kinds})",
        "Missing": f"{count_of(table['missing_cells'], 'cell')}, {write_number(100 * table['missing_share'])}%",
        "Target": "none" if table["target"] is None else cut(table["target"]),
        "sha256": table["sha256"][:16] or "none",
        "Seed": str(sidecar["seed"]),
    }
    if table["steps"]:
        facts["Changes"] = f"{count_of(len(table['steps']), 'step')} since it was read"
    return facts


def make_sections(sidecar: JSON, plan: Plan) -> list[Section]:
    """Write every section in order."""
    sections = [*_make_story(sidecar, plan), *(_make_summary(sidecar) if plan.searched else ())]
    sections += _make_columns(sidecar)
    sections += _make_chapters(sidecar, plan)
    sections += _make_pictures(plan)
    return [*sections, *_make_methods(sidecar)]


def write_evidence(claim: JSON) -> str:
    """Write a claim's effect, interval, rows, p, q and method in one line.

    Examples
    --------
    >>> write_evidence({"severity": "note", "effect": "Pearson's r", "value": 0.5895, "low": 0.52, "high": 0.65,
    ...     "n": 342, "p": 1e-32, "q": 3e-32, "method": "t test"})
    "Note. Pearson's r 0.5895, 95% interval 0.52 to 0.65; 342 rows; p = 1e−32, q = 3e−32. Method: t test."
    """
    low, high = write_number(claim["low"]), write_number(claim["high"])
    interval = ", counted over the rows" if claim["low"] == claim["high"] else f", 95% interval {low} to {high}"
    tested = "" if claim["p"] is None and claim["q"] is None else f"; p {write_p(claim['p'])}, q {write_p(claim['q'])}"
    rows = count_of(claim["n"], "row")
    size = f"{claim['effect']} {write_number(claim['value'])}{interval}"
    return f"{claim['severity'].capitalize()}. {size}; {rows}{tested}. Method: {claim['method'].rstrip('.')}."


def _make_summary(sidecar: JSON) -> Iterator[Section]:
    """Say on the first page what is wrong and what matters."""
    counts, claims = sidecar["counts"], sidecar["claims"][: sidecar["n_printed"]]
    wrong = [claim for severity in ("problem", "warning") for claim in claims if claim["severity"] == severity]
    rest = [claim for topic in ("target", "association", "spread", "missing") for claim in claims
            if claim["topic"] == topic and claim["severity"] == "note"]  # fmt: skip
    opening = (
        f"{count_of(counts['claims'], 'finding')}: {count_of(counts['problem'], 'problem')} that would make an answer "
        f"wrong, {count_of(counts['warning'], 'warning')} to look at before the table is used, "
        f"{count_of(counts['note'], 'note')} worth knowing. {counts['tested']:,} of them were tested."
    )
    listed = [_point(claim) for claim in wrong[: counts["wrong_listed"]]]
    if counts["wrong_listed"] < counts["wrong"]:
        listed.append(
            f"These are {counts['wrong_listed']:,} of the {counts['wrong']:,} problems and warnings, the gravest "
            "first; the others stand in their chapters or in the JSON file."
        )
    none = "Nothing was found that would make an answer wrong."
    yield Section("What is wrong", (opening, *(listed or [none])))
    matters = tuple(_point(claim) for claim in rest[:N_SUMMARY]) or ("No other finding stands out.",)
    yield Section("What matters", matters)


def _point(claim: JSON) -> str:
    """Write a claim's sentence for the summary, with the number under which it stands."""
    sentence = claim["sentence"]
    short = sentence if len(sentence) <= MAX_SENTENCE else f"{sentence[: MAX_SENTENCE - 1]}…"
    return f"• {short} (finding {claim['number']})"


def _make_story(sidecar: JSON, plan: Plan) -> Iterator[Section]:
    """Tell the case study, where there is one: its question and figures, and a picture beside each finding."""
    told = sidecar["told"]
    if plan.story is None or told is None:
        return
    figures = " · ".join(f"{figure['name']}: {figure['text']}" for figure in told["figures"])
    yield Section(told["question"], (figures, f"What it teaches: {told['lesson']}"))
    for finding, claim in zip(plan.story.findings, sidecar["story"], strict=True):
        title = f"Part {claim['number']} of {len(plan.story.findings)}"
        yield _draw_section(title, finding.chart, (claim["sentence"], write_evidence(claim)), level=2)


def _make_columns(sidecar: JSON) -> Iterator[Section]:
    """Print the columns in figures: numbers in one table, the others in another."""
    lines = pd.DataFrame(sidecar["columns"])
    numbers = lines[lines["kind"] == "number"] if len(lines) else lines
    if len(numbers):
        frame = numbers[list(NUMBERS)].astype(dict.fromkeys(NUMBERS[2:], "float64"))
        yield Section("The numbers in figures", frame=frame.reset_index(drop=True))
    others = lines[lines["kind"] != "number"] if len(lines) else lines
    if len(others):
        frame = others[list(CLASSES)].astype({"missing_share": "float64", "top_share": "float64"})
        frame = frame.replace({"kind": _KINDS}).rename(columns=CLASSES).reset_index(drop=True)
        yield Section("The other columns in figures", frame=frame)


def _make_chapters(sidecar: JSON, plan: Plan) -> Iterator[Section]:
    """Write a chapter a topic: what it holds, then each claim with its evidence, its picture beside it."""
    gaps, number = plan.gaps, 0
    for topic, title in CHAPTERS.items():
        charts = [chart for claim, chart in plan.claims if claim.topic == topic]
        if charts:
            own = sidecar["claims"][number : number + len(charts)]
            yield Section(f"{title} · {count_of(len(charts), 'finding')}", (_describe_chapter(own),))
        if gaps is not None and topic == "missing":
            yield _draw_section("Cells that are missing", gaps)
            gaps = None
        for chart in charts:
            yield _make_claim(sidecar["claims"][number], chart)
            number += 1


def _describe_chapter(claims: Sequence[JSON]) -> str:
    """Say which findings a chapter holds and how grave they are."""
    counts = Counter(claim["severity"] for claim in claims)
    grave = list_names([count_of(counts[name], name) for name in ("problem", "warning", "note") if counts[name]])
    first, last = claims[0]["number"], claims[-1]["number"]
    which = f"Finding {first}" if first == last else f"Findings {first} to {last}"
    return f"{which}, the gravest first: {grave}." if first != last else f"{which}: {grave}."


def _make_claim(claim: JSON, chart: Chart | None) -> Section:
    """Write one claim under a heading of its own."""
    about = f": {list_names(claim['columns'])}" if claim["columns"] else ""
    words = name_kind(claim["kind"])
    heading = f"{claim['number']}. {words[:1].upper()}{words[1:]}{about}"
    return _draw_section(heading, chart, (claim["sentence"], write_evidence(claim)), level=2)


def _draw_section(title: str, chart: Chart | None, texts: tuple[str, ...] = (), level: int = 1) -> Section:
    """Make a section of a picture; words under it that stand beside it anyway are left away."""
    if chart is not None:
        alt = chart.alt.removeprefix(f"{chart.title}.").strip()
        chart = replace(chart, alt="" if alt in texts else alt)
    return Section(title, texts, chart=chart, level=level)


def _make_pictures(plan: Plan) -> Iterator[Section]:
    """Draw the matrices and the spread of columns."""
    for chart in plan.matrices:
        yield _draw_section("How all columns go together", chart)
    for names, chart in plan.pairs:
        yield _draw_section(list_names(names), chart)
    for name, chart in plan.spreads:
        yield _draw_section(f"The spread of {cut(name)}", chart)


def _make_methods(sidecar: JSON) -> Iterator[Section]:
    """Say how the findings were made, what was left out, and what was done to the table before."""
    claims = [*sidecar["story"], *sidecar["claims"][: sidecar["n_printed"]]]
    methods = list(dict.fromkeys(claim["method"] for claim in claims))
    more = [f"{len(methods) - MAX_METHODS:,} more are in the JSON file."] if len(methods) > MAX_METHODS else []
    tested = [TESTED] if sidecar["searched"] else []
    told = [TOLD] if sidecar["story"] else []
    yield Section("Methods", (*tested, *told, *METHODS, *(f"• {method}" for method in methods[:MAX_METHODS]), *more))
    table = sidecar["table"]
    steps = [f"{i}. {step}" for i, step in enumerate(table["steps"], 1)]
    unsearched = [] if sidecar["searched"] else [UNSEARCHED]
    said = [*unsearched, *sidecar["left_out"], *table["notes"][:MAX_NOTES], *steps[:MAX_NOTES]]
    if len(steps) > MAX_NOTES:
        said.append(f"{len(steps) - MAX_NOTES:,} more steps are in the JSON file.")
    yield Section("Limits of this report", tuple(said) or ("Nothing was left out.",))
