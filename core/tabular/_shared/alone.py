"""A module of the hub that travels along with a downloaded model, so that the script there uses the same code.

Left out: modules that lean on others of the hub; what a download needs of those it is given as data.
"""

from __future__ import annotations

from pathlib import Path


def write_alone(module: Path) -> str:
    """Read a module of the hub so that it runs without it: its errors become ``ValueError``.

    Raises
    ------
    ValueError
        If the module has no such import, so that it would not run alone.
    """
    text, line = module.read_text(encoding="utf-8"), "from core.hub.errors import DataError\n"
    if line not in text or text.count("from core.") != 1:
        message = f"{module.name} must import DataError from the hub and nothing else"
        raise ValueError(message)
    return text.replace(line, "DataError = ValueError\n")
