"""Everything a table lets us claim, each claim computed, with its effect, its interval and its false-discovery rate.

Left out: drawing and printing the claims; cleaning the table.
"""

from core.tabular.eda.claims.find import find_claims

__all__ = ["find_claims"]
