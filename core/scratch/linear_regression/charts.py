"""Charts of a run: its walks, coefficients, residuals, influential rows, answers, and the certified digits.

Left out: the cost surface (``valley``) and the lessons' figures (``figures``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.hub.charts import Chart, Mark, Role
from core.scratch.linear_regression.diagnostics import measure_cook, standardise_residuals
from core.scratch.linear_regression.inference import Inference
from core.scratch.linear_regression.model import Model, find_reach
from core.scratch.linear_regression.nist import Digits

MAX_POINTS, MAX_NAMES = 1_500, 20
LEVEL = 0.05
FAR = 10.0  # an interval so many times as long as the clear ones' is cut
NO_ERROR = 1e-20  # of the target's variance
EXACT = "The line meets every row to rounding: what is left is no scatter"
LARGE_RESIDUAL = 3.0
COOK_LEVELS = (0.5, 1.0)
ROLES: tuple[Role, ...] = ("main", "second", "third")


def walk_chart(model: Model) -> Chart | None:
    """Draw the error of each walk by epoch above that of the solved line; None where nothing was walked to."""
    walks = {name: line for name, line in model.lines.items() if len(line.losses) > 1}
    if not walks:
        return None
    residuals, spread = model.infer("classical").residuals, float(model.y.var())
    least = float(residuals @ residuals) / len(residuals)
    # A line that meets every row leaves nothing to take a share of: then the target's variance is the measure.
    base = least if least > NO_ERROR * spread else spread
    marks = []
    ends = {}
    for role, (name, line) in zip(ROLES, walks.items(), strict=False):
        # Rows kept aside make the walk's own rows fewer, whose least error may lie below that of all rows.
        above = np.maximum((line.losses - least) / base, 1e-12)
        kept = np.unique(np.linspace(0, len(above) - 1, min(len(above), 400)).round().astype(int))
        marks.append(Mark("line", line.epochs[kept], above[kept], name, role))
        ends[name] = float(above[-1])
    nearest = min(ends, key=ends.__getitem__)
    title = f"{nearest.capitalize()} comes nearest: {_show_share(ends[nearest])} above the least error"
    if base is spread:
        title = f"{nearest.capitalize()} comes nearest: {_show_share(ends[nearest])} of the variance is left"
    told = ", ".join(f"{name} {_show_share(value)}" for name, value in ends.items())
    label = "Error above the least, as a share"
    return Chart(title, "Epoch", label, tuple(marks), alt=f"{title}. {told}.", y_log=True)


def _show_share(value: float) -> str:
    """Write a small share."""
    return f"{value:.2%}" if value >= 1e-4 else f"{value:.0e}"  # noqa: PLR2004 below a hundredth of a percent


def coefficient_chart(model: Model, found: Inference) -> Chart:
    """Draw what one standard deviation of each term adds to the answer, with 95% intervals: the clear ones on top."""
    scale = model.x.std(axis=0)
    effects = found.coefficients[1:] * scale
    # Those that are told from 0 come first, each part by size.
    order = np.lexsort((-np.abs(effects), found.p_values[1:] >= LEVEL))[:MAX_NAMES]
    names = np.array([model.schema.terms[place].name for place in order], dtype=object)
    low, high = found.low[1:] * scale, found.high[1:] * scale
    clear, told = (found.p_values[1:] < LEVEL)[order], ~np.isnan(found.p_values[1:])[order]
    marks = []
    kinds = (
        ("main", "differs from 0", clear),
        ("muted", "may be 0", ~clear & told),
        ("muted", "no error can be told", ~told),
    )
    for role, text, keep in kinds:
        if keep.any():
            rows = order[keep]
            marks.append(
                Mark("points", effects[rows], names[keep], text, role, low=low[rows], high=high[rows], size=11.0)  # type: ignore[arg-type]
            )
    marks.append(Mark("line", np.zeros(2), names[[0, -1]], role="baseline", dash=True))
    span, beyond = _find_span(low[order][told], high[order][told], clear[told])
    n_clear = int((found.p_values[1:] < LEVEL).sum())
    title = f"{n_clear} of {len(effects)} coefficients differ from 0 at the 5% level ({found.errors} errors)"
    title += f"; {beyond} intervals reach far beyond the picture" if beyond else ""
    label = f"Change of {model.schema.target} for one standard deviation"
    alt = f"{title}; largest: {names[0]} {effects[order[0]]:.3g}."
    return Chart(title, label, "", tuple(marks), alt=alt, x_range=span)


def _find_span(low: np.ndarray, high: np.ndarray, clear: np.ndarray) -> tuple[tuple[float, float] | None, int]:
    """Cut the picture to the clear effects where a vague one would press them flat; count those that reach beyond."""
    reach = np.maximum(np.abs(low), np.abs(high))
    if not clear.any() or reach.max() <= FAR * reach[clear].max():
        return None, 0
    edge = 2.0 * float(reach[clear].max())
    return (-edge, edge), int((reach > edge).sum())


def residual_chart(model: Model, found: Inference) -> Chart:
    """Draw what each training row misses by against its fitted value: a shape here is what a line cannot say."""
    scaled = standardise_residuals(found)
    kept = _sample(len(scaled))
    low, high = (np.abs(scaled[half]).mean() for half in np.array_split(np.argsort(found.fitted), 2))
    n_large = int((np.abs(scaled) > LARGE_RESIDUAL).sum())
    ratio = float(high / low) if low > 0 else 1.0
    title = f"Rows scatter {ratio:.1f} times as much where answers are high; {n_large} miss by over 3 deviations"
    title = EXACT if found.is_exact else title
    zero = Mark("line", np.array([found.fitted.min(), found.fitted.max()]), np.zeros(2), role="baseline", dash=True)
    dots = Mark("points", found.fitted[kept], scaled[kept], size=5.0)
    return Chart(title, f"Fitted {model.schema.target}", "Miss, in standard deviations", (zero, dots), alt=f"{title}.")


def _sample(n_rows: int) -> np.ndarray:
    """Choose at most 1,500 rows to draw."""
    if n_rows <= MAX_POINTS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, MAX_POINTS, replace=False))


def influence_chart(found: Inference, rows: np.ndarray) -> Chart:
    """Draw each training row's miss against its leverage, with the lines on which Cook's distance is 0.5 and 1.

    Parameters
    ----------
    rows : int array of shape (n_train,)
        Position of each training row in the table, from 0.
    """
    scaled, cook = standardise_residuals(found), measure_cook(found)
    n_columns, most = len(found.coefficients), int(cook.argmax())
    kept = np.unique(np.concatenate([_sample(len(cook)), [most]]))
    text = tuple(f"row {rows[i] + 1}: Cook's distance {cook[i]:.3f}" for i in kept)
    marks = [Mark("points", found.leverage[kept], scaled[kept], "rows", text=text, size=5.0)]
    reach = float(found.leverage.max())
    grid = np.linspace(max(reach / 50, 1e-6), min(max(1.2 * reach, 1e-5), 0.99), 60)
    top = 1.1 * max(float(np.abs(scaled).max()), LARGE_RESIDUAL)
    for level, role in zip(COOK_LEVELS, ("second", "bad"), strict=True):
        edge = np.sqrt(level * n_columns * (1 - grid) / grid)
        seen = edge < top
        for sign in (1, -1):
            if seen.any():
                name = f"Cook's distance {level:g}" if sign == 1 else ""
                marks.append(Mark("line", grid[seen], sign * edge[seen], name, role, dash=True))  # type: ignore[arg-type]
    title = f"Row {rows[most] + 1} bends the line most: Cook's distance {cook[most]:.2g}"
    verdict = "more than 1 is much" if cook[most] > 1 else "none comes near 1" if cook[most] < COOK_LEVELS[0] else ""
    title += f"; {verdict}" if verdict else ""
    title = EXACT if found.is_exact else title
    span = (-top, top)
    return Chart(title, "Leverage", "Miss, in standard deviations", tuple(marks), alt=f"{title}.", y_range=span)


def answer_chart(model: Model, name: str) -> Chart:
    """Draw a line's answers on the test rows against the truth, with their prediction intervals' share that holds."""
    held_out = model.held_out
    answers, (reach, _) = held_out.answers[name], find_reach(model, name, held_out.x)
    inside = np.abs(answers - held_out.y) <= reach
    kept = _sample(len(answers))
    ends = np.array([min(answers.min(), held_out.y.min()), max(answers.max(), held_out.y.max())])
    marks = [Mark("line", ends, ends, "right", "baseline", dash=True)]
    for role, text, keep in (("main", "inside its interval", inside), ("bad", "outside", ~inside)):
        rows = kept[keep[kept]]
        if len(rows):
            marks.append(Mark("points", answers[rows], held_out.y[rows], text, role, size=6.0))  # type: ignore[arg-type]
    title = f"{inside.sum()} of {len(inside)} test rows lie inside their {model.recipe.coverage:.0%} interval"
    target = model.schema.target
    return Chart(title, f"Answer of {name}", f"True {target}", tuple(marks), alt=f"{title}.")


def digits_chart(found: Mapping[str, Sequence[Digits]]) -> Chart:
    """Draw how many certified digits each method gets right on each of NIST's sets.

    Parameters
    ----------
    found : mapping of method to its digits
        The first is ours.
    """
    names = np.array([each.name for each in next(iter(found.values()))], dtype=object)
    marks = tuple(
        Mark("points", np.array([each.worst for each in digits]), names, method, "class", place, size=11.0)
        for place, (method, digits) in enumerate(found.items())
    )
    worst = {method: min(digits, key=lambda each: each.worst) for method, digits in found.items()}
    first = next(iter(found))
    title = f"{first} keeps {worst[first].worst:.1f} of 15 certified digits on every set"
    told = "; ".join(f"{method} {each.worst:.1f} on {each.name}" for method, each in worst.items())
    return Chart(
        title, "Right digits of the worst figure", "", marks, alt=f"{title}. Worst: {told}.", x_range=(-0.5, 15.5)
    )
