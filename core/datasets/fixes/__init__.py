"""What a button can do to a table, applied without ever changing the table that was there."""

from core.datasets.fixes.apply import Fix, FixKind, apply_fix

__all__ = ["Fix", "FixKind", "apply_fix"]
