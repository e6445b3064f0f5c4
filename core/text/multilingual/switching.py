"""Make training texts wear other languages: words swapped by dictionary, marks of tweets, faces for smileys.

No translator at hand reaches German, Arabic or Hindi, so some words of an English text are replaced by what FreeDict
gives for them (code switching, Qin et al. 2020, https://www.ijcai.org/proceedings/2020/533): the network learns that
both words lead to one answer. Word order and grammar stay English.

Left out: choosing a word's sense by its neighbours; inflection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text.multilingual.word_space_build import fetch_dictionary, read_dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

DICTIONARIES: Mapping[str, str] = {"de": "eng-deu", "ar": "eng-ara", "hi": "eng-hin"}
SWITCHED, MARKED, SMILED = 0.6, 0.25, 0.5
"""Share of a text's known words that are swapped, of texts that get a tweet's marks, of smileys that become faces."""
STRONG, FACED = 1.2, 0.15
"""A rating this far from 0 may get a face behind its text, in this share of texts."""
GLAD = ("😀", "😊", "😍", "🥰", "👍", "🎉", "💕", "😘", "🙌", "😁")
CROSS = ("😢", "😡", "😞", "👎", "💔", "😠", "😒", "🤮", "😩", "🙄")
_WORD = re.compile(r"^([^\w@#]*)([A-Za-z']+)(\W*)$")
_SMILE, _FROWN = re.compile(r"(?<!\w)[:;=]-?[)D](?!\w)"), re.compile(r"(?<!\w)[:=]'?-?\((?!\w)")


def load_dictionary(language: str) -> dict[str, str]:
    """Read the first translation of each English word, from the installed dictionary or Debian's package.

    Raises
    ------
    UnavailableError
        If it is not installed and cannot be downloaded.
    """
    found: dict[str, str] = {}
    for head, word in read_dictionary(*fetch_dictionary(DICTIONARIES[language])):
        found.setdefault(head, word)
    return found


def switch_words(text: str, words: Mapping[str, str], rng: np.random.Generator, share: float = SWITCHED) -> str:
    """Replace a share of the words that a dictionary knows; mentions and hashtags stay.

    Examples
    --------
    >>> import numpy as np
    >>> switch_words("Good film, @anna!", {"good": "gut", "film": "Film"}, np.random.default_rng(0), share=1.0)
    'gut Film, @anna!'
    """
    parts = []
    for part in text.split():
        found = _WORD.match(part)
        if found and rng.random() < share:
            before, word, after = found.groups()
            low = word.lower()
            other = words.get(low) or words.get(low.removesuffix("s"))
            parts.append(f"{before}{other}{after}" if other else part)
        else:
            parts.append(part)
    return " ".join(parts)


def mark_tweet(text: str, rng: np.random.Generator) -> str:
    """Put a mention before some texts and a link behind some, masked as tweets' research sets mask them."""
    before = "@user " if rng.random() < MARKED else ""
    return before + text + (" http" if rng.random() < MARKED / 2 else "")


def add_faces(text: str, rating: float, rng: np.random.Generator) -> str:
    """Turn some smileys into faces, and put a face behind some strongly rated texts.

    Examples
    --------
    >>> import numpy as np
    >>> add_faces("Nice :)", 0.2, np.random.default_rng(3))
    'Nice 😊'
    """
    plain = _replace(_replace(text, _SMILE, GLAD, rng), _FROWN, CROSS, rng)
    if abs(rating) > STRONG and rng.random() < FACED:
        plain += " " + str(rng.choice(GLAD if rating > 0 else CROSS)) * int(rng.integers(1, 4))
    return plain


def _replace(text: str, pattern: re.Pattern[str], faces: Sequence[str], rng: np.random.Generator) -> str:
    """Replace some matches by a face."""
    return pattern.sub(lambda found: str(rng.choice(faces)) if rng.random() < SMILED else found[0], text)
