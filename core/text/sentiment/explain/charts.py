"""Charts of explanations: the words of one text, several methods beside each other, and how near the steps have come.

Left out: charts of the checks (``check_charts``) and of attention (``attention_view``); colours and layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.metrics import open_sentence
from core.hub.charts import Chart, Mark, Role
from core.text.sentiment.explain.flips import HALF, Duel
from core.text.sentiment.explain.result import UNIT, WordEffects
from core.text.sentiment.explain.words import Word

MOST_SHOWN = 40
SHARE = "share of attention"


def words_chart(effects: WordEffects) -> Chart:
    """Draw the effect of each word in the order of the text; of a long one the 40 largest.

    Examples
    --------
    >>> from core.text.sentiment.explain.words import split_words
    >>> found = WordEffects("occlusion", split_words("a dull film"), np.array([0.1, -2.0, 0.2]), answer=-1.5)
    >>> words_chart(found).title
    '“dull” speaks most against positive, by 2.00 log-odds; the answer is −1.50'
    """
    rows = np.sort(effects.order[:MOST_SHOWN])
    names = name_words([effects.words[row] for row in rows], rows)
    first = int(effects.order[0])
    word, value = effects.words[first].text, float(effects.values[first])
    title = f"“{word}” gets the most attention, {value:.0%}"
    if effects.is_signed:
        title = f"“{word}” speaks most {'for' if value > 0 else 'against'} positive, by {abs(value):.2f} log-odds"
        title += f"; the answer is {_show(effects.answer)}" if np.isfinite(effects.answer) else ""
        title = "No word moves the answer" if value == 0 else title
    told = "; ".join(f"{name} {_show(effects.values[row])}" for name, row in zip(names, rows, strict=True))
    bars = ", 95% error bars" if effects.low is not None else ""
    label = f"Effect in {UNIT}{bars}" if effects.is_signed else open_sentence(SHARE)
    return Chart(title, f"{label}: {effects.method}", "", _draw_bars(effects, rows, names), alt=f"{title}. {told}.")


def methods_chart(found: Sequence[WordEffects]) -> Chart:
    """Draw several methods on one text, words down and methods across, each as a share of its own largest effect.

    Raises
    ------
    ValueError
        If there is none, or they are of different texts.

    Examples
    --------
    >>> from core.text.sentiment.explain.words import split_words
    >>> words = split_words("a dull film")
    >>> pair = [WordEffects(name, words, np.array([0.1, -2.0, sign])) for name, sign in (("one", 0.2), ("two", 4.0))]
    >>> methods_chart(pair).title
    '2 methods name 2 different words first: “dull”, “film”'
    """
    if not found or any(each.words != found[0].words for each in found):
        message = f"there are {len(found)} explanations; give at least one, all of the same text"
        raise ValueError(message)
    table = np.stack([each.values / (np.abs(each.values).max() or 1.0) for each in found], axis=1)
    rows = np.sort(np.argsort(-np.abs(table).max(axis=1), kind="stable")[:MOST_SHOWN])
    names = name_words([found[0].words[row] for row in rows], rows)
    firsts = list(dict.fromkeys(int(each.order[0]) for each in found))
    told = ", ".join(f"“{found[0].words[row].text}”" for row in firsts)
    title = f"{len(found)} methods name {len(firsts)} different words first: {told}"
    if len(firsts) == 1:
        title = f"All {len(found)} methods name {told} first"
    methods = np.array([open_sentence(each.method) for each in found], dtype=object)
    cells = Mark("heatmap", methods, names, "effect as a share of the method's largest", z=table[rows])
    each_told = "; ".join(f"{each.method}: {each.words[int(each.order[0])].text}" for each in found)
    return Chart(title, "", "", (cells,), alt=f"{title}. First word of {each_told}.")


def steps_chart(effects: WordEffects) -> Chart:
    """Draw how much of the answer's move integrated gradients still miss, by number of steps.

    Raises
    ------
    ValueError
        If the method took no steps.

    Examples
    --------
    >>> from core.text.sentiment.explain.words import split_words
    >>> words, steps = split_words("dull"), ((1, 0.8), (2, 0.1))
    >>> found = WordEffects("integrated gradients", words, np.array([-2.0]), 0.5, -1.5, steps=steps)
    >>> steps_chart(found).title
    'After 2 steps 0.100 of a move of 2.00 is missing: 5.0%'
    """
    if not effects.steps:
        message = f"{effects.method} takes no steps; draw those of integrated gradients"
        raise ValueError(message)
    steps, gaps = (np.array(each, dtype=np.float64) for each in zip(*effects.steps, strict=True))
    move = abs(effects.answer - effects.base)
    title = f"After {steps[-1]:.0f} steps {gaps[-1]:.3f} of a move of {move:.2f} is missing"
    title += f": {gaps[-1] / move:.1%}" if move > 0 else ""
    line = Mark("line", steps, gaps, "completeness gap")
    points = Mark("points", steps, gaps)
    told = "; ".join(f"{step:.0f} steps {gap:.3f}" for step, gap in zip(steps, gaps, strict=True))
    return Chart(title, "Steps", f"Gap in {UNIT}", (line, points), alt=f"{title}. {told}.", x_log=True)


def duel_chart(duel: Duel, titles: Mapping[str, str] | None = None) -> Chart:
    """Draw what each classifier says of the text, and of the texts that turn each of them.

    Parameters
    ----------
    titles : mapping of classifier to str, optional
        Their names on screen.
    """
    shown = {name: (titles or {}).get(name, name) for name in duel.shares}
    names = np.array(list(shown.values()), dtype=object)
    marks = [Mark("bars", names, np.array(list(duel.shares.values())), "the text as it is", "main")]
    for place, (owner, flip) in enumerate(duel.flips.items()):
        if flip.turned:
            told = ", ".join(change.told for change in flip.changes)
            values = np.array([duel.crossed[owner, other] for other in duel.shares])
            marks.append(Mark("bars", names, values, told, "class", place + 1))
    marks.append(Mark("line", names[[0, -1]], np.full(2, HALF), role="baseline", dash=True))
    title = _say_duel(duel, shown)
    said = "; ".join(f"{shown[name]} {share:.0%}" for name, share in duel.shares.items())
    return Chart(
        title, "", "Probability of positive", tuple(marks), alt=f"{title}. {said}.", y_range=(0.0, 1.0), y_percent=True
    )


def name_words(words: Sequence[Word], places: Sequence[int] | NDArray[np.intp]) -> NDArray[np.object_]:
    """Name words for an axis, numbered so that no two are alike."""
    return np.array([f"{place + 1} {word.text}" for word, place in zip(words, places, strict=True)], dtype=object)


def _say_duel(duel: Duel, shown: Mapping[str, str]) -> str:
    """Say whether the classifiers agree, and whom a change turns."""
    said = "All say the same" if duel.agree else "They disagree"
    for owner, flip in duel.flips.items():
        if flip.turned:
            others = [shown[name] for name in duel.shares if name != owner and duel.turns(owner, name)]
            told = ", ".join(change.told for change in flip.changes)
            return f"{said}; {told} turns {shown[owner]}" + (f" and {', '.join(others)}" if others else " alone")
    return f"{said}; no small change of words turns any"


def _draw_bars(effects: WordEffects, rows: NDArray[np.intp], names: NDArray[np.object_]) -> tuple[Mark, ...]:
    """Make a mark of each sign; the line at zero comes first and keeps the words in their order."""
    values = effects.values[rows]
    ends = [None if end is None else end[rows] for end in (effects.low, effects.high)]
    kinds: tuple[tuple[str, Role, NDArray[np.bool_]], ...] = (
        ("speaks for positive", "good", values >= 0),
        ("speaks against", "bad", values < 0),
    )
    if not effects.is_signed:
        kinds = ((SHARE, "main", np.ones(len(values), dtype=bool)),)
    bars = [
        Mark("bars", values[there], names[there], name, role, low=_take(ends[0], there), high=_take(ends[1], there))
        for name, role, there in kinds
        if there.any()
    ]
    return (Mark("line", np.zeros(len(names)), names, role="muted"), *bars)


def _take(values: NDArray[np.float64] | None, there: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Take some of the ends of error bars, where there are any."""
    return None if values is None else values[there]


def _show(value: float) -> str:
    """Write a number with two digits after the point, and a true minus."""
    return f"{value:.2f}".replace("-", "−")
