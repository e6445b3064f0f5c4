"""A text as Markdown with its words or pieces in colours; nothing in it can format, link or run.

Blue speaks for and orange against, which colour-blind readers can tell apart.

Left out: what a word's effect is, which each project works out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from pages.kit.errors import escape

MOST_SPANS = 400
FOR, AGAINST = "blue", "orange"
WEAK, STRONG = 0.2, 0.6
"""Shares of the strongest effect under which a word stays plain, and from which it is also bold."""
JOINER = "\u2060"  # of words: no width
PIECE_COLOURS = ("blue", "orange", "green", "violet")
Span = tuple[int, int, float]
"""Where a word starts and ends in its text, and its signed effect."""


def colour_words(text: str, spans: Sequence[Span]) -> str:
    r"""Write a text as Markdown in which words that speak for are blue, and those against orange.

    Parameters
    ----------
    spans : sequence of (start, end, effect)
        In the text's order. The strongest are bold; what hardly counts stays plain.

    Examples
    --------
    >>> colour_words("so *good*", [(0, 2, 0.0), (3, 9, 0.4)])
    'so :blue-background[**\\*good\\***]'
    """
    top = max((abs(effect) for _, _, effect in spans), default=0.0) or 1.0
    parts, at = [], 0
    for start, end, effect in spans[:MOST_SPANS]:
        share = abs(effect) / top
        if share < WEAK:  # stays in the plain run, which is escaped as a whole: ":red[x]" is three words
            continue
        word, colour = escape(text[start:end]), FOR if effect > 0 else AGAINST
        parts.append(_write_gap(text[at:start]))
        parts.append(f":{colour}-background[{f'**{word}**' if share >= STRONG else word}]")
        at = end
    if len(spans) <= MOST_SPANS:
        return "".join(parts) + _write_gap(text[at:])
    return "".join(parts) + _write_gap(text[at : spans[MOST_SPANS - 1][1]]) + f" … (+{len(spans) - MOST_SPANS:,})"


def _write_gap(text: str) -> str:
    """Write what stands between two coloured words; spaces at its ends stay, one each.

    A joiner keeps a bracket at its start, or a colon at its end, from being read as part of a colour.
    """
    if not text.strip():
        return " " if text else ""
    before = " " if text[0].isspace() else JOINER if text[0] in "{(" else ""
    after = " " if text[-1].isspace() else JOINER if text[-1] == ":" else ""
    return f"{before}{escape(text)}{after}"


def colour_pieces(pieces: Sequence[str], unknown: Sequence[int] = ()) -> str:
    r"""Write the pieces of a text as Markdown, side by side in colours that take turns; unknown ones are red.

    Examples
    --------
    >>> colour_pieces(["un", "##able"], unknown=[1])
    ':blue-background[un] :red-background[\\##able]'
    """
    strange = set(unknown)
    parts = [
        f":{'red' if place in strange else colour}-background[{escape(piece) or '␣'}]"
        for place, (piece, colour) in enumerate(zip(pieces[:MOST_SPANS], cycle(PIECE_COLOURS), strict=False))
    ]
    return " ".join(parts) + (f" … (+{len(pieces) - MOST_SPANS:,})" if len(pieces) > MOST_SPANS else "")
