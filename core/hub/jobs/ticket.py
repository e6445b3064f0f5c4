"""The id of a job as one person has it: which job, and the secret of their claim to it.

Equal orders share a job, so the job's own name cannot be what gives power over it. ``Job.id``, which stands in the
page's address, is ``<job>.<token>``: both parts are 128 random bits, and the token belongs to one person's claim. Only
the first part names rows of ``jobs`` and folders, and it alone gives nothing.

Left out: where claims are kept (``claims``).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job and the claim under which it is held.

    Parameters
    ----------
    job : str
        Internal id: of the row and of the folder.
    token : str
        Secret of one person's claim.
    """

    job: str
    token: str

    def to_text(self) -> str:
        """Write it as ``Job.id``."""
        return f"{self.job}.{self.token}"


def make_secret() -> str:
    """Return 128 random bits as 22 characters that fit an address and a folder name."""
    return secrets.token_urlsafe(16)


def read_ticket(text: str) -> Ticket | None:
    """Read a ``Job.id``; None for any other text, which so never reaches the database.

    Examples
    --------
    >>> read_ticket("A" * 22 + "." + "b" * 22).token == "b" * 22
    True
    >>> read_ticket("A" * 22), read_ticket("..%00")
    (None, None)
    """
    found = _FORM.fullmatch(text)
    return None if found is None else Ticket(found[1], found[2])
