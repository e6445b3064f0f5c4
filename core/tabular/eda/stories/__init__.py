"""Five case studies told as stories: each finding is a computed sentence, the claim behind it and the chart beside it.

``STORIES`` holds them, :func:`tell` tells one of a table, :func:`figures` measures what stands at the top of its
dashboard.

Left out: the look of a dashboard, which is the page's; findings about any table (``core.tabular.eda.claims``).
"""

from __future__ import annotations

from core.hub.errors import DataError
from core.tabular.eda.stories.ames import AMES
from core.tabular.eda.stories.gapminder import GAPMINDER
from core.tabular.eda.stories.iris import IRIS
from core.tabular.eda.stories.penguins import PENGUINS
from core.tabular.eda.stories.story import Figure, Finding, Story, figures, tell
from core.tabular.eda.stories.titanic import TITANIC

STORIES: tuple[Story, ...] = (TITANIC, IRIS, AMES, PENGUINS, GAPMINDER)

__all__ = ["STORIES", "Figure", "Finding", "Story", "figures", "find_story", "tell"]


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
