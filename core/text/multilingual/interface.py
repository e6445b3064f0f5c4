"""The page's words in six languages: English, Spanish, French, German, Portuguese and Chinese.

They lie in ``interface.toml``, a table a language with the same keys and the same placeholders in each; a test holds
that. A missing word is a programmer's mistake and never falls back to English unseen.

Left out: lessons and model cards, which are in English.
"""

from __future__ import annotations

import string
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

InterfaceLanguage = Literal["en", "es", "fr", "de", "pt", "zh"]
INTERFACE_LANGUAGES: Mapping[InterfaceLanguage, str] = {
    "en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "pt": "Português", "zh": "中文",
}  # fmt: skip
FILE = Path(__file__).with_name("interface.toml")


@lru_cache(maxsize=1)
def load_interface(file: Path = FILE) -> Mapping[str, Mapping[str, str]]:
    """Read every language's words.

    Examples
    --------
    >>> load_interface()["de"]["tab_learn"]
    'Lernen'
    """
    return tomllib.loads(file.read_text(encoding="utf-8"))


def say(key: str, language: str = "en", /, **values: object) -> str:
    """Return one of the page's words in a language, its placeholders filled.

    Parameters
    ----------
    key : str
        Such as ``language_found``.
    language : str
        One of ``INTERFACE_LANGUAGES``.
    values
        What stands in place of each placeholder.

    Raises
    ------
    ValueError
        If there is no such key, or a placeholder gets no value.

    Examples
    --------
    >>> say("language_found", "es", language="francés", share="98%")
    'El texto está en francés (98%).'
    """
    try:
        return load_interface()[language][key].format(**values)
    except KeyError as error:
        message = f"the interface has no {error} for {key} in {language}"
        raise ValueError(message) from error


def find_gaps(words: Mapping[str, Mapping[str, str]]) -> list[str]:
    """List what the languages lack beside English: keys, placeholders, words.

    Examples
    --------
    >>> find_gaps({"en": {"a": "{n} rows"}, "es": {"a": "filas"}})
    ['es.a has the placeholders [], English has [n]']
    """
    gaps = []
    for language, table in words.items():
        gaps += [f"{language} lacks {key}" for key in words["en"] if not table.get(key, "").strip()]
        gaps += [f"{language}.{key} is not in English" for key in table if key not in words["en"]]
        for key in table:
            own, english = (list_placeholders(each.get(key, "")) for each in (table, words["en"]))
            if key in words["en"] and own != english:
                shown = f"[{', '.join(own)}], English has [{', '.join(english)}]"
                gaps.append(f"{language}.{key} has the placeholders {shown}")
    return gaps


def list_placeholders(text: str) -> list[str]:
    """List the names in braces, sorted."""
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
