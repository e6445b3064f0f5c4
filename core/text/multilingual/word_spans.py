"""Where the words of a text stand, in any script: runs between spaces, single signs in Chinese and Japanese.

Left out: words of Thai and Lao, which no space parts either, and dictionaries for them.
"""

from __future__ import annotations

import re

_PART = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def split_words(text: str) -> list[tuple[int, int]]:
    """Return where each word starts and ends, in characters.

    Examples
    --------
    >>> split_words("so good 很好")
    [(0, 2), (3, 7), (8, 9), (9, 10)]
    """
    return [found.span() for found in _PART.finditer(text)]
