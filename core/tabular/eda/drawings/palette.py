"""The project's colours for pictures, light and dark, and names made fit for a picture.

The values are those of ``.streamlit/config.toml``; a test compares them. The light ones are the report's.

Left out: scripts that Matplotlib's own font lacks: such a character is drawn as a box.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from core.datasets.fixes.wording import cut

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

N_CLASSES = 7
BOX = "\u25a1"
LETTERS_PER_INCH = 9.5  # of a bold title at 11 points


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by their meaning, as hexadecimal codes."""

    paper: str
    ink: str
    soft: str
    rule: str
    classes: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]

    def find_class(self, place: int) -> str:
        """Return the colour of a class by its place; seven repeat."""
        return self.classes[place % N_CLASSES]

    def make_map(self, name: Literal["sequential", "diverging"]) -> LinearSegmentedColormap:
        """Make a continuous scale."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(name, list(getattr(self, name)))


DARK = Palette(
    "#030507", "#E9EEF3", "#B7C1CC", "#2A343F",
    ("#58AAF3", "#F1A535", "#B24E9C", "#6FE6E8", "#FAF08A", "#A8877F", "#5468EA", "#77828F", "#4FD3A5", "#F0764E"),
    ("#0A1622", "#0C263E", "#0E3659", "#114976", "#165D95", "#2273B2", "#3B8ACB", "#5FA3DE", "#8CBFEE", "#C3DFFA"),
    ("#F6A063", "#DD7E3A", "#B95510", "#84400F", "#3B2112", "#10263A", "#114976", "#1F6FB5", "#4A98DD", "#8CC6FA"),
)  # fmt: skip


def find_palette(theme: Literal["light", "dark"]) -> Palette:
    """Return the colours of a theme.

    Examples
    --------
    >>> find_palette("light").find_class(0), find_palette("dark").find_class(7)
    ('#0B69B7', '#58AAF3')
    """
    if theme == "dark":
        return DARK
    from core.evaluation.report.colors import CATEGORICAL, DIVERGING, SEQUENTIAL

    return Palette("#FFFFFF", "#0F151C", "#5F6B78", "#D5DCE4", CATEGORICAL, SEQUENTIAL, DIVERGING)


def write_label(text: str) -> str:
    r"""Put a name on one line of at most 60 characters that the font has.

    Examples
    --------
    >>> write_label("size\n(mm)"), write_label("\u6f22")
    ('size (mm)', '□')
    """
    known = _list_glyphs()
    return "".join(char if ord(char) in known else BOX for char in cut(" ".join(text.split())))


def write_title(text: str, width: float) -> str:
    """Wrap a finding to at most three lines that fit a picture of some inches."""
    known = _list_glyphs()
    flat = "".join(char if ord(char) in known else BOX for char in " ".join(text.split()))
    return "\n".join(textwrap.wrap(flat, max(int(LETTERS_PER_INCH * width), 16), max_lines=3, placeholder=" …"))


@lru_cache(maxsize=1)
def _list_glyphs() -> frozenset[int]:
    """List the characters of the font that comes with Matplotlib."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
