"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.experimentation.ab_testing import figures, look_figures
from core.hub.contract import Lesson, Question

HERE = "core.experimentation.ab_testing"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "hypothesis_test",
        "A hypothesis test",
        "Suppose the new version changes nothing. Then the two arms differ by chance only, and it is known how much chance gives: their difference, divided by its standard error, is hardly ever beyond two. A trial further out than 95 of 100 such trials is called significant. Move the counts and watch the line leave the hill.",
        r"z = \frac{p_1 - p_2}{\sqrt{p (1 - p) (1/n_1 + 1/n_2)}}",
        f"{HERE}.proportions:z_test",
        figures.TestControl,
        figures.draw_test,
    ),
    Lesson(
        "p_value",
        "What a p-value is, and what it is not",
        "p is how often chance alone would give a difference at least as large. It is not the chance that there is no effect, and not how large the effect is. A one-sided test looks at one tail and must be chosen before the data are seen.",
        r"p = P(|Z| \ge |z| \mid \text{no effect}) = 2 \, \Phi(-|z|)",
        f"{HERE}.estimates:find_tails",
        figures.PValueControl,
        figures.draw_p_value,
    ),
    Lesson(
        "interval",
        "Intervals, and whether they hold",
        "A 95% interval is a promise: in 95 of 100 trials it holds the truth. The textbook's (Wald) breaks it for few units or rare successes. Newcombe's and Agresti and Caffo's keep it. The bars are summed over every possible count, not simulated.",
        r"\left(\hat d - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2}, \; \hat d + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}\right)",
        f"{HERE}.proportions:find_interval",
        figures.IntervalControl,
        figures.draw_interval,
    ),
    Lesson(
        "power",
        "Power and sample size",
        "Power is the chance of finding an effect that is there. Half the effect needs four times the units. Choose the smallest effect worth having first; it decides how long the trial runs.",
        r"n \approx \frac{2 (z_{1-\alpha/2} + z_{\text{power}})^2}{d^2}",
        f"{HERE}.power:find_size",
        figures.PowerControl,
        figures.draw_power,
    ),
    Lesson(
        "multiple_looks",
        "Looking several times",
        "Each look at 5% is another chance to be fooled. Two looks make 8%, ten make 19%, and with enough looks everything becomes significant. The curve is computed, not simulated, as Armitage, McPherson and Rowe did in 1969.",
        r"P\Bigl(\max_{k \le K} |Z_k| > 1.96\Bigr)",
        f"{HERE}.sequential:find_peeking_level",
        look_figures.LooksControl,
        look_figures.draw_looks,
    ),
    Lesson(
        "sequential",
        "Bounds that may be looked at",
        "The 5% can be shared out over the looks. O'Brien and Fleming spend almost nothing early and keep nearly all for the end; Pocock spends evenly. Bounds by spending hold whenever the looks happen to be. The anytime bound holds at every unit for ever, and pays for it with width.",
        r"\alpha(t) = 4 \, \Phi\!\left(z_{\alpha/4} / \sqrt{t}\right), \qquad |z| \le \sqrt{\tfrac{2(v+1)}{v} \log \tfrac{\sqrt{v+1}}{\alpha}}",
        f"{HERE}.sequential:find_spending_bounds",
        look_figures.BoundsControl,
        look_figures.draw_bounds,
    ),
    Lesson(
        "cuped",
        "CUPED",
        "Much of what differs between users was known before the trial. Taking it out leaves the expected difference as it is and removes a share ρ² of the variance, as if there were more users. It must have been measured before assignment: what the treatment has already moved takes the effect out with it.",
        r"\tilde y = y - \theta (x - \bar x), \quad \theta = \frac{\mathrm{cov}(x, y)}{\mathrm{var}(x)}, \quad \mathrm{var}(\tilde y) = (1 - \rho^2) \, \mathrm{var}(y)",
        f"{HERE}.cuped:adjust",
        figures.CupedControl,
        figures.draw_cuped,
    ),
    Lesson(
        "srm",
        "Sample ratio mismatch",
        "Before any effect, count the units. If a fair split gives arms that chance would not, units were lost or doubled in one of them, and whoever is missing may differ. Then no result can be read, however small its p. With many units a gap of one percent is an alarm.",
        r"\chi^2 = \sum_a \frac{(n_a - N s_a)^2}{N s_a}",
        f"{HERE}.srm:check_split",
        figures.SplitControl,
        figures.draw_split,
    ),
    Lesson(
        "randomisation",
        "Why a lot must decide",
        "If users choose, the keen ones choose the new version, and what keenness does looks like an effect. A lot makes the arms alike in everything, also in what nobody measured. The treatment in the figure does nothing.",
        r"E[\bar y_1 - \bar y_2] = \tau + \underbrace{E[y_0 \mid 1] - E[y_0 \mid 2]}_{0 \text{ by lot}}",
        f"{HERE}.means:welch_test",
        figures.LotControl,
        figures.draw_lot,
    ),
    Lesson(
        "delta_method",
        "The unit of randomisation, and the delta method",
        "Users were drawn by lot, not their views. The views of one user go together, so ten of one say less than one of ten. A ratio's variance must be taken over users; the delta method does it with a straight line.",
        r"\mathrm{var}\!\left(\frac{\bar y}{\bar x}\right) \approx \frac{\mathrm{var}(y - R x)}{n \, \bar x^2}, \quad R = \frac{\bar y}{\bar x}",
        f"{HERE}.ratios:find_ratio",
        figures.UnitControl,
        figures.draw_unit,
    ),
    Lesson(
        "simpson",
        "Simpson's paradox",
        "A treatment may be better in every segment and worse as a whole, if it was given mostly to those who do badly anyway. A lot within the whole makes the shares alike and the paradox goes away; a change of the split in mid-trial brings it back.",
        r"\sum_s w_{1s} \, p_{1s} < \sum_s w_{2s} \, p_{2s} \quad \text{though} \quad p_{1s} > p_{2s} \; \text{for every } s",
        f"{HERE}.segments:compare_segments",
        figures.ParadoxControl,
        figures.draw_paradox,
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "A trial is looked at every day for a month with a z-test at 5%, and stopped when p is below 0.05. How often does it find something that is not there?",
        ("In 5% of trials.", "In about 28% of trials.", "Never, if it runs long enough."),
        1,
        "Every look is another chance to be fooled: 30 looks at 5% make about 28%. Bounds by spending or an anytime interval keep the 5%.",
    ),
    Question(
        "A pupil's score two years after assignment goes well with the score after three. May it be used for CUPED?",
        (
            "Yes, it lowers the variance most.",
            "Only if both arms are equally large.",
            "No, the treatment has already moved it.",
        ),
        2,
        "In Project STAR it takes 63% off the variance and the effect with it: 14.7 points become 2.1. Only what was measured before assignment may be taken out.",
    ),
    Question(
        "The arms were to be equal and have 821,588 and 815,482 users. The conversion differs with p = 0.001. What now?",
        ("Ship the better arm.", "Find out why the split is broken first.", "Wait for more users."),
        1,
        "So uneven a split has p = 1.8e-6 by chance: users are missing from one arm, and those who are may be the ones that differ.",
    ),
)
