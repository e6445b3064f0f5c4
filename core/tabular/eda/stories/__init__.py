"""Five case studies told as stories: each finding is a computed sentence, the claim behind it and the chart beside it.

``STORIES`` holds them, :func:`find_told` finds the one of a table, :func:`tell` tells it, :func:`figures` measures what
stands at the top of its dashboard.

Left out: the look of a dashboard, which is the page's; findings about any table (``core.tabular.eda.claims``).
"""

from __future__ import annotations

from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.stories.ames import AMES
from core.tabular.eda.stories.gapminder import GAPMINDER
from core.tabular.eda.stories.iris import IRIS
from core.tabular.eda.stories.penguins import PENGUINS
from core.tabular.eda.stories.story import Figure, Finding, Story, figures, tell
from core.tabular.eda.stories.titanic import TITANIC

STORIES: tuple[Story, ...] = (TITANIC, IRIS, AMES, PENGUINS, GAPMINDER)

__all__ = ["STORIES", "Figure", "Finding", "Story", "figures", "find_story", "find_told", "tell"]


def find_story(slug: str) -> Story:
    """Return a story by its short name.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> find_story("gapminder").title
    'Life and income of nations'
    """
    for story in STORIES:
        if story.slug == slug:
            return story
    message = f"there is no story {slug!r}; choose one of {', '.join(story.slug for story in STORIES)}"
    raise DataError(message)


def find_told(table: Table) -> Story | None:
    """Return the story that is told of a table: of a bundled one as it is, none of an upload or a changed table.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> find_told(load_table("ames")).slug, find_told(load_table("wine"))
    ('ames', None)
    """
    from core.datasets.catalogue import find_entry

    if table.origin != "bundled":
        return None
    return next((story for story in STORIES if table.sha256 == find_entry(story.table).sha256), None)
