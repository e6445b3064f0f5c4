"""Numbers kept as text that the alerts do not read: a decimal comma in one row and a point in the next, or stray units.

Left out: turning them into numbers, which needs a person's word on what the comma means.
"""

from __future__ import annotations

import re

from core.datasets.fixes.wording import cut
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share

MIN_DISTINCT = 8
SHARE = 0.9
_NUMERAL = re.compile(r"\s*[+\-−]?\d+(?P<sign>[.,]\d+)*\s*(?P<unit>[A-Za-z%°µ]{1,5})?\s*")


def find_numerals(evidence: Evidence) -> list[Claim]:
    """Search category and text columns in which nine of ten different values are numbers."""
    said = evidence.named("numbers_as_text")
    found = []
    for name, kind in evidence.table.kinds.items():
        if kind not in {"category", "text"} or name in said or name == evidence.table.target:
            continue
        counts = evidence.table.frame[name].iloc[evidence.rows].value_counts()
        matches = {str(text): _NUMERAL.fullmatch(str(text)) for text in counts.index[:2000]}
        read = {text: match for text, match in matches.items() if match}
        written = sum(bool(match["sign"] or match["unit"]) for match in read.values())
        if len(matches) >= MIN_DISTINCT and len(read) >= SHARE * len(matches) and written >= len(read) / 4:
            n_hit = int(sum(counts.get(text, 0) for text in read))
            found.append(_write(evidence, name, list(read), (n_hit, int(counts.sum()))))
    return found


def _write(evidence: Evidence, name: str, texts: list[str], counts: tuple[int, int]) -> Claim:
    """Say that a column holds numbers."""
    n_hit, n = counts
    odd = next((text for text in texts if "," in text or text.strip()[-1:].isalpha()), texts[0])
    plain = next((text for text in texts if text != odd), odd)
    sentence = (
        f"{cut(name)} holds numbers kept as text in {n_hit:,} of {n:,} rows, written in more than one way, such as "
        f"'{plain}' and '{odd}'."
    )
    method = "form of the different values"
    return claim_share(evidence, Finding("numbers_as_text", "warning", (name,), sentence, n_hit, n, method))
