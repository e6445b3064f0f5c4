"""What the Learn tab teaches: each subtopic in plain words, its formula, a figure that moves, and the code that does it.

Left out: the figures themselves (``figures``).
"""

from __future__ import annotations

from core.hub.contract import Lesson, Question
from core.vision.image_generation import figures

HERE = "core.vision.image_generation"

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "players",
        "Generator and discriminator",
        "Two networks play against each other. The generator turns random codes into pictures; the discriminator is shown real pictures and drawn ones and says which is which. Each learns from the other's mistakes. The figure is the same game with points in place of pictures: the generator must find eight clusters that it is never shown, only by being judged. Shades say how far a place is taken for real.",
        r"\min_G \max_D \; \mathbb{E}_x \ln \sigma(D(x)) + \mathbb{E}_z \ln\left(1 - \sigma(D(G(z)))\right)",
        f"{HERE}.micro:find_generator_gradients",
        figures.PlayersControl,
        figures.draw_players,
    ),
    Lesson(
        "losses",
        "What they play for",
        "The first loss, minimax, asks the generator to make the discriminator wrong. Early on the discriminator sees through everything, and there this loss is flat: nothing is learnt where most is to be learnt. The non-saturating loss turns it round and is steep exactly there. Hinge and Wasserstein pull evenly everywhere.",
        r"L_G^{\text{minimax}} = -\ln\left(1 + e^{D(G(z))}\right), \qquad L_G^{\text{non-sat.}} = \ln\left(1 + e^{-D(G(z))}\right)",
        f"{HERE}.losses:plot_losses",
        figures.LossControl,
        figures.draw_loss,
    ),
    Lesson(
        "curves",
        "Reading the losses",
        "In other training a falling loss means success. Here each loss is measured against an opponent that moves too, so both hover. A discriminator that cannot tell any more has the loss 2 ln 2 = 1.39, dashed. Good runs and collapsed ones can show the same curves, which is why pictures are judged by other measures.",
        r"L_D = \ln\left(1 + e^{-D(x)}\right) + \ln\left(1 + e^{D(G(z))}\right), \qquad D = 0 \Rightarrow L_D = 2 \ln 2",
        f"{HERE}.losses:discriminator_loss",
        figures.CurvesControl,
        figures.draw_curves,
    ),
    Lesson(
        "film",
        "The same codes over time",
        "A code means nothing by itself; training gives it a meaning. Drawing the same 64 codes again and again shows how: at first all draw one blur, then classes part, and late in the run only details move. What is shown is an average of the generator over its last thousand steps, which is steadier than the generator itself.",
        r"\bar\theta \leftarrow \beta \bar\theta + (1 - \beta)\, \theta",
        f"{HERE}.stepping:follow",
        figures.FilmControl,
        figures.draw_film,
    ),
    Lesson(
        "collapse",
        "Mode collapse",
        "Nothing in the game asks for variety. A generator that is faster than its judge finds one picture that passes just now and draws nothing else; the judge learns it, and the generator runs to the next. Raise the speed and see modes vanish; raise R1, which forbids steep judgements, and see some return. The alarm counts classes, diversity and twins among samples.",
        r"R_1 = \frac{\gamma}{2}\, \mathbb{E}_x \lVert \nabla_x D(x) \rVert^2",
        f"{HERE}.collapse:check_collapse",
        figures.CollapseControl,
        figures.draw_collapse,
    ),
    Lesson(
        "modulation",
        "Style modulation",
        "A style generator does not feed the code in at the start. A mapping network turns it into a style w; at each layer w says how loud every channel is. Loud channels would grow from layer to layer, so each output channel is divided by the length of its scaled filter: with that, its spread is 1 again whatever the style.",
        r"w'_{ijk} = s_i\, w_{ijk}, \qquad w''_{ijk} = \frac{w'_{ijk}}{\sqrt{\sum_{i,k} w'^2_{ijk} + \varepsilon}}",
        f"{HERE}.layers:make_modulated",
        figures.ModulationControl,
        figures.draw_modulation,
    ),
    Lesson(
        "truncation",
        "Truncation",
        "Rare styles are badly learnt. Pulling every style towards the mean of its class leaves them out: pictures become surer and more alike. At 0 one picture is left, the most typical of the class; at 1 nothing is changed. A figure about truncated samples must say so.",
        r"w' = \bar w_c + \psi\,(w - \bar w_c)",
        f"{HERE}.sampling:mix_styles",
        figures.TruncationControl,
        figures.draw_truncation,
    ),
    Lesson(
        "mixing",
        "Style mixing",
        "Every layer may get another picture's style. Coarse layers, at 7 and 14 pixels, decide the shape; fine ones, at 28, the surface. With no layer from the first picture the second is drawn, with all five the first. Noise for each pixel adds what no style should have to remember, such as the grain of cloth.",
        r"w_1, \dots, w_k \text{ from the first}, \quad w_{k+1}, \dots, w_5 \text{ from the second}",
        f"{HERE}.sampling:mix_styles",
        figures.MixingControl,
        figures.draw_mixing,
    ),
    Lesson(
        "polishing",
        "Polishing",
        "The discriminator judges one picture at a time, so it says little about how often each kind is drawn. In a last, short stage the shipped generator also hears how its pictures look as a crowd: a small classifier of its own, never the one that judges the result, notices 112 numbers in each picture, and the generator goes down the slope of the Fréchet distance between a few thousand of its pictures and real ones. It is also asked for pictures whose class is plain, which makes doubtful garments rarer than they are.",
        r"\nabla_f = 2\,(m - m_r) + 2\,(I - T)(f - m), \qquad T = R\,(R\,C R)^{-1/2} R, \quad R^2 = C_r",
        f"{HERE}.polishing:Crowd",
    ),
    Lesson(
        "upscaling",
        "Upscaling",
        "Bicubic enlarging draws each new pixel as a weighted mean of sixteen old ones; it cannot know what edges look like. A network can: all its layers work on the small picture, and the last gives four values (or sixteen) for each pixel, which are laid out as the large picture. The gain is counted in decibels over bicubic on pictures that were never seen.",
        r"\mathrm{PSNR} = 10 \log_{10} \frac{255^2}{\mathrm{MSE}}",
        f"{HERE}.super_resolution:build_detail",
    ),
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "The discriminator's loss has settled at 2 ln 2 = 1.39. What does that say?",
        (
            "It cannot tell real from drawn, or it has stopped trying",
            "The generator has learnt every picture by heart",
            "The learning rate is too high",
        ),
        0,
        "A logit of 0 for everything has exactly this loss. Whether the pictures are good or the discriminator is weak, only a look or another measure can say.",
    ),
    Question(
        "Truncation is moved from 1 to 0.5. What happens to label fidelity and to diversity?",
        ("Both rise", "Fidelity rises, diversity falls", "Fidelity falls, diversity rises"),
        1,
        "Styles move towards the mean of their class: the class is easier to see, and the pictures differ less. The two are traded against each other.",
    ),
    Question(
        "A generator draws one perfect boot for every code. Which figure shows it?",
        (
            "Its loss, which is high",
            "The share of samples that the judge names as a class, which is low",
            "Diversity and twins among samples",
        ),
        2,
        "One perfect picture fools the discriminator and is named without doubt. Only comparing samples with one another shows the collapse.",
    ),
)
