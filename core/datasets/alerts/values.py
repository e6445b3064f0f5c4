"""Alerts about what stands in the cells: infinite numbers, codes for "missing" such as -999 or ``?``, numbers as text.

Left out: numbers far out (``wild``); -1 and 0 as codes, which are ordinary numbers far too often.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.numerals import parse_numbers
from core.datasets.fixes.wording import count_of, cut, list_names, share_of
from core.datasets.tally import tally_column

CODES = np.array([-99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0])
CLEAR_CODE = 999  # once is enough for these; 99 must come twice
GAP_SHARE = 0.5  # a code lies at least half the range of the other values away from them
MIN_OTHERS = 5
BLANKS = {"", "?", "-", "--", ".", "n/a", "na", "#n/a", "nan", "null", "nil", "missing", "(missing)", "not available"}
COMMONEST = 5_000  # a code for "missing" is among the commonest texts of its column


def find_infinite(profile: Profile) -> list[Alert]:
    """Report infinite numbers: a division by zero, most often."""
    counts = {name: tally_column(profile.table, name).n_infinite for name in _numbers(profile)}
    hit = [name for name, n_hit in counts.items() if n_hit]
    if not hit:
        return []
    total = count_of(sum(counts.values()), "infinite value")
    sentence = f"{total} in {list_names(hit)}: no model can use them; a division by zero is the usual cause."
    fix = Fix("set_missing", tuple(hit), ("inf", "-inf"), f"Treat {total} as missing")
    return [Alert("infinite", "problem", tuple(hit), sentence, fix)]


def find_sentinels(profile: Profile) -> list[Alert]:
    """Report numbers that stand for a missing value, such as -999."""
    found = []
    for name in _numbers(profile):
        tally = tally_column(profile.table, name)
        codes = _find_codes(profile.table.numbers(name)) if {tally.low, tally.high} & set(CODES) else {}
        if codes:
            found.append(_write_code_alert(profile, name, codes))
    return found


def _numbers(profile: Profile) -> list[str]:
    """Return the number columns, the target among them."""
    names = profile.of_kind("number")
    target = profile.table.target
    return [*names, target] if target is not None and profile.table.kinds[target] == "number" else names


def _find_codes(values: np.ndarray) -> dict[float, int]:
    """Count the codes that lie clear of every other value."""
    values = values[np.isfinite(values)]
    if not len(values) or not {values.min(), values.max()} & set(CODES):
        return {}
    is_code = np.isin(values, CODES)
    others = values[~is_code]
    if len(others) < MIN_OTHERS:
        return {}
    counts = zip(*np.unique(values[is_code], return_counts=True), strict=True)
    return {float(code): int(n) for code, n in counts if _is_clear(code, n, others)}


def _is_clear(code: float, n_times: int, others: np.ndarray) -> bool:
    """Tell whether a code is far from the other values, or negative where nothing else is."""
    if abs(code) < CLEAR_CODE and n_times == 1:
        return False
    low, high = others.min(), others.max()
    gap = max(low - code, code - high)
    return bool(gap > 0 and (gap >= GAP_SHARE * (high - low) or (code < 0 <= low)))


def _write_code_alert(profile: Profile, name: str, codes: dict[float, int]) -> Alert:
    """Say which codes a column holds and how often."""
    shown = " and ".join(f"{code:g}" for code in codes)
    n_hit = sum(codes.values())
    sentence = (
        f"{cut(name)} holds {shown} in {count_of(n_hit, 'row')} ({share_of(n_hit, profile.n_rows)}), far from every "
        "other value: it probably stands for a missing one."
    )
    fix = Fix("set_missing", (name,), tuple(f"{code:g}" for code in codes), f"Treat {shown} in {cut(name)} as missing")
    return Alert("sentinel", "warning", (name,), sentence, fix)


def find_placeholders(profile: Profile) -> list[Alert]:
    """Report texts that stand for a missing value, such as ``?``."""
    found = []
    for name, every in profile.counts.items():
        counts = every.iloc[:COMMONEST]
        hit = counts[[str(value).strip().lower() in BLANKS for value in counts.index]]
        if 0 < len(hit) < len(every):
            texts, n_hit = [str(value) for value in hit.index], int(hit.sum())
            shown = " and ".join(repr(text) for text in texts)
            sentence = f"{cut(name)} holds {shown} in {count_of(n_hit, 'row')}: it probably stands for a missing value."
            fix = Fix("set_missing", (name,), tuple(texts), f"Treat {shown} in {cut(name)} as missing")
            found.append(Alert("sentinel", "warning", (name,), sentence, fix))
    return found


def find_numerals(profile: Profile) -> list[Alert]:
    """Report numbers that are kept as text because of a unit, a separator or a few stray words."""
    return [
        _write_numeral_alert(name, profile.counts[name])
        for name in profile.of_kind("category", "text")
        if name in profile.numerals
    ]


def _write_numeral_alert(name: str, counts: pd.Series) -> Alert:
    """Say how a column of numbers is kept as text and how many cannot be read."""
    texts = pd.Series([str(value) for value in counts.index], dtype="object")
    lost = parse_numbers(texts).isna().to_numpy()
    n_lost = int(counts.to_numpy()[lost].sum())
    strays = (
        f"; {count_of(n_lost, 'value')} such as {cut(texts[lost].iloc[0])!r} would become missing" if n_lost else ""
    )
    sentence = f"{cut(name)} holds numbers kept as text, such as {cut(texts[~lost].iloc[0])!r}{strays}."
    return Alert(
        "numbers_as_text", "warning", (name,), sentence, Fix("to_number", (name,), (), f"Read {cut(name)} as numbers")
    )
