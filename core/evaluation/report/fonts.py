"""The report's embedded typeface, and user text made safe for it.

Bitstream Vera ships with ReportLab under a free licence; it covers Western European letters and some of Central Europe.
A Latin letter that it lacks is printed as its base letter, any other character as a box; either is noted.

Left out: right-to-left and East Asian scripts, which need fonts of their own.
"""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Vera", "Vera-Bold"
BOX = "\u25a1"  # not in the font either: ReportLab draws the font's own empty box
_FILES = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf"}


def register_fonts() -> None:
    """Load the typeface once per process and tie its bold face to ``<b>``."""
    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, file))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


class Wording:
    """Turns user text into printable text, and remembers whether it had to replace a character."""

    def __init__(self) -> None:
        register_fonts()
        self._known = frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)
        self.n_replaced = 0

    def clean(self, text: object, length: int | None = None) -> str:
        """Put text on one line in characters that the font has; cut it to ``length``.

        Examples
        --------
        >>> words = Wording()
        >>> words.clean("Turán řeka"), words.clean("abcdef", 4), words.n_replaced
        ('Turán reka', 'abc…', 1)
        """
        flat = " ".join(unicodedata.normalize("NFC", str(text)).split())
        if length is not None and len(flat) > length:
            flat = flat[: length - 1].rstrip() + "…"
        if flat.isascii() and flat.isprintable():
            return flat
        return "".join(char if ord(char) in self._known else self._replace(char) for char in flat)

    def markup(self, text: object, length: int | None = None) -> str:
        """Clean text and escape it for a ReportLab paragraph, so that ``<b>`` is printed as ``<b>``.

        Examples
        --------
        >>> Wording().markup("<b>size</b> & weight")
        '&lt;b&gt;size&lt;/b&gt; &amp; weight'
        """
        return escape(self.clean(text, length))

    def _replace(self, char: str) -> str:
        """Give the base letter of a Latin letter, nothing for an invisible mark, else a box."""
        self.n_replaced += 1
        base = unicodedata.normalize("NFD", char)[0]
        if base != char and ord(base) in self._known:
            return base
        return "" if unicodedata.category(char) in {"Mn", "Cf"} else BOX


def measure_text(text: str, size: float, font: str = REGULAR) -> float:
    """Return the width of a line of text in points.

    Examples
    --------
    >>> register_fonts()
    >>> round(measure_text("Iris", 10.0), 1)
    15.0
    """
    return float(pdfmetrics.stringWidth(text, font, size))
