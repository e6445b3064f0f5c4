"""Alerts about rows: lost in reading, repeated, empty, and rows with missing values.

Left out: filling gaps, which belongs inside a model's training folds.
"""

from __future__ import annotations

from core.datasets.alerts.profile import Alert, Profile, Severity
from core.datasets.alerts.twins import find_repeated
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import count_of, cut, list_names, share_of

MANY_COPIES = 0.05  # share of repeated rows from which the note becomes a warning
MANY_LOST, SOME_LOST = 0.1, 0.01  # share of unreadable lines that is a problem, and a warning
MOSTLY_MISSING = 0.5  # share of missing cells from which a column is better left out
MAX_DROPPED = 0.2  # dropping incomplete rows is offered up to this share of the table


def find_rejected(profile: Profile) -> list[Alert]:
    """Report lines of the file that could not be read: what is found speaks of the others only."""
    n_lost, n_lines = profile.table.n_rejected, profile.table.n_lines
    if not n_lost:
        return []
    share = n_lost / n_lines
    severity: Severity = "problem" if share >= MANY_LOST else "warning" if share >= SOME_LOST else "note"
    verb = "was" if n_lost == 1 else "were"
    sentence = (
        f"{n_lost:,} of {count_of(n_lines, 'line')} of the file ({share_of(n_lost, n_lines)}) could not be read and "
        f"{verb} left out: whatever is said here is of the other {n_lines - n_lost:,}."
    )
    return [Alert("rejected_lines", severity, (), sentence)]


def find_duplicates(profile: Profile) -> list[Alert]:
    """Report rows equal to an earlier one in every column."""
    frame, rows = profile.table.frame, profile.twins[0]
    if not len(rows):
        return []
    n_copies = int(find_repeated(frame if len(rows) == len(frame) else frame.iloc[rows]).sum())
    if not n_copies:
        return []
    many = n_copies >= MANY_COPIES * profile.n_rows
    verb, it = ("repeats an earlier one", "it") if n_copies == 1 else ("repeat earlier ones", "them")
    advice = (
        "copies in both training and test make scores too good" if many else f"keep {it} if cases may really be equal"
    )
    counted = f"{n_copies:,} of {count_of(profile.n_rows, 'row')} ({share_of(n_copies, profile.n_rows)})"
    sentence = f"{counted} {verb}; {advice}."
    fix = Fix("drop_duplicates", (), (), f"Drop {count_of(n_copies, 'repeated row')}")
    return [Alert("duplicate_rows", "warning" if many else "note", (), sentence, fix)]


def find_empty(profile: Profile) -> list[Alert]:
    """Report rows without any value."""
    if min(profile.missing.values(), default=0) == 0:
        return []
    n_empty = int(profile.table.frame.isna().all(axis=1).sum())
    if not n_empty or n_empty == profile.n_rows:
        return []
    sentence = f"{count_of(n_empty, 'row')} without any value."
    return [
        Alert(
            "empty_rows",
            "warning",
            (),
            sentence,
            Fix("drop_empty_rows", (), (), f"Drop {count_of(n_empty, 'empty row')}"),
        )
    ]


def find_missing(profile: Profile) -> list[Alert]:
    """Report missing values of the features: columns that mostly lack them, then the rows that lack any other."""
    gaps = {
        name: profile.missing[name] for name in profile.table.features if 0 < profile.missing[name] < profile.n_rows
    }
    mostly = [name for name, n_gaps in gaps.items() if n_gaps > MOSTLY_MISSING * profile.n_rows]
    some = [name for name in sorted(gaps, key=lambda name: -gaps[name]) if name not in mostly]
    found = []
    if mostly:
        shown = list_names([f"{cut(name)} ({share_of(gaps[name], profile.n_rows)})" for name in mostly])
        label = f"Drop {cut(mostly[0])}" if len(mostly) == 1 else f"Drop {len(mostly)} columns"
        sentence = f"Most values are missing in {shown}."
        found.append(
            Alert("mostly_missing", "warning", tuple(mostly), sentence, Fix("drop_column", tuple(mostly), (), label))
        )
    return found + ([_write_missing(profile, gaps, some)] if some else [])


def _write_missing(profile: Profile, gaps: dict[str, int], names: list[str]) -> Alert:
    """Say how many values are missing, where, and in how many rows."""
    total = sum(gaps[name] for name in names)
    n_rows = int(profile.table.frame[names].isna().any(axis=1).sum())
    shown = list_names([f"{cut(name)} ({gaps[name]:,})" for name in names])
    sentence = (
        f"{count_of(total, 'missing value')} in {shown}, "
        f"in {n_rows:,} of {count_of(profile.n_rows, 'row')} ({share_of(n_rows, profile.n_rows)})."
    )
    few = n_rows <= MAX_DROPPED * profile.n_rows
    fix = Fix("drop_missing_rows", tuple(names), (), f"Drop {count_of(n_rows, 'incomplete row')}") if few else None
    return Alert("missing", "note", tuple(names), sentence, fix)
