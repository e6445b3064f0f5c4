"""The bundled trials: what was drawn by lot, what was published, and what may and may not be used to adjust.

Left out: the tables' sources and licences, which are their rows of ``data/catalogue.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.experimentation.ab_testing.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Trial:
    """A bundled trial.

    Parameters
    ----------
    plan : mapping of field to text
        What fills the blanks of a Recipe.
    after : tuple of str
        Columns measured after assignment, which may adjust nothing.
    published : str
        What its authors, or those who use it, report.
    """

    title: str
    question: str
    plan: Mapping[str, str]
    after: tuple[str, ...]
    published: str


TRIALS: dict[str, Trial] = {
    "resumes": Trial(
        "Résumés with white and black names",
        "Is a résumé with a white name called back more often than one with a black name?",
        {"metric": "callback", "arm": "sounds", "first": "white", "second": "black", "split": "50:50"},
        (),
        "9.65% against 6.45% were called back (Bertrand and Mullainathan 2004, table 1)",
    ),
    "lalonde": Trial(
        "Job training, the NSW trial",
        "Does a year of job training raise earnings?",
        {"metric": "re78", "arm": "group", "first": "training", "second": "control", "split": "unknown"},
        (),
        "1,794 dollars more in 1978 (Dehejia and Wahba 1999, table 4)",
    ),
    "star": Trial(
        "Class size, Project STAR",
        "Do pupils in small classes learn more than in regular ones?",
        {"metric": "score_3", "arm": "class_3", "first": "small", "second": "regular", "split": "unknown"},
        ("score_k", "score_1", "score_2"),
        "about a fifth of a standard deviation in each grade (Krueger 1999)",
    ),
    "thornton": Trial(
        "Money for learning an HIV result",
        "Does a little money make people fetch their test result?",
        {"metric": "learned", "arm": "offer", "first": "money", "second": "none", "split": "unknown"},
        (),
        "34% without money, 79% with any (Thornton 2008)",
    ),
}


def fill_plan(recipe: Recipe) -> Recipe:
    """Fill the blanks of a plan with the bundled trial's own.

    Examples
    --------
    >>> fill_plan(Recipe(trial="lalonde")).metric
    're78'
    """
    own = {name: text for name, text in TRIALS[recipe.trial].plan.items() if not getattr(recipe, name)}
    return replace(recipe, **own)  # type: ignore[arg-type]
