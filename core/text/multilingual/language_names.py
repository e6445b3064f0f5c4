"""What the languages are called in each language of the page.

Left out: grammar; a name stands alone or after a word that takes any.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.text.multilingual.languages import find_language

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("language_names.toml")
COLUMNS = ("es", "fr", "de", "pt", "zh")


@lru_cache(maxsize=1)
def load_names(file: Path = FILE) -> Mapping[str, Mapping[str, str]]:
    """Read the names by language of the page and code."""
    rows: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {column: {code: names[at] for code, names in rows.items()} for at, column in enumerate(COLUMNS)}


def name_language(code: str, interface: str = "en") -> str:
    """Name a language in a language of the page.

    Raises
    ------
    DataError
        If there is no such language.

    Examples
    --------
    >>> name_language("de", "fr"), name_language("de")
    ('allemand', 'German')
    """
    language = find_language(code)
    return language.name if interface == "en" else load_names()[interface][language.code]
