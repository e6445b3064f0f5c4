"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

``STEPS`` are the same methods one mathematical step at a time, a plain sentence beside each.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from dataclasses import dataclass

from core.hub.contract import Lesson, Question
from core.scratch.linear_regression import figures

HERE = "core.scratch.linear_regression"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "line",
        "Mean squared error",
        "A line answers every row and misses most of them. Its misses are squared, so that one of 20 counts four times as much as one of 10, and averaged. Move the line: no other has a smaller mean than the one called least squares.",
        r"\mathrm{MSE}(w) = \frac{1}{n} \sum_{i=1}^{n} (x_i \cdot w - y_i)^2",
        f"{HERE}.descent:mean_squared_error",
        figures.LineControl,
        figures.draw_line,
    ),
    Lesson(
        "surface",
        "Cost surface",
        "Every pair of coefficients has an error: a height above the plane of the two. For the squared error the surface is a bowl with one bottom. Where two columns go together the bowl becomes a long valley, because more of one coefficient can be made up by less of the other.",
        r"\mathrm{MSE}(w) = \mathrm{MSE}(\hat w) + \frac{1}{n} (w - \hat w)^\top X^\top X \, (w - \hat w)",
        f"{HERE}.valley:make_valley",
        figures.SurfaceControl,
        figures.draw_surface,
    ),
    Lesson(
        "normal_equations",
        "Normal equations, QR and SVD",
        "At the bottom the slope is zero in every direction. Written out, that is one equation for each coefficient: the normal equations. They are quick, but multiplying the columns with one another squares their near-dependence, and with it the digits that are lost. QR turns the columns into a triangle by reflections and loses them once. The figure counts the digits that each gets right on sets whose answers are certified to 15.",
        r"X^\top X \hat w = X^\top y, \qquad X = Q R \;\Rightarrow\; R \hat w = Q^\top y",
        f"{HERE}.least_squares:solve_qr",
        figures.DigitsControl,
        figures.draw_digits,
    ),
    Lesson(
        "learning_rate",
        "Gradient descent and the learning rate",
        "The gradient points uphill, so each step goes the other way. Short steps creep. Steps of 1/L, where L is the steepest curvature, always go down. Longer ones jump across the valley and back; from 2/L on each lands higher than the one before, and the walk runs away. It is stopped as soon as its error can no longer be taken seriously, and says so.",
        r"w \leftarrow w - \eta \, \nabla \mathrm{MSE}(w), \qquad \nabla \mathrm{MSE}(w) = \frac{2}{n} X^\top (X w - y)",
        f"{HERE}.descent:find_gradient",
        figures.RateControl,
        figures.draw_rate,
    ),
    Lesson(
        "momentum",
        "Momentum",
        "In a long valley the gradient points mostly across and hardly along it. Momentum adds a share of the last step to the next: what points across keeps changing its sign and cancels, what points along adds up. Too much of it rolls past the bottom and swings back.",
        r"v \leftarrow \beta v - \eta \, \nabla \mathrm{MSE}(w), \qquad w \leftarrow w + v",
        f"{HERE}.descent:descend",
        figures.MomentumControl,
        figures.draw_momentum,
    ),
    Lesson(
        "batches",
        "Batches and schedules",
        "A step may look at all rows, at some, or at one. One row costs little and tells little: an epoch takes hundreds of steps that are right on average. Near the bottom their noise keeps the walk from settling, unless the steps shrink; a schedule says how.",
        r"\eta_t = \eta_0, \quad \eta_0 2^{-\lfloor 4t/T \rfloor}, \quad \frac{\eta_0}{1 + 10 t/T}, \quad \tfrac{1}{2} \eta_0 (1 + \cos \pi t/T)",
        f"{HERE}.descent:scale_rate",
        figures.BatchControl,
        figures.draw_batch,
    ),
    Lesson(
        "ridge",
        "Ridge",
        "Ridge adds λ times the squared coefficients to the squared error. A little of it calms coefficients that two columns fight over; much of it pulls all of them towards zero, the least supported first. It helps where rows are few for the columns, and its intervals are no longer those of least squares.",
        r"\min_w \; \lVert X w - y \rVert^2 + \lambda \lVert w \rVert^2",
        f"{HERE}.least_squares:solve_ridge",
        figures.RidgeControl,
        figures.draw_ridge,
    ),
    Lesson(
        "inference",
        "Standard errors and intervals",
        "Other rows would have given another line. The standard error says how far a coefficient would scatter; the t value is the coefficient in those units, and p how often chance alone would give one as large. An interval at 90% holds the truth for 90 of 100 samples, whichever they are. HC0 to HC3 do not suppose that all rows scatter alike.",
        r"\mathrm{se}(\hat w_j) = \sqrt{s^2 \, (X^\top X)^{-1}_{jj}}, \qquad s^2 = \frac{\lVert y - X \hat w \rVert^2}{n - p}",
        f"{HERE}.inference:infer",
        figures.IntervalControl,
        figures.draw_intervals,
    ),
    Lesson(
        "leverage",
        "Leverage and Cook's distance",
        "A row far from the others in its columns pulls the line towards itself: its leverage is how much of its own fitted value it decides. High leverage does no harm where the row lies on the line. Cook's distance puts leverage and miss together: how far all fitted values move if the row is left out.",
        r"h_i = x_i^\top (X^\top X)^{-1} x_i, \qquad D_i = \frac{e_i^2}{p \, s^2} \, \frac{h_i}{(1 - h_i)^2}",
        f"{HERE}.diagnostics:measure_cook",
        figures.LeverageControl,
        figures.draw_leverage,
    ),
    Lesson(
        "collinearity",
        "Columns that say the same",
        "When two columns go together the data cannot tell which of them is at work: either coefficient may be large if the other is small. Their intervals widen by the square root of the variance inflation factor. Columns that say exactly the same cannot be fitted at all; they are named and left out.",
        r"\mathrm{VIF}_j = \frac{1}{1 - R_j^2}",
        f"{HERE}.dependence:find_dependent",
        figures.CollinearControl,
        figures.draw_collinear,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "Descent on all rows gets worse with every step. What is the likeliest reason?",
        ("The rows are too few.", "The steps are longer than 2/L.", "It has found another bottom."),
        1,
        "The squared error has one bottom. Steps of more than 2/L land higher on the other side than where they began, in the steepest direction; a shorter step mends it.",
    ),
    Question(
        "A column is in the table twice, once in centimetres and once in inches. What happens to its coefficient?",
        (
            "It is not defined: any split between the two fits equally well.",
            "Each of the two gets exactly half.",
            "QR finds the right one.",
        ),
        0,
        "The two columns say the same, so the data cannot prefer a split. The second one is named and left out, and the first has the whole coefficient.",
    ),
    Question(
        "A coefficient is 3.21487 with a standard error of 0.9. How many of its digits should be reported?",
        ("All six: arithmetic in floats keeps 15.", "One: it is about 3.", "None: it may be zero."),
        1,
        "The error of the arithmetic is far below that of the sample. With a standard error of 0.9 the first digit is already in doubt by one; the rest says nothing. The t value of 3.6 still tells it from zero.",
    ),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a method: its formula and what it does in plain words."""

    formula: str
    sentence: str


STEPS: dict[str, tuple[Step, ...]] = {
    "Normal equations": (
        Step(r"e = X w - y", "For any coefficients w each row is missed by some amount: its answer less the truth."),
        Step(r"\tfrac{1}{n} e^\top e", "Square the misses and average them: that is the error to make small."),
        Step(
            r"\tfrac{2}{n} X^\top e = 0",
            "At the least error, changing any coefficient a little changes nothing: the slope is 0.",
        ),
        Step(r"X^\top X \, w = X^\top y", "Written out, that is one equation for each coefficient."),
        Step(r"X^\top X = L L^\top", "Split the left side into a triangle and its mirror image (Cholesky)."),
        Step(
            r"L z = X^\top y, \quad L^\top w = z",
            "With triangles each unknown follows from those known: once down, once up.",
        ),
    ),
    "QR": (
        Step(r"v = x \pm \lVert x \rVert e_1", "Find the mirror that throws the first column onto one axis."),
        Step(r"H = I - 2 v v^\top / v^\top v", "Reflect all columns and the target in it; no length or angle changes."),
        Step(r"H_p \cdots H_1 X = R", "Do so for every column, each time below the last: a triangle is left."),
        Step(r"R w = Q^\top y", "The first p rows can be met exactly, from the last coefficient up."),
        Step(
            r"\lVert (Q^\top y)_{p+1 \dots n} \rVert^2",
            "What stands below cannot be reached by any line: it is the squared error that stays.",
        ),
    ),
    "SVD": (
        Step(r"X = U \Sigma V^\top", "Any columns are a turn, a stretch in perpendicular directions, and a turn."),
        Step(r"U^\top y", "Turn the target the same way: how much of it lies in each direction."),
        Step(
            r"(U^\top y)_i / \sigma_i",
            "Undo the stretch; a direction that is not stretched at all tells nothing and is left at 0.",
        ),
        Step(r"w = V \Sigma^{-1} U^\top y", "Turn back to the columns as they were."),
    ),
    "Ridge": (
        Step(r"\lVert X w - y \rVert^2 + \lambda \lVert w \rVert^2", "Large coefficients now cost something too."),
        Step(
            r"\binom{X}{\sqrt{\lambda} I} w \approx \binom{y}{0}",
            "That is the same as more rows which say that each coefficient is 0.",
        ),
        Step(
            r"w = R^{-1} Q^\top \binom{y}{0}", "So the QR of the longer table solves it; the intercept is not pulled."
        ),
    ),
    "Gradient descent": (
        Step(r"w_0 = 0", "Start somewhere: here with every coefficient 0, the intercept's too."),
        Step(r"g = \tfrac{2}{n} X^\top (X w - y)", "Work out the slope: each coefficient's share in the misses."),
        Step(
            r"L = \tfrac{2}{n} \sigma_{\max}^2(X)",
            "See how steep the bowl is at its steepest; a step of 1/L is sure to go down.",
        ),
        Step(
            r"v \leftarrow \beta v - \eta g, \quad w \leftarrow w + v",
            "Step downhill, with some of the last step added.",
        ),
        Step(
            r"\lVert g \rVert_\infty \le \varepsilon",
            "Stop where it is flat, where rows kept aside get worse, or where it runs away.",
        ),
    ),
    "Standard errors": (
        Step(
            r"s^2 = \lVert y - X w \rVert^2 / (n - p)", "Spread of the misses; p rows are used up by the coefficients."
        ),
        Step(
            r"(X^\top X)^{-1} = R^{-1} R^{-\top}",
            "The triangle of QR also says how firmly the columns hold each coefficient.",
        ),
        Step(
            r"\mathrm{se}_j = s \sqrt{(X^\top X)^{-1}_{jj}}",
            "Both together: how far a coefficient would scatter over other samples.",
        ),
        Step(
            r"t_j = w_j / \mathrm{se}_j",
            "The coefficient in its own standard errors; beyond 2 chance alone seldom goes.",
        ),
    ),
}
"""Each method by its steps, for the Explain tab."""
